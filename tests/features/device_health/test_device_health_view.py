"""States of devices, from times that lie exactly on every limit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.world import Row, World

SECOND = timedelta(seconds=1)


@pytest.fixture
def town(world: World) -> Row:
    return world.town("olpe")


def health(world: World, device: Row) -> Row:
    return world.row("device_health", device_id=device["device_id"])


@pytest.mark.parametrize(
    ("interval", "age", "state"),
    [
        (600, timedelta(minutes=45), "online"),
        (600, timedelta(minutes=45) + SECOND, "late"),
        (600, timedelta(hours=2), "late"),
        (600, timedelta(hours=2) + SECOND, "silent"),
        (3600, timedelta(hours=3), "online"),
        (3600, timedelta(hours=3) + SECOND, "late"),
        (3600, timedelta(hours=10), "late"),
        (3600, timedelta(hours=10) + SECOND, "silent"),
        (600, None, "never"),
    ],
)
def test_states(world: World, town: Row, interval: int, age: timedelta | None, state: str) -> None:
    device = world.device(town, interval_seconds=interval)
    seen = None if age is None else world.now - age
    ids = {key: device[key] for key in ("device_id", "tenant_id")}
    world.insert("device_state", **ids, last_seen_at=seen)
    row = health(world, device)
    assert (row["state"], row["last_seen_at"]) == (state, seen)


def test_a_device_that_was_never_heard(world: World, town: Row) -> None:
    assert health(world, world.device(town))["state"] == "never"


class TestBattery:
    @pytest.mark.parametrize(
        ("measured", "reported", "external", "level"),
        [
            (None, 60.0, False, 60),
            (None, 60.0, None, 60),
            (None, 60.0, True, None),
            (41.0, 60.0, True, 41),
            (None, None, None, None),
        ],
    )
    def test_what_the_device_measures_goes_before_what_the_network_reports(
        self,
        world: World,
        town: Row,
        measured: float | None,
        reported: float | None,
        external: bool | None,
        level: float | None,
    ) -> None:
        device, other = world.device(town), world.device(town)
        world.latest(world.stream(other, "battery_level"), world.now, 99)
        ids = {key: device[key] for key in ("device_id", "tenant_id")}
        world.insert("device_state", **ids, battery_level=reported, external_power=external)
        if measured is not None:
            world.latest(world.stream(device, "battery_level"), world.now, measured)
        world.latest(world.stream(device, "soil_temperature"), world.now, 12)
        assert health(world, device)["battery_level"] == level

    @pytest.mark.parametrize("quantity", ["battery_voltage", "battery_level"])
    def test_the_newest_of_several(self, world: World, town: Row, quantity: str) -> None:
        device = world.device(town)
        for minutes in (9, 3, 6):
            stream = world.stream(device, quantity, f"p{minutes}")
            world.latest(stream, world.ago(minutes=minutes), minutes)
        other = world.device(town)
        world.latest(world.stream(other, quantity), world.now, 99)
        world.latest(world.stream(device, "soil_temperature"), world.now, 12)
        assert health(world, device)[quantity] == 3


def test_frames_of_the_last_24_hours(world: World, town: Row) -> None:
    device, source = world.device(town), world.source(town)
    for f_cnt, minutes in ((1, 24 * 60 + 1), (2, 24 * 60), (3, 600), (5, 30)):
        world.uplink(device, source, world.ago(minutes=minutes), f_cnt=f_cnt)
    row = health(world, device)
    assert (row["received"], row["expected"], row["loss_pct"]) == (3, 4, 25)
