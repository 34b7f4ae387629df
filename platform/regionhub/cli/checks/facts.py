"""What `regionhub doctor` asks the database, over the owner's connection; and the heartbeats."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Any, cast

from regionhub.devices import Source
from regionhub.store.database import Connection, fetch_all, fetch_one, store_errors
from regionhub.store.leases import count_workers
from regionhub.store.statements import queries
from regionhub.times import NS_PER_SECOND, from_datetime, to_datetime

_SQL = queries(__package__, "facts")
#: What servers say at the door, in English and German; no error code comes before the login.
_AT_THE_DOOR = {
    "database_host_unknown": r"resolve host|translate host name",
    "database_wrong_password": r"password authentication failed|no password supplied"
    r"|Passwort-Authentifizierung .* fehlgeschlagen",
    "database_user_missing": r'role ".*" does not exist|Rolle .* existiert nicht',
    "database_missing": r'database ".*" does not exist|Datenbank .* existiert nicht',
    "database_not_permitted": r"no pg_hba.conf entry|pg_hba.conf rejects|permission denied"
    r"|is not permitted to log in|authentication failed|kein pg_hba.conf-Eintrag"
    r"|keine Berechtigung|ist es nicht erlaubt",
    "database_starting": r"is starting up|is shutting down|startet gerade|fährt herunter"
    r"|in recovery mode|not yet accepting connections",
    "database_connections": r"too many clients|too many connections|connection slots"
    r"|zu viele Verbindungen",
}


def closed_door(said: str) -> tuple[str, str]:
    """Why no connection to the database came about: code of `regionhub.problems` and detail.

    Args:
        said: the words of the server or the network.
    """
    detail = said.rpartition("FATAL:")[2].removeprefix("connection failed: ").strip()
    for code, words in _AT_THE_DOOR.items():
        if re.search(words, detail, re.IGNORECASE):
            return code, detail
    return "database_unreachable", detail


def server(connection: Connection) -> dict[str, Any]:
    """Version, size and place of the database server."""
    return _one(connection, "server")


def clock_ahead(connection: Connection) -> float:
    """By how many seconds the clock of this machine is ahead of the database server's."""
    before = time.time_ns()
    there = from_datetime(_one(connection, "clock")["now"])
    return ((before + time.time_ns()) / 2 - there) / NS_PER_SECOND


def now(connection: Connection) -> datetime:
    """The database's time."""
    return cast("datetime", _one(connection, "now")["now"])


def owns_hub(connection: Connection) -> bool:
    """Whether this connection may see and change everything."""
    return bool(_one(connection, "owns_hub")["owns"])


def missing_rights(connection: Connection) -> list[dict[str, Any]]:
    """What the roles of the processes lack: role, privilege, relation."""
    return fetch_all(connection, _SQL["missing_rights"])


def write_something(connection: Connection) -> None:
    """Write a megabyte and remove it.

    Raises:
        StoreFull: there is no room for it.
    """
    with store_errors(), connection.transaction():
        connection.execute(_SQL["write_something"])


def beat(connection: Connection, process: str) -> None:
    """Say that a process lives, and what its clock shows."""
    connection.execute(_SQL["beat"], {"process": process, "clock": to_datetime(time.time_ns())})


def heartbeat(connection: Connection, process: str) -> dict[str, Any] | None:
    """When a process was last heard; None if never."""
    return fetch_one(connection, _SQL["heartbeat"], {"process": process})


def ingest(connection: Connection) -> dict[str, Any]:
    """How many processes of ingest live, since when none reports, and how wrong clocks are."""
    return _one(connection, "ingest") | {"workers": count_workers(connection)}


def arrival_delays(connection: Connection) -> list[dict[str, Any]]:
    """How long messages took at least from their network server, by source."""
    return fetch_all(connection, _SQL["arrival_delays"])


def secrets(connection: Connection) -> dict[int, Source]:
    """The enabled sources with their passwords, by id."""
    rows = fetch_all(connection, _SQL["secrets"])
    return {row["source_id"]: Source(**row | {"topics": tuple(row["topics"])}) for row in rows}


def waiting_letters(connection: Connection) -> list[dict[str, Any]]:
    """Messages that could not pass, by reason."""
    return fetch_all(connection, _SQL["waiting_letters"])


def used_profiles(connection: Connection) -> dict[str, int]:
    """How many active devices have each profile."""
    rows = fetch_all(connection, _SQL["used_profiles"])
    return {row["profile_id"]: row["devices"] for row in rows}


def decode_errors(connection: Connection) -> list[dict[str, Any]]:
    """Messages of seven days that could not be decoded, by profile."""
    return fetch_all(connection, _SQL["decode_errors"])


def _one(connection: Connection, name: str) -> dict[str, Any]:
    row = fetch_one(connection, _SQL[name])
    assert row is not None
    return row
