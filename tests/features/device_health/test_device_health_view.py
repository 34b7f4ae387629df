"""States of devices, from times that lie exactly on every limit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.devices import Device, Frame
from tests.town import Town
from tests.world import World

SECOND = timedelta(seconds=1)


@pytest.fixture
def town(world: World) -> Town:
    return world.town("olpe")


def health(device: Device) -> dict[str, Any]:
    return device.town.row("device_health", device_id=device.device_id)


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
def test_states(world: World, town: Town, interval: int, age: timedelta | None, state: str) -> None:
    device = town.device(interval_seconds=interval)
    seen = None if age is None else world.now - age
    device.state(last_seen_at=seen)
    row = health(device)
    assert (row["state"], row["last_seen_at"]) == (state, seen)


def test_a_device_that_was_never_heard(town: Town) -> None:
    assert health(town.device())["state"] == "never"


class TestWithoutValues:
    """A device is heard, but for as long as would make it silent it has measured nothing."""

    LONG = timedelta(hours=2)

    def made(self, town: Town, heard: timedelta, **installed: Any) -> Device:
        device = town.device(town.site("road"), **installed)
        device.state(last_seen_at=town.world.now - heard)
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
        self, world: World, town: Town, heard: timedelta, measured: timedelta, state: str
    ) -> None:
        device, other = (self.made(town, heard) for _ in range(2))
        other.readings("soil_temperature", [(world.ago(days=9), 3)])
        device.readings("air_temperature", [(world.now - measured, 3)])
        row = health(device)
        assert row["state"] == state
        missing = state == "no_values"
        assert row["missing_quantities"] == (["air_temperature"] if missing else [])
        assert row["missing_since"] == (world.now - measured if missing else None)

    @pytest.mark.parametrize(
        ("installed", "state"), [(LONG, "online"), (LONG + SECOND, "no_values")]
    )
    def test_of_a_device_that_never_measured_anything(
        self, world: World, town: Town, installed: timedelta, state: str
    ) -> None:
        device = self.made(town, timedelta(), since=world.now - installed)
        row = health(device)
        assert (row["state"], row["missing_quantities"]) == (state, [])
        since = None if state == "online" else world.now - installed
        assert row["missing_since"] == since

    def test_of_several_quantities(self, world: World, town: Town) -> None:
        device = self.made(town, timedelta())
        for quantity, position, hours in (
            ("soil_temperature", "a", 9),
            ("soil_temperature", "b", 5),
            ("air_temperature", "", 7),
            ("relative_humidity", "", 1),
        ):
            device.readings(quantity, [(world.ago(hours=hours), 3)], position=position)
        # a datastream that never had a reading was none of this device
        device.stream("road_surface_temperature")
        row = health(device)
        assert row["state"] == "no_values"
        assert row["missing_quantities"] == ["air_temperature", "soil_temperature"]
        assert row["missing_since"] == world.ago(hours=9)

    def test_a_late_device_without_values(self, world: World, town: Town) -> None:
        device = self.made(town, timedelta(hours=1))
        device.readings("air_temperature", [(world.ago(hours=3), 3)])
        assert health(device)["state"] == "no_values"


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
        town: Town,
        measured: float | None,
        reported: float | None,
        external: bool | None,
        level: float | None,
    ) -> None:
        device = town.device()
        town.device().latest("battery_level", world.now, 99)
        device.state(battery_level=reported, external_power=external)
        if measured is not None:
            device.latest("battery_level", world.now, measured)
        device.latest("soil_temperature", world.now, 12)
        assert health(device)["battery_level"] == level

    @pytest.mark.parametrize("quantity", ["battery_voltage", "battery_level"])
    def test_the_newest_of_several(self, world: World, town: Town, quantity: str) -> None:
        device = town.device()
        for minutes in (9, 3, 6):
            device.latest(quantity, world.ago(minutes=minutes), minutes, position=f"p{minutes}")
        town.device().latest(quantity, world.now, 99)
        device.latest("soil_temperature", world.now, 12)
        assert health(device)[quantity] == 3


def test_frames_of_the_last_24_hours(world: World, town: Town) -> None:
    device = town.device()
    device.state(last_seen_at=world.now)
    until = world.now.replace(minute=0, second=0, microsecond=0)
    sent = ((1, 24 * 60 + 1), (2, 24 * 60 - 1), (3, 600), (5, 30))
    device.uplinks(Frame(until - timedelta(minutes=minutes), f_cnt) for f_cnt, minutes in sent)
    row = health(device)
    assert (row["received"], row["expected"], row["loss_pct"]) == (3, 4, 25)
