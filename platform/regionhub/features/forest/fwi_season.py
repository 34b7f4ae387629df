"""The fire weather codes of a season, day after day, with the days that are missing.

What deep duff keeps of an autumn's drought over the winter: B. D. Lawson and O. B. Armitage,
Weather Guide for the Canadian Forest Fire Danger Rating System, Edmonton 2008, with the middle one
of the given shares for both: 0.75 of the autumn's moisture, 0.75 of the winter's rain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from math import exp, log

from regionhub.features.forest.fwi import SPRING, Codes, Day, Noon, advance

#: After more missing days than this the codes are not to be trusted ...
_MISSING_DAYS = 2
#: ... until this much rain in mm has made them forget what they missed.
_FORGETTING_RAIN = 20.0
#: A longer silence is a winter or a new station: the codes start anew. The drought code has lost
#: two thirds of what it knew after 52 days (Van Wagner 1987).
_NEW_START_DAYS = 52
#: Shares of the autumn's moisture that is carried over, and of the winter's rain that is taken up.
_CARRIED, _TAKEN_UP = 0.75, 0.75


@dataclass(frozen=True, slots=True)
class Rain:
    """A day of whose noon only the rain of the 24 hours before is known, mm."""

    mm: float


@dataclass(frozen=True, slots=True)
class SeasonDay:
    """One day of a season.

    `day` is None where the weather of its noon is missing: the codes of the day before are carried
    on. `uncertain` says that more than two days were missing and that less than 20 mm of rain have
    fallen since.
    """

    date: date
    day: Day | None
    uncertain: bool


@dataclass(slots=True)
class _Gap:
    """Days without weather in a row, and their rain in mm; None where it is not known of all."""

    days: int = 0
    rain: float | None = 0.0

    def add(self, days: int, rain: float | None) -> None:
        self.days += days
        if days:
            self.rain = None if rain is None or self.rain is None else self.rain + rain


@dataclass(slots=True)
class _Course:
    """What one day hands to the next."""

    start: Codes
    codes: Codes
    gap: _Gap = field(default_factory=_Gap)
    rain: float = _FORGETTING_RAIN

    def missing(self) -> bool:
        """Whether the codes are uncertain after one more day without weather."""
        return self.gap.days > _MISSING_DAYS or self.rain < _FORGETTING_RAIN

    def advance(self, noon: Noon, month: int) -> Day:
        """The codes of a day with weather."""
        if self.gap.days > _NEW_START_DAYS:
            winter = self.gap.rain
            kept = self.start.dc if winter is None else overwintered(self.codes.dc, winter)
            self.codes = replace(self.start, dc=max(self.start.dc, kept))
        if self.gap.days > _MISSING_DAYS:
            self.rain = 0.0
        self.gap = _Gap()
        self.rain += noon.rain
        day = advance(self.codes, noon, month)
        self.codes = day.codes
        return day


def follow(
    noons: Iterable[tuple[date, Noon | Rain | None]], start: Codes = SPRING
) -> Iterator[SeasonDay]:
    """Each day given, in rising order of dates; days that are left out count as missing.

    Where more than 52 days are missing the codes start anew; the drought code with what it kept of
    the autumn, if the rain of all these days is known.

    Raises ValueError where a date is not after the one before.
    """
    course, last = _Course(start, start), None
    for when, noon in noons:
        if last is not None and when <= last:
            raise ValueError(f"{when} does not come after {last}")
        course.gap.add((when - last).days - 1 if last is not None else 0, None)
        last = when
        if not isinstance(noon, Noon):
            course.gap.add(1, noon.mm if noon else None)
            yield SeasonDay(when, None, course.missing())
            continue
        day = course.advance(noon, when.month)
        yield SeasonDay(when, day, course.rain < _FORGETTING_RAIN)


def overwintered(autumn: float, rain: float) -> float:
    """The drought code of spring from that of autumn and the rain of the winter, mm."""
    water = _CARRIED * 800.0 * exp(-autumn / 400.0) + _TAKEN_UP * 3.94 * rain
    return max(400.0 * log(800.0 / water), 0.0)
