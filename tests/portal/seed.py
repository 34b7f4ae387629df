"""A hub with towns in every state that a page can show, and one town that has just begun."""

# ruff: noqa: E501 - SQL reads best on one line
from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.portal.seed_inbox import fill_inbox

from regionhub.access.accounts import create_account
from regionhub.registry.tenants import create_tenant
from regionhub.store.database import Connection

PASSWORD = "correct horse battery"  # gitleaks:allow
LOGINS = {
    "town": "crew@arnsberg.example",
    "new": "crew@berleburg.example",
    "region": "hub@region.example",
}


Curve = Callable[[float], float]


def _around(middle: float) -> Curve:
    return lambda hours: middle + 0.5 * math.sin(hours / 4)


class Seed:
    """Writes rows as set-up and ingest would have written them."""

    def __init__(self, owner: Connection) -> None:
        self.owner = owner
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.sites: dict[str, int] = {}
        self._devices = 0

    def region(self) -> dict[str, int]:
        arnsberg = self.town("arnsberg", "Arnsberg", "town", 51.397, 8.064)
        olpe = self.town("olpe", "Olpe", None, 51.029, 7.851)
        self.town("bad-berleburg", "Bad Berleburg", "new", 51.052, 8.392)
        self.town("suedwestfalen", "Region Südwestfalen", "region", None, None)
        self.trees(arnsberg)
        self.gauges(arnsberg)
        self.others(arnsberg)
        self.olpe(olpe)
        fill_inbox(self.owner, arnsberg)
        return self.sites

    def town(
        self, slug: str, name: str, who: str | None, latitude: float | None, longitude: float | None
    ) -> int:
        kind = "region" if latitude is None else "municipality"
        tenant = create_tenant(
            self.owner,
            slug=slug,
            name=name,
            kind=kind,
            latitude=latitude,
            longitude=longitude,
            shares_with_region=kind == "municipality",
        )
        if who is not None:
            create_account(
                self.owner,
                tenant_id=tenant,
                login=LOGINS[who],
                display_name="Grünflächenteam",
                password=PASSWORD,
                role="editor" if who == "town" else "viewer",
            )
        return tenant

    def trees(self, town: int) -> None:
        def dry(level: float) -> Curve:
            return lambda hours: level + 0.012 * hours + 0.25 * math.sin(hours / 3.8)

        rows: list[tuple[str, str, str | None, int, float, dict[str, Any]]] = [
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
                    town,
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
                    town,
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
        self.series(town, device, "soil_water_tension", lambda h: 104 - 0.3 * h, 3600, days=14)
        self.site(
            town,
            "Rosengarten (Sensor bestellt)",
            "bed",
            51.3885,
            8.071,
            soil_texture="Lu",
            planted_year=2016,
        )

    def gauges(self, town: int) -> None:
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
                town,
                device,
                "distance",
                curve,
                900,
                until=more.get("until", 0.1),
                days=8,
                flags=more.get("flags", {}),
            )
        self.site(town, "Möhne Wehr (geplant)", "gauge", 51.43, 8.12)

    def others(self, town: int) -> None:
        forest = self.site(town, "Forst Rumbecker Holz", "forest", 51.378, 8.095)
        device = self.device(town, forest, "Klima Forst", 1800)
        for quantity, curve in (
            ("air_temperature", lambda h: 8 + 5 * math.cos(h / 3.8)),
            ("relative_humidity", lambda h: 78 - 15 * math.cos(h / 3.8)),
        ):
            self.series(town, device, quantity, curve, 1800, days=8)
        road = self.site(town, "Ruhrbrücke Jägerstraße", "road", 51.3935, 8.038)
        device = self.device(town, road, "Straße 1", 600)
        self.series(town, device, "road_surface_temperature", lambda h: 2.4 + 0.1 * h, 600, days=2)
        lost = self.device(town, None, "Ersatzgerät Lager", 3600)
        self.owner.execute("delete from core.device_state where device_id = %s", [lost])

    def olpe(self, town: int) -> None:
        site = self.site(
            town, "Linde Biggeufer", "tree", 51.031, 7.848, soil_texture="Slu", planted_year=2024
        )
        self.series(
            town,
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
            town,
            self.device(town, site, "Radar O-1", 900, mounting_height_cm=500),
            "distance",
            lambda h: (500 - 148 + 2 * h) * 10,
            900,
            until=0.05,
            days=2,
        )

    def site(
        self, town: int, name: str, kind: str, latitude: float, longitude: float, **more: Any
    ) -> int:
        values = (
            {
                "tenant_id": town,
                "name": name,
                "kind": kind,
                "latitude": latitude,
                "longitude": longitude,
            }
            | {
                "soil_texture": None,
                "planted_year": None,
                "water_body": None,
                "gauge_zero_m": None,
                "stage_1_cm": None,
                "stage_2_cm": None,
                "stage_3_cm": None,
            }
            | more
        )
        self.sites[name] = self._one(
            "insert into core.site (tenant_id, name, kind, latitude, longitude, soil_texture, planted_year, "
            "water_body, gauge_zero_m, stage_1_cm, stage_2_cm, stage_3_cm) values (%(tenant_id)s, %(name)s, "
            "%(kind)s, %(latitude)s, %(longitude)s, %(soil_texture)s, %(planted_year)s, %(water_body)s, "
            "%(gauge_zero_m)s, %(stage_1_cm)s, %(stage_2_cm)s, %(stage_3_cm)s) returning site_id",
            values,
        )
        return self.sites[name]

    def device(
        self,
        town: int,
        site: int | None,
        name: str,
        interval: int,
        *,
        mounting_height_cm: float | None = None,
        depth_cm: float | None = None,
    ) -> int:
        self._devices += 1
        device = self._one(
            "insert into core.device (tenant_id, dev_eui, name, profile_id, interval_seconds) "
            "values (%s, %s, %s, 'acme/soil', %s) returning device_id",
            [town, f"70b3d57ed0{self._devices:06x}", name, interval],
        )
        if site is not None:
            self.owner.execute(
                "insert into core.installation (tenant_id, device_id, site_id, from_time, mounting_height_cm, depth_cm) "
                "values (%s, %s, %s, now() - interval '200 days', %s, %s)",
                [town, device, site, mounting_height_cm, depth_cm],
            )
        self.owner.execute(
            "insert into core.device_state (device_id, tenant_id, last_seen_at, sf, gateways, rssi, snr, battery_level) "
            "values (%s, %s, now() - interval '90 seconds', %s, 2, %s, %s, %s)",
            [
                device,
                town,
                7 + device % 5,
                -92.0 - device,
                9.5 - device % 7,
                None if device % 5 == 0 else 96 - 9 * (device % 10),
            ],
        )
        return device

    def series(
        self,
        town: int,
        device: int,
        quantity: str,
        curve: Curve,
        interval: int,
        *,
        until: float = 0.1,
        days: float = 1,
        flags: dict[float, tuple[int, float | None]] | None = None,
    ) -> None:
        """Readings back from `until` hours ago; flags: hours ago -> (quality, value instead)."""
        stream = self._one(
            "insert into core.datastream (tenant_id, device_id, quantity) values (%s, %s, %s) returning datastream_id",
            [town, device, quantity],
        )
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
        self.owner.execute(
            "insert into core.reading (datastream_id, tenant_id, time, value, quality) "
            "select %s, %s, t, v, q from unnest(%s::timestamptz[], %s::float8[], %s::smallint[]) x (t, v, q)",
            [stream, town, times, values, qualities],
        )
        self.owner.execute(
            "insert into core.latest (datastream_id, tenant_id, time, value, quality, unchanged_since, received_at) "
            "values (%s, %s, %s, %s, %s, %s, %s)",
            [stream, town, times[0], values[0], qualities[0], times[0], times[0]],
        )
        self.owner.execute(
            "update core.device_state set last_seen_at = %s where device_id = %s",
            [times[0], device],
        )
        self.owner.execute(
            "insert into core.uplink (uplink_id, tenant_id, source_id, device_id, time, time_source, received_at, "
            "dev_addr, f_cnt, payload, content_key, gateways, receptions, profile_id) "
            "select nextval('core.uplink_id'), %s, 1, %s, t, 'gateway', t, 'a', 1000 - i, '', i, 1, '[]', 'acme/soil' "
            "from unnest(%s::timestamptz[]) with ordinality x (t, i) where t > now() - interval '1 day' and i %% 9 <> 4",
            [town, device, times],
        )

    def _one(self, statement: str, values: Any) -> int:
        row = self.owner.execute(statement, values).fetchone()
        assert row is not None
        return int(next(iter(row.values())))
