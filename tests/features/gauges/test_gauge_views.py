"""Levels, rates and stages, from readings that lie exactly on every limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.world import Row, World

STAGES = {"stage_1_cm": 100, "stage_2_cm": 200, "stage_3_cm": 300}
SECOND = timedelta(seconds=1)


@pytest.fixture
def town(world: World) -> Row:
    return world.town("olpe")


def levels(world: World, view: str, columns: str) -> set[tuple[Any, ...]]:
    rows = world.ask("t_olpe", f"select {columns} from api.{view}")
    found = {tuple(row.values()) for row in rows}
    assert len(found) == len(rows)
    return found


def gauge(world: World, site: Row) -> Row:
    return world.row("gauge", site_id=site["site_id"])


class TestLevel:
    @pytest.mark.parametrize(
        ("quantity", "value", "level"),
        [
            ("distance", 1234.0, 376.6),
            ("pressure_difference", 10.0, 510.1972),
            ("water_depth", 1234.0, 623.4),
            ("water_level", 12.5, 12.5),
            ("battery_voltage", 3.6, None),
        ],
    )
    def test_by_quantity(
        self, world: World, quantity: str, value: float, level: float | None
    ) -> None:
        row = world.one("select api.level_cm(%(q)s, %(v)s, 500) as level", q=quantity, v=value)
        assert row["level"] == (level if level is None else pytest.approx(level))

    def test_at_the_site_where_it_was_measured(self, world: World, town: Row) -> None:
        """From the moment a sensor hangs there until the moment it hangs no more."""
        first, second = (world.site(town, "gauge") for _ in range(2))
        device, other = (world.device(town) for _ in range(2))
        came, moved = world.ago(hours=9), world.ago(hours=5)
        world.install(device, first, from_time=came, to_time=moved, mounting_height_cm=300)
        world.install(device, second, from_time=moved, mounting_height_cm=900)
        world.install(other, second)
        distance, level = world.stream(device, "distance"), world.stream(other, "water_level")
        world.reading(world.stream(device, "battery_voltage"), moved, 3.6)
        for time in (came - SECOND, came, moved - SECOND, moved):
            world.reading(distance, time, 1000)
        world.reading(distance, world.now, None, 9)
        world.reading(level, moved, 7, 4)

        stream = distance["datastream_id"]
        assert levels(world, "water_level", "site_id, datastream_id, time, quality, level_cm") == {
            (first["site_id"], stream, came, 1, 200),
            (first["site_id"], stream, moved - SECOND, 1, 200),
            (second["site_id"], stream, moved, 1, 800),
            (second["site_id"], stream, world.now, 9, None),
            (second["site_id"], level["datastream_id"], moved, 4, 7),
        }


class TestRollup:
    """Only hours and days that a sensor hung there throughout; two sensors do not mix."""

    @pytest.mark.parametrize(
        ("view", "start", "buckets"),
        [
            # midnight in Berlin; on 29 March it has 23 hours
            ("water_level_daily", datetime(2026, 3, 27, 23, tzinfo=UTC), (24, 23, 24)),
            ("water_level_hourly", datetime(2026, 3, 27, 23, tzinfo=UTC), (1, 1, 1)),
        ],
    )
    def test_whole_buckets(
        self, world: World, town: Row, view: str, start: datetime, buckets: tuple[int, ...]
    ) -> None:
        hours = timedelta(hours=1)
        second, third = start + buckets[0] * hours, start + sum(buckets[:2]) * hours
        whole, late, early, beside = (world.site(town, "gauge") for _ in range(4))
        device, another = (world.device(town) for _ in range(2))
        world.install(device, whole, from_time=second, to_time=third, mounting_height_cm=400)
        world.install(device, late, from_time=start + SECOND, to_time=second - SECOND)
        world.install(device, early, from_time=third, to_time=start + sum(buckets) * hours - SECOND)
        world.install(another, beside, from_time=start)
        distance = world.stream(device, "distance")
        battery, level = (
            world.stream(device, "battery_voltage"),
            world.stream(another, "water_level"),
        )
        for begin in (start, second, third):
            for value, minutes in ((1000, 10), (2000, 20), (3600, 30)):
                world.reading(distance, begin + timedelta(minutes=minutes), value)
            world.reading(distance, begin + timedelta(minutes=40), 9999, 4)
            world.reading(battery, begin + timedelta(minutes=10), 3)
        for value in (5, 7):
            world.reading(level, third + timedelta(minutes=value), value)

        columns = "site_id, datastream_id, bucket, avg_cm, min_cm, max_cm"
        assert levels(world, view, columns) == {
            (whole["site_id"], distance["datastream_id"], second, 180, 40, 300),
            (beside["site_id"], level["datastream_id"], third, 6, 5, 7),
        }


class TestNewest:
    @pytest.mark.parametrize(
        ("interval", "age", "stale"),
        [
            (600, timedelta(minutes=45), False),
            (600, timedelta(minutes=45) + SECOND, True),
            (3600, timedelta(hours=2), False),
            (3600, timedelta(hours=2) + SECOND, True),
            (600, timedelta(minutes=-5), False),
        ],
    )
    def test_is_stale_after_two_intervals_and_45_minutes(
        self, world: World, town: Row, interval: int, age: timedelta, stale: bool
    ) -> None:
        site = world.site(town, "gauge", **STAGES)
        stream = world.sensor(site, "water_level", interval_seconds=interval)
        world.reading(stream, world.now - age, 150)
        row = gauge(world, site)
        assert (row["time"], row["level_cm"], row["stale"]) == (world.now - age, 150, stale)
        assert row["stage"] == (None if stale else 1)
        assert row["no_data_reason"] is None

    def test_is_believable_of_this_place_and_not_of_tomorrow(self, world: World, town: Row) -> None:
        site = world.site(town, "gauge", gauge_zero_m=180)
        came = world.ago(minutes=10)
        stream = world.sensor(site, "water_level", from_time=came)
        world.reading(world.sensor(world.site(town, "gauge"), "water_level"), world.now, 99)
        for time, value, quality in (
            (came - SECOND, 1, 1),
            (came, 150, 3),
            (came + SECOND, 2, 4),
            (came + 2 * SECOND, None, 9),
            (world.ago(minutes=-5, seconds=-1), 3, 1),
        ):
            world.reading(stream, time, value, quality)
        row = gauge(world, site)
        assert (row["time"], row["level_cm"], row["quality"]) == (came, 150, 3)
        assert (row["median_cm"], row["slope_cm_per_hour"]) == (150, None)
        assert row["level_m_nhn"] == 181.5

    def test_of_several_sensors_the_highest_that_is_not_stale(
        self, world: World, town: Row
    ) -> None:
        site = world.site(town, "gauge")
        world.reading(world.sensor(site, "water_level"), world.ago(minutes=45, seconds=1), 300)
        highest = world.sensor(site, "water_level")
        world.reading(highest, world.ago(minutes=45), 200)
        world.reading(world.sensor(site, "water_level"), world.ago(minutes=1), 100)
        world.reading(world.sensor(site, "distance"), world.ago(minutes=1), 900)  # no height
        assert gauge(world, site)["datastream_id"] == highest["datastream_id"]

    def test_of_several_with_one_level_the_newest(self, world: World, town: Row) -> None:
        site = world.site(town, "gauge")
        for minutes in (7, 2, 5):
            world.reading(world.sensor(site, "water_level"), world.ago(minutes=minutes), 100)
        assert gauge(world, site)["time"] == world.ago(minutes=2)


class TestTrend:
    @pytest.mark.parametrize(
        ("interval", "window"), [(600, timedelta(hours=1)), (3600, timedelta(hours=3))]
    )
    def test_over_an_hour_and_three_intervals(
        self, world: World, town: Row, interval: int, window: timedelta
    ) -> None:
        site = world.site(town, "gauge")
        stream = world.sensor(site, "water_level", interval_seconds=interval)
        newest = world.ago(minutes=3)
        world.reading(stream, newest - window, 500)  # no more in it
        world.reading(stream, newest - window + SECOND, 100)
        world.reading(stream, newest, 160)
        row = gauge(world, site)
        hours = (window - SECOND) / timedelta(hours=1)
        assert row["slope_cm_per_hour"] == pytest.approx(60 / hours)
        assert row["median_cm"] == 130

    def test_the_median_of_all_slopes_and_of_the_last_three_values(
        self, world: World, town: Row
    ) -> None:
        site = world.site(town, "gauge")
        stream = world.sensor(site, "water_level")
        values = {40: 10, 30: 30, 20: 20, 10: 50, 0: 40}
        for minutes, value in values.items():
            world.reading(stream, world.ago(minutes=minutes), value)
        slopes = sorted(
            (values[b] - values[a]) / ((a - b) / 60) for a in values for b in values if a > b
        )
        row = gauge(world, site)
        assert row["slope_cm_per_hour"] == pytest.approx((slopes[4] + slopes[5]) / 2)
        assert row["median_cm"] == 40

    @pytest.mark.parametrize(
        ("minutes", "quality", "other"),
        [(15, 4, False), (25, 1, False), (-6, 1, False), (15, 1, True)],
        ids=["failed", "before it came", "of tomorrow", "another sensor's"],
    )
    def test_leaves_out(
        self, world: World, town: Row, minutes: float, quality: int, other: bool
    ) -> None:
        site = world.site(town, "gauge")
        came = world.ago(minutes=20)
        stream = world.sensor(site, "water_level", from_time=came)
        elsewhere = world.sensor(world.site(town, "gauge"), "water_level")
        world.reading(elsewhere, world.ago(minutes=16), 10)
        world.reading(stream, came, 10)
        world.reading(stream, world.now, 30)
        world.reading(elsewhere if other else stream, world.ago(minutes=minutes), 700, quality)
        row = gauge(world, site)
        assert row["slope_cm_per_hour"] == pytest.approx(60)
        assert row["median_cm"] == 20


class TestStage:
    @pytest.mark.parametrize(
        ("stages", "level", "stage"),
        [
            (STAGES, 99.9, 0),
            (STAGES, 100, 1),
            (STAGES, 199.9, 1),
            (STAGES, 200, 2),
            (STAGES, 299.9, 2),
            (STAGES, 300, 3),
            ({"stage_1_cm": 100}, 99.9, 0),
            ({"stage_1_cm": 100}, 500, 1),
            ({}, 500, None),
        ],
    )
    def test_reached(
        self, world: World, town: Row, stages: Row, level: float, stage: int | None
    ) -> None:
        site = world.site(town, "gauge", **stages)
        world.reading(world.sensor(site, "water_level"), world.now, level)
        row = gauge(world, site)
        assert (row["stage"], row["no_data_reason"]) == (stage, None)
        signal = world.row("gauge_signal", site_id=site["site_id"])
        assert signal["state"] == ("no_stages" if stage is None else f"stage_{stage}")
        assert signal["level"] == stage
        assert (signal["value"], signal["place"], signal["unit"]) == (level, -level, "cm")

    @pytest.mark.parametrize(
        ("quantity", "height", "reason"),
        [
            (None, None, "no_sensor"),
            ("battery_voltage", 500, "no_sensor"),
            ("distance", None, "mounting_height_missing"),
            ("distance", 500, "no_reading"),
            ("water_level", None, "no_reading"),
        ],
    )
    def test_without_a_level(
        self, world: World, town: Row, quantity: str | None, height: float | None, reason: str
    ) -> None:
        site, other = world.site(town, "gauge", **STAGES), world.site(town, "gauge")
        stream = world.sensor(other, "distance", mounting_height_cm=300)
        world.reading(stream, world.now, 5)
        if quantity is not None:
            stream = world.sensor(site, quantity, mounting_height_cm=height)
            if reason != "no_reading":
                world.reading(stream, world.now, 5)
        row = gauge(world, site)
        assert (row["level_cm"], row["stage"], row["stale"]) == (None, None, True)
        assert row["no_data_reason"] == reason
        signal = world.row("gauge_signal", site_id=site["site_id"])
        assert (signal["state"], signal["level"], signal["reason"]) == ("no_data", None, reason)

    @pytest.mark.parametrize(
        ("minutes", "quality", "state", "reason"),
        [
            (5, 1, "stage_1", None),
            (5, 2, "stage_1", None),
            (5, 3, "stage_1", "suspect"),
            (50, 1, "no_data", "stale"),
            (50, 3, "no_data", "stale"),
        ],
    )
    def test_what_stands_behind_it(
        self, world: World, town: Row, minutes: int, quality: int, state: str, reason: str | None
    ) -> None:
        site = world.site(town, "gauge", **STAGES)
        world.reading(world.sensor(site, "water_level"), world.ago(minutes=minutes), 150, quality)
        signal = world.row("gauge_signal", site_id=site["site_id"])
        assert (signal["state"], signal["reason"]) == (state, reason)
        assert signal["level"] == (None if state == "no_data" else 1)
