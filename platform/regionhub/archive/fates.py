"""Fates of messages: each is counted once, by source and hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from regionhub.archive import items
from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.statements import queries

_SQL = queries(__package__, "fates")


@dataclass(frozen=True, slots=True, kw_only=True)
class FateCount:
    """How many messages of a source ended in one way."""

    source_id: int
    tenant_id: int
    fate: items.Fate
    reason: str
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTotal:
    """How many messages of a source ever ended in one way; `tenant` is the slug of the town."""

    tenant: str
    source: str
    fate: items.Fate
    reason: str
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentSource:
    """A source that is connected and gives nothing; `silent_since` is its last message."""

    source_id: int
    silent_since: datetime


def ingest_fates(
    connection: Connection, *, start: datetime, end: datetime, source_id: int | None = None
) -> list[FateCount]:
    """Messages of a town in the hours from the one of `start` to `end`.

    Every message has exactly one fate, so the sum is the number of messages.
    """
    values = {"start": start, "end": end, "source_id": source_id}
    return select_all(connection, FateCount, _SQL["ingest_fates"], values)


def silent_sources(connection: Connection) -> dict[int, datetime]:
    """Since when sources of a town that nothing is wrong with are silent, by source.

    Silent is more than two hours, and more than twice the longest pause of the week before.
    """
    rows = select_all(connection, SilentSource, _SQL["silent_sources"])
    return {row.source_id: row.silent_since for row in rows}


def anything_arrived(connection: Connection) -> bool:
    """Whether any message has come from a source of the town."""
    return select_value(connection, bool, _SQL["anything_arrived"]) or False


def message_totals(connection: Connection) -> list[MessageTotal]:
    """All messages ever counted in all towns. Runs under the api role."""
    return select_all(connection, MessageTotal, _SQL["message_totals"])


def counted_messages(connection: Connection) -> int:
    """Messages of all sources that have their fate; as the owner."""
    return select_value(connection, int, _SQL["counted_messages"]) or 0
