"""The simulated region: weather, soil and rivers, as far into the future as somebody asks.

Everything is computed forward from `begin_s`; asking for a later moment computes the same world
again, only longer, so what was known stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .model import DAY_S, SimulatedDevice
from .river import level_cm, make_rivers, rating
from .scenarios import Scenario
from .soil import conductivity, make_soil, share_available
from .stem import make_stem
from .weather import STEP_S, Series, make_weather, relative_humidity

#: Days before the first answer, in which soil and rivers forget how they began.
WARM_UP_DAYS = 45
_AHEAD_DAYS = 20


class World:
    """What every device would measure if it were perfect.

    Times are Unix seconds. `reference_s` is the moment the scenario is about and `days` how far
    before it somebody may ask.
    """

    def __init__(
        self,
        devices: Iterable[SimulatedDevice],
        scenario: Scenario,
        *,
        seed: int,
        reference_s: int,
        days: float,
    ) -> None:
        everything = list(devices)
        self.seed = seed
        self.reference_s = reference_s
        self.begin_s = int(reference_s - days * DAY_S)
        self._scenario = scenario
        self._soil_sites = [d for d in everything if d.soil_texture is not None]
        self._smoking = min(
            (d.dev_eui for d in everything if d.profile == "milesight/gs524n"), default=None
        )
        self._column = {d.dev_eui: i for i, d in enumerate(self._soil_sites)}
        self._rivers = sorted({d.river for d in everything if d.river is not None})
        self._compute(reference_s + 2 * DAY_S)

    def reach(self, moment_s: float) -> None:
        """Make sure that the world lasts until `moment_s`."""
        if moment_s >= self._end_s:
            self._compute(int(moment_s) + _AHEAD_DAYS * DAY_S)

    def _compute(self, end_s: int) -> None:
        start_s = self.begin_s - WARM_UP_DAYS * DAY_S
        self._weather = make_weather(
            self._scenario,
            seed=self.seed,
            reference_s=self.reference_s,
            start_s=start_s,
            end_s=end_s,
        )
        self._soil = make_soil(self._soil_sites, self._weather, self._scenario, seed=self.seed)
        self._flow = make_rivers(self._rivers, self._weather, seed=self.seed)
        self._times = self._weather.times
        self._soil_times = self._soil.times
        self._end_s = self._soil_times[-1]

    def soil(self, device: SimulatedDevice, times: Series) -> tuple[Series, Series, Series]:
        """Water content [% by volume], temperature [degC], conductivity [uS/cm] at the probe."""
        column = self._column[device.dev_eui]
        moisture = np.interp(times, self._soil_times, self._soil.moisture[:, column])
        temperature = np.interp(times, self._soil_times, self._soil.temperature[:, column])
        factor = 0.8 + 0.4 * (device.key * 0.618034 % 1)
        return moisture, temperature, conductivity(moisture, factor)

    def level(self, device: SimulatedDevice, times: Series) -> Series:
        """Water level above gauge zero, cm, with a small daily ripple as of a sewage plant."""
        flow = self._flow[device.river or ""][:, device.river_position]
        low, gain = rating(device.key, self.seed)
        ripple = 0.4 * np.sin(2 * np.pi * (times % DAY_S) / DAY_S - 2.0)
        return level_cm(np.interp(times, self._times, flow), low=low, gain=gain) + ripple

    def air(self, times: Series, *, canopy: bool) -> tuple[Series, Series]:
        """Temperature [degC] and relative humidity [%], in the open or under trees.

        A closed canopy takes about 40 % of the daily swing away and keeps the air moister.
        """
        temperature = np.interp(times, self._times, self._weather.temperature)
        dew_point = np.interp(times, self._times, self._weather.dew_point)
        if canopy:
            mean = np.interp(times, self._times, self._weather.daily_mean)
            temperature = mean - 0.6 + 0.6 * (temperature - mean)
            dew_point = dew_point + 1.8
        return temperature, relative_humidity(temperature, dew_point)

    def road(self, times: Series) -> tuple[Series, Series, Series]:
        """Temperature of the surface [degC], and temperature and humidity of the air over it."""
        temperature, humidity = self.air(times, canopy=False)
        mean = np.interp(times, self._times, self._weather.daily_mean)
        return temperature + 0.35 * (temperature - mean) - 1.0, temperature, humidity

    def stem(self, device: SimulatedDevice, times: Series) -> Series:
        """Size of a stem since the world began, um: it grows in wet soil and shrinks in dry."""
        column = self._column[device.dev_eui]
        water = share_available(device, self._soil.moisture[:, column])
        temperature, humidity = self.air(self._soil_times, canopy=True)
        size = make_stem(water, temperature, humidity)
        return np.interp(times, self._soil_times, size)

    def smoke(self, device: SimulatedDevice, times: Series) -> Series:
        """Smoke at the one sensor that smells the fire of the scenario, %, for six hours."""
        begins_h = self._scenario.smoke_h
        if begins_h is None or device.dev_eui != self._smoking:
            return np.zeros_like(times)
        since_h = (times - self.reference_s) / 3600 - begins_h
        return np.where((since_h >= 0) & (since_h < 6), np.minimum(12 + 10 * since_h, 45), 0.0)

    def wind(self, times: Series) -> Series:
        """Wind at 10 m, m/s: strongest after noon, and where the air is dry."""
        _, humidity = self.air(times, canopy=False)
        hour = times % DAY_S / 3600
        by_day = 1 + 0.5 * np.cos(2 * np.pi * (hour - 13) / 24)
        return np.asarray((1.6 + 2.4 * (1 - humidity / 100)) * by_day)

    def rain_total(self, times: Series) -> Series:
        """Rain since the world began, mm: what a gauge has counted."""
        total = np.concatenate([[0.0], np.cumsum(self._weather.rain)])
        ends = np.concatenate([self._times[:1], self._times + STEP_S])
        return np.asarray(np.interp(times, ends, total))

    def water_temperature(self, times: Series) -> Series:
        """River water, degC: two thirds of the daily mean of the air, never frozen."""
        mean = np.interp(times, self._times, self._weather.daily_mean)
        return np.asarray(np.maximum(0.3, 3.0 + 0.66 * mean))

    def pressure(self, times: Series) -> Series:
        """Air pressure at the region's height, hPa."""
        return np.interp(times, self._times, self._weather.pressure)

    def rain_mm(self, start_s: float, end_s: float) -> float:
        """Rain between two moments."""
        inside = (self._times >= start_s) & (self._times < end_s)
        return float(self._weather.rain[inside].sum())
