"""What `regionhub work` does for forecasts: it learns at night, and forecasts new levels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from regionhub.features.gauges.forecast import learn, model
from regionhub.features.gauges.forecast.evaluate import LEAST_HOURS
from regionhub.features.gauges.forecast.history import (
    ForecastGauge,
    gauge,
    history,
    rain_ahead,
    with_rain_forecasts,
)
from regionhub.features.gauges.forecast.kept import packed
from regionhub.features.gauges.forecast.make import forecast
from regionhub.features.gauges.forecast.predictors import AHEAD, predictors
from regionhub.features.gauges.forecast.skill import Skill, StageSkill, measure, stage_skill
from regionhub.features.gauges.forecast.terms import LEADS
from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.jobs import Work, for_each
from regionhub.store.statements import queries

_SQL = queries(__package__, "store")
#: Longer ago a river bed was another one; the training of a night has an end.
_HISTORY = timedelta(days=730)
#: What predictors look back on: a month of rain, a day of levels.
_SPAN = timedelta(days=31)
_LEVEL_SPAN = timedelta(hours=26)
_YEAR, _DAY, _HOUR = timedelta(days=365), timedelta(days=1), timedelta(hours=1)
#: It is learnt anew once after this time of the day.
_NIGHT_HOUR = 1
_ZONE = ZoneInfo("Europe/Berlin")
#: With fewer forecasts that were made, what they are worth is taken from the training.
_LEAST_STORED = 24 * 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A gauge that something is to be done for, and its town."""

    site_id: int
    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    lead_hours: int
    model: str
    trained_at: datetime
    reason: str | None
    hours: int
    upstream: list[int]
    rain_forecast: bool
    learnt: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    level_time: datetime
    level_cm: float
    model: str
    mean_cm: float
    p05_cm: float
    p25_cm: float
    p50_cm: float
    p75_cm: float
    p95_cm: float
    came_cm: float | None


def learn_gauges(work: Work) -> None:
    """Learn what was not learnt since the last night, gauge by gauge."""
    with work.owner() as connection:
        _each(work, connection, due_for_learning(connection, datetime.now(UTC)), learn_gauge)


def forecast_gauges(work: Work) -> None:
    """Forecast where a new level has come."""
    with work.owner() as connection:
        _each(work, connection, due_for_forecasts(connection), forecast_gauge)


def due_for_learning(connection: Connection, now: datetime) -> list[Due]:
    """What was not learnt since the last night; what had too little history once it may have it.

    That is as soon as hours enough have passed, and a day later at the latest: old levels may have
    been imported.
    """
    here = now.astimezone(_ZONE)
    night = here.replace(hour=_NIGHT_HOUR, minute=0, second=0, microsecond=0)
    night -= timedelta(days=here < night)
    return select_all(connection, Due, _SQL["due_models"], {"now": now, "night": night})


def due_for_forecasts(connection: Connection) -> list[Due]:
    """Where a level has come since it was last forecast."""
    return select_all(connection, Due, _SQL["due_forecasts"])


def _each(
    work: Work,
    connection: Connection,
    due: Sequence[Due],
    act: Callable[[Connection, Due, datetime], None],
) -> None:
    """One transaction for each."""

    def act_alone(one: Due) -> None:
        with connection.transaction():
            act(connection, one, datetime.now(UTC))

    for_each(work, due, act_alone)


def learn_gauge(connection: Connection, due: Due, now: datetime) -> None:
    """Learn one gauge anew, and what its forecasts are worth; in a transaction of the owner."""
    site = gauge(connection, due.slug, due.site_id)
    if site is None:
        return
    found = history(connection, due.slug, site, now, _HISTORY, whole_hours=True)
    connection.execute(_SQL["forget_models"], {"site_id": site.site_id})
    connection.execute(_SQL["forget_skill"], {"site_id": site.site_id})
    before = {"site_id": site.site_id, "before": now - _YEAR - timedelta(days=1)}
    connection.execute(_SQL["forget_forecasts"], before)
    missing = 2 * LEAST_HOURS - (0 if found is None else len(found.hours))
    if found is None or missing > 0:
        again = {"tenant_id": site.tenant_id, "learn_at": now + min(_DAY, missing * _HOUR)}
        connection.execute(_SQL["learn_again"], {"site_id": site.site_id} | again)
        return
    hours = found.hours
    level = hours["level"]
    ahead = with_rain_forecasts(connection, site.site_id, hours)
    rain_forecast = learn.has_rain_forecasts(level, ahead)
    known = predictors(ahead if rain_forecast else hours)
    enough = model.has_enough(level)
    same: dict[str, Any] = {
        "site_id": site.site_id,
        "tenant_id": site.tenant_id,
        "trained_at": now,
        "hours": int(level.notna().sum()),
        "upstream": site.upstream,
        "rain": "rain_mm" in hours,
        "rain_forecast": rain_forecast,
    }
    for lead in LEADS:
        learnt = learn.learn(level, known, lead, may_boost=model.can_learn())
        reason = None
        if isinstance(learnt.model, model.Trend):
            reason = "extra_missing" if enough else "too_little_history"
        values = same | {"lead_hours": lead, "model": learnt.model.name, "reason": reason}
        values["learnt"] = packed(learnt.model, learnt.correction)
        connection.execute(_SQL["keep_model"], values)
        skill, stages = learnt.backtest(site.stages)
        period = (hours.index[learnt.start].to_pydatetime(), found.time)
        _keep_skill(connection, site, lead, "backtest", period, skill, stages, now)


