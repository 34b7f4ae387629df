"""How good forecasts of the dry-down would have been at a site, from its own history."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from regionhub.errors import InputError
from regionhub.features.irrigation.daily import days_of, demand_ahead
from regionhub.features.irrigation.drydown import Days, Floats, forecasts, ranges

#: A spell without rain or watering of at least this many days, in the months in which trees are
#: watered, is forecast from each of its days.
_SPELL_DAYS = 7
_MONTHS = range(4, 10)
#: What cannot be more: tension at the wilting point many times over, rain and evapotranspiration of
#: a row that stands for a day.
_TENSION_KPA = 10_000.0
_RAIN_MM = 500.0
_ET0_MM = 25.0
#: A day counts as measured with at least this share of the values that a usual day has.
_SHARE_OF_A_DAY = 0.25


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What forecasts of one lead were worth.

    `mae` and `mae_no_change` are mean absolute errors in the unit of the values, the second of the
    forecast that nothing changes; `improvement_pct` is how much smaller the first is, and
    `range_coverage_pct` how many values lay in the range that was stated. All are None without a
    forecast.
    """

    spells: int
    forecasts: int
    mae: float | None
    mae_no_change: float | None
    improvement_pct: float | None
    range_coverage_pct: float | None


def evaluate(series: pd.DataFrame, *, lead: int, unit: str, wilting_point: float) -> Evaluation:
    """Forecast `lead` days ahead from each day of each dry spell, with what was known on it.

    Args:
        series: index of times with a zone; `value` in `unit` ("%" or "kPa"), and where known
            `rain_mm` and `et0_mm` (reference evapotranspiration), as sums since the row before.
        lead: days, at least 1.
        unit: of the values.
        wilting_point: water content in % below which plants wilt.

    Raises:
        InputError: there is no value at all, or one that cannot be.
    """
    _check(series, unit)
    table = _daily(series)
    measured = days_of(table, unit)
    ahead = demand_ahead(table, measured, lead)
    forecast = forecasts(measured, wilting_point, ahead)
    low, high = ranges(measured, forecast)
    run, spell = measured.dry_run(), _spell_lengths(measured)
    season = pd.DatetimeIndex(table.index).month.isin(_MONTHS) & (spell >= _SPELL_DAYS)
    day = np.arange(max(0, len(table) - lead))
    same_spell = run[day + lead] == run[day] + lead
    day = day[same_spell & season[day] & season[day + lead] & np.isfinite(forecast[day, lead - 1])]
    spells = len(np.unique((np.arange(len(run)) - run)[season]))
    if not len(day):
        return Evaluation(spells, 0, None, None, None, None)
    came, said = measured.value[day + lead], forecast[day, lead - 1]
    error = float(np.mean(np.abs(said - came)))
    no_change = float(np.mean(np.abs(measured.value[day] - came)))
    inside = (low[day, lead - 1] <= came) & (came <= high[day, lead - 1])
    return Evaluation(
        spells=spells,
        forecasts=len(day),
        mae=error,
        mae_no_change=no_change,
        improvement_pct=100 * (1 - error / no_change) if no_change else None,
        range_coverage_pct=100 * float(np.mean(inside)),
    )


def _check(series: pd.DataFrame, unit: str) -> None:
    """Refuse what is in another unit, and signs of loggers for "no value"."""
    value = series["value"].dropna()
    if unit == "%" and len(value) and value.between(0, 1).all():
        raise InputError("all values lie between 0 and 1; give the water content in %, not m³/m³")
    if unit == "kPa" and len(value) and value.median() < 0:
        raise InputError("most values are below 0; give the tension in kPa, without a minus")
    limits = {
        "value": (0, 100) if unit == "%" else (-_TENSION_KPA, _TENSION_KPA),
        "rain_mm": (0, _RAIN_MM),
        "et0_mm": (-_ET0_MM, _ET0_MM),
    }
    for name, (least, most) in limits.items():
        wrong = series[name].dropna() if name in series else value[:0]
        wrong = wrong[~wrong.between(least, most)]
        if len(wrong):
            raise InputError(
                f"{name} of {wrong.index[0].isoformat()} is {wrong.iloc[0]:g}, which cannot be; "
                "leave the cell empty where there is no value"
            )


def _daily(series: pd.DataFrame) -> pd.DataFrame:
    """One row for each day of the region: median of the values, sums of the rest."""
    local = series.tz_convert("Europe/Berlin")
    days = local.resample("D")
    count = days["value"].count()
    if not count.any():
        raise InputError("there is no value in the series")
    usual = float(count[count > 0].median())
    table = pd.DataFrame({"value": days["value"].median().where(count >= _SHARE_OF_A_DAY * usual)})
    for name in ("rain_mm", "et0_mm"):
        if name in local:
            table[name] = days[name].sum(min_count=1)
    return table


def _spell_lengths(days: Days) -> Floats:
    """For each day the length of the dry spell that it belongs to, 0 for a wet one."""
    run = pd.Series(days.dry_run())
    spell = (run <= 1).cumsum()
    return np.asarray(run.groupby(spell).transform("max").where(run > 0, 0))
