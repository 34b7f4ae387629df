"""How long water takes from one gauge to the next: at which delay their rises are most alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

#: Levels are compared in steps of so many minutes.
STEP_MINUTES = 15
#: Nothing is looked for beyond two days.
LONGEST_MINUTES = 2880
#: Gaps up to two hours are bridged by a straight line.
_BRIDGED = 8
#: A rise begins where the level gains so much within three hours, and is one until it ends.
_RISE_CM = 5.0
_RISE_STEPS = 12
#: Fewer rises, or less alike, tell nothing.
_LEAST_RISES = 3
_LEAST_LIKENESS = 0.5

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Travel:
    """A travel time in minutes, None where the data do not tell it.

    `likeness` is the correlation of the rises of both gauges at that delay (1: the same course),
    `rises` is how many of the upper gauge it stands on.
    """

    minutes: float | None
    likeness: float | None
    rises: int


def travel_time(upper: pd.Series[float], lower: pd.Series[float]) -> Travel:
    """Learn the travel time between two gauges from their levels.

    The median of three takes out single false echoes; what is compared is how fast each gauge
    rises, so that neither its zero nor a slow recession counts. The peak between two steps is that
    of a parabola through the three nearest ones.

    Args:
        upper: levels of the gauge above in cm, by time.
        lower: those of the gauge below.
    """
    both = pd.concat({"upper": _stepped(upper), "lower": _stepped(lower)}, axis=1)
    both = both.dropna(how="all")
    if both.empty:
        return Travel(None, None, 0)
    both = both.asfreq(f"{STEP_MINUTES}min")
    rising = {name: _rising(both[name].to_numpy(float)) for name in ("upper", "lower")}
    rises = _count_rises(both["upper"].to_numpy(float))
    likeness = _likeness(rising["upper"], rising["lower"])
    if rises < _LEAST_RISES or not np.isfinite(likeness).any():
        return Travel(None, None, rises)
    best = int(np.nanargmax(likeness))
    highest = float(np.clip(likeness[best], 0, 1))
    if highest < _LEAST_LIKENESS:
        return Travel(None, round(highest, 3), rises)
    return Travel(
        round((best + _summit(likeness, best)) * STEP_MINUTES, 1), round(highest, 3), rises
    )


def _stepped(levels: pd.Series[float]) -> pd.Series[float]:
    """The last level of each step, without single echoes; short gaps are bridged."""
    calm = levels.sort_index().rolling(3, center=True, min_periods=1).median()
    steps = calm.resample(f"{STEP_MINUTES}min", closed="right", label="right").last()
    return steps.interpolate(limit=_BRIDGED, limit_area="inside")


def _rising(level: Floats) -> Floats:
    """How much the level gained around each step, cm; 0 where it falls, NaN where unknown."""
    gained = np.full(len(level), np.nan)
    gained[2:-2] = level[4:] - level[:-4]
    rising: Floats = np.maximum(gained, 0.0)
    return rising


def _count_rises(level: Floats) -> int:
    gained = np.full(len(level), np.nan)
    gained[_RISE_STEPS:] = level[_RISE_STEPS:] - level[:-_RISE_STEPS]
    rising = gained >= _RISE_CM
    return int(np.sum(rising[1:] & ~rising[:-1])) + int(rising[:1].sum())


def _likeness(upper: Floats, lower: Floats) -> Floats:
    """Correlation of both at each delay of the lower one, from none on; NaN with little to see."""
    most = min(LONGEST_MINUTES // STEP_MINUTES, len(upper) - 1)
    found = np.full(most + 1, np.nan)
    for delay in range(most + 1):
        early, late = upper[: len(upper) - delay], lower[delay:]
        known = np.isfinite(early) & np.isfinite(late)
        if known.sum() < len(upper) / 4:
            continue
        first, second = early[known] - early[known].mean(), late[known] - late[known].mean()
        spread = np.sqrt(np.sum(first**2) * np.sum(second**2))
        if spread > 0:
            found[delay] = float(np.sum(first * second) / spread)
    return found


def _summit(likeness: Floats, best: int) -> float:
    if not 0 < best < len(likeness) - 1:
        return 0.0
    before, at, after = likeness[best - 1 : best + 2]
    bend = before - 2 * at + after
    return float(0.5 * (before - after) / bend) if np.isfinite(bend) and bend < 0 else 0.0