def _keep_skill(
    connection: Connection,
    site: ForecastGauge,
    lead: int,
    basis: str,
    period: tuple[datetime, datetime],
    skill: Skill,
    stages: Sequence[StageSkill],
    now: datetime,
) -> None:
    """What was made counts, as soon as there is enough of it."""
    values: dict[str, Any] = {"site_id": site.site_id, "lead_hours": lead, "start": now - _YEAR}
    made = [
        row
        for row in select_all(connection, _Made, _SQL["made"], values)
        if row.came_cm is not None
    ]
    if len(made) >= _LEAST_STORED:
        basis, period = "stored", (made[0].level_time, made[-1].level_time)
        skill, stages = _stored(made, lead, site)
    values |= {"tenant_id": site.tenant_id, "basis": basis}
    values |= {"from_time": period[0], "to_time": period[1]}
    connection.execute(_SQL["keep_skill"], values | asdict(skill))
    for stage in stages:
        connection.execute(_SQL["keep_stage_skill"], values | asdict(stage))


def _stored(
    made: Sequence[_Made], lead: int, site: ForecastGauge
) -> tuple[Skill, list[StageSkill]]:
    rows = np.array(
        [
            (
                row.level_time.timestamp() / 3600,
                *(row.level_cm, row.came_cm, row.mean_cm, row.p05_cm),
                *(row.p25_cm, row.p50_cm, row.p75_cm, row.p95_cm),
            )
            for row in made
        ],
        dtype=float,
    )
    hours, level, came, mean, middle = rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3], rows[:, 6]
    said = rows[:, 4:] - level[:, None]
    skill = measure(mean - level, said, came - level, made[-1].model)
    return skill, [
        stage_skill(hours, level, middle, lead, stage, limit)
        for stage, limit in site.stages.items()
    ]


def forecast_gauge(connection: Connection, due: Due, now: datetime) -> None:
    """Forecast one gauge and keep that; in a transaction of the owner."""
    connection.execute(_SQL["note_level"], {"site_id": due.site_id})
    models = select_all(connection, _Model, _SQL["models"], {"site_id": due.site_id})
    site = gauge(connection, due.slug, due.site_id)
    if site is None or not models:
        return
    found = history(connection, due.slug, site, now, _SPAN, level_span=_LEVEL_SPAN)
    if found is None:
        return
    first = models[0]
    hours = found.hours
    ahead = rain_ahead(connection, site.site_id, found.time, now)
    if ahead is not None:
        last = pd.DataFrame([ahead], hours.index[-1:], [f"{AHEAD}{lead}" for lead in LEADS])
        hours = hours.join(last)
    made = forecast(hours, {one.lead_hours: one.learnt for one in models}, site.stages)
    known = hours.iloc[-1]
    same = {"site_id": site.site_id, "tenant_id": site.tenant_id, "level_time": found.time}
    values: dict[str, Any] = same | {
        "level_cm": made.level_cm,
        "model": first.model,
        "trained_at": first.trained_at,
        "reason": first.reason,
        "hours": first.hours,
        "rain": bool(np.isfinite(known.get("rain_mm", np.nan))),
        "upstream": [
            above
            for number, above in enumerate(site.upstream, 1)
            if np.isfinite(known[f"upstream_{number}"])
        ],
        "outside": made.outside,
        "rain_ahead": ahead,
        "rain_forecast": ahead is not None and first.rain_forecast,
    }
    if select_value(connection, int, _SQL["keep_forecast"], values) is None:
        return
    for lead in made.leads:
        row: dict[str, Any] = same | {"lead_hours": lead.lead_hours, "mean_cm": lead.mean_cm}
        row |= dict(zip(_QUANTILES, lead.quantiles_cm, strict=True))
        row |= {f"stage_{stage}_pct": lead.stages.get(stage) for stage in (1, 2, 3)}
        connection.execute(_SQL["keep_lead"], row)
    connection.execute(_SQL["thin"], same)


_QUANTILES: tuple[LiteralString, ...] = ("p05_cm", "p25_cm", "p50_cm", "p75_cm", "p95_cm")
