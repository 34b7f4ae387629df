"""What `regionhub work` does for forest stands beside its steps."""

from __future__ import annotations

from regionhub.store.jobs import Job, Work
from regionhub.store.statements import queries

_SQL = queries(__package__, "fire_weather")


def look_again(work: Work) -> None:
    """Compute the last days again: a feed may have brought a measured value for a forecast one."""
    with work.database.transaction() as connection:
        connection.execute(_SQL["look_again"])


JOBS = (Job(name="fire_weather", every_seconds=3600, run=look_again),)
