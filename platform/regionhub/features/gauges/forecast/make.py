"""A forecast of one gauge from what was learnt and what is known now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regionhub.features.gauges.forecast.kept import unpacked
from regionhub.features.gauges.forecast.predictors import predictors
from regionhub.features.gauges.forecast.terms import QUANTILES
from regionhub.features.gauges.forecast.trees import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """The level some hours later, cm; `stages` is how likely each is reached by then, %."""

    lead_hours: int
    mean_cm: float
    quantiles_cm: tuple[float, ...]
    stages: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Forecast:
    """All leads; `outside`: the level or its rise is unlike all that was learnt from."""

    level_cm: float
    outside: bool
    leads: list[Lead]


def forecast(
    hours: pd.DataFrame, learnt: Mapping[int, bytes], stages: Mapping[int, float]
) -> Forecast:
    """What comes after the last of the hours.

    Args:
        hours: as in `history`; the last one has a level.
        learnt: by lead, see `kept`.
        stages: levels of stages, cm.
    """
    now = predictors(hours)[-1:]
    level = float(hours["level"].iloc[-1])
    leads: list[Lead] = []
    outside = False
    reached = dict.fromkeys(stages, 0.0)
    for lead, data in sorted(learnt.items()):
        model, correction = unpacked(data)
        changes = model.forecast(now)
        quantiles = level + correction.applied(changes.quantiles)[0]
        outside = outside or bool(model.is_outside(now)[0])
        for stage, limit in stages.items():
            # by then, not just then: what was likely an hour before stays so
            likely = 100.0 if level >= limit else 100 * over(limit, quantiles)
            reached[stage] = max(reached[stage], likely)
        leads.append(
            Lead(
                lead_hours=lead,
                mean_cm=float(np.clip(level + changes.mean[0], quantiles[0], quantiles[-1])),
                quantiles_cm=tuple(map(float, quantiles)),
                stages={stage: round(value, 1) for stage, value in reached.items()},
            )
        )
    return Forecast(level, outside, leads)


def over(limit: float, quantiles: Floats) -> float:
    """How likely a value is at least `limit`: lines between quantiles, beyond them ever less."""
    low, high = float(quantiles[0]), float(quantiles[-1])
    if limit <= low:
        fall = max(float(quantiles[1]) - low, 1e-9) / np.log(QUANTILES[1] / QUANTILES[0])
        return float(1 - QUANTILES[0] * np.exp(-(low - limit) / fall))
    if limit > high:
        rise = max(high - float(quantiles[-2]), 1e-9)
        rise /= np.log((1 - QUANTILES[-2]) / (1 - QUANTILES[-1]))
        return float((1 - QUANTILES[-1]) * np.exp(-(limit - high) / rise))
    return float(1 - np.interp(limit, quantiles, QUANTILES))
