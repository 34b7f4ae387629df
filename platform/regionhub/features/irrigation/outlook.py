"""When a tree or bed will need water: its dry-down as far as its limit, within the next two weeks.

Where nothing is measured, a balance of rain, evaporation and waterings stands in (FAO-56, chapter
8, with one store): it is an estimate and called so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import pandas as pd

from regionhub.features.irrigation.daily import (
    MIDSUMMER_ET0_MM,
    days_of,
    demand_ahead,
    relative_demand,
)
from regionhub.features.irrigation.drydown import (
    Floats,
    Refusal,
    forecasts,
    ranges,
    season_demand,
)

AHEAD_DAYS = 14
#: Rain of a day that leaves and the dry ground keep, in mm; below it nothing arrives.
INTERCEPTION_MM = 2.0
#: Of the evapotranspiration of grass what a tree in the street takes for each m² below its crown
#: (WUCOLS, medium), and the share of its water from which on it takes less.
_TREE_FACTOR = 0.5
_STRESS_SHARE = 0.5
#: A balance is off by about so much of its demand.
_BALANCE_SPREAD = 0.3

Unit = Literal["%", "kPa"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Soil around the roots: water content in % by volume, retention curve, sizes.

    `porosity` to `n` are parameters of Mualem and van Genuchten (`alpha` for hPa).
    """

    field_capacity: float
    wilting_point: float
    porosity: float
    residual: float
    alpha: float
    n: float
    root_m3: float
    pit_m2: float
    crown_m2: float

    @property
    def available_l(self) -> float:
        """Water that plants can take from full soil, litres."""
        return (self.field_capacity - self.wilting_point) * 10 * self.root_m3

    def wetter(self, value: Floats, unit: Unit, litres: Floats) -> Floats:
        """A water content or tension after so much water more; not above field capacity."""
        more = litres / (10 * self.root_m3)
        if unit == "%":
            return np.maximum(value, np.minimum(value + more, self.field_capacity))
        share = (1 + (self.alpha * 10 * value) ** self.n) ** (1 / self.n - 1)
        content = self.residual + (self.porosity - self.residual) * share
        content = np.maximum(content, np.minimum(content + more, self.field_capacity))
        share = (content - self.residual) / (self.porosity - self.residual)
        suction = (share ** (self.n / (1 - self.n)) - 1) ** (1 / self.n) / self.alpha
        return np.asarray(suction / 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """Rain and reference evapotranspiration of days, mm; NaN where nothing is known.

    `past` are as many days as the history has, `ahead` those from today on.
    """

    past_rain: Floats
    past_et0: Floats
    rain: Floats
    et0: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is said: a range of days, later than two weeks, or why nothing can be said.

    `forecast` to `high` are of the days from today on, in the unit of the values; `dry_days`
    says for how many days the soil has dried without rain or a watering.
    """

    due_state: Literal["range", "later", "unpredictable"]
    due_reason: str | None = None
    due_from: date | None = None
    due_to: date | None = None
    fitted_days: int | None = None
    dry_days: int = 0
    value: float | None = None
    forecast: Floats | None = None
    low: Floats | None = None
    high: Floats | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a site, or a group, measured: a median of each day up to yesterday.

    `coldest` is the lowest temperature of the soil yesterday, °C.
    """

    last_day: date
    unit: Unit
    values: Floats
    coldest: float | None


def refused(reason: str) -> Outlook:
    """Nothing can be said."""
    return Outlook(due_state="unpredictable", due_reason=reason)


def drying(
    history: History,
    ground: Ground | None,
    limit: float | None,
    weather: Weather | None,
    frost_degc: float,
) -> Outlook:
    """How the soil dries from what it held yesterday, and when it passes the limit.

    Args:
        history: up to yesterday.
        ground: None where the soil is not known: then rain that is forecast adds nothing.
        limit: where water is due, in the unit of the history; None: it cannot be told.
        weather: None without a source.
        frost_degc: at or below it a value says nothing.
    """
    if history.coldest is not None and history.coldest <= frost_degc:
        return refused(Refusal.FROST)
    if limit is None:
        return refused("soil_texture_missing")
    index = pd.date_range(end=history.last_day, periods=len(history.values), freq="D")
    table = pd.DataFrame({"value": history.values}, index=index)
    if weather is not None:
        table["rain_mm"], table["et0_mm"] = weather.past_rain, weather.past_et0
    days = days_of(table, history.unit)
    refusal = days.refusal(len(index) - 1)
    if refusal is not None:
        return refused(refusal)
    ahead = demand_ahead(table, days, AHEAD_DAYS)
    if weather is not None:
        ahead[-1] = relative_demand(weather.et0, ahead[-1])
    middle = forecasts(days, ground.wilting_point if ground else 0.0, ahead)
    low, high = ranges(days, middle, last_only=True)
    ends = [middle[-1], low[-1], high[-1]]
    if weather is not None and ground is not None:
        arrived = np.cumsum(np.maximum(np.nan_to_num(weather.rain) - INTERCEPTION_MM, 0))
        # of rain that is only forecast the dry end counts half
        dry, wet = (0.5, 1.0) if history.unit == "%" else (1.0, 0.5)
        ends = [
            ground.wetter(end, history.unit, share * arrived * ground.pit_m2)
            for end, share in zip(ends, (1.0, dry, wet), strict=True)
        ]
    falls = history.unit == "%"
    state, first, last = _crossing(ends[1], ends[2], limit, falls, history.last_day)
    return Outlook(
        due_state=state,
        due_from=first,
        due_to=last,
        fitted_days=int(np.isfinite(history.values).sum()),
        dry_days=int(days.dry_run()[-1]),
        value=float(history.values[-1]),
        forecast=ends[0],
        low=ends[1],
        high=ends[2],
    )


def _crossing(
    low: Floats, high: Floats, limit: float, falls: bool, last_day: date
) -> tuple[Literal["range", "later"], date | None, date | None]:
    """The first day on which it may, and the first on which it surely has passed the limit."""
    dry_end, wet_end = (low, high) if falls else (high, low)
    passed = [np.flatnonzero(end < limit if falls else end > limit) for end in (dry_end, wet_end)]
    first, last = (
        last_day + timedelta(days=int(days[0]) + 1) if len(days) else None for days in passed
    )
    return ("later", None, None) if first is None else ("range", first, last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """An estimate: plant-available water today in %, and when it falls to the limit."""

    available_pct: float
    outlook: Outlook


def estimate(
    ground: Ground, limit_pct: float, weather: Weather, litres: Floats, today: date
) -> Balance:
    """Water around the roots from rain, evaporation and waterings, full to begin with.

    Args:
        ground: soil, roots, pit and crown.
        limit_pct: plant-available water in % below which water is due.
        weather: of all days from the beginning on; days without rain known count as dry.
        litres: that reached the roots by waterings, for each past day.
        today: the first day of what lies ahead.
    """
    season = season_demand(
        pd.date_range(end=today, periods=len(litres) + 1, freq="D").day_of_year.to_numpy(float)
    )
    usual = (season**2) * MIDSUMMER_ET0_MM
    past = np.where(np.isfinite(weather.past_et0), weather.past_et0, usual[:-1])
    water = ground.available_l
    for et0, rain, poured in zip(past, np.nan_to_num(weather.past_rain), litres, strict=True):
        water = _next(ground, water, float(et0), float(rain), float(poured))
    ahead = np.where(np.isfinite(weather.et0), weather.et0, usual[-1])
    rain = np.nan_to_num(weather.rain)
    ends = []
    for spread in (1.0, 1 + _BALANCE_SPREAD, 1 - _BALANCE_SPREAD):
        left, course = water, []
        for et0, mm in zip(ahead, rain, strict=True):
            left = _next(ground, left, float(et0) * spread, float(mm), 0.0)
            course.append(100 * left / ground.available_l)
        ends.append(np.array(course))
    state, first, last = _crossing(ends[1], ends[2], limit_pct, True, today - timedelta(days=1))
    outlook = Outlook(due_state=state, due_from=first, due_to=last)
    return Balance(available_pct=100 * water / ground.available_l, outlook=outlook)


def _next(ground: Ground, water: float, et0_mm: float, rain_mm: float, poured_l: float) -> float:
    """Litres a day later."""
    arrived = max(rain_mm - INTERCEPTION_MM, 0.0) * ground.pit_m2 + poured_l
    stress = min(1.0, water / (_STRESS_SHARE * ground.available_l))
    taken = et0_mm * _TREE_FACTOR * ground.crown_m2 * stress
    return min(max(water + arrived - taken, 0.0), ground.available_l)
