"""Whether TimescaleDB keeps the rollups up to date and packs what is old."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from regionhub.cli.checks import Finding, failure, fine, span, warning
from regionhub.series import upkeep
from regionhub.series.upkeep import DatabaseJob, Rollup, Unpacked
from regionhub.store.database import Connection

#: How far behind the newest reading a rollup is at most while its job runs: the last hour or day,
#: and as long as the job waits between two runs; here twice as much.
_BEHIND_SECONDS = {"rollup_hourly": 4 * 3600, "rollup_daily": 54 * 3600}


def check_rollups(connection: Connection) -> Iterator[Finding]:
    """Rollups, jobs and columnstore; on plain PostgreSQL there is none of them."""
    if upkeep.on_timescaledb(connection):
        yield judge_rollups(upkeep.rollups(connection))
        yield judge_jobs(upkeep.jobs(connection))
        yield judge_columnstore(upkeep.unpacked(connection))


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
