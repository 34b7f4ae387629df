"""Learning travel times, one link after the other, each once a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd

from regionhub.features.gauges.river.travel import travel_time
from regionhub.store.database import Connection, select_all
from regionhub.store.jobs import Work, for_each
from regionhub.store.statements import queries

_SQL = queries(__package__, "learn")
#: What is learnt from: the floods of a season, and not a river bed of years ago.
_SPAN = timedelta(days=120)
_EVERY = timedelta(days=1)
#: Links in one run; the next run takes the following ones.
_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    site_id: int
    upstream_site_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    time: datetime
    level_cm: float


def learn_travel_times(work: Work) -> None:
    """Learn those that were not learnt for a day."""
    now = datetime.now(UTC)
    with work.owner() as connection:
        due = select_all(connection, _Due, _SQL["due"], {"before": now - _EVERY, "limit": _AT_ONCE})
        for_each(
            work, due, lambda link: learn(connection, link.site_id, link.upstream_site_id, now)
        )


def learn(connection: Connection, site_id: int, upstream_site_id: int, now: datetime) -> None:
    """Learn the travel time of one link, as the owner."""
    upper, lower = (_levels(connection, each, now) for each in (upstream_site_id, site_id))
    found = travel_time(upper, lower)
    values = {"site_id": site_id, "upstream_site_id": upstream_site_id, "now": now}
    values |= {"minutes": found.minutes, "likeness": found.likeness, "rises": found.rises}
    connection.execute(_SQL["keep"], values)


def _levels(connection: Connection, site_id: int, now: datetime) -> pd.Series[float]:
    values = {"site_id": site_id, "start": now - _SPAN}
    rows = select_all(connection, _Level, _SQL["levels"], values)
    times = pd.DatetimeIndex([row.time for row in rows], tz=UTC)
    return pd.Series([row.level_cm for row in rows], index=times, dtype=float)
