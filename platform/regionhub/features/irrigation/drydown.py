"""How soil dries between two rains, and what its water will be in some days.

Soil loses water in proportion to what plants can still take from it (an exponential dry-down to a
floor), the faster the higher the demand of the air. Rate and floor of a site are learnt from all of
its dry days so far, beginning with what is usual; how the current days differ from that corrects
it. Tension is forecast as the water that is left at it. Methods and baselines: Houska et al. 2015
(doi 10.1371/journal.pone.0145180) for the data they were chosen with, FAO-56 (Allen et al. 1998)
for the radiation.

Everything here works on whole days in order: arrays with one number for each day, NaN where nothing
was measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Rain of a day in mm from which the day is no dry one.
RAIN_MM = 1.0
#: How many days show that nothing wets the soil and how the current spell differs, and how much of
#: that difference is believed.
RECENT_DAYS = 3
_BELIEVED = 0.7
_MOST_FASTER = 3.0
#: So much more water (see `_height`) than on the driest day since the last rise is a watering or
#: rain, however slowly it arrives.
_RISE = 1.0
#: The first day after rain still drains, and nothing is learnt from it.
_DRAINED_DAYS = 3
#: The floor lies at least so much below the driest day so far; before it is learnt so much, or at
#: the wilting point.
_BELOW_DRIEST = 0.3
_USUAL_BELOW_DRIEST = 1.0
#: What is assumed before a site is known: the rate per day, and for how many days of its own this
#: counts, at so much water above the floor.
_USUAL_RATE = 1 / 50
_USUAL_DAYS = 5
_USUAL_ABOVE = (2.0, 8.0)
_RATES = (1 / 150, 1 / 4)
#: A day with a loss of so much counts half as much as one with none: large ones are errors easily.
_HALF_WEIGHT = 0.5
#: Losses below this are noise: for how the current spell differs, and for the width of ranges.
_NOISE = 0.3
#: By how much a forecast is off, as a share of its change and the noise: what this is usually, as
#: if there had been so many forecasts, and the share of them that lie within the range.
_USUAL_MISSES = (0.02, 0.07, 0.12, 0.17, 0.22, 0.3, 0.45, 0.6, 0.75, 1.2)
_WIDTH_QUANTILE = 0.86
#: Water that is left in usual soil at a tension: _FULL * (1 + tension / kPa * _ENTRY) ** -_SLOPE.
#: The shape of the retention of loams (van Genuchten), where nobody has to know the texture.
_FULL = 60.0
_ENTRY = 0.2
_SLOPE = 0.2
_DRIEST_KPA = 10_000.0
#: The wilting point as a tension, kPa.
_WILTING_KPA = 1500.0
#: Latitude of the region's middle in radians, for the demand of the season.
_LATITUDE = np.radians(51.3)


class Refusal(StrEnum):
    """Why there is no forecast."""

    GAP = "gap"
    RISING = "rising"
    TOO_SHORT = "too_short"
    FROST = "frost"


@dataclass(frozen=True, slots=True)
class Days:
    """What was measured at a site, one number for each day.

    Args:
        value: median of the day, in `unit`.
        rain: sum in mm, or None where no gauge is near.
        demand: reference evapotranspiration relative to that of midsummer, see `season_demand`.
        unit: "%" (volume per volume) or "kPa" (tension).
    """

    value: Floats
    rain: Floats | None
    demand: Floats
    unit: str

    def dry_run(self) -> npt.NDArray[np.int64]:
        """For each day how many days up to it, itself included, were dry and measured."""
        wet = ~np.isfinite(self.value)
        if self.rain is not None:
            wet |= np.nan_to_num(self.rain) >= RAIN_MM
        wet[1:] |= self._rises()[1:]
        number = np.arange(len(wet))
        return number - np.maximum.accumulate(np.where(wet, number, -1))

    def refusal(self, day: int) -> Refusal | None:
        """Why nothing can be said on a day, or None."""
        recent = slice(max(0, day - RECENT_DAYS + 1), day + 1)
        if not np.isfinite(self.value[recent]).all():
            return Refusal.GAP
        if self._rises()[recent].any():
            return Refusal.RISING
        return None if self.dry_run()[day] >= RECENT_DAYS else Refusal.TOO_SHORT

    def _rises(self) -> npt.NDArray[np.bool_]:
        rises = []
        driest = np.inf
        for water in _height(self).tolist():
            rise = water > driest + _RISE
            rises.append(rise)
            if rise or water < driest:
                driest = water
        return np.array(rises, bool)


def season_demand(day_of_year: Floats) -> Floats:
    """Demand of the air by the season alone: root of the sun's radiation relative to midsummer.

    Extraterrestrial radiation is equation 21 of FAO-56. The root, because deep soil follows the
    season less than the surface does.
    """
    angle = 2 * np.pi * day_of_year / 365
    declination = 0.409 * np.sin(angle - 1.39)
    distance = 1 + 0.033 * np.cos(angle)
    sunset = np.arccos(-np.tan(_LATITUDE) * np.tan(declination))
    radiation = distance * (
        sunset * np.sin(_LATITUDE) * np.sin(declination)
        + np.cos(_LATITUDE) * np.cos(declination) * np.sin(sunset)
    )
    midsummer = 1.11  # of the same expression, at the solstice
    return np.asarray(np.sqrt(radiation / midsummer))


def forecasts(days: Days, wilting_point: float, ahead: Floats) -> Floats:
    """The value on each of the next days, seen from each day with what was known on it.

    Args:
        days: the history.
        wilting_point: in %, about where the soil stops to dry; of no use for tension.
        ahead: demand of the days ahead, shape (days, lead): row t is what is expected on t.

    Returns:
        Shape (days, lead); NaN where `Days.refusal` says why.
    """
    if days.unit == "kPa":
        wilting_point = float(_as_height(np.array(_WILTING_KPA), days.unit))
    course = _Course.of(days, wilting_point)
    rate = course.rate * course.faster(days)
    reached = np.where(days.dry_run() >= RECENT_DAYS, course.height, np.nan)
    result = np.empty_like(ahead)
    for lead in range(ahead.shape[1]):
        share = np.minimum(rate * ahead[:, lead], 1.0)
        reached = reached - share * np.maximum(reached - course.floor, 0.0)
        result[:, lead] = _as_value(reached, days.unit)
    return result


def ranges(days: Days, forecast: Floats, *, last_only: bool = False) -> tuple[Floats, Floats]:
    """Lower and upper end of forecasts, from how far earlier ones of the same lead were off.

    What is known on a day are the forecasts whose day has come by then, beside what is usual.
    About six of seven later values lie between. With `last_only` those of the last day alone are
    learnt, which takes a hundredth of the time; the others have the usual width.
    """
    height, middle = _height(days), _as_height(forecast, days.unit)
    change = np.abs(middle - height[:, None]) + _NOISE
    width = np.empty_like(forecast)
    for column in range(forecast.shape[1]):
        lead = column + 1
        miss = np.full(len(height), np.nan)
        off = np.abs(middle[:-lead, column] - height[lead:]) / change[:-lead, column]
        miss[lead:] = np.where(days.dry_run()[lead:] > lead, off, np.nan)
        width[:, column] = _known_quantile(miss, last_only) * change[:, column]
    ends = [_as_value(middle + sign * width, days.unit) for sign in (-1, 1)]
    return np.minimum(*ends), np.maximum(*ends)


def _known_quantile(miss: Floats, last_only: bool) -> Floats:
    """The quantile of all numbers up to each place and of the usual ones."""
    result = np.full(len(miss), np.quantile(_USUAL_MISSES, _WIDTH_QUANTILE))
    known = np.concatenate([_USUAL_MISSES, miss[np.isfinite(miss)]])
    count = len(_USUAL_MISSES) + np.cumsum(np.isfinite(miss))
    for day in range(max(0, len(miss) - 1) if last_only else 0, len(miss)):
        result[day] = np.quantile(known[: count[day]], _WIDTH_QUANTILE)
    return result


@dataclass(frozen=True, slots=True)
class _Course:
    """What is known on each day: water (see `_height`), floor and the usual rate of its loss."""

    height: Floats
    floor: Floats
    rate: Floats

    @classmethod
    def of(cls, days: Days, wilting_point: float) -> _Course:
        """Least squares over all dry days so far: loss = rate * demand * (water - floor)."""
        height = _height(days)
        driest = np.fmin.accumulate(height)
        usual_floor = np.minimum(wilting_point, driest - _USUAL_BELOW_DRIEST)
        loss, before = _losses(height)
        counts = (days.dry_run() >= _DRAINED_DAYS) & np.isfinite(loss)
        weight = np.where(counts, _HALF_WEIGHT / (_HALF_WEIGHT + np.abs(loss)), 0.0)
        loss, before = np.where(counts, loss, 0.0), np.where(counts, before, 0.0)
        demand = days.demand * weight
        sums = _Sums(
            np.cumsum(demand * days.demand),
            np.cumsum(demand * days.demand * before),
            np.cumsum(demand * days.demand * before**2),
            np.cumsum(demand * loss),
            np.cumsum(demand * loss * before),
        )
        for above in _USUAL_ABOVE:
            sums.add(usual_floor + above, _USUAL_RATE * above, _USUAL_DAYS / len(_USUAL_ABOVE))
        floor = np.minimum(sums.floor(), driest - _BELOW_DRIEST)
        return cls(height, floor, sums.rate(floor))

    def faster(self, days: Days) -> Floats:
        """How much faster than usual the last days lost water, as far as that is believed."""
        loss, before = _losses(self.height)
        run = days.dry_run()
        lost, expected = np.full(len(run), _NOISE), np.full(len(run), _NOISE)
        for back in range(RECENT_DAYS):
            dry = run > back + 1
            drive = np.maximum(np.roll(before, back) - self.floor, 0.0)
            usual = self.rate * np.roll(days.demand, back) * drive
            lost += np.where(dry, np.roll(loss, back), 0.0)
            expected += np.where(dry, usual, 0.0)
        ratio = np.clip(lost / expected, 0.0, _MOST_FASTER)
        return np.asarray(1 + _BELIEVED * (ratio - 1))


@dataclass(slots=True)
class _Sums:
    """Sums over the days so far, by weight.

    Of the demand squared, that times water and times water squared; of the demand times loss, and
    that times water.
    """

    demand: Floats
    water: Floats
    square: Floats
    loss: Floats
    product: Floats

    def add(self, water: Floats, loss: float, days: float) -> None:
        """So many days more, with a demand of one."""
        self.demand = self.demand + days
        self.water = self.water + days * water
        self.square = self.square + days * water**2
        self.loss = self.loss + days * loss
        self.product = self.product + days * loss * water

    def floor(self) -> Floats:
        """Where nothing would be lost any more, by the best line through all days."""
        spread = self.square - self.water**2 / self.demand
        slope = (self.product - self.loss * self.water / self.demand) / spread
        slope = np.clip(slope, *_RATES)
        return np.asarray((self.water - self.loss / slope) / self.demand)

    def rate(self, floor: Floats) -> Floats:
        """The best rate for a floor."""
        square = self.square - 2 * floor * self.water + floor**2 * self.demand
        return np.maximum((self.product - floor * self.loss) / square, 0.0)


def _losses(height: Floats) -> tuple[Floats, Floats]:
    """What was lost since the day before, and the water of that day."""
    return -np.diff(height, prepend=np.nan), np.roll(height, 1)


def _height(days: Days) -> Floats:
    """What falls while soil dries: its water content, or what is left of it at a tension."""
    return _as_height(days.value, days.unit)


def _as_height(value: Floats, unit: str) -> Floats:
    if unit == "%":
        return value
    return np.asarray(_FULL * (1 + _ENTRY * np.maximum(value, 0.0)) ** -_SLOPE)


def _as_value(height: Floats, unit: str) -> Floats:
    if unit == "%":
        return np.maximum(height, 0.0)
    lowest = _FULL * (1 + _ENTRY * _DRIEST_KPA) ** -_SLOPE
    return np.asarray(((np.clip(height, lowest, _FULL) / _FULL) ** (-1 / _SLOPE) - 1) / _ENTRY)
