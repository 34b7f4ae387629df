"""What `regionhub doctor` asks the database, over the owner's connection; and the heartbeats."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from regionhub.devices import Source
from regionhub.store.database import (
    Connection,
    select_all,
    select_one,
    select_value,
    store_errors,
)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The database server; `data_directory` only where this connection may know it."""

    user: str
    database: str
    version: str
    replica: bool
    bytes: int
    this_machine: bool
    data_directory: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRight:
    """What a role of the processes may not do, and has to."""

    role: str
    privilege: str
    relation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferingSetting:
    """A setting of the database or of a role that is not as it should be; None: not set."""

    holder: str
    name: str
    value: str
    effective: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """When a process was last seen, and by how much its clock is ahead of the database's."""

    silent_seconds: float
    clock_ahead_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingest:
    """How many processes of ingest live, since when none reports, and how wrong clocks are."""

    workers: int
    silent_seconds: float | None
    clock_ahead_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalDelay:
    """How long the messages of a source took at least from their network server."""

    tenant: str
    name: str
    least_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedProfile:
    """How many active devices have a profile."""

    profile_id: str
    devices: int


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


def server(connection: Connection) -> Server:
    """Version, size and place of the database server."""
    found = select_one(connection, Server, _SQL["server"])
    assert found is not None
    return found


def clock_ahead(connection: Connection) -> float:
    """By how many seconds the clock of this machine is ahead of the database server's."""
    before = time.time_ns()
    there = select_value(connection, datetime, _SQL["clock"])
    assert there is not None
    return ((before + time.time_ns()) / 2 - from_datetime(there)) / NS_PER_SECOND


def now(connection: Connection) -> datetime:
    """The database's time."""
    found = select_value(connection, datetime, _SQL["now"])
    assert found is not None
    return found


def owns_hub(connection: Connection) -> bool:
    """Whether this connection may see and change everything."""
    return bool(select_value(connection, bool, _SQL["owns_hub"]))


def missing_rights(connection: Connection) -> list[MissingRight]:
    """What the roles of the processes lack."""
    return select_all(connection, MissingRight, _SQL["missing_rights"])


def differing_settings(connection: Connection) -> list[DifferingSetting]:
    """What is set otherwise than statements need it."""
    return select_all(connection, DifferingSetting, _SQL["differing_settings"])


def notices_waiting(connection: Connection) -> float:
    """Which share of the server's queue of notices is waiting for somebody who listens."""
    return select_value(connection, float, _SQL["notices_waiting"]) or 0.0


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


def heartbeat(connection: Connection, process: str) -> Heartbeat | None:
    """When a process was last seen; None if never."""
    return select_one(connection, Heartbeat, _SQL["heartbeat"], {"process": process})


def ingest(connection: Connection) -> Ingest:
    """How ingest is doing."""
    row = partial(Ingest, workers=count_workers(connection))
    found = select_one(connection, row, _SQL["ingest"])
    assert found is not None
    return found


def arrival_delays(connection: Connection) -> list[ArrivalDelay]:
    """How long messages took at least, by source."""
    return select_all(connection, ArrivalDelay, _SQL["arrival_delays"])


def secrets(connection: Connection) -> dict[int, Source]:
    """The enabled sources with their secrets as they are stored, by id."""
    sources = select_all(connection, _source, _SQL["secrets"])
    return {source.source_id: source for source in sources}


def used_profiles(connection: Connection) -> dict[str, int]:
    """How many active devices have each profile."""
    used = select_all(connection, UsedProfile, _SQL["used_profiles"])
    return {profile.profile_id: profile.devices for profile in used}


def _source(*, topics: list[str], **columns: Any) -> Source:
    return Source(topics=tuple(topics), **columns)
