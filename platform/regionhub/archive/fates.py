"""How ingest is doing: sources, fates of messages, dead letters, long work.

Every function but `message_totals` takes a connection under a town's role and returns rows with the
names of the views of schema `api`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from regionhub.store.database import Connection, fetch_all, fetch_one
from regionhub.store.statements import queries

_SQL = queries(__package__, "fates")


def dead_letters(
    connection: Connection,
    *,
    source_id: int | None = None,
    reason: str | None = None,
    resolved: bool | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """Messages that could not pass, the newest first; `body` is cut to 4 KiB.

    `resolved` True: those that were processed later, False: those that wait, None: both.
    """
    values = {
        "source_id": source_id,
        "reason": reason,
        "resolved": resolved,
        "before": before,
        "limit": limit,
    }
    return fetch_all(connection, _SQL["dead_letters"], values)


def dead_letter(connection: Connection, dead_letter_id: int) -> dict[str, Any] | None:
    """One dead letter with all of its body that was kept."""
    return fetch_one(connection, _SQL["dead_letter"], {"dead_letter_id": dead_letter_id})


def ingest_fates(
    connection: Connection, *, start: datetime, end: datetime, source_id: int | None = None
) -> list[dict[str, Any]]:
    """Messages per source, fate and reason in the hours from the one of `start` to `end`.

    Every message has exactly one fate, so the sum is the number of messages.
    """
    values = {"start": start, "end": end, "source_id": source_id}
    return fetch_all(connection, _SQL["ingest_fates"], values)


def ingest_fates_hourly(
    connection: Connection, *, start: datetime, end: datetime, source_id: int | None = None
) -> list[dict[str, Any]]:
    """As `ingest_fates`, one row for every hour with messages."""
    values = {"start": start, "end": end, "source_id": source_id}
    return fetch_all(connection, _SQL["ingest_fates_hourly"], values)


def sources(connection: Connection) -> list[dict[str, Any]]:
    """The network servers a town is connected to and how they are doing, without passwords."""
    return fetch_all(connection, _SQL["sources"])


def anything_arrived(connection: Connection) -> bool:
    """Whether any message has come from a source of the town."""
    row = fetch_one(connection, _SQL["anything_arrived"])
    return bool(row and row["arrived"])


def decode_errors(connection: Connection) -> list[dict[str, Any]]:
    """Waiting messages that do not fit the profile of their device, by profile and reason."""
    return fetch_all(connection, _SQL["decode_errors"])


def message_totals(connection: Connection) -> list[dict[str, Any]]:
    """All messages ever counted by tenant, source, fate and reason. Runs under the api role."""
    return fetch_all(connection, _SQL["message_totals"])
