"""Levels, rates and stages, from readings that lie exactly on every limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.town import Town
from tests.world import World

STAGES: dict[str, Any] = {"stage_1_cm": 100, "stage_2_cm": 200, "stage_3_cm": 300}
SECOND = timedelta(seconds=1)


@pytest.fixture
def town(world: World) -> Town:
    return world.town("olpe")


def levels(town: Town, view: str, columns: str) -> set[tuple[Any, ...]]:
    rows = town.select(f"select {columns} from api.{view}")
    found = {tuple(row.values()) for row in rows}
    assert len(found) == len(rows)
    return found


class TestLevel:
    @pytest.mark.parametrize(
        ("quantity", "value", "level"),
        [
            ("distance", 1234.0, 376.6),
            ("depth_to_water", 1234.0, 376.6),
            ("water_depth", -1234.0, 376.6),
            ("pressure_difference", 10.0, 510.1972),
            ("water_depth", 1234.0, 623.4),
            ("water_level", 12.5, 12.5),
            ("battery_voltage", 3.6, None),
        ],
    )
    def test_by_quantity(
        self, world: World, quantity: str, value: float, level: float | None
    ) -> None:
        [row] = world.select("select api.level_cm(%s, %s, 500) as level", quantity, value)
        assert row["level"] == (level if level is None else pytest.approx(level))

    def test_at_the_site_where_it_was_measured(self, world: World, town: Town) -> None:
        """From the moment a sensor hangs there until the moment it hangs no more."""
        first, second = town.gauge(), town.gauge()
        came, moved = world.ago(hours=9), world.ago(hours=5)
        device = town.device(first, since=came, mounting_height_cm=300)
        device.install(second, since=moved, mounting_height_cm=900)
        device.readings("battery_voltage", [(moved, 3.6)])
        times = (came - SECOND, came, moved - SECOND, moved)
        stream = device.readings(
            "distance", [*((time, 1000) for time in times), (world.now, None, 9)]
        )
        other = town.device(second).readings("water_level", [(moved, 7, 4)])

        assert levels(town, "water_level", "site_id, datastream_id, time, quality, level_cm") == {
            (first, stream, came, 1, 200),
            (first, stream, moved - SECOND, 1, 200),
            (second, stream, moved, 1, 800),
            (second, stream, world.now, 9, None),
            (second, other, moved, 4, 7),
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
        self, town: Town, view: str, start: datetime, buckets: tuple[int, ...]
    ) -> None:
        hours = timedelta(hours=1)
        second, third = start + buckets[0] * hours, start + sum(buckets[:2]) * hours
        end = start + sum(buckets) * hours
        late, whole, early, beside = (town.gauge() for _ in range(4))
        device = town.device(late, since=start + SECOND, until=second - SECOND)
        device.install(whole, since=second, mounting_height_cm=400)
        device.install(early, since=third, until=end - SECOND)
        for begin in (start, second, third):
            values = ((10, 1000, 1), (20, 2000, 1), (30, 3600, 1), (40, 9999, 4))
            points = [(begin + timedelta(minutes=m), value, flag) for m, value, flag in values]
            distance = device.readings("distance", points)
            device.readings("battery_voltage", [(begin + timedelta(minutes=10), 3)])
        level = town.device(beside, since=start).readings(
            "water_level", [(third + timedelta(minutes=value), value) for value in (5, 7)]
        )

        columns = "site_id, datastream_id, bucket, avg_cm, min_cm, max_cm"
        assert levels(town, view, columns) == {
            (whole, distance, second, 180, 40, 300),
            (beside, level, third, 6, 5, 7),
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
        self, world: World, town: Town, interval: int, age: timedelta, stale: bool
    ) -> None:
        site = town.gauge(**STAGES)
        point = (world.now - age, 150)
        town.sensor(site, "water_level", point, interval_seconds=interval)
        row = town.row("gauge", site_id=site)
        assert (row["time"], row["level_cm"], row["stale"]) == (world.now - age, 150, stale)
        assert row["stage"] == (None if stale else 1)
        assert row["no_data_reason"] == ("no_recent_reading" if stale else None)

    def test_is_believable_of_this_place_and_not_of_tomorrow(
        self, world: World, town: Town
    ) -> None:
        site = town.gauge(gauge_zero_m=180)
        came = world.ago(minutes=10)
        town.sensor(town.gauge(), "water_level", (world.now, 99))
        town.device(site, since=came).readings(
            "water_level",
            [
                (came - SECOND, 1, 1),
                (came, 150, 3),
                (came + SECOND, 2, 4),
                (came + 2 * SECOND, None, 9),
                (world.ago(minutes=-5, seconds=-1), 3, 1),
            ],
        )
        row = town.row("gauge", site_id=site)
        assert (row["time"], row["level_cm"], row["quality"]) == (came, 150, 3)
        assert (row["median_cm"], row["slope_cm_per_hour"]) == (150, None)
        assert row["level_m_nhn"] == 181.5

    def test_a_value_from_before_it_came_is_none(self, world: World, town: Town) -> None:
        site, came = town.gauge(), world.ago(minutes=10)
        town.device(site, since=came).readings("water_level", [(came - SECOND, 150, 1)])
        assert town.row("gauge", site_id=site)["level_cm"] is None

    def test_of_several_sensors_the_highest_that_is_not_stale(
        self, world: World, town: Town
    ) -> None:
        site = town.gauge()
        town.sensor(site, "water_level", (world.ago(minutes=45, seconds=1), 300))
        highest = town.device(site).readings("water_level", [(world.ago(minutes=45), 200)])
        town.sensor(site, "water_level", (world.ago(minutes=1), 100))
        town.sensor(site, "distance", (world.ago(minutes=1), 900))  # no height
        assert town.row("gauge", site_id=site)["datastream_id"] == highest

    def test_of_several_sensors_it_is_decided_again_when_the_first_gets_old(
        self, world: World, town: Town
    ) -> None:
        site = town.gauge(**STAGES)
        town.sensor(site, "water_level", (world.ago(minutes=5), 150), interval_seconds=600)
        town.sensor(site, "water_level", (world.ago(minutes=5), 90), interval_seconds=7200)
        world.decide()
        [row] = world.select("select due_at from core.signal where signal = 'gauges'")
        assert abs(row["due_at"] - world.ago(minutes=-40)) < SECOND

    def test_of_several_with_one_level_the_newest(self, world: World, town: Town) -> None:
        site = town.gauge()
        for minutes in (7, 2, 5):
            town.sensor(site, "water_level", (world.ago(minutes=minutes), 100))
        assert town.row("gauge", site_id=site)["time"] == world.ago(minutes=2)


class TestTrend:
    @pytest.mark.parametrize(
        ("interval", "window"), [(600, timedelta(hours=1)), (3600, timedelta(hours=3))]
    )
    def test_over_an_hour_and_three_intervals(
        self, world: World, town: Town, interval: int, window: timedelta
    ) -> None:
        site = town.gauge()
        newest = world.ago(minutes=3)
        points = [
            (newest - window, 500),  # no more in it
            (newest - window + SECOND, 100),
            (newest, 160),
        ]
        town.sensor(site, "water_level", *points, interval_seconds=interval)
        row = town.row("gauge", site_id=site)
        hours = (window - SECOND) / timedelta(hours=1)
        assert row["slope_cm_per_hour"] == round(60 / hours, 2)
        assert row["median_cm"] == 130

    def test_the_median_of_all_slopes_and_of_the_last_three_values(
        self, world: World, town: Town
    ) -> None:
        site = town.gauge()
        values = {40: 10, 30: 30, 20: 20, 10: 50, 0: 40}
        points = [(world.ago(minutes=minutes), value) for minutes, value in values.items()]
        town.sensor(site, "water_level", *points)
        slopes = sorted(
            (values[b] - values[a]) / ((a - b) / 60) for a in values for b in values if a > b
        )
        row = town.row("gauge", site_id=site)
        assert row["slope_cm_per_hour"] == pytest.approx((slopes[4] + slopes[5]) / 2)
        assert row["median_cm"] == 40

    @pytest.mark.parametrize(
        ("minutes", "quality", "other"),
        [(15, 4, False), (25, 1, False), (-6, 1, False), (15, 1, True)],
        ids=["failed", "before it came", "of tomorrow", "another sensor's"],
    )
    def test_leaves_out(
        self, world: World, town: Town, minutes: float, quality: int, other: bool
    ) -> None:
        site = town.gauge()
        came = world.ago(minutes=20)
        here = town.sensor(site, "water_level", (came, 10), (world.now, 30), since=came)
        elsewhere = town.sensor(town.gauge(), "water_level", (world.ago(minutes=16), 10))
        where = elsewhere if other else here
        where.readings("water_level", [(world.ago(minutes=minutes), 700, quality)])
        row = town.row("gauge", site_id=site)
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
        self, world: World, town: Town, stages: dict[str, Any], level: float, stage: int | None
    ) -> None:
        site = town.gauge(**stages)
        town.sensor(site, "water_level", (world.ago(minutes=9), level), (world.now, level))
        row = town.row("gauge", site_id=site)
        assert (row["stage"], row["no_data_reason"]) == (stage, None)
        signal = town.row("gauge_signal", site_id=site)
        assert signal["state"] == ("no_stages" if stage is None else f"stage_{stage}")
        assert signal["level"] == stage
        # levels above the zeros of different gauges cannot be compared
        assert (signal["value"], signal["unit"], signal["place"]) == (level, "cm", None)

    @pytest.mark.parametrize(
        ("quantity", "height", "reason"),
        [
            (None, None, "no_sensor"),
            ("air_temperature", 500, "no_sensor"),
            ("air_temperature", None, "no_sensor"),
            # a device that has not measured anything yet can be what is looked for
            ("battery_voltage", 500, "not_heard_yet"),
            ("distance", None, "mounting_height_missing"),
            ("distance", 500, "not_heard_yet"),
            ("water_level", None, "not_heard_yet"),
        ],
    )
    def test_without_a_level(
        self, world: World, town: Town, quantity: str | None, height: float | None, reason: str
    ) -> None:
        site, other = town.gauge(**STAGES), town.gauge()
        town.sensor(other, "distance", (world.now, 5), mounting_height_cm=300)
        if quantity is not None:
            points = [] if reason == "not_heard_yet" else [(world.now, 5)]
            town.sensor(site, quantity, *points, mounting_height_cm=height)
        row = town.row("gauge", site_id=site)
        assert (row["level_cm"], row["stage"], row["stale"]) == (None, None, True)
        assert row["no_data_reason"] == reason
        signal = town.row("gauge_signal", site_id=site)
        assert (signal["state"], signal["level"], signal["reason"]) == ("no_data", None, reason)

    @pytest.mark.parametrize(
        ("minutes", "quality", "state", "reason"),
        [
            (5, 1, "stage_1", None),
            (5, 2, "stage_1", None),
            (5, 3, "stage_1", "suspect"),
            (50, 1, "no_data", "no_recent_reading"),
            (50, 3, "no_data", "no_recent_reading"),
        ],
    )
    def test_what_stands_behind_it(
        self, world: World, town: Town, minutes: int, quality: int, state: str, reason: str | None
    ) -> None:
        site = town.gauge(**STAGES)
        town.sensor(site, "water_level", (world.ago(minutes=minutes), 150, quality))
        signal = town.row("gauge_signal", site_id=site)
        assert (signal["state"], signal["reason"]) == (state, reason)
        assert signal["level"] == (None if state == "no_data" else 1)
