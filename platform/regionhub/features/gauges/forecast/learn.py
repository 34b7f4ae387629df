"""Learning from the history of a gauge: a model, the correction of its band, and its skill.

The last part of the history is kept from the model. There it shows how far its band is off, and
what its forecasts would have been worth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regionhub.features.gauges.forecast.bands import (
    Correction,
    corrected,
    correction,
    least_width,
    scores,
)
from regionhub.features.gauges.forecast.model import Changes, Model, has_enough, train
from regionhub.features.gauges.forecast.predictors import AHEAD
from regionhub.features.gauges.forecast.skill import Skill, StageSkill, measure, stage_skill
from regionhub.features.gauges.forecast.terms import QUANTILES
from regionhub.features.gauges.forecast.trees import Floats

#: The last part of the hours only corrects the band.
_CALIBRATION = 0.2


@dataclass(frozen=True, slots=True)
class Learnt:
    """A model, and what it did on the hours from `start` on that it was not learnt from.

    `said` and `came` are changes of the level in each of these hours, `scores` those of its band.
    """

    lead: int
    model: Model
    start: int
    level: Floats
    said: Changes
    came: Floats
    least: float
    scores: Floats

    @property
    def correction(self) -> Correction:
        """That of a forecast made now."""
        return correction(self.scores, self.least)

    def backtest(self, stages: Mapping[int, float]) -> tuple[Skill, list[StageSkill]]:
        """What forecasts of these hours were worth, each corrected by what was known then."""
        nothing = np.empty(0)
        said = corrected(self.said.quantiles, nothing, self.lead, self.came, self.least)
        found = measure(self.said.mean, said, self.came, self.model.name)
        hours = np.arange(len(self.level), dtype=float)
        known = np.isfinite(self.level)
        ahead = self.level + said[:, len(QUANTILES) // 2]
        return found, [
            stage_skill(hours[known], self.level[known], ahead[known], self.lead, stage, limit)
            for stage, limit in stages.items()
        ]


def has_rain_forecasts(level: pd.Series[float], hours: pd.DataFrame) -> bool:
    """Whether of the hours that a model is learnt from enough have a rain forecast of then."""
    first = int(len(level) * (1 - _CALIBRATION))
    forecast = hours.filter(regex=f"^{AHEAD}").notna().all(axis=1)
    return has_enough(level[:first].where(forecast[:first]))


def learn(
    level: pd.Series[float], known: pd.DataFrame, lead: int, *, may_boost: bool = True
) -> Learnt:
    """Learn from all hours of a level and their predictors; with little history a trend.

    Args:
        level: of consecutive hours.
        known: see `predictors`.
        lead: hours ahead.
        may_boost: without it a trend is all there is.

    Raises:
        InputError: a model is needed whose extra is not installed.
    """
    first = int(len(level) * (1 - _CALIBRATION))
    boosted = may_boost and has_enough(level)
    # what a training hour is followed by must be known before the next part begins
    model = train(known[: first - lead], level[: first - lead], lead, boosted=boosted)
    came = np.asarray(level.shift(-lead) - level, dtype=np.float64)[first:]
    said = model.forecast(known[first:])
    least = least_width(said.quantiles)
    known_scores = scores(said.quantiles, came, least)[: len(came) - lead]
    at = np.asarray(level, dtype=np.float64)[first:]
    return Learnt(lead, model, first, at, said, came, least, known_scores)
