"""Whether a tree or bed needs water, from values that lie exactly on every limit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.town import Town
from tests.world import World

FAIL = 4
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
MOISTURE, TENSION, TEMPERATURE = "soil_moisture_vwc", "soil_water_tension", "soil_temperature"


@pytest.fixture
def town(world: World) -> Town:
    """With a soil whose limits are numbers that a computer holds exactly."""
    limits = {"field_capacity_pct": 30, "wilting_point_pct": 10}
    world.add("core.soil_texture", soil_texture="X", name_de="X", **limits)
    return world.town("olpe")


def judged(town: Town, site: int) -> dict[str, Any]:
    return town.row("irrigation", site_id=site)


def signal(town: Town, site: int) -> dict[str, Any]:
    return town.row("irrigation_signal", site_id=site)


@pytest.mark.parametrize(
    ("quantity", "value", "state", "level"),
    [
        (MOISTURE, 15.9, "now", 2),
        (MOISTURE, 16.0, "soon", 1),
        (MOISTURE, 19.9, "soon", 1),
        (MOISTURE, 20.0, "good", 0),
        (MOISTURE, 29.9, "good", 0),
        (MOISTURE, 30.0, "wet", 0),
        (TENSION, 81.1, "now", 2),
        (TENSION, 81.0, "soon", 1),
        (TENSION, 33.1, "soon", 1),
        (TENSION, 33.0, "good", 0),
        (TENSION, 6.2, "good", 0),
        (TENSION, 6.1, "wet", 0),
    ],
)
def test_levels(
    world: World, town: Town, quantity: str, value: float, state: str, level: int
) -> None:
    site = town.site("bed", soil_texture="X")
    town.sensor(site, quantity, (world.now, value))
    row = judged(town, site)
    assert (row["irrigation_level"], row["no_data_reason"]) == (state, None)
    assert row["vwc_pct" if quantity == MOISTURE else "tension_kpa"] == value
    said = signal(town, site)
    assert (said["state"], said["level"], said["reason"]) == (state, level, None)


def test_percent_of_available_water_is_rounded_down(world: World, town: Town) -> None:
    """As the levels are "below 30 %"."""
    site = town.site("tree", soil_texture="X")
    town.sensor(site, MOISTURE, (world.now, 15.95))
    row, said = judged(town, site), signal(town, site)
    assert row["nfk_pct"] == 29.7
    assert said["place"] == pytest.approx(29.75)
    assert (said["value"], said["unit"], said["state"]) == (29, "% nFK", "now")


def test_tension_goes_before_water_content(world: World, town: Town) -> None:
    site = town.site("tree", soil_texture="X")
    town.sensor(site, MOISTURE, (world.now, 15.0))
    town.sensor(site, TENSION, (world.now, 20.5))
    row, said = judged(town, site), signal(town, site)
    assert (row["irrigation_level"], row["sensors"]) == ("good", 2)
    assert (row["tension_kpa"], row["vwc_pct"]) == (20.5, 15)
    assert (said["value"], said["unit"], said["place"]) == (20.5, "kPa", -1e6 - 20.5)


def test_the_mean_of_the_medians_of_all_sensors(world: World, town: Town) -> None:
    site = town.site("tree", soil_texture="X")
    for values in ((10, 12, 29), (20,)):
        times = (world.ago(minutes=10 * n) for n in range(len(values)))
        town.sensor(site, MOISTURE, *zip(times, values, strict=True))
    for value in (7.0, 9.0):
        town.sensor(site, TENSION, (world.ago(minutes=30), value))
    row = judged(town, site)
    assert (row["vwc_pct"], row["tension_kpa"], row["sensors"]) == (16, 8, 4)


def test_a_probe_that_measures_both_counts_each_as_what_it_is(world: World, town: Town) -> None:
    site = town.site("tree", soil_texture="X")
    probe = town.sensor(site, MOISTURE, (world.now, 15.0))
    probe.readings(TENSION, [(world.now, 40.0)])
    row = judged(town, site)
    assert (row["vwc_pct"], row["tension_kpa"]) == (15, 40)


def test_what_is_decided_later_begins_at_the_last_reading_that_counts(
    world: World, town: Town
) -> None:
    """Not at a doubted one after it, before which nothing would be known."""
    site = town.site("tree", soil_texture="X")
    town.sensor(
        site, MOISTURE, (world.ago(hours=3), 20.0), (world.ago(hours=2), 1.0, FAIL), (world.now, 15)
    )
    rows = world.select(
        "select state from core.decide_irrigation(array[%s], array[%s], %s) order by at limit 1",
        *(site, world.ago(hours=1), world.now),
    )
    assert rows == [{"state": "good"}]


def test_of_soil_temperatures_the_lowest_of_now(world: World, town: Town) -> None:
    site = town.site("tree", soil_texture="X")
    town.sensor(site, MOISTURE, (world.ago(minutes=40), 20))
    town.sensor(site, MOISTURE, (world.ago(minutes=30), 20))
    town.sensor(site, TEMPERATURE, (world.ago(hours=2), -3), (world.ago(minutes=20), 5))
    town.sensor(site, TEMPERATURE, (world.ago(minutes=10), 8))
    town.sensor(site, "battery_voltage", (world.now, 3.6))
    row = judged(town, site)
    assert (row["soil_temperature"], row["frost"], row["sensors"]) == (5, False, 2)
    # warmth is not what it was judged by
    assert row["newest"] == world.ago(minutes=30)


@pytest.mark.parametrize(("degrees", "frost"), [(1.0, True), (1.1, False), (None, False)])
def test_frost(world: World, town: Town, degrees: float | None, frost: bool) -> None:
    site = town.site("tree", soil_texture="X")
    town.sensor(site, MOISTURE, (world.now, 20))
    if degrees is not None:
        town.sensor(site, TEMPERATURE, (world.now, degrees))
    assert judged(town, site)["frost"] is frost
    assert signal(town, site)["reason"] == ("frost" if frost else None)


class TestWindow:
    @pytest.mark.parametrize(
        ("interval", "window"), [(600, timedelta(hours=24)), (86_400, timedelta(hours=48))]
    )
    def test_a_day_and_two_intervals(
        self, world: World, town: Town, interval: int, window: timedelta
    ) -> None:
        site = town.site("tree", soil_texture="X")
        values = ((world.now - window, 90), (world.now - window + SECOND, 10), (world.now, 20))
        town.sensor(site, MOISTURE, *values, interval_seconds=interval)
        assert judged(town, site)["vwc_pct"] == 15

    @pytest.mark.parametrize(("interval", "age"), [(600, 6 * HOUR), (4 * 3600, 8 * HOUR)])
    def test_a_site_is_judged_for_six_hours_and_two_intervals(
        self, world: World, town: Town, interval: int, age: timedelta
    ) -> None:
        old, recent = (town.site("tree", soil_texture="X") for _ in range(2))
        for site, time in ((old, world.now - age - SECOND), (recent, world.now - age)):
            town.sensor(site, MOISTURE, (time, 20), interval_seconds=interval)
        assert judged(town, old)["no_data_reason"] == "no_recent_reading"
        assert judged(town, recent)["irrigation_level"] == "good"

    def test_what_is_believable_of_this_place_and_not_of_tomorrow(
        self, world: World, town: Town
    ) -> None:
        site, other = (town.site("tree", soil_texture="X") for _ in range(2))
        came, soon = world.ago(hours=2), world.ago(minutes=-5)
        town.sensor(other, MOISTURE, (world.now, 90))
        town.sensor(
            site, MOISTURE,
            (came - SECOND, 91), (came, 10), (soon, 20), (soon + SECOND, 92),
            (world.ago(minutes=30), 93, 4),
            since=came,
        )  # fmt: skip
        row = judged(town, site)
        assert (row["vwc_pct"], row["newest"]) == (15, soon)


class TestWithoutData:
    @pytest.mark.parametrize(
        ("texture", "quantity", "hours", "reason"),
        [
            ("X", None, 0, "no_sensor"),
            ("X", TEMPERATURE, 0, "no_sensor"),
            # a device that has not measured anything yet can be what is looked for
            ("X", "battery_voltage", 0, "not_heard_yet"),
            ("X", MOISTURE, 7, "no_recent_reading"),
            (None, TENSION, 7, "no_recent_reading"),
            (None, MOISTURE, 0, "soil_texture_missing"),
        ],
    )
    def test_why(
        self,
        world: World,
        town: Town,
        texture: str | None,
        quantity: str | None,
        hours: float,
        reason: str,
    ) -> None:
        site, other = (town.site("tree", soil_texture=t) for t in (texture, "X"))
        town.sensor(other, MOISTURE, (world.now, 20))
        if quantity is not None:
            town.sensor(site, quantity, (world.ago(hours=hours), 20))
        row, said = judged(town, site), signal(town, site)
        assert (row["irrigation_level"], row["no_data_reason"]) == ("no_data", reason)
        assert (said["state"], said["level"], said["reason"]) == ("no_data", None, reason)
        assert (said["value"], said["unit"], said["place"]) == (None, None, None)


def test_levels_in_order_of_need(world: World, town: Town) -> None:
    rows = town.select("select * from api.irrigation_level order by need")
    assert [row["irrigation_level"] for row in rows] == [
        "now",
        "soon",
        "good",
        "wet",
        "frozen",
        "no_data",
    ]


def test_limits_of_a_site_in_percent_by_volume(world: World, town: Town) -> None:
    site = town.site("bed", soil_texture="X")
    town.site("bed")
    town.site("road")
    [row] = town.select("select * from api.irrigation_limit where quantity = %s", MOISTURE)
    limits = {key: row[key] for key in ("site_id", "now", "soon", "wet")}
    assert limits == {"site_id": site, "now": 16, "soon": 20, "wet": 30}
