"""A hub with towns in every state that a page can show, and one town that has just begun."""

# ruff: noqa: E501 - SQL reads best on one line
from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from regionhub.store import admin
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
        self.inbox(arnsberg)
        return self.sites

    def town(
        self, slug: str, name: str, who: str | None, latitude: float | None, longitude: float | None
    ) -> int:
        kind = "region" if latitude is None else "municipality"
        tenant = admin.create_tenant(
            self.owner,
            slug=slug,
            name=name,
            kind=kind,
            latitude=latitude,
            longitude=longitude,
            shares_with_region=kind == "municipality",
        )
        if who is not None:
            admin.create_account(
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

    def inbox(self, town: int) -> None:
        def source(name: str) -> int:
            return admin.create_source(
                self.owner,
                tenant_id=town,
                name=name,
                format="chirpstack-v4",
                broker_url="mqtts://lns.arnsberg.example:8883",
                topics=["application/#"],
                username="hub",
            )

        good, bad = source("Stadtwerke ChirpStack"), source("Altes Netz")
        slow, gone = source("Pegelnetz"), source("Waldnetz")
        self.owner.execute(
            "insert into core.source_state (source_id, tenant_id, connected_since, last_message_at, "
            "messages_last_minute, lag_seconds, updated_at) values (%s, %s, now() - interval '3 days', "
            "now() - interval '20 seconds', 34, 0.4, now() + interval '1 hour')",
            [good, town],
        )
        self.owner.execute(
            "insert into core.source_state (source_id, tenant_id, last_message_at, problem, problem_detail, updated_at) "
            "values (%s, %s, now() - interval '2 days', 'wrong_password', 'Not authorized', now() + interval '1 hour')",
            [bad, town],
        )
        # two sessions share this one, and the database is slow
        self.owner.execute("update core.source set sessions = 2 where source_id = %s", [slow])
        for session, lag in enumerate((195, 60)):
            self.owner.execute(
                "insert into core.source_state (source_id, tenant_id, session, connected_since, last_message_at, "
                "messages_last_minute, lag_seconds, updated_at) values (%s, %s, %s, now() - interval '2 hours', "
                "now() - interval '3 minutes', 400, %s, now() + interval '1 hour')",
                [slow, town, session, lag],
            )
        self.owner.execute(
            "insert into core.source_state (source_id, tenant_id, last_message_at, updated_at) "
            "values (%s, %s, now() - interval '5 hours', now() - interval '4 hours')",
            [gone, town],
        )
        hour = self.now.replace(minute=0, second=0)
        for back in range(0, 150, 3):
            for fate, reason, count in (
                ("stored", "", 310),
                ("duplicate", "", 12),
                ("ignored", "", 3),
                ("dead_letter", "unknown_device", 2),
            ):
                self.owner.execute(
                    "insert into core.ingest_fate (source_id, tenant_id, hour, fate, reason, messages) "
                    "values (%s, %s, %s, %s, %s, %s)",
                    [good, town, hour - timedelta(hours=back), fate, reason, count + back % 7],
                )
        letters = [
            (
                "unknown_device",
                "application/3/device/24e124136b502217/event/up",
                b'{"deduplicationId":"3ac7e3c4-4401-4b8d-9386-a5c902f9202d","deviceInfo":{"devEui":"24e124136b502217"},"data":"AXVkA2cQAQ=="}',
                "no device with DevEUI 24e124136b502217 is registered",
                41,
            ),
            (
                "not_decodable",
                "application/3/device/70b3d57ed0000001/event/up",
                b'{"deviceInfo":{"devEui":"70b3d57ed0000001"},"data":"/w=="}',
                "codec: unknown message type 255",
                2,
            ),
            (
                "not_parseable",
                "application/3/status",
                b"\xff\x00\x1bonline",
                "not JSON: invalid start byte",
                1,
            ),
        ]
        row = self.owner.execute(
            "select dev_eui from core.device where tenant_id = %s order by device_id limit 1",
            [town],
        ).fetchone()
        assert row is not None
        misfit = row["dev_eui"]
        for reason, topic, body, detail, copies in letters:
            self.owner.execute(
                "insert into core.dead_letter (tenant_id, source_id, topic, body, body_bytes, digest, reason, detail, "
                "dev_eui, first_received_at, last_received_at, copies) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, "
                "now() - interval '1 day', now() - interval '9 minutes', %s)",
                [
                    town,
                    good,
                    topic,
                    body,
                    len(body),
                    reason.encode(),
                    reason,
                    detail,
                    {"unknown_device": "24e124136b502217", "not_decodable": misfit}.get(reason),
                    copies,
                ],
            )
        replay = self._one(
            "insert into core.replay (tenant_id, kind, requested_by, why, profile_id, from_time, state, finished_at, "
            "messages, handled, changed, unchanged, failed, readings_changed, problem) values (%s, 'uplinks', 'hub', "
            "'Temperatur zehnfach zu hoch', 'milesight/em300-th', now() - interval '20 days', 'done', now(), 12480, 12480, "
            "12470, 8, 2, 12470, '24e124136d0c0417, uplink 7: frame ends inside an item') returning replay_id",
            [town],
        )
        self.owner.execute(
            "insert into core.dead_letter (tenant_id, source_id, topic, body, body_bytes, digest, reason, detail, dev_eui, "
            "first_received_at, last_received_at, copies, outcome, resolved_by, resolved_at, replay_id) values "
            "(%s, %s, 'application/3/device/24e124136d0c0417/event/up', '{}', 2, 'd', 'unknown_device', 'x', '24e124136d0c0417', "
            "now() - interval '3 days', now() - interval '3 days', 2, 'stored', 'crew@arnsberg.example', now() - interval '1 hour', %s)",
            [town, good, replay],
        )
        self.owner.execute(
            "insert into core.removal (tenant_id, what, source_id, reason, removed, messages, oldest, newest) values "
            "(%s, 'dead_letter', %s, 'not_parseable', 12, 14, now() - interval '200 days', now() - interval '181 days')",
            [town, good],
        )

    def _one(self, statement: str, values: Any) -> int:
        row = self.owner.execute(statement, values).fetchone()
        assert row is not None
        return int(next(iter(row.values())))
