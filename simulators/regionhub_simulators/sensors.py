"""The device types: which of the world's values they take, and the bytes they send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat
from math import nan

import numpy as np

from regionhub.errors import InputError

from . import encoders
from .encoders import Payload
from .faults import begins_s, charge, distort
from .model import DAY_S, WEATHER_STATION, Fault, SimulatedDevice
from .weather import Series, dew_point
from .world import World

_SECONDS_1970_TO_2000 = 946_684_800
_ULTRASONIC_DROPOUT = 0.006
_CM_WATER_PER_BAR = 1019.7


@dataclass(frozen=True, slots=True)
class Samples:
    """What one device measures at some of its uplinks.

    `ordinals` number the device's uplinks since 1970; `battery` is the share that is left, 0-1.
    """

    device: SimulatedDevice
    times: Series
    ordinals: list[int]
    values: dict[str, Series]
    battery: Series

    @property
    def device_id(self) -> int:
        """The 16-bit number Decentlab prints on the box."""
        return self.device.key & 0xFFFF

    def volts(self, full: float, empty: float) -> list[float]:
        """Battery voltage between two ends."""
        volts: list[float] = (empty + (full - empty) * self.battery).tolist()
        return volts

    def percent(self) -> list[float]:
        """Battery percent, in every fourth uplink only, NaN in the others."""
        return [
            100 * share if ordinal % 4 == 0 else nan
            for ordinal, share in zip(self.ordinals, self.battery.tolist(), strict=True)
        ]

    def lists(self, *names: str) -> list[list[float]]:
        """Return the named series as lists."""
        return [self.values[name].tolist() for name in names]


def measure(
    device: SimulatedDevice, world: World, times: Series, ordinals: list[int], noise: Series
) -> list[Payload]:
    """Return the payload of each uplink.

    `noise` holds three normal numbers and a uniform one per uplink.

    Raises:
        InputError: no device type of that profile.
    """
    try:
        sense, encode = _TYPES[device.profile]
    except KeyError:
        raise InputError(f"The simulator has no device type {device.profile!r}.") from None
    values = sense(device, world, times, noise)
    if device.fault is Fault.STUCK:
        since = begins_s(device.fault, world.reference_s)
        last = sense(device, world, np.array([since]), np.ones((1, 4)))
        values = {name: np.where(times >= since, last[name], values[name]) for name in values}
    elif device.fault is not None:
        main = next(iter(values))
        values[main] = distort(device.fault, main, values[main], times, world.reference_s)
    battery = charge(device, times, world.begin_s, world.reference_s)
    return encode(Samples(device, times, ordinals, values, battery))


def _sense_soil(
    device: SimulatedDevice, world: World, times: Series, noise: Series
) -> dict[str, Series]:
    moisture, temperature, ec = world.soil(device, times)
    return {
        "moisture": moisture + 0.08 * noise[:, 0],
        "temperature": temperature + 0.05 * noise[:, 1],
        "ec": ec * (1 + 0.01 * noise[:, 2]),
    }


def _sense_distance(
    device: SimulatedDevice, world: World, times: Series, noise: Series
) -> dict[str, Series]:
    level = world.level(device, times)
    distance = 10 * ((device.mounting_height_cm or 0.0) - level) + 3.0 * noise[:, 0]
    return {"distance": np.where(noise[:, 3] < _ULTRASONIC_DROPOUT, np.nan, distance)}


def _sense_pressure(
    device: SimulatedDevice, world: World, times: Series, noise: Series
) -> dict[str, Series]:
    """`depth` is cm of water above the probe."""
    depth = world.level(device, times) - (device.mounting_height_cm or 0.0) + 0.15 * noise[:, 0]
    return {
        "depth": np.maximum(depth, 0.0),
        "pressure": (world.pressure(times) + 0.1 * noise[:, 1]) / 1000,
        "water": world.water_temperature(times) + 0.02 * noise[:, 2],
        "air": world.air(times, canopy=False)[0],
    }


def _sense_air(
    device: SimulatedDevice, world: World, times: Series, noise: Series
) -> dict[str, Series]:
    temperature, humidity = world.air(times, canopy=device.site_kind == "forest")
    # A valley, a slope: each site a little warmer or colder than the next.
    site = 1.6 * (device.key * 0.618034 % 1) - 0.8
    return {
        "temperature": temperature + site + 0.08 * noise[:, 0],
        "humidity": np.clip(humidity - 3 * site + 0.4 * noise[:, 1], 2.0, 100.0),
    }


def _sense_road(
    device: SimulatedDevice, world: World, times: Series, noise: Series
) -> dict[str, Series]:
    """Stone takes the sun and loses it to a clear sky: a wider swing than that of the air."""
    surface, temperature, humidity = world.road(times)
    site = 1.6 * (device.key * 0.618034 % 1) - 0.8
    humidity = np.clip(humidity + 0.4 * noise[:, 1], 2.0, 100.0)
    return {
        "surface": surface + site + 0.1 * noise[:, 2],
        "temperature": temperature + site + 0.08 * noise[:, 0],
        "humidity": humidity,
        "dew_point": dew_point(temperature + site, humidity),
    }


def _sense_stem(
    device: SimulatedDevice, world: World, times: Series, noise: Series
) -> dict[str, Series]:
    return {"position": world.stem(device, times) + 0.8 * noise[:, 0]}


def _sense_smoke(
    device: SimulatedDevice, world: World, times: Series, noise: Series
) -> dict[str, Series]:
    temperature, _ = world.air(times, canopy=True)
    smoke = world.smoke(device, times)
    return {
        "smoke": np.where(smoke > 0, np.clip(smoke + 3 * noise[:, 0], 6, 100), 0.0),
        "temperature": temperature + 0.4 * smoke + 0.2 * noise[:, 1],
    }


def _sense_weather(
    _device: SimulatedDevice, world: World, times: Series, noise: Series
) -> dict[str, Series]:
    temperature, humidity = world.air(times, canopy=False)
    return {
        "temperature": temperature + 0.08 * noise[:, 0],
        "humidity": np.clip(humidity + 0.4 * noise[:, 1], 2.0, 100.0),
        "wind": np.maximum(world.wind(times) * np.exp(0.25 * noise[:, 2]), 0.2),
        "rain": world.rain_total(times),
    }


def _lse01(s: Samples) -> list[Payload]:
    return list(map(encoders.lse01, s.volts(3.62, 2.9), *s.lists("moisture", "temperature", "ec")))


def _em500_smtc(s: Samples) -> list[Payload]:
    return list(map(encoders.em500_smtc, s.percent(), *s.lists("moisture", "temperature", "ec")))


def _trs12(s: Samples) -> list[Payload]:
    rest = s.lists("moisture", "temperature", "ec")
    return list(map(encoders.trs12, repeat(s.device_id), s.volts(3.2, 2.6), *rest))


def _mbx(s: Samples) -> list[Payload]:
    if s.device.fault is Fault.UNPLUGGED:
        return list(map(encoders.mbx_unplugged, repeat(s.device_id), s.volts(3.2, 2.6)))
    return list(map(encoders.mbx, repeat(s.device_id), s.volts(3.2, 2.6), *s.lists("distance")))


def _ldds75(s: Samples) -> list[Payload]:
    return list(map(encoders.ldds75, s.volts(3.62, 2.9), *s.lists("distance")))


def _keller(s: Samples) -> list[Payload]:
    depth, pressure, water, air = (s.values[n] for n in ("depth", "pressure", "water", "air"))
    difference = depth / _CM_WATER_PER_BAR
    channels = (difference, difference + pressure, water, pressure, air)
    payloads = list(map(encoders.keller_measurements, *(channel.tolist() for channel in channels)))
    per_day = DAY_S // s.device.interval_s
    for index, ordinal in enumerate(s.ordinals):
        if ordinal % per_day == 0:
            share = float(s.battery[index])
            payloads[index] = encoders.keller_information(
                3.0 + 2.2 * share,
                100 * share,
                38.0,
                s.device.key & 0xFFFFFF,
                int(s.times[index]) + 3600 - _SECONDS_1970_TO_2000,
            )
    return payloads


def _em300_th(s: Samples) -> list[Payload]:
    return list(map(encoders.em300_th, s.percent(), *s.lists("temperature", "humidity")))


def _sht35(s: Samples) -> list[Payload]:
    rest = s.lists("temperature", "humidity")
    return list(map(encoders.sht35, repeat(s.device_id), s.volts(3.2, 2.6), *rest))


def _cws(s: Samples) -> list[Payload]:
    rest = s.lists("surface", "temperature", "humidity", "dew_point")
    return list(map(encoders.cws, repeat(s.device_id), s.volts(3.2, 2.6), *rest))


def _zn1(s: Samples) -> list[Payload]:
    return list(map(encoders.zn1, repeat(s.device_id), s.volts(3.2, 2.6), *s.lists("position")))


def _gs524n(s: Samples) -> list[Payload]:
    charge = [100 * share for share in s.battery.tolist()]
    return list(map(encoders.gs524n, charge, *s.lists("smoke", "temperature")))


def _weather_station(s: Samples) -> list[Payload]:
    return list(map(encoders.weather_station, *s.lists("temperature", "humidity", "wind", "rain")))


_Sense = Callable[[SimulatedDevice, World, Series, Series], dict[str, Series]]
_Encode = Callable[[Samples], list[Payload]]
_TYPES: dict[str, tuple[_Sense, _Encode]] = {
    "dragino/lse01": (_sense_soil, _lse01),
    "milesight/em500-smtc": (_sense_soil, _em500_smtc),
    "decentlab/dl-trs12": (_sense_soil, _trs12),
    "decentlab/dl-mbx": (_sense_distance, _mbx),
    "dragino/ldds75": (_sense_distance, _ldds75),
    "keller/adt1-arc1": (_sense_pressure, _keller),
    "milesight/em300-th": (_sense_air, _em300_th),
    "decentlab/dl-sht35": (_sense_air, _sht35),
    "decentlab/dl-cws": (_sense_road, _cws),
    "decentlab/dl-zn1": (_sense_stem, _zn1),
    "milesight/gs524n": (_sense_smoke, _gs524n),
    WEATHER_STATION: (_sense_weather, _weather_station),
}
#: The profiles a simulated device can have.
PROFILES = tuple(_TYPES)
