"""Soil under trees and beds: water, warmth, conductivity, for many sites at once.

Between rains the water content falls exponentially to a floor, the form that fitted measured
dry-downs best: d(theta)/dt = -(theta - floor) / tau, tau 30 d at 10 cm to 48 d at 40 cm at an
evapotranspiration of 2.5 mm/d, faster in proportion when it is hot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .model import DAY_S, SimulatedDevice
from .scenarios import Scenario
from .weather import STEP_S, Series, Weather

#: Water content at pF 1.8 (field capacity) and pF 4.2 (wilting point), % by volume; Wessolek,
#: Kaupenjohann & Renger 2009, table 10.
TEXTURES = {
    "Ss": (14.3, 2.1),
    "Sl3": (24.8, 8.1),
    "Slu": (30.3, 11.6),
    "Ls2": (33.1, 17.4),
    "Ls3": (31.5, 15.3),
    "Lu": (35.9, 18.1),
    "Ut3": (35.6, 13.1),
}
_HOUR_STEPS = 3600 // STEP_S
_REFERENCE_ET0_MM_D = 2.5
_INTERCEPTION_MM = 1.5
_WATERING_HOUR = 7
_WATERING_PCT = 8.0  # 100 litres in 1.2 cubic metres


@dataclass(frozen=True, slots=True)
class Soil:
    """Hourly series from `start_s`; rows are hours, columns the sites in the order given.

    Moisture in % by volume, temperature in degC.
    """

    start_s: int
    moisture: Series
    temperature: Series

    @property
    def times(self) -> Series:
        """Unix seconds of the rows."""
        return self.start_s + 3600 * np.arange(len(self.moisture), dtype=np.float64)


def make_soil(
    sites: Sequence[SimulatedDevice], weather: Weather, scenario: Scenario, *, seed: int
) -> Soil:
    """Return the soil at each site from the weather's first hour to its last."""
    hours = len(weather) // _HOUR_STEPS
    shape = (hours, _HOUR_STEPS)
    return Soil(
        weather.start_s,
        _moisture(
            _SiteValues.of(sites, hours // 24, seed),
            weather.rain.reshape(shape).sum(axis=1),
            weather.et0.reshape(shape).sum(axis=1) * 24,
            scenario,
        ),
        _temperature(sites, weather.temperature.reshape(shape).mean(axis=1)),
    )


@dataclass(frozen=True, slots=True)
class _SiteValues:
    """One number per site. Times in hours; `care` has a row per day and decides on watering."""

    capacity: Series
    wilting: Series
    tau_h: Series
    delay_h: Series
    pit_factor: Series
    initial: Series
    young: Series
    care: Series

    @classmethod
    def of(cls, sites: Sequence[SimulatedDevice], days: int, seed: int) -> _SiteValues:
        capacity, wilting = (
            np.array([TEXTURES[site.soil_texture or "Ls3"] for site in sites], dtype=np.float64)
            .reshape(-1, 2)
            .T
        )
        depth = np.array([site.depth_cm or 30 for site in sites], dtype=np.float64)
        young = np.array(
            [site.planting_age is not None and site.planting_age <= 3 for site in sites]
        )
        rngs = [np.random.default_rng([seed, 2, site.key]) for site in sites]
        own = np.array([rng.random(3) for rng in rngs]).reshape(-1, 3)
        tau_d = np.interp(depth, [10, 40, 90], [30, 48, 80]) * (0.8 + 0.4 * own[:, 0])
        return cls(
            capacity=capacity,
            wilting=wilting,
            tau_h=24 * tau_d * np.where(young, 0.6, 1.0),
            delay_h=np.interp(depth, [10, 30, 60, 90], [1.5, 6, 24, 60]),
            pit_factor=0.6 + 0.5 * own[:, 1],
            initial=wilting + (0.6 + 0.3 * own[:, 2]) * (capacity - wilting),
            young=young.astype(np.float64),
            care=np.array([rng.random(days) for rng in rngs]).reshape(len(sites), days).T,
        )


def _moisture(site: _SiteValues, rain_mm: Series, et0_mm_d: Series, scenario: Scenario) -> Series:
    """Hour by hour: what soaks in, what the plants and the air take, what drains."""
    floor = site.wilting + 1.0
    saturation = site.capacity * 1.2
    moisture = site.initial.copy()
    waiting = np.zeros_like(moisture)  # on its way down to the sensor, % by volume
    wetted = 0.0  # rain of this event caught by leaves, mm
    result = np.empty((len(rain_mm), len(moisture)))
    arriving = 1 - np.exp(-1 / site.delay_h)
    for hour, (rain, et0) in enumerate(zip(rain_mm.tolist(), et0_mm_d.tolist(), strict=True)):
        caught = min(rain, _INTERCEPTION_MM - wetted)
        wetted = wetted + caught if rain else max(0.0, wetted - 0.1)
        waiting += site.pit_factor * (rain - caught) / 3.0  # 1 mm in 30 cm of soil: 0.33 %
        if scenario.watering and hour % 24 == _WATERING_HOUR:
            waiting += _watered(site, moisture, hour // 24)
        down = waiting * arriving
        waiting -= down
        drying = np.exp(-et0 / _REFERENCE_ET0_MM_D / site.tau_h)
        moisture = floor + (moisture - floor) * drying + down
        above = np.maximum(moisture - site.capacity, 0.0)
        moisture -= above * (1 - np.exp(-1 / 30.0))  # gravity drains it within a few days
        np.minimum(moisture, saturation, out=moisture)
        result[hour] = moisture
    return result


def _watered(site: _SiteValues, moisture: Series, day: int) -> Series:
    """Return a crew passes a dry young tree every third day on average."""
    available = (moisture - site.wilting) / (site.capacity - site.wilting)
    return np.asarray(_WATERING_PCT * site.young * ((available < 0.45) & (site.care[day] < 0.35)))


def share_available(site: SimulatedDevice, moisture: Series) -> Series:
    """Return the plant-available water as a share of what the soil can hold for plants."""
    capacity, wilting = TEXTURES[site.soil_texture or "Ls3"]
    return np.asarray((moisture - wilting) / (capacity - wilting))


def _temperature(sites: Sequence[SimulatedDevice], air: Series) -> Series:
    """Air temperature through a first-order lag whose time constant grows with depth."""
    depth = np.array([site.depth_cm or 30 for site in sites], dtype=np.float64)
    share = 1 - np.exp(-3600 / (np.interp(depth, [10, 30, 60, 90], [0.5, 2.5, 7, 14]) * DAY_S))
    temperature = np.full(len(sites), air[: 24 * 5].mean())
    result = np.empty((len(air), len(sites)))
    for hour, value in enumerate(air.tolist()):
        temperature = temperature + share * (value - temperature)
        result[hour] = temperature
    return result


def conductivity(moisture_pct: Series, factor: float) -> Series:
    """Bulk electrical conductivity, uS/cm: rises with the square of the water content."""
    return factor * (15.0 + 0.32 * moisture_pct**2)
