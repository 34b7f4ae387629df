"""How TimescaleDB keeps the series: rollups, columnstore, and the jobs that do it.

On plain PostgreSQL there is none of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.statements import queries

_SQL = queries(__package__, "upkeep")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """By how much the newest reading is later than what is rolled up."""

    name: str
    behind_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseJob:
    """A job that the database runs by itself; `message` is that of its last error."""

    name: str
    stands_still: bool
    failed: bool
    message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """Chunks of a table that should have been packed."""

    name: str
    chunks: int
    oldest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupAge:
    """How long ago the end of what is rolled up was."""

    name: str
    seconds: float


def on_timescaledb(connection: Connection) -> bool:
    """Whether the database does any of this."""
    return bool(select_value(connection, bool, _SQL["on_timescaledb"]))


def rollups(connection: Connection) -> list[Rollup]:
    """How far the rollups are behind; as the owner, who sees the newest reading of all towns."""
    return select_all(connection, Rollup, _SQL["rollups"])


def ages(connection: Connection) -> list[RollupAge]:
    """How old the rollups are, for whoever sees no readings."""
    return select_all(connection, RollupAge, _SQL["ages"])


def jobs(connection: Connection) -> list[DatabaseJob]:
    """The jobs of this database; only its owner sees what their errors said."""
    return select_all(connection, DatabaseJob, _SQL["jobs"])


def unpacked(connection: Connection) -> list[Unpacked]:
    """What should have been packed two days ago, by table."""
    return select_all(connection, Unpacked, _SQL["unpacked"])
