"""How good forecasts of a gauge would have been, from its own history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regionhub.errors import InputError
from regionhub.features.gauges.forecast.bands import corrected, scores
from regionhub.features.gauges.forecast.model import QUANTILES, Floats, train
from regionhub.features.gauges.forecast.predictors import predictors

#: The last part of the training hours only corrects the band.
_CALIBRATION = 0.2
#: Fewer hours show nothing.
_LEAST_HOURS = 48


@dataclass(frozen=True, slots=True)
class Skill:
    """What forecasts of one lead were worth.

    `skill_over_persistence` is 1 minus the squared error relative to that of “the level stays”;
    `coverage_90_pct` how many values lay in the band of 90 %; `crps` the continuous ranked
    probability score in the unit of the level (twice the mean pinball loss of the quantiles); `n`
    the number of forecasts; `model` what made them.
    """

    skill_over_persistence: float | None
    coverage_90_pct: float | None
    crps: float | None
    n: int
    model: str


def evaluate(series: pd.DataFrame, leads: Sequence[int], train_share: float) -> dict[int, Skill]:
    """Train on the first part of a series and forecast each hour of the rest.

    Args:
        series: index of times with a zone; `level`, and where known `rain_mm` and `upstream_...`.
        leads: hours ahead, each at least 1.
        train_share: of the time, between 0 and 1.

    Raises:
        InputError: too few hours, or a model is needed whose extra is not installed.
    """
    hours = hourly(series)
    known = predictors(hours)
    split = int(len(hours) * train_share)
    if split < _LEAST_HOURS or len(hours) - split < _LEAST_HOURS:
        raise InputError(
            f"{len(hours)} hours are too few to train on {train_share:.0%} of them: "
            f"both parts need {_LEAST_HOURS}"
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
    first = int(split * (1 - _CALIBRATION))
    # what a training hour is followed by must be known before the next part begins
    model = train(known[: first - lead], level[: first - lead], lead)
    came = (level.shift(-lead) - level).to_numpy(float)
    calibration = slice(first, split - lead)
    before = scores(model.forecast(known[calibration]).quantiles, came[calibration])
    forecast = model.forecast(known[split:])
    said = corrected(forecast.quantiles, before, lead, came[split:])
    usable = np.isfinite(level.to_numpy(float)[split:]) & np.isfinite(came[split:])
    return _measure(forecast.mean[usable], said[usable], came[split:][usable], model.name)


def _measure(mean: Floats, said: Floats, came: Floats, model: str) -> Skill:
    if not len(came):
        return Skill(None, None, None, 0, model)
    persistence = float(np.sum(came**2))
    levels = np.array(QUANTILES)
    off = came[:, None] - said
    pinball = np.maximum(levels * off, (levels - 1) * off)
    return Skill(
        skill_over_persistence=(
            1 - float(np.sum((came - mean) ** 2)) / persistence if persistence else None
        ),
        coverage_90_pct=100 * float(np.mean((said[:, 0] <= came) & (came <= said[:, -1]))),
        crps=2 * float(np.mean(pinball)),
        n=len(came),
        model=model,
    )
