"""Gauges and their levels.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from regionhub.errors import NotFound
from regionhub.series.datastreams import QualityFlag, Resolution
from regionhub.series.points import RESOLUTIONS, Points, Series, coarsest, points, refuse_finer
from regionhub.signals.rows import ABSENCE, DecidedAt, ReasonSince, Since
from regionhub.sites import GaugeDatum
from regionhub.store.database import Connection, select_all
from regionhub.store.statements import queries

_SQL = queries(__package__, "queries")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """Where the water stands."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    site_id: int
    tenant_id: int
    name: str
    water_body: str | None
    latitude: float | None
    longitude: float | None
    gauge_zero_m: Annotated[float | None, Field(description="m above `gauge_datum`.")]
    gauge_datum: GaugeDatum
    stage_1_cm: float | None
    stage_2_cm: float | None
    stage_3_cm: float | None
    datastream_id: int | None
    time: datetime | None
    level_cm: Annotated[float | None, Field(description="cm above gauge zero.")]
    median_cm: Annotated[float | None, Field(description="Median of the last three, cm.")]
    quality: Annotated[int | None, Field(description="QARTOD flag.")]
    level_m_nhn: Annotated[
        float | None,
        Field(description="m above NHN of `gauge_datum`; null where the zero is known above NN."),
    ]
    slope_cm_per_hour: Annotated[float | None, Field(description="Rate of rise, cm/h.")]
    state: Annotated[
        str, Field(description="stage_0 to stage_3, no_stages (none is set) or no_data.")
    ]
    reason: Annotated[
        str | None,
        Field(
            description="What stands behind the state: no_data_reason, unconfirmed_2 or "
            "unconfirmed_3, at_least or at_most, or suspect."
        ),
    ]
    stale: bool
    stage: Annotated[int | None, Field(description="0 to 3; null when unknown.")]
    unconfirmed_stage: Annotated[
        int | None,
        Field(description="2 or 3: a single reading reaches this stage, and no second one yet."),
    ]
    bound: Annotated[
        str | None,
        Field(
            description="The sensor is at the end of its range: the level is at_least or at_most "
            "this one."
        ),
    ]
    no_data_reason: Annotated[
        str | None,
        Field(
            description="Why there is no stage: mounting_height_missing, at_least or at_most (a "
            "bound that says too little), unconfirmed_2 or unconfirmed_3 (nothing else is known), "
            + ABSENCE
        ),
    ]
    reason_since: ReasonSince
    since: Since
    decided_at: DecidedAt
    rises: Annotated[
        bool,
        Field(description="It rises at a stage, towards one within a day, or by 10 cm/h and more."),
    ]
    next_stage: Annotated[int | None, Field(description="The stage above that of now.")]
    next_stage_cm: float | None
    hours_to_next_stage: Annotated[
        float | None,
        Field(
            description="Hours from `time` on that the level takes to the next stage at the rate "
            "of now; null where it does not rise, or nobody can tell (more than a day)."
        ),
    ]
    next_stage_at: datetime | None
    discharge_m3s: Annotated[float | None, Field(description="m³/s, by the rating curve.")]
    discharge_missing: Annotated[
        str | None,
        Field(
            description="Why there is no discharge: no_curve, below_curve or above_curve (the "
            "level lies outside of its points)."
        ),
    ]

    @property
    def stages(self) -> list[float]:
        """Levels of the stages that are set, cm."""
        levels = (self.stage_1_cm, self.stage_2_cm, self.stage_3_cm)
        return [level for level in levels if level is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedGauge(Gauge):
    """A gauge in a list of `found` gauges."""

    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One water level."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    time: datetime
    datastream_id: int
    level_cm: Annotated[
        float | None,
        Field(description="cm above gauge zero; null when the mounting height is unknown."),
    ]
    level_m_nhn: Annotated[
        float | None, Field(description="m above NHN, by the zero and datum that held then.")
    ]
    gauge_datum: GaugeDatum | None
    discharge_m3s: Annotated[
        float | None,
        Field(description="m³/s by the rating curve that held then; null outside of it."),
    ]
    quality: QualityFlag


@dataclass(frozen=True, slots=True, kw_only=True)
class Crest:
    """The highest level of the running or the last event, by the median of three readings.

    An event is the time from stage 1 on, with breaks of less than a day; without one in the last 30
    days this is the highest level of the last seven, if the water moved by 10 cm.
    """

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    site_id: int
    tenant_id: int
    event_from: Annotated[datetime | None, Field(description="Null: there was no event.")]
    event_to: Annotated[datetime | None, Field(description="Null: it lasts, or there was none.")]
    crest_time: datetime | None
    crest_cm: float | None
    crest_m_nhn: Annotated[
        float | None, Field(description="m above NHN, by the zero that held then.")
    ]
    crest_stage: Annotated[int | None, Field(description="By the stages that held then.")]
    bound: Annotated[
        str | None, Field(description="The sensor was at the end of its range: at_least, at_most.")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRollup:
    """Levels of an hour (UTC) or a day (Europe/Berlin), cm above gauge zero."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    time: Annotated[datetime, Field(description="Start of the hour or day.")]
    datastream_id: int
    avg_cm: float | None
    min_cm: float | None
    max_cm: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rain:
    """How much rain fell near a gauge; None where nothing was measured in that time."""

    site_id: int
    tenant_id: int
    name: str
    km: float
    time: datetime | None
    hour_mm: float | None
    six_hours_mm: float | None
    day_mm: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentLevel:
    """A level for a small chart."""

    site_id: int
    datastream_id: int
    time: datetime
    level_cm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _LevelStream:
    """What measures or measured the level at a gauge; None for a gauge without a sensor."""

    datastream_id: int | None
    finest: Resolution | None


def gauges(connection: Connection, *, site_ids: Sequence[int] | None = None) -> list[Gauge]:
    """Gauges with newest level, rate of rise and stage, the highest stage first."""
    values = {"site_ids": None if site_ids is None else list(site_ids)}
    return select_all(connection, Gauge, _SQL["gauges"], values)


def gauges_page(
    connection: Connection, *, tenant_id: int | None = None, limit: int, offset: int = 0
) -> list[ListedGauge]:
    """A part of the gauges of all towns or of one; unknown ones stand before those in order."""
    values = {"tenant_id": tenant_id, "limit": limit, "offset": offset}
    return select_all(connection, ListedGauge, _SQL["gauges_page"], values)


def crests(connection: Connection, site_ids: Sequence[int] | None = None) -> list[Crest]:
    """Crests of some gauges, or of all that this role sees, by gauge."""
    values = {"site_ids": None if site_ids is None else list(site_ids)}
    return select_all(connection, Crest, _SQL["crests"], values)


#: Rain that falls further away says little about a gauge.
RAIN_KM = 15


def rain_near(connection: Connection, site_id: int) -> list[Rain]:
    """Rain at the stations within 15 km that this role reads, the nearest first."""
    return select_all(connection, Rain, _SQL["rain_near"], {"site_id": site_id, "km": RAIN_KM})


def recent_levels(
    connection: Connection, site_ids: Sequence[int], *, start: datetime
) -> list[RecentLevel]:
    """Levels of some gauges since a moment, by gauge and time."""
    values = {"site_ids": list(site_ids), "start": start}
    return select_all(connection, RecentLevel, _SQL["recent_levels"], values)


def water_levels(
    connection: Connection,
    site_id: int,
    *,
    start: datetime,
    end: datetime,
    resolution: Resolution | Literal["auto"] = "auto",
    max_points: int = 2000,
) -> Points[Level, LevelRollup]:
    """Levels of a gauge in cm above its zero; a site may have several datastreams.

    Raises:
        NotFound: this role sees no such gauge.
        NotAllowed: the gauge is shared in a coarser resolution only.
        TooManyPoints: even daily values are more than max_points.
    """
    streams = select_all(connection, _LevelStream, _SQL["level_streams"], {"site_id": site_id})
    if not streams:
        raise NotFound("There is no such gauge.")
    finest = coarsest([row.finest for row in streams if row.finest is not None])
    refuse_finer(resolution, finest, "gauge")
    series = Series(
        id=site_id,
        statements={name: _SQL[f"water_levels_{name}"] for name in RESOLUTIONS},
        count=_SQL["count_water_levels"],
        datastream_ids=[row.datastream_id for row in streams if row.datastream_id is not None],
        finest=finest,
        raw=Level,
        rolled=LevelRollup,
    )
    return points(connection, series, start, end, resolution, max_points)
