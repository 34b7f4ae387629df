"""How soil dries between two rains, and what its water will be in some days.

Soil loses water in proportion to what plants can still take from it (an exponential dry-down to a
floor), the faster the higher the demand of the air. The rate of a site is learnt from all of its
dry days so far; how the current days differ from that corrects it. Methods and baselines: Houska et
al. 2015 (doi 10.1371/journal.pone.0145180) for the data they were chosen with, FAO-56 (Allen et al.
1998) for the radiation.

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
#: A rise of the water content in percentage points, or a fall of the tension in kPa, of one day
#: that is a watering or rain.
RISE = {"%": 1.0, "kPa": 5.0}
#: The floor lies this much below the driest day of the site, but not below the wilting point.
_BELOW_DRIEST = 1.0
#: What is assumed before a site is known: rate per day (a time constant of 35 days; for tension the
#: daily growth of its logarithm), and for how many days of its own this counts.
_USUAL_RATE = {"%": 1 / 35, "kPa": 0.05}
_USUAL_DAYS = 10
#: How many days show how the current spell differs, and how much of the difference is believed.
RECENT_DAYS = 3
_BELIEVED = 0.7
_MOST_FASTER = 3.0
#: Half the width of a range: this share of the forecast change plus a fixed part, before there are
#: enough forecasts to learn it from.
_USUAL_WIDTH = 0.6
_FIXED_WIDTH = {"%": 0.3, "kPa": 0.03}
_WIDTH_QUANTILE = 0.88
_WIDTHS_NEEDED = 20
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
        step = np.diff(self.value, prepend=np.nan)
        with np.errstate(invalid="ignore"):
            return (step if self.unit == "%" else -step) > RISE[self.unit]


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
        wilting_point: in %, the floor at least; of no use for tension.
        ahead: demand of the days ahead, shape (days, lead): row t is what is expected on t.

    Returns:
        Shape (days, lead); NaN where `Days.refusal` says why.
    """
    state = _State.of(days, wilting_point)
    reached = np.where(days.dry_run() >= RECENT_DAYS, state.height, np.nan)
    result = np.empty_like(ahead)
    for lead in range(ahead.shape[1]):
        reached = reached - state.rate * ahead[:, lead] * state.drive(reached)
        result[:, lead] = state.value(reached)
    return result


def ranges(days: Days, forecast: Floats, *, last_only: bool = False) -> tuple[Floats, Floats]:
    """Lower and upper end of forecasts, from how far earlier ones of the same lead were off.

    What is known on a day are the forecasts whose day has come by then: at least 20 of them, else a
    usual width is taken. About seven of eight later values lie between. With `last_only` those of
    the last day alone are learnt, which takes a hundredth of the time; the others have the usual
    width.
    """
    height = _height(days)
    change = np.abs(_as_height(forecast, days.unit) - height[:, None])
    fixed = _FIXED_WIDTH[days.unit]
    width = np.empty_like(forecast)
    for column in range(forecast.shape[1]):
        lead = column + 1
        miss = np.full(len(height), np.nan)
        off = np.abs(_as_height(forecast[:-lead, column], days.unit) - height[lead:])
        undisturbed = days.dry_run()[lead:] > lead
        miss[lead:] = np.where(undisturbed, off / (change[:-lead, column] + fixed), np.nan)
        width[:, column] = _known_quantile(miss, last_only) * (change[:, column] + fixed)
    middle = _as_height(forecast, days.unit)
    ends = [_as_value(middle + sign * width, days.unit) for sign in (-1, 1)]
    return np.minimum(*ends), np.maximum(*ends)


def _known_quantile(miss: Floats, last_only: bool) -> Floats:
    """The quantile of all numbers up to each place, the usual width while they are few."""
    result = np.full(len(miss), _USUAL_WIDTH)
    known = miss[np.isfinite(miss)]
    count = np.cumsum(np.isfinite(miss))
    for day in range(len(miss) - 1 if last_only else 0, len(miss)):
        if count[day] >= _WIDTHS_NEEDED:
            result[day] = np.quantile(known[: count[day]], _WIDTH_QUANTILE)
    return result


@dataclass(frozen=True, slots=True)
class _State:
    """What is known on each day: height above dry (see `_height`), floor and corrected rate."""

    height: Floats
    floor: Floats
    rate: Floats
    unit: str

    @classmethod
    def of(cls, days: Days, wilting_point: float) -> _State:
        height = _height(days)
        driest = np.fmin.accumulate(days.value)
        floor = np.maximum(wilting_point, driest - _BELOW_DRIEST)
        known = cls(height, floor, np.empty_like(height), days.unit)
        usual = known._usual_rate(days)
        rate = usual * known._faster(days, usual)
        return cls(height, floor, rate, days.unit)

    def drive(self, height: Floats) -> Floats:
        """What the loss of a day is proportional to."""
        return height - self.floor if self.unit == "%" else np.ones_like(height)

    def value(self, height: Floats) -> Floats:
        return _as_value(height, self.unit)

    def _usual_rate(self, days: Days) -> Floats:
        """Least squares over all dry days so far, with what is usual as some days more."""
        loss = -np.diff(self.height, prepend=np.nan)
        before = np.roll(self.height, 1)
        counts = (days.dry_run() >= 2) & np.isfinite(loss)
        floor = self.floor if self.unit == "%" else np.zeros_like(self.floor)
        above = before if self.unit == "%" else np.ones_like(before)
        demand = np.where(counts, days.demand, 0.0)
        loss, above = np.where(counts, loss, 0.0), np.where(counts, above, 0.0)
        product = np.cumsum(loss * above * demand) - floor * np.cumsum(loss * demand)
        square = (
            np.cumsum((above * demand) ** 2)
            - 2 * floor * np.cumsum(above * demand**2)
            + floor**2 * np.cumsum(demand**2)
        )
        usual = _USUAL_DAYS * (self.drive(self.height) * days.demand) ** 2
        seen = square + usual
        rate = np.full_like(seen, _USUAL_RATE[self.unit])
        np.divide(product + usual * _USUAL_RATE[self.unit], seen, out=rate, where=seen > 0)
        return np.asarray(np.maximum(rate, 0.0))

    def _faster(self, days: Days, usual: Floats) -> Floats:
        """How much faster than usual the last days lost water, as far as that is believed."""
        seen = RECENT_DAYS - 1
        lost = np.full(len(self.height), np.nan)
        expected = np.zeros(len(self.height))
        lost[seen:] = self.height[:-seen] - self.height[seen:]
        for back in range(seen):
            drive = self.drive(np.roll(self.height, back + 1))
            expected += usual * drive * np.roll(days.demand, back)
        least = _FIXED_WIDTH[self.unit] / 6
        ratio = np.clip(lost / np.maximum(expected, least), 0.0, _MOST_FASTER)
        return np.asarray(1 + _BELIEVED * (ratio - 1))


def _height(days: Days) -> Floats:
    """What falls while soil dries: its water content, or minus the logarithm of its tension."""
    return _as_height(days.value, days.unit)


def _as_height(value: Floats, unit: str) -> Floats:
    return value if unit == "%" else -np.log(np.maximum(value, 0.1))


def _as_value(height: Floats, unit: str) -> Floats:
    return height if unit == "%" else np.exp(-height)
