"""Whether a sensor drifts away from the others of its kind in town."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from regionhub.quantities import Quantity

from .series import Finding, Real

#: What is about the same at all sites of one kind in a town; soils differ from tree to tree.
COMPARED = (
    "air_temperature",
    "relative_humidity",
    "air_pressure",
    "barometric_pressure",
    "road_surface_temperature",
)
_FEWEST = 3
#: Days whose offsets are compared: the last week with those three weeks before.
DAYS, _LATELY, _FORMERLY = 28, 7, 7
_TIMES_USUAL = 5.0
_SIGMA = 1.4826


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Daily means of a sensor and of its neighbours, one row for each; NaN without a value.

    `times` are the days, seconds since 1970; the first row is the sensor itself.
    """

    quantity: Quantity
    times: Real
    values: NDArray[np.float64]


def drift(group: Neighbours) -> Finding | None:
    """How much further from its neighbours it is than three weeks before; None: as usual."""
    values = group.values
    if not group.quantity.span or len(values) <= _FEWEST or values.shape[1] < DAYS:
        return None
    changes = [_change(values, place) for place in range(len(values))]
    own, others = changes[0], np.array([c for c in changes[1:] if c is not None])
    if own is None or len(others) < _FEWEST:
        return None
    usual = _SIGMA * float(np.median(np.abs(others - np.median(others))))
    if abs(own) <= max(_TIMES_USUAL * usual, group.quantity.span / 2):
        return None
    since = datetime.fromtimestamp(float(group.times[-_LATELY]), UTC)
    return Finding(
        state="drift", quantity=group.quantity.name, since=since, size=own, count=len(others)
    )


def _change(values: NDArray[np.float64], place: int) -> float | None:
    """By how much the offset from the median of the others changed."""
    others = np.delete(values, place, axis=0)
    known = ~np.isnan(values[place]) & (np.count_nonzero(~np.isnan(others), axis=0) >= _FEWEST)
    if not known[-_LATELY:].any() or not known[:_FORMERLY].any():
        return None
    offsets = np.full(values.shape[1], np.nan)
    offsets[known] = values[place][known] - np.nanmedian(others[:, known], axis=0)
    return float(np.nanmedian(offsets[-_LATELY:]) - np.nanmedian(offsets[:_FORMERLY]))
