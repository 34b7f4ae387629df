"""Classes of the Fire Weather Index: by the limits of EFFIS, or by the seasons of the site before.

EFFIS (Joint Research Centre, European Forest Fire Information System) has six classes; the highest,
"extreme" from 50 on, is part of the fifth here, as the official index has five too. Its limits are
made for all of Europe, and Central Europe hardly passes 38: where a site has seasons enough, its
own percentiles stand for them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from statistics import quantiles
from typing import NamedTuple

CLASSES = ("fire_very_low", "fire_low", "fire_moderate", "fire_high", "fire_very_high")
#: Where the second to the fifth class begin.
EFFIS = (5.2, 11.2, 21.3, 38.0)
#: Percentiles of the days of a site's seasons before, in the place of these.
_PERCENTILES = (50, 75, 90, 98)
#: Months of a season, as of the official index, and so many days of them are enough: some three.
_SEASON, _ENOUGH_DAYS = range(3, 11), 600


class Class(NamedTuple):
    """A class, and whether it is by the site's own seasons."""

    state: str
    by_own_season: bool


class Seasons:
    """The seasons of a site, day after day; a year is judged by those before it."""

    def __init__(self) -> None:
        self._values: list[float] = []
        self._year: int | None = None
        self._limits: tuple[float, ...] = EFFIS

    def judge(self, day: date, fwi: float) -> Class:
        """The class of a day, which is after all days before."""
        if day.year != self._year:
            self._year = day.year
            self._limits = _limits(self._values)
        if day.month in _SEASON:
            self._values.append(fwi)
        return Class(CLASSES[bisect_right(self._limits, fwi)], self._limits is not EFFIS)


def _limits(values: Sequence[float]) -> tuple[float, ...]:
    if len(values) < _ENOUGH_DAYS:
        return EFFIS
    cuts = quantiles(values, n=100, method="inclusive")
    return tuple(cuts[percentile - 1] for percentile in _PERCENTILES)
