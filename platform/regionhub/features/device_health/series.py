"""What the curve of a sensor shows: spikes, and steps that stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from regionhub.quantities import Quantity

Real = NDArray[np.float64]

#: A change that so many times exceeds the usual one from reading to reading is none of nature.
_TIMES_USUAL = 8.0
#: Median deviation to standard deviation, for normal noise.
_SIGMA = 1.4826
#: Readings before and after a step that have to stand still beside it.
_BESIDE = 6
#: Spikes in a week: fewer are an echo now and then.
_SPIKES, _SPIKES_SHARE = 3, 0.01
#: What becomes wet at once is watered: only in the other direction a step is a fault.
_WETTING = {"soil_moisture_vwc": 1, "soil_water_tension": -1, "soil_water_potential": 1}
#: Fronts and thunderstorms are steps, too.
_WEATHER = "air"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that values show: a state of a device, since when, and how much."""

    state: str
    quantity: str
    since: datetime
    size: float
    count: int = 1


@dataclass(frozen=True, slots=True)
class Curve:
    """Values of a week; times are seconds since 1970. `believed`: not those that cannot be."""

    quantity: Quantity
    times: Real
    values: Real
    believed: NDArray[np.bool_]


def spikes(curve: Curve) -> Finding | None:
    """Single values far from those before and after, which agree with each other.

    Also those that no sensor of its kind can measure: nobody decides on them, but somebody has to
    look at what makes them.
    """
    values = curve.values
    limit = _limit(curve)
    if limit is None or len(values) < 3:
        return None
    before, value, after = values[:-2], values[1:-1], values[2:]
    off = value - (before + after) / 2
    found = np.flatnonzero((np.abs(off) > limit) & (np.abs(after - before) < np.abs(off) / 3))
    enough = len(found) >= _SPIKES or (
        len(found) == _SPIKES - 1 and len(found) >= _SPIKES_SHARE * len(values)
    )
    if not enough:
        return None
    return Finding(
        state="spikes",
        quantity=curve.quantity.name,
        since=_moment(curve.times[1 + found[0]]),
        size=float(np.median(np.abs(off[found]))),
        count=len(found),
    )


def step(curve: Curve) -> Finding | None:
    """The last change from one reading to the next that stayed, while all beside it stood still.

    A flood goes on rising and soil that was watered dries again; a sensor that slipped does not.
    """
    values, times, quantity = (
        curve.values[curve.believed],
        curve.times[curve.believed],
        curve.quantity,
    )
    limit = _limit(curve)
    if limit is None or quantity.theme == _WEATHER or len(values) < 2 * _BESIDE:
        return None
    sides = np.lib.stride_tricks.sliding_window_view(values, _BESIDE)
    before, after = sides[:-_BESIDE], sides[_BESIDE:]
    sizes = np.median(after, axis=1) - np.median(before, axis=1)
    direct = np.diff(values)[_BESIDE - 1 : len(values) - _BESIDE]
    restless = np.maximum(np.ptp(before, axis=1), np.ptp(after, axis=1))
    large = (np.abs(sizes) > limit) & (np.abs(direct) > 0.75 * np.abs(sizes))
    large &= restless < np.abs(sizes) / 4
    large &= np.sign(sizes) != _WETTING.get(quantity.name, 0)
    # what came back since is over
    large &= np.abs(sizes + np.median(before, axis=1) - np.median(values[-_BESIDE:])) < (
        np.abs(sizes) / 2
    )
    found = np.flatnonzero(large)
    if not len(found):
        return None
    last = found[-1]
    return Finding(
        state="step",
        quantity=quantity.name,
        since=_moment(times[_BESIDE + last]),
        size=float(sizes[last]),
    )


def _limit(curve: Curve) -> float | None:
    """The smallest change that is no noise of this sensor and no wandering; None: not judged."""
    if not curve.quantity.span or curve.quantity.theme == "device" or len(curve.values) < 3:
        return None
    usual = _SIGMA * float(np.median(np.abs(np.diff(curve.values))))
    return max(_TIMES_USUAL * usual, curve.quantity.span)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
