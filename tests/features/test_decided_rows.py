"""What is decided row by row, as readings come and time passes, is what all readings give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, LiteralString

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.devices import Device
from tests.town import Town
from tests.world import World

from regionhub.sites import SiteKind
from regionhub.store.database import Connection

#: Its quantities, and values around its limits.
KINDS: dict[SiteKind, tuple[tuple[str, ...], tuple[float, ...]]] = {
    "tree": (
        ("soil_moisture_vwc", "soil_water_tension", "soil_water_potential", "soil_temperature"),
        (12, 18, 33, 60, 0, 0.5, -2, -90),
    ),
    "gauge": (("distance", "water_level"), (90, 2300, 2700, 3000, 3500)),
    "forest": (
        (
            *("air_temperature", "relative_humidity", "smoke_concentration", "smoke_alarm"),
            *("soil_moisture_vwc", "soil_temperature", "dendrometer_position"),
        ),
        (-1, 1, 2, 12, 22, 60),
    ),
    "road": (("road_surface_temperature", "dew_point", "road_water_film"), (-3, -1, 0, 0.01, 2, 6)),
}
DAYS = 6
#: What has a time, by table; all of it lies a little further back when time has passed.
TIMES: dict[str, LiteralString] = {
    "reading": "time = time - %(by)s",
    "latest": "time = time - %(by)s",
    "device_state": "last_seen_at = last_seen_at - %(by)s",
    "signal": "since = since - %(by)s, time = time - %(by)s, due_at = due_at - %(by)s, "
    "reason_since = reason_since - %(by)s, decided_at = decided_at - %(by)s",
    # at the epoch: it began so
    "signal_change": "at = at - case when at = 'epoch' then interval '0' else %(by)s end",
    "touched": "times = array(select t - %(by)s from unnest(times) t), until = until - %(by)s",
}


@dataclass
class Region:
    """Two sites of each kind, and a device for each kind, at the first of them to begin with."""

    town: Town
    sites: list[int] = field(default_factory=list)
    devices: list[Device] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.town.world

    def ago(self, minutes: float) -> datetime:
        return self.world.ago(minutes=minutes)

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Everything that was decided, but for when."""
        found = {
            "signal": self.world.select("select * from core.signal order by site_id, signal"),
            "changes": self.world.select("select * from core.signal_change order by 1, 2, 3"),
        }
        for row in found["signal"]:
            del row["decided_at"]
        return found


@pytest.fixture
def region(world: World) -> Region:
    town = world.town("olpe")
    region = Region(town)
    stages: dict[str, Any] = {"stage_1_cm": 100, "stage_2_cm": 150, "stage_3_cm": 250}
    for kind in (*KINDS, *KINDS):
        usual = {"gauge": stages, "road": {}}.get(kind, {"soil_texture": "Ls3"})
        region.sites.append(town.site(kind, **usual))
    # one that sends twice a day, and those that do so every ten minutes
    region.devices = [town.device(interval_seconds=seconds) for seconds in (43_200, 600, 600, 600)]
    for device, site in zip(region.devices, region.sites, strict=False):
        device.install(site, since=world.ago(days=DAYS), mounting_height_cm=400)
    world.decide()
    return region


def step(region: Region, do: tuple[Any, ...]) -> None:
    match do:
        case ("read", device, readings):
            for quantity, ago, value, *flag in readings:
                _read(region, region.devices[device], quantity, region.ago(ago), value, *flag)
        case ("move", device, site, ago):
            _move(region, region.devices[device], region.sites[site], region.ago(ago))
        case ("remove", device):
            region.world.owner.execute(
                "delete from core.installation where device_id = %s",
                [region.devices[device].device_id],
            )
        case ("heard", device, ago):
            region.devices[device].state(last_seen_at=region.ago(ago))
        case ("stages", level):
            region.world.owner.execute(
                "update core.site set stage_1_cm = %s, stage_2_cm = %s where kind = 'gauge'",
                [level, level + 50],
            )
        case ("limits", now_kpa):
            region.world.owner.execute(
                "insert into core.irrigation_limit (tenant_id, young, wet_nfk_pct, soon_nfk_pct, "
                "now_nfk_pct, target_nfk_pct, wet_kpa, soon_kpa, now_kpa, set_by, why) "
                "select %s, false, 100, 50, 30, 80, 6.2, 33, %s, 'anna', 'tried'",
                [region.town.tenant_id, now_kpa],
            )
        case ("interval", device, seconds):
            region.world.owner.execute(
                "update core.device set interval_seconds = %s where device_id = %s",
                [seconds, region.devices[device].device_id],
            )
        case ("wait", minutes):
            shift(region.world, timedelta(minutes=minutes), TIMES)


