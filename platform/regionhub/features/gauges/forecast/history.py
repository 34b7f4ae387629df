"""What is known of a gauge up to a moment: levels, rain, and levels of the gauges above, by hour.

What the gauge's town does not see is not there. Functions take a connection of the owner.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from regionhub.features.gauges.echoes import false_echoes
from regionhub.features.gauges.forecast.predictors import AHEAD
from regionhub.features.gauges.forecast.terms import LEADS
from regionhub.features.gauges.forecast.trees import Floats
from regionhub.store.database import Connection, select_all, select_one
from regionhub.store.roles import acting_as
from regionhub.store.statements import queries

_SQL = queries(__package__, "history")
#: More gauges above add little: the nearest ones hold what they have said.
_MOST_UPSTREAM = 4
_HOUR = timedelta(hours=1)
#: Of less than this share of an hour it is not known what fell.
_KNOWN = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastGauge:
    """A gauge, its stages in cm, and the gauges above it."""

    site_id: int
    tenant_id: int
    stage_1_cm: float | None
    stage_2_cm: float | None
    stage_3_cm: float | None
    upstream: list[int]

    @property
    def stages(self) -> dict[int, float]:
        """Those that are set."""
        levels = (self.stage_1_cm, self.stage_2_cm, self.stage_3_cm)
        return {stage: level for stage, level in enumerate(levels, 1) if level is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A level of one sensor, cm."""

    site_id: int
    datastream_id: int
    time: datetime
    level_cm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rain:
    hour: datetime
    mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ahead:
    lead: int
    mm: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Forecast:
    level_time: datetime
    ahead_mm: list[float]


@dataclass(frozen=True, slots=True)
class History:
    """Hours up to `time`, the last one ends there; columns as `predictors` takes them."""

    time: datetime
    hours: pd.DataFrame


def gauge(connection: Connection, town: str, site_id: int) -> ForecastGauge | None:
    """The gauge, if the town (its short name) sees it."""
    values = {"site_id": site_id, "most": _MOST_UPSTREAM}
    with acting_as(connection, town):
        return select_one(connection, ForecastGauge, _SQL["gauge"], values)


def history(
    connection: Connection,
    town: str,
    site: ForecastGauge,
    now: datetime,
    span: timedelta,
    *,
    level_span: timedelta | None = None,
    whole_hours: bool = False,
) -> History | None:
    """What is known of a gauge; None without a level.

    Args:
        connection: in a transaction of the owner.
        town: its short name.
        site: the gauge.
        now: what came later is left aside.
        span: how far back.
        level_span: how far back levels are read, if that is less.
        whole_hours: hours end when the clock says so, not with the newest level.
    """
    levels_from = now - (level_span or span)
    values = {"site_ids": [site.site_id, *site.upstream], "start": levels_from, "end": now}
    with acting_as(connection, town):
        found = _by_site(select_all(connection, Level, _SQL["levels"], values))
    if site.site_id not in found:
        return None
    end = max(rows[-1].time for rows in found[site.site_id])
    if whole_hours:
        end = end.replace(minute=0, second=0, microsecond=0)
    count = int(span / _HOUR)
    columns = {"level": _hourly(found[site.site_id], end, count)}
    rain = _rain(connection, site.site_id, end, count)
    if rain is not None:
        columns["rain_mm"] = rain
    for number, above in enumerate(site.upstream, 1):
        columns[f"upstream_{number}"] = _hourly(found.get(above, []), end, count)
    index = pd.DatetimeIndex([end - place * _HOUR for place in range(count)][::-1])
    hours = pd.DataFrame(columns, index=index)
    begun = hours["level"].first_valid_index()
    return History(end, hours if begun is None else hours.loc[begun:]) if begun else None


def rain_ahead(
    connection: Connection, site_id: int, time: datetime, now: datetime
) -> list[float] | None:
    """Rain that is forecast up to each lead after a time, mm; None where nothing is known.

    Args:
        connection: of the owner.
        site_id: the gauge.
        time: of its newest level.
        now: what was forecast later is left aside.
    """
    values = {"site_id": site_id, "time": time, "now": now, "leads": list(LEADS)}
    found = [row.mm for row in select_all(connection, _Ahead, _SQL["rain_ahead"], values)]
    return None if None in found else [mm for mm in found if mm is not None]


def with_rain_forecasts(connection: Connection, site_id: int, hours: pd.DataFrame) -> pd.DataFrame:
    """The same hours, and what had been forecast of rain in each, by lead.

    Never what fell: a model that learns from rain as it came is better than any forecast.
    """
    values = {"site_id": site_id, "start": hours.index[0] - _HOUR, "end": hours.index[-1]}
    rows = select_all(connection, _Forecast, _SQL["rain_forecasts"], values)
    table = pd.DataFrame(np.nan, index=hours.index, columns=[f"{AHEAD}{lead}" for lead in LEADS])
    for row in rows:
        # in the hour that ends next: before that nobody knew it
        place = int(hours.index.searchsorted(pd.Timestamp(row.level_time)))
        table.iloc[place] = row.ahead_mm
    return hours.join(table)


def _by_site(levels: Sequence[Level]) -> dict[int, list[list[Level]]]:
    """Levels of each sensor of each site, without false echoes."""
    streams = defaultdict(list)
    for level in levels:
        streams[level.site_id, level.datastream_id].append(level)
    found = defaultdict(list)
    for (site_id, _), rows in streams.items():
        # the newest one is an echo as long as the next does not agree: it is asked as if back again
        times, values = [row.time for row in rows], [row.level_cm for row in rows]
        if len(rows) > 1:
            times.append(times[-1] + (times[-1] - times[-2]))
            values.append(values[-2])
        doubted = false_echoes(times, values)
        kept = [row for row, doubt in zip(rows, doubted, strict=False) if not doubt]
        if kept:
            found[site_id].append(kept)
    return dict(found)


def _hourly(sensors: Sequence[Sequence[Level]], end: datetime, count: int) -> Floats:
    """The last level of each hour; of several sensors the highest, as stages are decided."""
    highest = np.full(count, np.nan)
    for rows in sensors:
        own = np.full(count, np.nan)
        ago = np.array([(end - row.time).total_seconds() for row in rows]) // 3600
        inside = (ago >= 0) & (ago < count)
        places = count - 1 - ago[inside].astype(int)
        own[places] = np.array([row.level_cm for row in rows])[inside]  # the last one stays
        highest = np.fmax(highest, own)
    return highest


def _rain(connection: Connection, site_id: int, end: datetime, count: int) -> Floats | None:
    """Rain of each hour; that of the clock's hours is taken to have fallen evenly."""
    start = (end - (count + 1) * _HOUR).replace(minute=0, second=0, microsecond=0)
    rows = select_all(
        connection, _Rain, _SQL["rain"], {"site_id": site_id, "start": start, "end": end}
    )
    if not rows:
        return None
    clock = np.arange(int((end - start) / _HOUR) + 2)
    fell, known = np.zeros(len(clock)), np.zeros(len(clock))
    for row in rows:
        place = int((row.hour - start) / _HOUR) + 1  # the sums are those at the ends of hours
        fell[place], known[place] = row.mm, 1.0
    # the hour that runs has fallen by now
    ends = np.minimum(clock, (end - start) / _HOUR)
    edges = (end - start) / _HOUR - np.arange(count + 1)[::-1]
    mm, hours = (np.diff(np.interp(edges, ends, np.cumsum(each))) for each in (fell, known))
    return np.where(hours >= _KNOWN, mm, np.nan)
