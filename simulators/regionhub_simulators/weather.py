"""One weather for the whole region, in steps of 15 minutes.

What a day is like is drawn from (seed, day number) alone, so a day is the same whichever period
is asked for. No measured weather is used or claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from .model import DAY_S
from .scenarios import Scenario

Series = NDArray[np.float64]

STEP_S = 900
_STEPS_PER_DAY = DAY_S // STEP_S
_LATITUDE = np.radians(51.3)
_MEMORY_DAYS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """Series on a grid that begins at `start_s` (Unix seconds, a midnight UTC), step `STEP_S`.

    Units: temperature and dew point degC, rain mm per step, reference evapotranspiration
    (`et0`) mm per step, pressure hPa at the region's height.
    """

    start_s: int
    temperature: Series
    daily_mean: Series
    dew_point: Series
    rain: Series
    et0: Series
    pressure: Series

    def __len__(self) -> int:
        return len(self.rain)

    @property
    def times(self) -> Series:
        """Unix seconds of the grid points."""
        return self.start_s + STEP_S * np.arange(len(self.rain), dtype=np.float64)


def saturation_vapour_pressure(celsius: Series) -> Series:
    """kPa; FAO-56 equation 11."""
    return np.asarray(0.6108 * np.exp(17.27 * celsius / (celsius + 237.3)))


def relative_humidity(temperature: Series, dew_point: Series) -> Series:
    """Percent, at most 100."""
    ratio = saturation_vapour_pressure(dew_point) / saturation_vapour_pressure(temperature)
    return np.minimum(100.0 * ratio, 100.0)


def dew_point(temperature: Series, humidity: Series) -> Series:
    """degC: the other way round."""
    x = np.log(saturation_vapour_pressure(temperature) * humidity / 100 / 0.6108)
    return np.asarray(237.3 * x / (17.27 - x))


def extraterrestrial_radiation_mm(day_of_year: Series) -> Series:
    """Ra as evaporated water, mm/d, for the region's latitude; FAO-56 equations 21 to 25."""
    angle = 2 * np.pi * day_of_year / 365
    distance = 1 + 0.033 * np.cos(angle)
    declination = 0.409 * np.sin(angle - 1.39)
    sunset = np.arccos(-np.tan(_LATITUDE) * np.tan(declination))
    geometry = sunset * np.sin(_LATITUDE) * np.sin(declination) + np.cos(_LATITUDE) * np.cos(
        declination
    ) * np.sin(sunset)
    return np.asarray(0.408 * 24 * 60 / np.pi * 0.0820 * distance * geometry)


def make_weather(
    scenario: Scenario, *, seed: int, reference_s: int, start_s: int, end_s: int
) -> Weather:
    """Return the weather from the day of `start_s` to the end of the day of `end_s`."""
    first, last = start_s // DAY_S, end_s // DAY_S + 1
    days = np.arange(first, last + 1)
    season = _day_of_year(scenario, days, reference_s)
    draws = _draws(seed, first, last)
    dry = _is_dry(scenario, days, reference_s)
    mean, swing, depression = _daily_temperature(scenario, season, draws, dry)
    times = first * DAY_S + STEP_S * np.arange((last - first) * _STEPS_PER_DAY, dtype=np.float64)
    noon = (days + 0.5) * DAY_S
    daily_mean = np.interp(times, noon, mean)
    # Warmest at 14 UTC, which is 15 to 16 o'clock on local clocks.
    hour = times % DAY_S / 3600
    temperature = daily_mean + np.interp(times, noon, swing) * np.cos(2 * np.pi * (hour - 14) / 24)
    dew_point = np.interp(times, noon, mean - swing - depression)
    rain = _rain(scenario, times, draws, dry, reference_s)
    wet = np.convolve(rain, np.ones(4), mode="full")[: len(rain)] > 0.05
    dew_point = np.where(wet, np.maximum(dew_point, temperature - 0.8), dew_point)
    return Weather(
        start_s=first * DAY_S,
        temperature=temperature,
        daily_mean=daily_mean,
        dew_point=np.minimum(dew_point, temperature),
        rain=rain,
        et0=_et0(times, season, mean, swing),
        pressure=np.interp(times, noon, 985 + 7 * _smooth(draws, 4)),
    )


