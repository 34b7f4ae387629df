"""A running hub with two towns and a region, for the tests of its interfaces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from regionhub.profiles import DeviceProfile
from tests.alarms import furnish
from tests.devices import Device
from tests.feeds import furnish as furnish_feeds
from tests.rivers import a_curve
from tests.rows import connect
from tests.served import Served, served
from tests.town import Town
from tests.world import World


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """A town (or the region) with a key, and somebody in each role."""

    town: Town
    key: str
    admin: str
    editor: str
    viewer: str

    @property
    def tenant_id(self) -> int:
        """Its id."""
        return self.town.tenant_id

    @property
    def slug(self) -> str:
        """Its short name."""
        return self.town.slug


@dataclass(frozen=True, kw_only=True)
class Furnished(Tenant):
    """A town with a sensor at a tree and one at a gauge; readings each ten minutes for a day."""

    source: int
    tree: int
    gauge: int
    #: A gauge without a sensor, above the other one.
    upper: int
    curve: int
    sensor: Device
    radar: Device
    moisture: int
    distance: int
    dead_letter: int
    replay: int
    site_group: int
    #: Ids of a rule, its chain and contact, and an alarm.
    alarms: dict[str, int]

    @property
    def device(self) -> int:
        """The sensor at the tree."""
        return self.sensor.device_id

    @property
    def gauge_device(self) -> int:
        """The one at the gauge."""
        return self.radar.device_id


@dataclass
class Hub(Served):
    """Arnsberg (a), which shares with the region, Olpe (b), which does not, and the region."""

    a: Furnished
    b: Furnished
    region: Tenant


@pytest.fixture(scope="session")
def profile() -> DeviceProfile:
    """A soil sensor with a parameter."""
    return DeviceProfile.model_validate(
        {
            "id": "acme/soil",
            "version": "1",
            "codec": "function decodeUplink(input) { return {data: {}}; }",
            "vendor": "Acme",
            "model": "Soil",
            "name": "Acme Soil",
            "description": {"de": "Bodenfeuchte", "en": "Soil moisture"},
            "lorawan": {"mac_version": "1.0.3"},
            "interval_minutes": 10,
            "parameters": {
                "depth": {
                    "type": "number",
                    "default": 30,
                    "min": 0,
                    "max": 100,
                    "description": {"de": "Tiefe", "en": "Depth"},
                }
            },
            "measurements": [{"field": "moisture", "quantity": "soil_moisture_vwc", "unit": "%"}],
            "examples": [{"description": "none", "f_port": 1, "bytes": "00", "error": "x"}],
        }
    )


@pytest.fixture(scope="module")  # some files change what they find
def hub(new_database: Callable[[], str], profile: DeviceProfile) -> Iterator[Hub]:
    """Serve two towns and a region."""
    owner_url = new_database()
    with ExitStack() as stack:
        world = World(stack.enter_context(connect(owner_url, autocommit=True)))
        centre = {"latitude": 51.397, "longitude": 8.064}
        a = _furnished(world, "arnsberg", ags="05958004", shares_with_region=True, **centre)
        b = _furnished(world, "olpe", ags="05966024", latitude=51.03, longitude=7.85)
        region = _tenant(world.town("suedwestfalen", kind="region"))
        running = stack.enter_context(served(owner_url, world, profiles={profile.id: profile}))
        yield Hub(**vars(running), a=a, b=b, region=region)


def _tenant(town: Town) -> Tenant:
    return Tenant(
        town=town,
        key=town.key(),
        admin=town.account("admin"),
        editor=town.account("editor"),
        viewer=town.account("viewer"),
    )


def _furnished(world: World, slug: str, **columns: Any) -> Furnished:
    town = world.town(slug, **columns)
    source = town.source(
        "LNS",
        broker_url="mqtt://broker.example:1883",
        topics=["application/#"],
        username="hub",
        password="the broker's password",
    )
    furnish_feeds(town, slug, columns["ags"])
    tree = town.tree("Linde", soil_texture=None, latitude=51.39, longitude=8.06)
    gauge = town.gauge("Brücke", water_body="Ruhr", gauge_zero_m=180, stage_1_cm=200)
    upper = town.gauge("Wehr", water_body="Ruhr")
    curve = world.add("core.rating_curve", **a_curve(town.tenant_id, gauge))
    town.watered(tree)
    world.add(
        "core.gauge_link",
        tenant_id=town.tenant_id,
        site_id=gauge,
        upstream_site_id=upper,
        entered_by="anna",
    )
    sensor = town.device(tree, mounting_height_cm=500)
    radar = town.device(gauge, mounting_height_cm=500)
    sensor.corrected("the depth was another")
    points = [(time, 20.0 + number % 10) for number, time in enumerate(world.times(144))]
    replay = world.add(
        "core.replay",
        tenant_id=town.tenant_id,
        kind="uplinks",
        requested_by="anna",
        why="codec corrected",
        state="done",
    )
    world.add(
        "core.removal",
        tenant_id=town.tenant_id,
        what="uplink",
        removed=3,
        messages=3,
        oldest=world.ago(days=500),
        newest=world.ago(days=400),
    )
    town.fates(
        [
            (world.now, "stored", "", 7),
            (world.now, "dead_letter", "not_parseable", 1),
            (world.ago(hours=1), "stored", "", 5),
        ]
    )
    return Furnished(
        **vars(_tenant(town)),
        source=source,
        tree=tree,
        gauge=gauge,
        upper=upper,
        curve=curve["curve_id"],
        sensor=sensor,
        radar=radar,
        moisture=sensor.readings("soil_moisture_vwc", points),
        distance=radar.readings("distance", points),
        dead_letter=town.dead_letter(body=b"\xff{a}", topic="application/1", detail="no JSON"),
        replay=replay["replay_id"],
        site_group=world.add("core.site_group", tenant_id=town.tenant_id, name="Linden")[
            "site_group_id"
        ],
        alarms=furnish(town, gauge, "Hochwasser"),
    )
