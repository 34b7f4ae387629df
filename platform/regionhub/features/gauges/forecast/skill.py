"""What forecasts were worth, against what came."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regionhub.features.gauges.forecast.terms import QUANTILES
from regionhub.features.gauges.forecast.trees import Floats

#: Times over a stage that are less than so many hours apart are one event.
_EVENT_HOURS = 24.0


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


@dataclass(frozen=True, slots=True)
class StageSkill:
    """How often a stage was forecast, by event.

    An event begins when the level reaches the stage after a day below it. It is a hit if the
    forecast of at most `lead` hours before said so, else a miss. What was said of a stage that was
    not reached within the lead, nor the day before, is a false alarm, once a day.
    """

    stage: int
    hits: int
    misses: int
    false_alarms: int


def measure(mean: Floats, said: Floats, came: Floats, model: str) -> Skill:
    """The skill of forecast changes: their means (rows) and quantiles (rows, quantiles)."""
    usable = np.isfinite(came) & np.isfinite(mean) & np.isfinite(said).all(axis=1)
    mean, said, came = mean[usable], said[usable], came[usable]
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


def stage_skill(
    hours: Floats, level: Floats, ahead: Floats, lead: float, stage: int, limit: float
) -> StageSkill:
    """How often forecasts said that a stage will be reached.

    Args:
        hours: when each forecast was made, in order.
        level: at these hours.
        ahead: the level that each forecast says for `lead` hours later.
        lead: hours ahead.
        stage: its number.
        limit: the level from which on it is reached.
    """
    over = hours[level >= limit]
    starts = _begins(over)
    warned = hours[(ahead >= limit) & (level < limit)]
    hits = sum(bool(_between(warned, start - lead, start)) for start in starts)
    # of an event that was there at the beginning nobody could have said anything
    possible = sum(start - lead >= hours[0] for start in starts) if len(hours) else 0
    groups = np.split(warned, np.flatnonzero(np.diff(warned) >= _EVENT_HOURS) + 1)
    wrong = sum(
        not _between(over, group[0] - _EVENT_HOURS, group[-1] + lead)
        for group in groups
        if len(group)
    )
    return StageSkill(stage, hits, max(possible - hits, 0), wrong)


def _begins(over: Floats) -> Floats:
    return over[np.diff(over, prepend=-np.inf) >= _EVENT_HOURS]


def _between(times: Floats, first: float, last: float) -> int:
    return int(np.searchsorted(times, last, "right") - np.searchsorted(times, first))