def _draws(seed: int, first: int, last: int) -> Series:
    """Eight numbers per day: five normal, three uniform. Rows start `_MEMORY_DAYS` early."""
    rows = []
    for day in range(first - _MEMORY_DAYS, last + 1):
        rng = np.random.default_rng([seed, 1, day])
        rows.append(np.concatenate([rng.standard_normal(5), rng.random(3)]))
    return np.array(rows)


def _smooth(draws: Series, column: int) -> Series:
    """Return a normal number per day that remembers the days before (moving average of 6)."""
    width = _MEMORY_DAYS + 1
    return np.convolve(draws[:, column], np.full(width, width**-0.5), mode="valid")


def _day_of_year(scenario: Scenario, days: NDArray[np.int64], reference_s: int) -> Series:
    """Days since New Year, as if the reference moment lay in the season of the scenario."""
    since = 0.0
    if scenario.day_of_year is not None:
        since = scenario.day_of_year - 1 - reference_s // DAY_S % 365.2425
    return np.asarray((days + since) % 365.2425, dtype=np.float64)


def _is_dry(scenario: Scenario, days: NDArray[np.int64], reference_s: int) -> NDArray[np.bool_]:
    since = (days + 0.5) - reference_s / DAY_S
    return np.asarray((since > -scenario.dry_days) & (since < scenario.dry_days / 2))


def _daily_temperature(
    scenario: Scenario, season_day: Series, draws: Series, dry: NDArray[np.bool_]
) -> tuple[Series, Series, Series]:
    """Mean, half the daily swing and the dew point's distance below the minimum, K."""
    season = np.cos(2 * np.pi * (season_day - 200) / 365.2425)  # +1 about 20 July
    hot = dry if scenario.dry_days else np.ones_like(dry)
    mean = 9.3 + 8.6 * season + 2.6 * _smooth(draws, 0) + scenario.warmer_k * hot
    swing = np.maximum(1.5, 4.3 + 1.8 * season + 1.1 * draws[_MEMORY_DAYS:, 1] + 1.2 * dry)
    depression = np.clip(0.4 + 0.8 * draws[_MEMORY_DAYS:, 2] + 2.5 * dry, -0.8, 5.0)
    return mean, swing, depression


def _rain(
    scenario: Scenario, times: Series, draws: Series, dry: NDArray[np.bool_], reference_s: int
) -> Series:
    rain = np.zeros_like(times)
    start = times[0]
    wetness = _smooth(draws, 3)
    for index in range(len(wetness) - 1):
        amount, begin, length = draws[_MEMORY_DAYS + index, 5:8]
        if wetness[index] < 0.2 or dry[index]:
            continue
        depth = -6.5 * np.log1p(-amount)
        begin_s = start + index * DAY_S + begin * 20 * 3600
        _pour(rain, start, begin_s, 3600 * (1.5 + 8 * length), depth)
    for storm in scenario.storms:
        begin_s = reference_s + storm.start_h * 3600
        _pour(rain, start, begin_s, storm.hours * 3600, storm.mm)
    return rain


def _pour(rain: Series, start: float, begin_s: float, length_s: float, depth_mm: float) -> None:
    """Add a rain event: it swells and fades as a sine; what lies outside the grid is lost."""
    first = floor((begin_s - start) / STEP_S)
    steps = max(2, ceil(length_s / STEP_S))
    shape = np.sin(np.pi * (np.arange(steps) + 0.5) / steps)
    shape *= depth_mm / shape.sum()
    inside = np.arange(steps) + first
    mask = (inside >= 0) & (inside < len(rain))
    rain[inside[mask]] += shape[mask]


def _et0(times: Series, season_day: Series, mean: Series, swing: Series) -> Series:
    """Hargreaves: 0.0023 (T+17.8) sqrt(Tmax-Tmin) Ra [mm/d], spread over the daylight."""
    radiation = extraterrestrial_radiation_mm(season_day + 1)
    daily = np.maximum(0.0, 0.0023 * (mean + 17.8) * np.sqrt(2 * swing) * radiation)
    light = np.maximum(0.0, np.cos(2 * np.pi * (times % DAY_S / 3600 - 12) / 24))
    share = light / light[:_STEPS_PER_DAY].sum()
    index = ((times - times[0]) // DAY_S).astype(np.int64)
    return np.asarray(daily[index] * share)
