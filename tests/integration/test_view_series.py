"""Newest values and curves, from readings that lie exactly on every limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.devices import Device
from tests.town import Town
from tests.world import Resolution, World

#: Monday in Berlin, 00:00 there.
START = datetime(2026, 2, 1, 23, tzinfo=UTC)
AIR = "air_temperature"
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=s) for s in (1, 60, 3600, 86_400))


@pytest.fixture
def town(world: World) -> Town:
    return world.town("olpe")


@pytest.mark.parametrize(
    ("interval", "age", "stale"),
    [
        (600, 45 * MINUTE, False),
        (600, 45 * MINUTE + SECOND, True),
        (3600, 2 * HOUR, False),
        (3600, 2 * HOUR + SECOND, True),
    ],
)
def test_a_value_is_stale_after_two_intervals_and_45_minutes(
    world: World, town: Town, interval: int, age: timedelta, stale: bool
) -> None:
    device = town.device(town.site("road"), interval_seconds=interval)
    stream = device.latest("air_temperature", world.now - age, 3)
    assert town.row("latest", datastream_id=stream)["stale"] is stale


@pytest.mark.parametrize(("age", "here"), [(HOUR, True), (HOUR + SECOND, False)])
def test_what_was_measured_before_an_installation_is_of_no_site(
    world: World, town: Town, age: timedelta, here: bool
) -> None:
    site = town.site("road")
    device = town.device(site, since=world.now - HOUR)
    stream = device.latest("air_temperature", world.now - age, 3)
    assert town.row("latest", datastream_id=stream)["site_id"] == (site if here else None)


class TestLabel:
    @pytest.mark.parametrize(
        ("depth", "position", "label"),
        [
            (None, "", "Linde"),
            (30, "", "Linde (30 cm)"),
            (None, "upper_left", "Linde upper left"),
            (12.5, "2", "Linde (12.5 cm) 2"),
        ],
    )
    def test_of_a_line(self, town: Town, depth: float | None, position: str, label: str) -> None:
        site = town.tree("Linde")
        stream = town.device(site, depth_cm=depth).stream("soil_moisture_vwc", position)
        row = town.row("site_stream", datastream_id=stream)
        assert (row["site_id"], row["label"]) == (site, label)


def buckets(
    town: Town, device: Device, start: datetime, end: datetime, width: timedelta
) -> list[tuple[Any, ...]]:
    rows = town.select(
        "select * from api.buckets(%(id)s, %(start)s, %(end)s, %(width)s) order by bucket",
        id=device.stream(AIR),
        start=start,
        end=end,
        width=width,
    )
    return [tuple(row.values()) for row in rows]


@pytest.fixture
def device(town: Town) -> Device:
    """A thermometer, beside one whose values are none of ours."""
    times = (START, START + HOUR, START + DAY)
    town.sensor(town.site("road"), AIR, *((time, 999) for time in times))
    return town.sensor(town.site("road"), AIR)


class TestBuckets:
    def test_of_readings(self, device: Device) -> None:
        end = START + 20 * MINUTE
        points = [
            (START - SECOND, 90, 1),
            (START, 1, 1),
            (START + MINUTE, 2, 3),
            (START + 9 * MINUTE, 6, 1),
            (START + 9 * MINUTE + SECOND, -70, 4),
            (START + 10 * MINUTE, 4, 1),
            (end, 8, 1),
            (end + SECOND, 91, 1),
        ]
        device.readings(AIR, points)
        found = buckets(device.town, device, START, end, 10 * MINUTE)
        assert found == [
            (START, 3, 1, 6, 10 * MINUTE),
            (START + 10 * MINUTE, 4, 4, 4, 10 * MINUTE),
            (end, 8, 8, 8, 10 * MINUTE),
        ]

    @pytest.mark.parametrize(
        ("width", "step"),
        [
            # no finer than the device sends and the source is
            (MINUTE, 10 * MINUTE),
            (30 * MINUTE, 30 * MINUTE),
            (59 * MINUTE, 59 * MINUTE),
            (HOUR, HOUR),
            (23 * HOUR, 23 * HOUR),
            (DAY, DAY),
            (7 * DAY, 7 * DAY),
        ],
    )
    def test_are_as_far_apart_as_asked(
        self, device: Device, width: timedelta, step: timedelta
    ) -> None:
        device.readings(AIR, [(START, 1)])
        assert [row[-1] for row in buckets(device.town, device, START, START, width)] == [step]

    @pytest.mark.parametrize("width", [MINUTE, HOUR, DAY])
    def test_are_no_finer_than_the_device_sends(self, town: Town, width: timedelta) -> None:
        device = town.sensor(town.site("road"), AIR, (START, 1), interval_seconds=2 * 86_400)
        assert [row[-1] for row in buckets(device.town, device, START, START, width)] == [2 * DAY]

    def test_of_hours(self, device: Device) -> None:
        hours = enumerate(((90,), (1, 2), (6,), (4,), (5,), (91,)), start=-1)
        points = [
            (START + hour * HOUR + minutes * MINUTE, value)
            for hour, values in hours
            for minutes, value in enumerate(values, start=20)
        ]
        device.readings(AIR, points)
        # 59 minutes are asked of readings
        assert len(buckets(device.town, device, START, START + HOUR, 59 * MINUTE)) == 1
        hourly = buckets(device.town, device, START, START + 3 * HOUR, HOUR)
        assert hourly == [
            (START, 1.5, 1, 2, HOUR),
            (START + HOUR, 6, 6, 6, HOUR),
            (START + 2 * HOUR, 4, 4, 4, HOUR),
            (START + 3 * HOUR, 5, 5, 5, HOUR),
        ]
        even = START - HOUR  # 22:00 UTC
        assert buckets(device.town, device, START, START + 3 * HOUR, 2 * HOUR) == [
            (even, 1.5, 1, 2, 2 * HOUR),
            (START + HOUR, 5, 4, 6, 2 * HOUR),
            (START + 3 * HOUR, 5, 5, 5, 2 * HOUR),
        ]

    def test_of_days_and_weeks_in_berlin(self, device: Device) -> None:
        days = ((-1, (90,)), (0, (1, 2)), (6, (6,)), (7, (4,)), (8, (91,)))
        points = [
            (START + day * DAY + hours * HOUR, value)
            for day, values in days
            for hours, value in enumerate(values)
        ]
        device.readings(AIR, points)
        end = START + 7 * DAY
        assert buckets(device.town, device, START, end, DAY) == [
            (START, 1.5, 1, 2, DAY),
            (START + 6 * DAY, 6, 6, 6, DAY),
            (end, 4, 4, 4, DAY),
        ]
        assert buckets(device.town, device, START, end, 7 * DAY) == [
            (START, 3, 1, 6, 7 * DAY),
            (end, 4, 4, 4, 7 * DAY),
        ]

    @pytest.mark.parametrize(
        ("resolution", "width", "bucket", "step"),
        [
            ("hourly", MINUTE, START + HOUR, HOUR),
            ("daily", MINUTE, START, DAY),
            ("daily", HOUR, START, DAY),
            # a day is a day, also where seven hours were asked for
            ("daily", 7 * HOUR, START, DAY),
        ],
    )
    def test_where_only_rollups_are_shared(
        self,
        world: World,
        device: Device,
        resolution: Resolution,
        width: timedelta,
        bucket: datetime,
        step: timedelta,
    ) -> None:
        brilon = world.town("brilon")
        world.grant(device.readings(AIR, [(START + HOUR, 1)]), brilon, resolution)
        found = buckets(brilon, device, START, START + DAY, width)
        assert found == [(bucket, 1, 1, 1, step)]


class TestSeries:
    def ask(self, device: Device, milliseconds: float) -> list[tuple[Any, ...]]:
        rows = device.town.select(
            "select * from api.series(%(id)s, %(start)s, %(end)s, %(ms)s)",
            id=device.stream(AIR),
            start=START,
            end=START + HOUR,
            ms=milliseconds,
        )
        return [tuple(row.values()) for row in rows]

    def test_a_gap_is_longer_than_three_steps(self, device: Device) -> None:
        times = [START + minutes * MINUTE for minutes in (0, 30, 60)]
        device.readings(AIR, [(time, 1) for time in times])
        assert [row[0] for row in self.ask(device, 60_000)] == times

        device.world.owner.execute("update core.device set interval_seconds = 599")
        points = self.ask(device, 1_000)
        gaps = [(START + minutes * MINUTE + timedelta(seconds=599)) for minutes in (0, 30)]
        assert [row[0] for row in points] == sorted([*times, *gaps])
        assert [row[1:] for row in points if row[0] in gaps] == [(None, None, None)] * 2

    @pytest.mark.parametrize(("milliseconds", "points"), [(1, 2), (1_000, 2), (2_000, 1)])
    def test_points_are_at_least_a_second_apart(
        self, device: Device, milliseconds: float, points: int
    ) -> None:
        device.readings(AIR, [(START + timedelta(seconds=s), 1) for s in (0, 0.4, 1)])
        assert len(self.ask(device, milliseconds)) == points
