"""Two towns with data and one without, on plain PostgreSQL and on TimescaleDB."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.devices import Device, Frame
from tests.rows import Connection, connect
from tests.town import Town
from tests.world import World

from regionhub.settings import Settings
from regionhub_dashboards.render import dashboards

_SERIES = re.split(
    r"^-- name: \w+$", (Path(__file__).parent / "series.sql").read_text(), flags=re.MULTILINE
)[1:]


@dataclass
class Grafana:
    """A database as Grafana reads it: two towns whose values lie apart, and an empty one."""

    open: Callable[[], Connection]
    #: Slug of a town to the least of its values; all lie within 100 of it.
    towns: dict[str, float]
    empty: str

    @property
    def connection(self) -> Connection:
        return self.open()

    def town(self, slug: str) -> Town:
        return World(self.connection).town_of(slug)

    def ask(self, slug: str, statement: str) -> tuple[list[str], list[dict[str, Any]]]:
        """Column names and rows, as the Grafana role of a town gets them."""
        with World(self.connection).acting(f"g_{slug}") as connection:
            cursor = connection.execute(statement)
            assert cursor.description is not None
            return [column.name for column in cursor.description], cursor.fetchall()


@pytest.fixture(
    scope="session",
    params=[
        "postgresql",
        pytest.param("timescaledb", marks=pytest.mark.timescale),
    ],
)
def grafana(request: pytest.FixtureRequest) -> Iterator[Grafana]:
    if request.param == "timescaledb":
        database = request.getfixturevalue("timescale")
        grafana = _seeded(database.owner)
        for rollup in ("hourly", "daily"):
            grafana.connection.execute(
                f"call refresh_continuous_aggregate('core.rollup_{rollup}', null, null)"
            )
        yield grafana
        return
    with connect(request.getfixturevalue("new_database")(), autocommit=True) as connection:
        grafana = _seeded(lambda: connection)
        connection.execute("analyze")
        yield grafana


def _seeded(connect_owner: Callable[[], Connection]) -> Grafana:
    mark = "".join(letter for letter in uuid.uuid4().hex if letter.isalpha())[:6]
    towns = {f"alda{mark}": 100.0, f"benz{mark}": 700.0}
    grafana = Grafana(connect_owner, towns, f"cent{mark}")
    world = World(grafana.connection)
    for slug, base in towns.items():
        _furnish(world.town(slug), base)
    world.town(grafana.empty)
    # what these towns were in which year nobody looks at, and to find out takes long
    world.owner.execute(
        "update core.touched set times = array(select greatest(time, now() - interval '30 days') "
        "from unnest(times) with ordinality as t (time, number) order by number)"
    )
    return grafana


def _furnish(town: Town, base: float) -> None:
    """Two trees, a bed and two gauges, whose names begin with the town's."""
    world, place = town.world, {"latitude": 51.4, "longitude": 8.0}
    source = town.source(f"{town.slug} LNS")

    def sensor(site: int, name: str, *quantities: str, **installation: Any) -> Device:
        device = town.device(
            site, f"{town.slug} {name} Sensor", since=world.ago(days=2190), **installation
        )
        for quantity in (*quantities, "battery_voltage"):
            device.stream(quantity)
        return device

    devices = []
    for name, texture in (("Linde", "Sl3"), ("Eiche", None)):
        tree = town.tree(f"{town.slug} {name}", soil_texture=texture, **place)
        soil = ("soil_moisture_vwc", "soil_water_tension", "soil_temperature")
        devices.append(sensor(tree, name, *soil, depth_cm=30))
    town.site("bed", f"{town.slug} Beet", soil_texture="Ls3", **place)
    stages = {f"stage_{number}_cm": base + 10 + 20 * number for number in (1, 2, 3)}
    for name, levels in (("Pegel Brücke", stages), ("Pegel Wehr", {})):
        gauge = town.gauge(f"{town.slug} {name}", **place, **levels)
        devices.append(sensor(gauge, name, "distance", mounting_height_cm=base + 100))
    for number, device in enumerate(devices):
        radio = {"sf": 9, "gateways": 2, "rssi": -100 - base / 100, "snr": 5}
        frames = [Frame(world.ago(hours=hours), 217 - hours) for hours in range(217)]
        device.uplinks(frames, source_id=source, f_port=2, payload=b"\0", **radio)
        radio["rssi"] = -100
        device.state(last_seen_at=world.ago(minutes=70 * number), f_cnt=10, **radio)
    for reason in ("unknown_device", "not_decodable"):
        town.dead_letter(
            reason, detail=f"{town.slug} Beispiel", last_received_at=world.ago(minutes=10)
        )
    for statement in _SERIES:
        world.owner.execute(statement.strip(), {"slug": town.slug, "base": base})


@pytest.fixture(scope="session")
def boards() -> dict[str, dict[str, Any]]:
    settings = Settings()
    return dashboards(settings.tile_url, settings.tile_attribution)