def shift(world: World, by: timedelta, times: Mapping[str, LiteralString]) -> None:
    """Time stands still in a transaction: so all that was lies further back.

    `times` says how, for each table.
    """
    world.owner.execute("set local session_replication_role = replica")  # no triggers
    # the earliest first: no period comes to lie over another one
    for table, key in (("installation", "installation_id"), ("gauge_reference", "reference_id")):
        for row in world.select(f"select {key} as key from core.{table} order by from_time"):
            world.owner.execute(
                f"update core.{table} set from_time = case when from_time = 'epoch' "
                "then from_time else from_time - %(by)s end, "
                f"to_time = to_time - %(by)s where {key} = %(key)s",
                row | {"by": by},
            )
    # by way of long ago: no row comes to lie where another one still is
    for way in (by + timedelta(days=9999), -timedelta(days=9999)):
        for table, changes in times.items():
            world.owner.execute(f"update core.{table} set {changes}", {"by": way})
    world.owner.execute("set local session_replication_role = origin")


def _read(
    region: Region,
    device: Device,
    quantity: str,
    time: datetime,
    value: float,
    quality: int = 1,
    tests: int = 0,
) -> None:
    """As ingest writes it; what is there for this moment is corrected."""
    stream = device.stream(quantity)
    region.world.owner.execute(
        "delete from core.reading where datastream_id = %s and time = %s", [stream, time]
    )
    device.readings(quantity, [(time, value, quality, tests)])


def _move(region: Region, device: Device, site: int, time: datetime) -> None:
    owner: Connection = region.world.owner
    owner.execute(
        "delete from core.installation where device_id = %s and from_time >= %s",
        [device.device_id, time],
    )
    device.install(site, since=time, mounting_height_cm=400)


AGO = st.integers(-8, 90) | st.integers(0, DAYS * 24 * 60)
DEVICE = st.integers(0, len(KINDS) - 1)
#: Quality and tests: good, a change too fast, a bound, and what decides nothing.
FLAG = st.sampled_from([(1, 0), (1, 0), (1, 0), (3, 4), (3, 16), (3, 1), (3, 2), (4, 2)])
READ: st.SearchStrategy[tuple[Any, ...]] = st.one_of(
    [
        st.tuples(
            st.just("read"),
            st.just(device),
            st.tuples(
                st.builds(
                    lambda quantity, ago, value, flag: (quantity, ago, value, *flag),
                    st.sampled_from(quantities),
                    AGO,
                    st.sampled_from(values),
                    FLAG,
                )
            ),
        )
        for device, (quantities, values) in enumerate(KINDS.values())
    ]
)
#: A reading of the gauge among others that stand lower, and perhaps a second one.
ECHO: st.SearchStrategy[tuple[Any, ...]] = st.builds(
    lambda ago, value, again: (
        "read",
        1,
        [
            ("water_level", ago + minutes, level)
            for minutes, level in ((20, 20), (10, 20), (0, value), (-10, again), (-20, 20))
        ],
    ),
    AGO.map(lambda ago: max(ago, 20)),
    st.sampled_from([160, 300]),
    st.sampled_from([20, 170]),
)
WAIT = st.tuples(st.just("wait"), st.sampled_from([1, 5, 45, 46, 120, 721]))
STEP = st.one_of(
    READ,
    ECHO,
    WAIT,
    st.tuples(
        st.just("move"),
        DEVICE,
        st.integers(0, 2 * len(KINDS) - 1),
        st.integers(-60, DAYS * 24 * 60),
    ),
    st.tuples(st.just("remove"), DEVICE),
    st.tuples(st.just("heard"), DEVICE, st.integers(0, 600)),
    st.tuples(st.just("stages"), st.integers(90, 140)),
    st.tuples(st.just("limits"), st.integers(40, 90)),
    st.tuples(st.just("interval"), DEVICE, st.sampled_from([600, 3600, 86_400])),
)
#: Steps, and whether they are decided before the next one.
STEPS = st.builds(
    lambda some, read, wait: [*some, (read, True), (wait, False)],
    st.lists(st.tuples(STEP, st.booleans()), max_size=20), READ, WAIT,
)  # fmt: skip


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_row_by_row_is_all_together(
    region: Region, steps: list[tuple[tuple[Any, ...], bool]]
) -> None:
    world = region.world
    world.owner.execute("savepoint before")
    try:
        for do, at_once in steps:
            step(region, do)
            if at_once:
                world.decide()
        world.decide()

        by_and_by = region.rows()
        for row in world.select("select site_id from core.site"):
            world.add("core.touched", site_ids=[row["site_id"]], times=["1970-01-01Z"])
        world.decide()
        assert by_and_by == region.rows()
        for row in by_and_by["signal"]:
            assert row["due_at"] is None or row["due_at"] > world.now
    finally:
        world.owner.execute("rollback to savepoint before")
