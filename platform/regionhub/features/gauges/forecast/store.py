"""Forecasts that were made, as a town reads them under its role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from regionhub.errors import NotFound
from regionhub.features.gauges.forecast.skill import StageSkill
from regionhub.store.database import Connection, select_all, select_one
from regionhub.store.statements import queries

_SQL = queries(__package__, "store")
Refused = Literal["no_level", "stale_level", "not_learnt", "not_made"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastLevel:
    """The level some hours after the newest one, cm above gauge zero."""

    lead_hours: int
    time: datetime
    mean_cm: float
    p05_cm: Annotated[float, Field(description="Lower end of the band of 90 %.")]
    p25_cm: float
    p50_cm: float
    p75_cm: float
    p95_cm: Annotated[float, Field(description="Upper end of the band of 90 %.")]
    stage_1_pct: Annotated[float | None, Field(description="How likely it is reached by then.")]
    stage_2_pct: float | None
    stage_3_pct: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastSkill:
    """What forecasts of a lead were worth."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    lead_hours: int
    basis: Annotated[
        Literal["stored", "backtest"],
        Field(
            description="stored: forecasts of the last year against what came; backtest: hours "
            "that the model was not learnt from, as long as there is less than a month of these."
        ),
    ]
    from_time: datetime
    to_time: datetime
    model: str
    n: int
    skill_over_persistence: Annotated[
        float | None, Field(description="1 is without error, 0 no better than “the level stays”.")
    ]
    coverage_90_pct: Annotated[float | None, Field(description="So many came inside of the band.")]
    crps_cm: float | None
    stages: list[StageSkill]


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeForecast:
    """The newest forecast of a gauge, and what its forecasts were worth."""

    site_id: int
    refused: Annotated[
        Refused | None,
        Field(
            description="Why there is none to use: no_level, stale_level (older than 45 minutes), "
            "not_learnt (too little history, or not yet), not_made (the worker is behind)."
        ),
    ]
    level_time: Annotated[
        datetime | None,
        Field(description="Of the level that it is made from; leads count from it."),
    ]
    made_at: datetime | None
    level_cm: float | None
    model: Annotated[str | None, Field(description="gradient boosting or trend.")]
    model_reason: Annotated[
        str | None,
        Field(description="Why only a trend: too_little_history or extra_missing."),
    ]
    trained_at: Annotated[datetime | None, Field(description="The version of the model.")]
    hours: Annotated[int | None, Field(description="Hours of history that it was learnt from.")]
    rain: Annotated[bool | None, Field(description="Rain that has fallen was known.")]
    upstream: Annotated[list[int] | None, Field(description="Gauges above that were known.")]
    outside: Annotated[
        bool | None,
        Field(description="The level or its rise is unlike all that was learnt from."),
    ]
    rain_forecast: Annotated[
        bool | None, Field(description="Rain that is forecast for the next hours is in it.")
    ]
    leads: list[ForecastLevel]
    skill: list[ForecastSkill]


@dataclass(frozen=True, slots=True, kw_only=True)
class _StageRow:
    lead_hours: int
    stage: int
    hits: int
    misses: int
    false_alarms: int


def gauge_forecast(connection: Connection, site_id: int) -> GaugeForecast:
    """The newest forecast of a gauge, of the town or shared with it.

    Raises:
        NotFound: this role has no such gauge.
    """
    values = {"site_id": site_id}
    stages = select_all(connection, _StageRow, _SQL["stage_skills"], values)

    def skill(**columns: object) -> ForecastSkill:
        own = [
            StageSkill(row.stage, row.hits, row.misses, row.false_alarms)
            for row in stages
            if row.lead_hours == columns["lead_hours"]
        ]
        return ForecastSkill(**columns, stages=own)  # type: ignore[arg-type]

    leads = select_all(connection, ForecastLevel, _SQL["leads"], values)
    skills = select_all(connection, skill, _SQL["skills"], values)

    def whole(**columns: object) -> GaugeForecast:
        return GaugeForecast(**columns, leads=leads, skill=skills)  # type: ignore[arg-type]

    found = select_one(connection, whole, _SQL["run"], values)
    if found is None:
        raise NotFound("There is no such gauge.")
    return found
