"""Classes of the Fire Weather Index: by the limits of EFFIS, raised by the seasons of the site.

EFFIS (Joint Research Centre, European Forest Fire Information System) has six classes; the highest,
"extreme" from 50 on, is part of the fifth here, as the official index has five too. Its limits are
made for all of Europe, and Central Europe hardly passes 38: where a site has seasons enough, what
is rare there is of a higher class, but never of the two highest before it is moderate by EFFIS.
They never lower a class: fuel that is so dry burns, however often it is so.
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
#: By EFFIS moderate: below this no season of a site makes a day one of the two highest classes.
_MODERATE = EFFIS[1]
#: Percentiles of the days of a site's seasons before, in the place of these limits if lower.
_PERCENTILES = (50, 75, 90, 98)
#: Months of a season, as of the official index, and so many days of them are enough: some three.
_SEASON, _ENOUGH_DAYS = range(3, 11), 600


class Class(NamedTuple):
    """A class, and whether the site's own seasons made it higher than EFFIS does."""

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
        class_ = bisect_right(self._limits, fwi)
        return Class(CLASSES[class_], class_ > bisect_right(EFFIS, fwi))


def _limits(values: Sequence[float]) -> tuple[float, ...]:
    if len(values) < _ENOUGH_DAYS:
        return EFFIS
    cuts = quantiles(values, n=100, method="inclusive")
    low, moderate, high, very_high = (cuts[percentile - 1] for percentile in _PERCENTILES)
    own = (low, moderate, max(high, _MODERATE), max(very_high, _MODERATE))
    return tuple(map(min, own, EFFIS))
