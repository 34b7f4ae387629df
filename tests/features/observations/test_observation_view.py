"""What a site without a decision of its own says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.world import Row, World

SECOND = timedelta(seconds=1)
LIMIT = timedelta(minutes=45)
AIR, ROAD, SOIL = "air_temperature", "road_surface_temperature", "soil_temperature"
#: Quantity, age, value, quality.
Latest = tuple[str, timedelta, float | None, int]
FRESH = timedelta(minutes=5)


@pytest.fixture
def town(world: World) -> Row:
    return world.town("olpe")


def said(world: World, town: Row, latest: list[Latest], kind: str = "forest") -> Row:
    """What a site says whose device has these newest values."""
    site, device = world.site(town, kind), world.device(town)
    world.install(device, site)
    for number, (quantity, age, value, quality) in enumerate(latest):
        stream = world.stream(device, quantity, f"p{number}")
        world.latest(stream, world.now - age, value, quality)
    return world.row("observation_signal", site_id=site["site_id"])


@pytest.mark.parametrize(
    ("latest", "state", "reason"),
    [
        ([], "no_data", "no_reading"),
        ([(AIR, FRESH, 12.5, 1)], "measuring", None),
        ([(AIR, FRESH, 12.5, 3)], "measuring", None),
        ([(AIR, FRESH, None, 9)], "no_data", "no_usable_reading"),
        ([(AIR, FRESH, 12.5, 4), (AIR, FRESH, 12.5, 4)], "no_data", "no_usable_reading"),
        ([(AIR, FRESH, None, 2)], "no_data", "no_usable_reading"),
        ([(AIR, FRESH, None, 9), (AIR, 2 * FRESH, 12.5, 1)], "measuring", None),
        (
            [(AIR, FRESH, None, 9), ("battery_voltage", FRESH, 3.6, 1)],
            "no_data",
            "no_usable_reading",
        ),
        ([("battery_voltage", FRESH, 3.6, 1)], "no_data", "no_reading"),
        ([(AIR, LIMIT, 12.5, 1)], "measuring", None),
        ([(AIR, LIMIT + SECOND, 12.5, 1)], "no_data", "stale"),
        ([(AIR, LIMIT + SECOND, None, 9)], "no_data", "stale"),
        ([(AIR, 12 * LIMIT, 12.5, 1), (AIR, FRESH, 12.5, 4)], "no_data", "no_usable_reading"),
        ([(AIR, LIMIT + SECOND, 12.5, 1), (SOIL, LIMIT, 4.0, 1)], "measuring", None),
    ],
)
def test_what_measures_nothing_has_no_data(
    world: World, town: Row, latest: list[Latest], state: str, reason: str | None
) -> None:
    row = said(world, town, latest)
    assert (row["state"], row["reason"], row["level"]) == (state, reason, None)


@pytest.mark.parametrize(
    ("latest", "value", "unit"),
    [
        ([("relative_humidity", FRESH, 80, 1), (SOIL, FRESH, 3, 1)], 3, "°C"),
        ([(SOIL, FRESH, 3, 1), (AIR, 2 * FRESH, 4, 1)], 4, "°C"),
        ([(AIR, FRESH, 4, 1), (ROAD, 2 * FRESH, 5, 1)], 5, "°C"),
        ([("wind_speed", FRESH, 2, 1), ("relative_humidity", FRESH, 80, 1)], 80, "%"),
        # what cannot be used stands behind what can
        ([(ROAD, FRESH, 5, 4), (AIR, 2 * FRESH, 4, 1)], 4, "°C"),
        ([(ROAD, LIMIT + SECOND, 5, 1), (AIR, FRESH, 4, 1)], 4, "°C"),
        ([(ROAD, LIMIT, 5, 1), (AIR, FRESH, 4, 1)], 5, "°C"),
        ([(ROAD, FRESH, None, 1), (AIR, FRESH, 4, 1)], 4, "°C"),
        # then the newest, then the one that was there first
        ([(AIR, 2 * FRESH, 1, 1), (AIR, FRESH, 2, 1), (AIR, 3 * FRESH, 3, 1)], 2, "°C"),
        ([(AIR, 2 * LIMIT, 1, 1), (AIR, 3 * LIMIT, 2, 1)], 1, "°C"),
        ([(AIR, FRESH, 1, 1), (AIR, FRESH, 2, 1)], 1, "°C"),
    ],
)
def test_which_value_stands_for_a_site(
    world: World, town: Row, latest: list[Latest], value: float, unit: str
) -> None:
    row = said(world, town, latest, kind="road")
    assert (row["value"], row["unit"]) == (value, unit)


@pytest.mark.parametrize(("age", "state"), [(2, "measuring"), (2.01, "no_data")])
def test_a_device_that_sends_rarely_is_stale_after_two_intervals(
    world: World, town: Row, age: float, state: str
) -> None:
    site = world.site(town, "forest")
    stream = world.sensor(site, AIR, interval_seconds=3600)
    world.latest(stream, world.ago(hours=age), 12)
    assert world.row("observation_signal", site_id=site["site_id"])["state"] == state


def test_a_value_of_another_place_says_nothing_here(world: World, town: Row) -> None:
    before, here, now_here = (world.site(town, "forest") for _ in range(3))
    came = world.ago(minutes=10)
    for site, time in ((here, came - SECOND), (now_here, came)):
        device = world.device(town)
        world.install(device, before, to_time=came)
        world.install(device, site, from_time=came)
        world.latest(world.stream(device, AIR), time, 12)
    states = [
        world.row("observation_signal", site_id=site["site_id"])["state"]
        for site in (before, here, now_here)
    ]
    assert states == ["no_data", "no_data", "measuring"]


def test_only_of_sites_where_nothing_else_is_decided(world: World, town: Row) -> None:
    kinds = ("tree", "bed", "gauge", "forest", "road")
    sites = {kind: world.site(town, kind)["site_id"] for kind in kinds}
    rows = world.ask("t_olpe", "select site_id from api.observation_signal")
    assert {row["site_id"] for row in rows} == {sites["forest"], sites["road"]}
