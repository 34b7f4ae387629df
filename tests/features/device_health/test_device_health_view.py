"""States of devices, from times that lie exactly on every limit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

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


class TestWithoutValues:
    """A device is heard, but for as long as would make it silent it has measured nothing."""

    LONG = timedelta(hours=2)

    def made(self, world: World, town: Row, heard: timedelta, **installed: Any) -> Row:
        device = world.device(town)
        world.install(device, world.site(town, "road"), **installed)
        ids = {key: device[key] for key in ("device_id", "tenant_id")}
        world.insert("device_state", **ids, last_seen_at=world.now - heard)
        return device

    @pytest.mark.parametrize(
        ("heard", "measured", "state"),
        [
            (timedelta(), LONG + SECOND, "no_values"),
            (timedelta(), LONG, "online"),
            (LONG, LONG + SECOND, "no_values"),
            (LONG + SECOND, LONG + 2 * SECOND, "silent"),
        ],
    )
    def test_of_one_quantity(
        self, world: World, town: Row, heard: timedelta, measured: timedelta, state: str
    ) -> None:
        device, other = (self.made(world, town, heard) for _ in range(2))
        world.reading(world.stream(other, "soil_temperature"), world.ago(days=9), 3)
        world.reading(world.stream(device, "air_temperature"), world.now - measured, 3)
        row = health(world, device)
        assert row["state"] == state
        missing = state == "no_values"
        assert row["missing_quantities"] == (["air_temperature"] if missing else [])
        assert row["missing_since"] == (world.now - measured if missing else None)

    @pytest.mark.parametrize(
        ("installed", "state"), [(LONG, "online"), (LONG + SECOND, "no_values")]
    )
    def test_of_a_device_that_never_measured_anything(
        self, world: World, town: Row, installed: timedelta, state: str
    ) -> None:
        device = self.made(world, town, timedelta(), from_time=world.now - installed)
        row = health(world, device)
        assert (row["state"], row["missing_quantities"]) == (state, [])
        since = None if state == "online" else world.now - installed
        assert row["missing_since"] == since

    def test_of_several_quantities(self, world: World, town: Row) -> None:
        device = self.made(world, town, timedelta())
        for quantity, position, hours in (
            ("soil_temperature", "a", 9),
            ("soil_temperature", "b", 5),
            ("air_temperature", "", 7),
            ("relative_humidity", "", 1),
        ):
            stream = world.stream(device, quantity, position)
            world.reading(stream, world.ago(hours=hours), 3)
        # a datastream that never had a reading was none of this device
        world.stream(device, "road_surface_temperature")
        row = health(world, device)
        assert row["state"] == "no_values"
        assert row["missing_quantities"] == ["air_temperature", "soil_temperature"]
        assert row["missing_since"] == world.ago(hours=9)

    def test_a_late_device_without_values(self, world: World, town: Row) -> None:
        device = self.made(world, town, timedelta(hours=1))
        world.reading(world.stream(device, "air_temperature"), world.ago(hours=3), 3)
        assert health(world, device)["state"] == "no_values"


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
