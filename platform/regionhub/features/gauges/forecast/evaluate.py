"""How good forecasts of a gauge would have been, from its own history."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from regionhub.errors import InputError
from regionhub.features.gauges.forecast.bands import corrected
from regionhub.features.gauges.forecast.learn import learn
from regionhub.features.gauges.forecast.predictors import predictors
from regionhub.features.gauges.forecast.skill import Skill, measure

#: Fewer hours show nothing.
LEAST_HOURS = 48


def evaluate(series: pd.DataFrame, leads: Sequence[int], train_share: float) -> dict[int, Skill]:
    """Train on the first part of a series and forecast each hour of the rest.

    Args:
        series: index of times with a zone; `level`, and where known `rain_mm` and `upstream_...`.
        leads: hours ahead, each at least 1.
        train_share: of the time, between 0 and 1.

    Raises:
        InputError: too few levels, or a model is needed whose extra is not installed.
    """
    hours = hourly(series)
    known = predictors(hours)
    split = int(len(hours) * train_share)
    there = hours["level"].notna()
    first, rest = int(there[:split].sum()), int(there[split:].sum())
    if min(first, rest) < LEAST_HOURS:
        raise InputError(
            f"too few levels: {first} hours with one are in the first {train_share:.0%} of the "
            f"time and {rest} in the rest; both need {LEAST_HOURS}"
        )
    return {lead: _skill(hours["level"], known, lead, split) for lead in leads}


def hourly(series: pd.DataFrame) -> pd.DataFrame:
    """The last level of each hour and the rain of it; hours without a value are NaN."""
    hours = series.resample("h", closed="right", label="right")
    table = hours.last()
    if "rain_mm" in series:
        table["rain_mm"] = hours["rain_mm"].sum(min_count=1)
    return table


def _skill(level: pd.Series[float], known: pd.DataFrame, lead: int, split: int) -> Skill:
    learnt = learn(level[:split], known[:split], lead)
    came = (level.shift(-lead) - level).to_numpy(float)[split:]
    forecast = learnt.model.forecast(known[split:])
    said = corrected(forecast.quantiles, learnt.scores, lead, came, learnt.least)
    usable = np.isfinite(level.to_numpy(float)[split:])
    return measure(forecast.mean[usable], said[usable], came[usable], learnt.model.name)
