"""When a road is called icy, against the same rules written down once more."""

from __future__ import annotations

from itertools import pairwise
from math import exp, log
from statistics import median
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.town import Town
from tests.world import World

SURFACE, DEW, AIR, HUMIDITY = (
    "road_surface_temperature",
    "dew_point",
    "air_temperature",
    "relative_humidity",
)
#: Minutes before now.
STALE, GAP, WINDOW = 45, 90, 120
#: Age in minutes and value.
Points = list[tuple[int, float]]


@pytest.fixture
def town(world: World) -> Town:
    return world.town("olpe")


def said(town: Town, **series: Points) -> dict[str, Any]:
    """What is said of a road where one device measures this."""
    site = town.site("road")
    device = town.device(site)
    for quantity, points in series.items():
        device.readings(quantity, [(town.world.ago(minutes=age), value) for age, value in points])
    return town.row("road", site_id=site)


def fresh(points: Points) -> float | None:
    return min(points)[1] if points and min(points)[0] <= STALE else None


def frost_point(dew: float) -> float:
    if dew >= 0:
        return dew
    x = log(exp(17.62 * dew / (243.12 + dew)))
    return 272.62 * x / (22.46 - x)


def reference(surface: Points, dew: Points, film: Points) -> tuple[str, str | None]:
    """State and reason; of what has no data only the state."""
    if fresh(surface) is None:
        return "no_data", None
    newest = sorted(surface)[:3]
    near = [newest[0]]
    for before, after in pairwise(newest):
        if after[0] - before[0] > GAP:
            break
        near.append(after)
    values = [value for _, value in near]
    sure = max(values) if len(values) == 2 else median(values)
    middle = median(v for age, v in surface if age < newest[0][0] + WINDOW)
    expected = round(sure + 3 * min(sure - middle, 0), 6)
    water, point = fresh(film), fresh(dew)
    frost = None if point is None else frost_point(point)
    wet, dry = water is not None and water >= 0.01, water is not None and water < 0.01
    if sure <= 0:
        if wet:
            return "ice", "wet_and_frozen"
        if frost is not None and sure <= frost:
            return "ice", "hoar"
        safe = dry and frost is not None
        return ("no_ice", "cold_and_dry") if safe else ("ice_possible", "below_zero")
    if expected <= 0 and (not dry or frost is None or expected <= frost):
        return "ice_possible", "cooling"
    return ("ice_possible", "near_zero") if sure <= 1 and not dry else ("no_ice", None)


def series(values: list[float]) -> st.SearchStrategy[Points]:
    ages = st.integers(0, 24).map(lambda n: n * 10 + 1)
    return st.dictionaries(ages, st.sampled_from(values), max_size=8).map(
        lambda found: list(found.items())
    )


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    surface=series([-4, -0.5, 0, 0.5, 1, 1.5, 3]),
    dew=series([-6, -3, -0.5, 1]),
    film=series([0, 0.005, 0.01, 0.4]),
)
def test_as_the_rules_say(town: Town, surface: Points, dew: Points, film: Points) -> None:
    row = said(town, **{SURFACE: surface, DEW: dew, "road_water_film": film})
    state, reason = reference(surface, dew, film)
    assert row["state"] == state
    assert state == "no_data" or row["reason"] == reason
    assert (row["level"] is None) == (state == "no_data")


def test_dew_point_from_temperature_and_humidity(town: Town) -> None:
    row = said(town, **{SURFACE: [(5, 3.0)], AIR: [(5, 20.0)], HUMIDITY: [(5, 50.0)]})
    # WMO-No. 8: 20 °C and 50 % are a dew point of 9.3 °C
    assert row["dew_point_degc"] == pytest.approx(9.26, abs=0.02)
    assert row["frost_point_degc"] == row["dew_point_degc"]


def test_a_dry_frozen_road_is_not_called_free_where_nobody_knows_the_air(town: Town) -> None:
    row = said(town, **{SURFACE: [(5, -4.0)], "road_water_film": [(5, 0.0)], DEW: [(300, -12.0)]})
    assert (row["state"], row["reason"]) == ("ice_possible", "below_zero")


def test_below_zero_moisture_settles_above_the_dew_point(town: Town) -> None:
    row = said(town, **{SURFACE: [(5, -8.5)], DEW: [(5, -10.0)]})
    assert row["frost_point_degc"] == pytest.approx(-8.94, abs=0.1)
    assert (row["state"], row["reason"]) == ("ice_possible", "below_zero")
    assert said(town, **{SURFACE: [(5, -9.2)], DEW: [(5, -10.0)]})["reason"] == "hoar"


def test_the_coldest_of_several_sensors_counts(town: Town) -> None:
    site = town.site("road")
    for value in (4.0, -2.0, 3.0):
        town.sensor(site, SURFACE, (town.world.ago(minutes=5), value))
    town.sensor(site, SURFACE, (town.world.ago(minutes=50), -9.0))
    row = town.row("road", site_id=site)
    assert (row["surface_degc"], row["state"]) == (-2.0, "ice_possible")


def test_it_rains_on_a_frozen_road(town: Town) -> None:
    row = said(town, **{SURFACE: [(5, -0.2)], "rain_intensity": [(5, 0.4)]})
    assert (row["state"], row["wet"]) == ("ice", True)


def test_one_false_reading_makes_no_ice(town: Town) -> None:
    calm = [(minutes, 6.0) for minutes in range(15, 180, 10)]
    row = said(town, **{SURFACE: [(5, -40.0), *calm]})
    assert row["state"] == "no_ice"


def test_since_and_history(town: Town) -> None:
    site = town.site("road")
    device = town.device(site)
    points = [(town.world.ago(minutes=age), 4.0 if age > 100 else -2.0) for age in range(5, 400, 5)]
    device.readings(SURFACE, points)
    device.readings(DEW, [(time, -1.0) for time, _ in points])
    row = town.row("road", site_id=site)
    assert (row["state"], row["since"]) == ("ice", town.world.ago(minutes=100))
    changes = town.select(
        "select state from api.signal_change where site_id = %s and signal = 'road' "
        "order by at nulls first",
        site,
    )
    assert [change["state"] for change in changes] == [
        *("no_data", "no_ice", "ice"),
    ]


def test_limits_can_be_changed(world: World, town: Town) -> None:
    site = town.site("road")
    town.sensor(site, SURFACE, (world.ago(minutes=5), 1.5))
    assert town.row("road", site_id=site)["state"] == "no_ice"
    world.owner.execute("update core.road_threshold set watch_degc = 2")
    assert town.row("road", site_id=site)["state"] == "ice_possible"


def test_what_waits_to_be_judged_is_not_decided(world: World, town: Town) -> None:
    town.site("road")
    with town.acting(decided=False):
        [row] = world.select("select state, reason from api.road")
    assert row == {"state": "no_data", "reason": "not_decided"}


def test_a_signal_has_a_unit_where_it_has_a_value(town: Town) -> None:
    said(town)
    said(town, road_surface_temperature=[(5, 4.0)])
    rows = town.select("select value, unit from api.road_signal order by value")
    assert [(row["value"], row["unit"]) for row in rows] == [(4.0, "°C"), (None, None)]


def test_what_else_is_said_of_a_road_is_not_its_ice(world: World, town: Town) -> None:
    said(town)
    world.decide()
    world.owner.execute(
        "insert into core.signal select (jsonb_populate_record("
        "s, jsonb_build_object('signal', 'observations', 'state', 'no_data'))).* "
        "from core.signal s where s.signal = 'road'"
    )
    assert [row["state"] for row in town.select("select state from api.road")] == ["no_data"]
