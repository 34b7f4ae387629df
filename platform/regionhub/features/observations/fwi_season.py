"""The fire weather codes of a season, day after day, with the days that are missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from regionhub.features.observations.fwi import SPRING, Codes, Day, Noon, advance

#: After more missing days than this the codes are not to be trusted ...
_MISSING_DAYS = 2
#: ... until this much rain in mm has made them forget what they missed.
_FORGETTING_RAIN = 20.0
#: A longer silence is a winter or a new station: the codes start anew. The drought code has lost
#: two thirds of what it knew after 52 days (Van Wagner 1987).
_NEW_START_DAYS = 52


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


def follow(noons: Iterable[tuple[date, Noon | None]], start: Codes = SPRING) -> Iterator[SeasonDay]:
    """Each day given, in rising order of dates; days that are left out count as missing.

    Raises ValueError where a date is not after the one before.
    """
    codes, last, missing, rain = start, None, 0, _FORGETTING_RAIN
    for when, noon in noons:
        if last is not None and when <= last:
            raise ValueError(f"{when} does not come after {last}")
        missing += (when - last).days - 1 if last is not None else 0
        last = when
        if noon is None:
            missing += 1
            uncertain = missing > _MISSING_DAYS or rain < _FORGETTING_RAIN
            yield SeasonDay(when, None, uncertain)
            continue
        if missing > _NEW_START_DAYS:
            codes = start
        if missing > _MISSING_DAYS:
            rain = 0.0
        missing = 0
        rain += noon.rain
        day = advance(codes, noon, when.month)
        codes = day.codes
        yield SeasonDay(when, day, rain < _FORGETTING_RAIN)
