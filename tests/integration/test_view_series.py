"""Newest values and curves, from readings that lie exactly on every limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.world import Row, World

#: Monday in Berlin, 00:00 there.
START = datetime(2026, 2, 1, 23, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=s) for s in (1, 60, 3600, 86_400))


@pytest.fixture
def town(world: World) -> Row:
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
    world: World, town: Row, interval: int, age: timedelta, stale: bool
) -> None:
    stream = world.sensor(world.site(town, "road"), "air_temperature", interval_seconds=interval)
    world.latest(stream, world.now - age, 3)
    assert world.row("latest", datastream_id=stream["datastream_id"])["stale"] is stale


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
    def test_of_a_line(
        self, world: World, town: Row, depth: float | None, position: str, label: str
    ) -> None:
        site, device = world.site(town, "tree", name="Linde"), world.device(town)
        world.install(device, site, depth_cm=depth)
        stream = world.stream(device, "soil_moisture_vwc", position)
        row = world.row("site_stream", datastream_id=stream["datastream_id"])
        assert (row["site_id"], row["label"]) == (site["site_id"], label)


def buckets(
    world: World,
    stream: Row,
    start: datetime,
    end: datetime,
    width: timedelta,
    role: str = "t_olpe",
) -> list[tuple[Any, ...]]:
    rows = world.ask(
        role,
        "select * from api.buckets(%(id)s, %(start)s, %(end)s, %(width)s) order by bucket",
        id=stream["datastream_id"],
        start=start,
        end=end,
        width=width,
    )
    return [tuple(row.values()) for row in rows]


@pytest.fixture
def stream(world: World, town: Row) -> Row:
    """Of one device, beside one whose values are none of ours."""
    other = world.sensor(world.site(town, "road"), "air_temperature")
    stream = world.sensor(world.site(town, "road"), "air_temperature")
    for time in (START, START + HOUR, START + DAY):
        world.reading(other, time, 999)
    return stream


class TestBuckets:
    def test_of_readings(self, world: World, stream: Row) -> None:
        end = START + 20 * MINUTE
        for time, value, quality in (
            (START - SECOND, 90, 1),
            (START, 1, 1),
            (START + MINUTE, 2, 3),
            (START + 9 * MINUTE, 6, 1),
            (START + 9 * MINUTE + SECOND, -70, 4),
            (START + 10 * MINUTE, 4, 1),
            (end, 8, 1),
            (end + SECOND, 91, 1),
        ):
            world.reading(stream, time, value, quality)
        found = buckets(world, stream, START, end, 10 * MINUTE)
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
        self, world: World, stream: Row, width: timedelta, step: timedelta
    ) -> None:
        world.reading(stream, START, 1)
        assert [row[-1] for row in buckets(world, stream, START, START, width)] == [step]

    @pytest.mark.parametrize("width", [MINUTE, HOUR, DAY])
    def test_are_no_finer_than_the_device_sends(
        self, world: World, town: Row, width: timedelta
    ) -> None:
        site = world.site(town, "road")
        stream = world.sensor(site, "air_temperature", interval_seconds=2 * 86_400)
        world.reading(stream, START, 1)
        assert [row[-1] for row in buckets(world, stream, START, START, width)] == [2 * DAY]

    def test_of_hours(self, world: World, stream: Row) -> None:
        for hour, values in enumerate(((90,), (1, 2), (6,), (4,), (5,), (91,)), start=-1):
            for minutes, value in enumerate(values, start=20):
                world.reading(stream, START + hour * HOUR + minutes * MINUTE, value)
        # 59 minutes are asked of readings
        assert len(buckets(world, stream, START, START + HOUR, 59 * MINUTE)) == 1
        hourly = buckets(world, stream, START, START + 3 * HOUR, HOUR)
        assert hourly == [
            (START, 1.5, 1, 2, HOUR),
            (START + HOUR, 6, 6, 6, HOUR),
            (START + 2 * HOUR, 4, 4, 4, HOUR),
            (START + 3 * HOUR, 5, 5, 5, HOUR),
        ]
        even = START - HOUR  # 22:00 UTC
        assert buckets(world, stream, START, START + 3 * HOUR, 2 * HOUR) == [
            (even, 1.5, 1, 2, 2 * HOUR),
            (START + HOUR, 5, 4, 6, 2 * HOUR),
            (START + 3 * HOUR, 5, 5, 5, 2 * HOUR),
        ]

    def test_of_days_and_weeks_in_berlin(self, world: World, stream: Row) -> None:
        for day, values in ((-1, (90,)), (0, (1, 2)), (6, (6,)), (7, (4,)), (8, (91,))):
            for hours, value in enumerate(values):
                world.reading(stream, START + day * DAY + hours * HOUR, value)
        end = START + 7 * DAY
        assert buckets(world, stream, START, end, DAY) == [
            (START, 1.5, 1, 2, DAY),
            (START + 6 * DAY, 6, 6, 6, DAY),
            (end, 4, 4, 4, DAY),
        ]
        assert buckets(world, stream, START, end, 7 * DAY) == [
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
        stream: Row,
        resolution: str,
        width: timedelta,
        bucket: datetime,
        step: timedelta,
    ) -> None:
        world.grant(stream, world.town("brilon"), resolution)
        world.reading(stream, START + HOUR, 1)
        found = buckets(world, stream, START, START + DAY, width, role="t_brilon")
        assert found == [(bucket, 1, 1, 1, step)]


class TestSeries:
    def ask(self, world: World, stream: Row, milliseconds: float) -> list[tuple[Any, ...]]:
        rows = world.ask(
            "t_olpe",
            "select * from api.series(%(id)s, %(start)s, %(end)s, %(ms)s)",
            id=stream["datastream_id"],
            start=START,
            end=START + HOUR,
            ms=milliseconds,
        )
        return [tuple(row.values()) for row in rows]

    def test_a_gap_is_longer_than_three_steps(self, world: World, stream: Row) -> None:
        times = [START + minutes * MINUTE for minutes in (0, 30, 60)]
        for time in times:
            world.reading(stream, time, 1)
        assert [row[0] for row in self.ask(world, stream, 60_000)] == times

        world.owner.execute("update core.device set interval_seconds = 599")
        points = self.ask(world, stream, 1_000)
        gaps = [(START + minutes * MINUTE + timedelta(seconds=599)) for minutes in (0, 30)]
        assert [row[0] for row in points] == sorted([*times, *gaps])
        assert [row[1:] for row in points if row[0] in gaps] == [(None, None, None)] * 2

    @pytest.mark.parametrize(("milliseconds", "points"), [(1, 2), (1_000, 2), (2_000, 1)])
    def test_points_are_at_least_a_second_apart(
        self, world: World, stream: Row, milliseconds: float, points: int
    ) -> None:
        for seconds in (0, 0.4, 1):
            world.reading(stream, START + timedelta(seconds=seconds), 1)
        assert len(self.ask(world, stream, milliseconds)) == points
