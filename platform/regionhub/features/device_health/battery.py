"""How much a battery has left, and when it will be empty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from .series import Real

#: Charge below which somebody should order a new one, %.
LOW_PCT = 20.0
#: ... or empty within so many days.
_SOON_DAYS = 30.0
#: Whoever says more says too much.
_LONGEST_DAYS = 5 * 365.0
#: Share of its voltage when new at which a device stops: 2.9 of 3.6 V, 2.4 of 3.0 V.
_EMPTY_SHARE = 0.8
_LEAST_DAYS = 7
#: A fall by less is noise and temperature, %.
_LEAST_FALL_PCT = 2.0
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """What daily values tell.

    `volts_when_new`: of its first readings, None where it sends no voltage. `left` of the last day
    in %, `empty_on` by the trend of the days before, None where these show none; `low_since`: the
    first of the days in a row on which it was low. `soon`: it will be empty within a month.
    """

    volts_when_new: float | None = None
    left: float | None = None
    empty_on: date | None = None
    low_since: datetime | None = None
    soon: bool = False


def left_of(volts: float | None, when_new: float | None) -> float | None:
    """Charge by voltage, %: 100 as when it was new, 0 where devices stop. No chemist's curve."""
    if volts is None or when_new is None or when_new <= 0:
        return None
    share = (volts / when_new - _EMPTY_SHARE) / (1 - _EMPTY_SHARE)
    return 100 * min(max(share, 0.0), 1.0)


def battery(times: Real, left: Real, when_new: float | None) -> Battery:
    """Judge daily charges (%, seconds since 1970) in their order."""
    if not len(left):
        return Battery(volts_when_new=when_new)
    low = left <= LOW_PCT
    run = len(low) - (0 if low.all() else int(np.flatnonzero(~low)[-1]) + 1)
    since = datetime.fromtimestamp(float(times[-run]), UTC) if run else None
    days = _days_left(times / _DAY_S, left)
    end = datetime.fromtimestamp(float(times[-1]), UTC)
    return Battery(
        volts_when_new=when_new,
        left=float(left[-1]),
        empty_on=None if days is None else (end + timedelta(days=days)).date(),
        low_since=since,
        soon=days is not None and days <= _SOON_DAYS,
    )


def _days_left(days: Real, left: Real) -> float | None:
    """By the median of all slopes (Theil-Sen), which one cold night does not tip."""
    if days[-1] - days[0] < _LEAST_DAYS or len(days) < _LEAST_DAYS:
        return None
    first, second = np.triu_indices(len(days), 1)
    slope = float(np.median((left[second] - left[first]) / (days[second] - days[first])))
    fall = -slope * (days[-1] - days[0])
    level = float(np.median(left - slope * (days - days[-1])))
    scatter = float(np.median(np.abs(left - level - slope * (days - days[-1]))))
    if fall < max(_LEAST_FALL_PCT, 3 * scatter):
        return None
    rest = max(level, 0.0) / -slope
    return rest if rest <= _LONGEST_DAYS else None
