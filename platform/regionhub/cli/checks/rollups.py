"""Whether TimescaleDB keeps the rollups up to date and packs what is old."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from regionhub.cli.checks import Finding, failure, fine, span, warning
from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.statements import queries

_SQL = queries(__package__, "rollups")
#: How far behind the newest reading a rollup is at most while its job runs: the last hour or day,
#: and as long as the job waits between two runs; here twice as much.
_BEHIND_SECONDS = {"rollup_hourly": 4 * 3600, "rollup_daily": 54 * 3600}


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


def check_rollups(connection: Connection) -> Iterator[Finding]:
    """Rollups, jobs and columnstore; on plain PostgreSQL there is none of them."""
    if select_value(connection, bool, _SQL["on_timescaledb"]):
        yield judge_rollups(select_all(connection, Rollup, _SQL["rollups"]))
        yield judge_jobs(select_all(connection, DatabaseJob, _SQL["jobs"]))
        yield judge_columnstore(select_all(connection, Unpacked, _SQL["unpacked"]))


def judge_rollups(rollups: Sequence[Rollup]) -> Finding:
    """How far behind the rollups are."""
    lag = ", ".join(
        f"{each.name} is {span(max(0, each.behind_seconds))} behind" for each in rollups
    )
    if any(each.behind_seconds > _BEHIND_SECONDS[each.name] for each in rollups):
        return failure("rollups", "rollups_behind", lag)
    return fine("rollups", lag or "there is nothing to roll up yet")


def judge_jobs(jobs: Sequence[DatabaseJob]) -> Finding:
    """Whether the database runs its jobs and they end well."""
    still = [job.name for job in jobs if job.stands_still]
    if still:
        return failure("jobs", "jobs_stand_still", ", ".join(still))
    failed = [f"{job.name}: {job.message}" for job in jobs if job.failed]
    if failed:
        return warning("jobs", "jobs_fail", "; ".join(failed))
    return fine("jobs", f"the {len(jobs)} jobs of the database run")


def judge_columnstore(unpacked: Sequence[Unpacked]) -> Finding:
    """Whether old chunks are packed."""
    if not unpacked:
        return fine("columnstore", "what is old is packed")
    tables = ", ".join(
        f"{each.chunks} of {each.name} since {each.oldest:%Y-%m-%d}" for each in unpacked
    )
    return warning("columnstore", "columnstore_behind", tables)
