"""A hub with towns in every state that a page can show, and one town that has just begun."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tests.devices import Device, Frame
from tests.portal.seed_inbox import fill_inbox
from tests.town import Town
from tests.world import World

from regionhub.sites import SiteKind

LOGINS = {
    "town": "crew@arnsberg.example",
    "admin": "leitung@arnsberg.example",
    "new": "crew@berleburg.example",
    "region": "hub@region.example",
}


Curve = Callable[[float], float]


def _around(middle: float) -> Curve:
    return lambda hours: middle + 0.5 * math.sin(hours / 4)


class Seed:
    """Writes what set-up and ingest would have written.

    All frames came through a source of Arnsberg: what there is of sources is up to each town.
    """

    def __init__(self, world: World, devices: int = 0) -> None:
        self.world = world
        self.sites: dict[str, int] = {}
        self._devices = devices

    @property
    def now(self) -> datetime:
        return self.world.now

    def region(self) -> dict[str, int]:
        arnsberg = self.make_town("arnsberg", "Arnsberg", "town", 51.397, 8.064)
        olpe = self.make_town("olpe", "Olpe", None, 51.029, 7.851)
        self.make_town("bad-berleburg", "Bad Berleburg", "new", 51.052, 8.392)
        self.make_town("suedwestfalen", "Region Südwestfalen", "region", None, None)
        fill_inbox(arnsberg)
        self.trees(arnsberg)
        self.gauges(arnsberg)
        self.others(arnsberg)
        self.olpe(olpe)
        return self.sites

    def make_town(
        self, slug: str, name: str, who: str | None, latitude: float | None, longitude: float | None
    ) -> Town:
        kind = "region" if latitude is None else "municipality"
        town = self.world.town(
            slug,
            name,
            kind=kind,
            latitude=latitude,
            longitude=longitude,
            shares_with_region=kind == "municipality",
        )
        if who is not None:
            role = "editor" if who == "town" else "viewer"
            town.account(role, LOGINS[who], display_name="Grünflächenteam")
        if who == "town":
            town.account("admin", LOGINS["admin"], display_name="Leitung")
        return town

    def trees(self, town: Town) -> None:
        def dry(level: float) -> Curve:
            return lambda hours: level + 0.012 * hours + 0.25 * math.sin(hours / 3.8)

        rows: list[tuple[str, SiteKind, str | None, int, float, dict[str, Any]]] = [
            ("Linde Alter Markt 3", "tree", "Ls3", 2023, 17.0, {"depths": (30, 60)}),
            ("Ahorn Klosterstraße 12", "tree", "Sl3", 2024, 11.4, {}),
            ("Staudenbeet Neumarkt", "bed", "Lu", 2019, 25.6, {}),
            ("Eiche Ruhrufer Süd", "tree", "Ls3", 1987, 28.2, {}),
            ("Platane Bahnhofsvorplatz", "tree", "Ut3", 2021, 37.0, {}),
            ("Hainbuche Schlossberg", "tree", "Ls3", 2022, 24.5, {"frost": True}),
            ("Kastanie Brückenplatz", "tree", "Ls3", 1968, 22.0, {"silent_hours": 40}),
            ("Esche Wasserweg", "tree", None, 2020, 21.0, {}),
        ]
        for number, (name, kind, texture, year, level, more) in enumerate(rows):
            site = self.site(
                town,
                name,
                kind,
                51.392 + 0.0034 * (number % 4),
                8.052 + 0.009 * (number // 2),
                soil_texture=texture,
                planted_year=year,
            )
            for depth in more.get("depths", (30,)):
                device = self.device(
                    town, site, f"Bodenfeuchte {number + 1}-{depth}", 3600, depth_cm=depth
                )
                until = more.get("silent_hours", 0.3)
                offset = (depth - 30) / 8
                self.series(
                    device,
                    "soil_moisture_vwc",
                    dry(level + offset),
                    3600,
                    until=until,
                    days=60,
                    flags={5.3: (4, 71.0), 12.3: (3, None)} if number == 0 and depth == 30 else {},
                )
                frozen = 0.3 if more.get("frost") else 11.0
                self.series(
                    device,
                    "soil_temperature",
                    _around(frozen),
                    3600,
                    until=until,
                    days=3,
                )
        tension = self.site(
            town,
            "Baumgruppe Eichholz",
            "tree",
            51.401,
            8.074,
            soil_texture="Sl2",
            planted_year=2025,
        )
        device = self.device(town, tension, "Saugspannung 9", 3600, depth_cm=25)
        self.series(device, "soil_water_tension", lambda h: 104 - 0.3 * h, 3600, days=14)
        self.site(
            town,
            "Rosengarten (Sensor bestellt)",
            "bed",
            51.3885,
            8.071,
            soil_texture="Lu",
            planted_year=2016,
        )

    def gauges(self, town: Town) -> None:
        def flood(hours: float) -> float:  # distance in mm below a sensor 600 cm above zero
            level = 120 + 165 * math.exp(-max(hours, 0) / 7) + 2 * math.sin(hours)
            return (600 - level) * 10

        rows: list[tuple[str, str | None, tuple[float, ...], Curve, dict[str, Any]]] = [
            ("Ruhr Oberstadt", "Ruhr", (200, 270, 330), flood, {"flags": {3.05: (4, 9999.0)}}),
            ("Röhr Mündung", "Röhr", (110, 160, 210), lambda h: 5300 + 8 * math.sin(h / 5), {}),
            ("Walpke Durchlass", "Walpke", (), lambda h: 5650 - 2 * h, {}),
            ("Mühlbach Furt", "Mühlbach", (60, 90, 120), lambda h: 5500.0, {"until": 9.0}),
            ("Hellefelder Bach", None, (80, 110, 140), lambda h: 5500.0, {"height": None}),
        ]
        for number, (name, water, stages, curve, more) in enumerate(rows):
            site = self.site(
                town,
                name,
                "gauge",
                51.405 + 0.006 * (number % 3),
                8.045 + 0.014 * number,
                water_body=water,
                gauge_zero_m=188.42 if number < 2 else None,
                **{f"stage_{i + 1}_cm": value for i, value in enumerate(stages)},
            )
            device = self.device(
                town, site, f"Radar {number + 1}", 900, mounting_height_cm=more.get("height", 600)
            )
            self.series(
                device,
                "distance",
                curve,
                900,
                until=more.get("until", 0.1),
                days=8,
                flags=more.get("flags", {}),
            )
        self.site(town, "Möhne Wehr (geplant)", "gauge", 51.43, 8.12)

    def others(self, town: Town) -> None:
        forest = self.site(town, "Forst Rumbecker Holz", "forest", 51.378, 8.095)
        device = self.device(town, forest, "Klima Forst", 1800)
        for quantity, curve in (
            ("air_temperature", lambda h: 8 + 5 * math.cos(h / 3.8)),
            ("relative_humidity", lambda h: 78 - 15 * math.cos(h / 3.8)),
        ):
            self.series(device, quantity, curve, 1800, days=8)
        road = self.site(town, "Ruhrbrücke Jägerstraße", "road", 51.3935, 8.038)
        device = self.device(town, road, "Straße 1", 600)
        self.series(device, "road_surface_temperature", lambda h: 2.4 + 0.1 * h, 600, days=2)
        town.device(name="Ersatzgerät Lager", dev_eui=self._dev_eui(), interval_seconds=3600)

    def olpe(self, town: Town) -> None:
        site = self.site(
            town, "Linde Biggeufer", "tree", 51.031, 7.848, soil_texture="Slu", planted_year=2024
        )
        self.series(
            self.device(town, site, "Bodenfeuchte O-1", 3600, depth_cm=30),
            "soil_moisture_vwc",
            lambda h: 14.2 + 0.02 * h,
            3600,
            days=14,
        )
        site = self.site(
            town, "Bigge Brücke", "gauge", 51.027, 7.855, water_body="Bigge", stage_1_cm=140
        )
        self.series(
            self.device(town, site, "Radar O-1", 900, mounting_height_cm=500),
            "distance",
            lambda h: (500 - 148 + 2 * h) * 10,
            900,
            until=0.05,
            days=2,
        )

    def site(
        self,
        town: Town,
        name: str,
        kind: SiteKind,
        latitude: float,
        longitude: float,
        **more: Any,
    ) -> int:
        self.sites[name] = town.site(kind, name, latitude=latitude, longitude=longitude, **more)
        return self.sites[name]

    def device(
        self, town: Town, site: int, name: str, interval: int, **installation: Any
    ) -> Device:
        """Installed half a year ago, and heard just now."""
        device = town.device(
            site,
            name,
            dev_eui=self._dev_eui(),
            interval_seconds=interval,
            since=self.world.ago(days=200),
            **installation,
        )
        number = device.device_id
        device.state(
            last_seen_at=self.world.ago(seconds=90),
            sf=7 + number % 5,
            gateways=2,
            rssi=-92.0 - number,
            snr=9.5 - number % 7,
            battery_level=None if number % 5 == 0 else 96 - 9 * (number % 10),
        )
        return device

    def _dev_eui(self) -> str:
        self._devices += 1
        return f"70b3d57ed0{self._devices:06x}"

    def series(
        self,
        device: Device,
        quantity: str,
        curve: Curve,
        interval: int,
        *,
        until: float = 0.1,
        days: float = 1,
        flags: dict[float, tuple[int, float | None]] | None = None,
    ) -> None:
        """Readings back from `until` hours ago; flags: hours ago -> (quality, value instead)."""
        times, values, qualities = [], [], []
        hours = until
        while hours < days * 24:
            if not 16.0 < hours < 18.5 or interval > 1800:  # a gap
                times.append(self.now - timedelta(hours=hours))
                values.append(curve(hours))
                qualities.append(1)
            hours += interval / 3600
        for hour, (quality, value) in (flags or {}).items():
            index = min(
                range(len(times)),
                key=lambda i: abs((self.now - times[i]).total_seconds() / 3600 - hour),
            )
            qualities[index] = quality
            values[index] = values[index] if value is None else value
        device.readings(quantity, zip(times, values, qualities, strict=True))
        device.state(last_seen_at=times[0])
        frames = (
            Frame(time, 999 - number)
            for number, time in enumerate(times)
            if time > self.world.ago(days=1) and number % 9 != 3
        )
        device.uplinks(frames, source_id=self.source)

    @property
    def source(self) -> int:
        return self.world.town_of("arnsberg").first_source
