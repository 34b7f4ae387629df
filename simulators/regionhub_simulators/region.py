"""The demonstration region: five towns of South Westphalia, all sensors and values simulated.

Only the towns, their official keys and the middle of each town are real. Sites, devices, gauges,
their heights and levels are invented for the simulation and say nothing about real places.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import count
from math import cos, radians

import numpy as np

from regionhub.errors import InputError
from regionhub.sites import SiteKind

from .chirpstack import application_id
from .faults import assign_faults
from .lns import topic_filter
from .model import WEATHER_STATION, LnsFormat, SimulatedDevice
from .river import rating


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSite:
    """A site and the device installed there; what the two have in common the device knows.

    `instruments` are further devices of the site.

    `gauge_zero_m_nhn` is metres above NHN. The levels, cm above gauge zero, are the site's own
    simulated values for three stages of flooding; they belong to no state gauge.
    """

    device: SimulatedDevice
    instruments: tuple[SimulatedDevice, ...] = ()
    planting_year: int | None = None
    gauge_zero_m_nhn: float | None = None
    information_levels_cm: tuple[int, int, int] | None = None

    @property
    def name(self) -> str:
        """The name of the site is the name of its device."""
        return self.device.name

    @property
    def kind(self) -> SiteKind:
        """Tree, bed, gauge, forest, road or weather."""
        return self.device.site_kind


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTown:
    """A town with its network server. `ags` is its official key (8 digits)."""

    slug: str
    name: str
    ags: str
    latitude: float
    longitude: float
    lns: LnsFormat
    source: str
    topic_filter: str
    sites: tuple[DemoSite, ...]

    @property
    def devices(self) -> list[SimulatedDevice]:
        """All of them, site by site."""
        return [device for site in self.sites for device in (site.device, *site.instruments)]


@dataclass(frozen=True, slots=True)
class DemoRegion:
    """All towns of the demonstration."""

    towns: tuple[DemoTown, ...]

    @property
    def devices(self) -> list[SimulatedDevice]:
        """All devices, town by town."""
        return [device for town in self.towns for device in town.devices]


@dataclass(frozen=True, slots=True)
class _Town:
    slug: str
    name: str
    ags: str
    latitude: float
    longitude: float
    lns: LnsFormat
    #: River and position of the five gauges, the highest first.
    gauges: tuple[tuple[str, int], ...]
    zero_m_nhn: float


_TOWNS = (
    _Town(
        *("arnsberg", "Arnsberg", "05958004", 51.39579, 8.06480, "chirpstack-v4"),
        (("Ruhr", 0), ("Ruhr", 1), ("Ruhr", 2), ("Walpke", 0), ("Walpke", 1)),
        194.0,
    ),
    _Town(
        *("bad-berleburg", "Bad Berleburg", "05970004", 51.04986, 8.39285, "tts-v3"),
        (("Odeborn", 0), ("Odeborn", 1), ("Eder", 1), ("Eder", 2), ("Eder", 3)),
        420.0,
    ),
    _Town(
        *("menden", "Menden (Sauerland)", "05962040", 51.43928, 7.79534, "chirpstack-v4"),
        (("Hönne", 0), ("Hönne", 1), ("Hönne", 2), ("Ruhr", 6), ("Ruhr", 7)),
        128.0,
    ),
    _Town(
        *("olpe", "Olpe", "05966024", 51.02756, 7.84358, "tts-v3"),
        (("Bigge", 0), ("Bigge", 1), ("Bigge", 2), ("Olpebach", 0), ("Olpebach", 1)),
        310.0,
    ),
    _Town(
        *("soest", "Soest", "05974040", 51.57254, 8.10631, "chirpstack-v4"),
        (("Soestbach", 0), ("Soestbach", 1), ("Möhne", 2), ("Möhne", 3), ("Möhne", 4)),
        92.0,
    ),
)
_SOIL_PROFILES = ("dragino/lse01", "milesight/em500-smtc", "decentlab/dl-trs12")
_GAUGE_PROFILES = (
    "decentlab/dl-mbx",
    "dragino/ldds75",
    "keller/adt1-arc1",
    "decentlab/dl-mbx",
    "dragino/ldds75",
)
_AIR_PROFILES = ("milesight/em300-th", "decentlab/dl-sht35")
_TEXTURES = ("Sl3", "Ls3", "Ut3", "Slu", "Lu")
_TREES, _BEDS, _FORESTS, _ROADS = 7, 3, 5, 2
#: What stands in forests beside a sensor of the air: by stand, profile and depth in cm.
_INSTRUMENTS: tuple[tuple[tuple[str, int | None], ...], ...] = (
    (
        ("decentlab/dl-trs12", 10),
        ("decentlab/dl-trs12", 30),
        ("decentlab/dl-trs12", 60),
        ("decentlab/dl-zn1", None),
        ("milesight/gs524n", None),
    ),
    (("dragino/lse01", 30), ("decentlab/dl-zn1", None), ("milesight/gs524n", None)),
    (("milesight/gs524n", None),),
)
_NAMES = {"decentlab/dl-zn1": "Dendrometer", "milesight/gs524n": "Rauchsensor"}
_HOUR_S = 3600


def demo_region(
    *, seed: int = 1, year: int = 2026, faults: bool = True, towns: Collection[str] = ()
) -> DemoRegion:
    """Return the region, or only the towns named (slug or name); `year` dates the plantings.

    Raises:
        InputError: a town that is not part of the demonstration.
    """
    wanted = {name.casefold() for name in towns}
    known = {key.casefold() for town in _TOWNS for key in (town.slug, town.name)}
    if wanted - known:
        names = ", ".join(town.slug for town in _TOWNS)
        raise InputError(f"No town {min(wanted - known)!r} in the simulation; it has {names}.")
    all_towns = [_make_town(index, town, seed, year) for index, town in enumerate(_TOWNS)]
    if faults:
        all_towns = _with_faults(all_towns, seed)
    chosen = [
        town
        for town in all_towns
        if not wanted or {town.slug.casefold(), town.name.casefold()} & wanted
    ]
    return DemoRegion(tuple(chosen))


def _with_faults(towns: list[DemoTown], seed: int) -> list[DemoTown]:
    able = [site.device for town in towns for site in town.sites if site.kind != "weather"]
    devices = assign_faults(able, seed=seed)
    faulty = {device.dev_eui: device for device in devices}
    return [
        replace(
            town,
            sites=tuple(
                replace(s, device=faulty.get(s.device.dev_eui, s.device)) for s in town.sites
            ),
        )
        for town in towns
    ]


class _Builder:
    """Makes one town's sites one after the other."""

    def __init__(self, index: int, town: _Town, seed: int, year: int) -> None:
        self._town, self._seed, self._year = town, seed, year
        self._rng = np.random.default_rng([seed, 10, index])
        # A locally administered EUI-64 (second bit set) that no manufacturer can hand out.
        self._eui_start = f"0253494d{index + 1:02x}"
        self._numbers = count(1)
        self.sites: list[DemoSite] = []

    def _dev_eui(self) -> str:
        return f"{self._eui_start}{next(self._numbers):06x}"

    def _device(self, name: str, kind: SiteKind, profile: str) -> SimulatedDevice:
        town = self._town
        distance_km = 1.9 * float(self._rng.random()) ** 0.5
        angle = 2 * np.pi * float(self._rng.random())
        chirpstack = town.lns == "chirpstack-v4"
        per_degree = 111.2 * cos(radians(town.latitude))
        return SimulatedDevice(
            tenant=town.slug,
            source=f"{town.slug}-lns",
            dev_eui=self._dev_eui(),
            profile=profile,
            name=name,
            site_kind=kind,
            latitude=round(town.latitude + distance_km * float(np.sin(angle)) / 111.2, 5),
            longitude=round(town.longitude + distance_km * float(np.cos(angle)) / per_degree, 5),
            lns=town.lns,
            application=application_id(town.slug) if chirpstack else f"umwelt-{town.slug}",
            lns_tenant=town.name if chirpstack else town.slug,
            interval_s=2 * _HOUR_S,
        )

    def soil(self, name: str, kind: SiteKind, number: int) -> None:
        """Add a tree or a bed. Trees stand 0 to 30 years, every other one at most 3."""
        tree = kind == "tree"
        age = int(self._rng.integers(0, 4) if number % 2 else self._rng.integers(5, 30))
        texture = _TEXTURES[int(self._rng.integers(len(_TEXTURES)))]
        device = replace(
            self._device(name, kind, _SOIL_PROFILES[number % 3]),
            depth_cm=(30, 30, 60)[number % 3] if tree else 10,
            soil_texture=texture,
            planting_age=age if tree else None,
        )
        self.sites.append(DemoSite(device=device, planting_year=self._year - age if tree else None))

    def gauge(self, river: str, position: int, name: str, number: int) -> None:
        """Add a gauge: mounted well above the highest level, or a probe below the lowest."""
        device = self._device(name, "gauge", _GAUGE_PROFILES[number])
        low, gain = rating(device.key, self._seed)
        pressure = device.profile.startswith("keller")
        height = -20.0 if pressure else float(round(low + 3.6 * gain + 90, -1))
        device = replace(
            device,
            interval_s=_HOUR_S // 2,
            mounting_height_cm=height,
            river=river,
            river_position=position,
        )
        # Some beds have more room than others: one flood is large here and small there.
        room = float(self._rng.uniform(0.85, 2.2))
        levels = [round(low + gain * room * step) for step in (0.9, 1.35, 1.8)]
        zero = self._town.zero_m_nhn - 1.7 * position + float(self._rng.uniform(0, 1))
        self.sites.append(
            DemoSite(
                device=device,
                gauge_zero_m_nhn=round(zero, 2),
                information_levels_cm=(levels[0], levels[1], levels[2]),
            )
        )

    def road(self, name: str) -> None:
        """Add a sensor of a road and the air over it."""
        device = self._device(name, "road", "decentlab/dl-cws")
        self.sites.append(DemoSite(device=replace(device, interval_s=_HOUR_S // 2)))

    def air(self, name: str, kind: SiteKind, number: int) -> None:
        """Add a sensor of temperature and humidity."""
        device = self._device(name, kind, _AIR_PROFILES[number % 2])
        self.sites.append(DemoSite(device=device))

    def weather(self, name: str) -> None:
        """Add a weather station in the open."""
        device = self._device(name, "weather", WEATHER_STATION)
        self.sites.append(DemoSite(device=replace(device, interval_s=_HOUR_S // 2)))

    def instruments(self) -> None:
        """Put soil probes, dendrometers and smoke sensors into the first stands."""
        stands = [place for place, site in enumerate(self.sites) if site.kind == "forest"]
        for place, kinds in zip(stands, _INSTRUMENTS, strict=False):
            site = self.sites[place]
            texture = _TEXTURES[place % len(_TEXTURES)]
            self.sites[place] = replace(
                site,
                device=replace(site.device, soil_texture=texture),
                instruments=tuple(
                    replace(
                        site.device,
                        dev_eui=self._dev_eui(),
                        profile=profile,
                        name=f"{site.name} {_NAMES.get(profile) or f'Boden {depth} cm'}",
                        soil_texture=texture,
                        depth_cm=depth,
                        interval_s=_HOUR_S if depth or "zn1" in profile else _HOUR_S // 2,
                    )
                    for profile, depth in kinds
                ),
            )


def _make_town(index: int, town: _Town, seed: int, year: int) -> DemoTown:
    builder = _Builder(index, town, seed, year)
    for number in range(_TREES):
        builder.soil(f"Baum {town.name[0]}-{number + 1:03d}", "tree", number)
    for number in range(_BEDS):
        builder.soil(f"Beet B-{number + 1:02d}", "bed", number)
    for number, (river, position) in enumerate(town.gauges):
        builder.gauge(river, position, f"Pegel {river} {position + 1}", number)
    for number in range(_FORESTS):
        builder.air(f"Waldstandort W-{number + 1:02d}", "forest", number)
    for number in range(_ROADS):
        builder.road(f"Straßenwetter S-{number + 1:02d}")
    builder.weather("Wetterstation H-01")
    builder.instruments()
    sites = tuple(builder.sites)
    return DemoTown(
        slug=town.slug,
        name=town.name,
        ags=town.ags,
        latitude=town.latitude,
        longitude=town.longitude,
        lns=town.lns,
        source=sites[0].device.source,
        topic_filter=topic_filter(sites[0].device),
        sites=sites,
    )
