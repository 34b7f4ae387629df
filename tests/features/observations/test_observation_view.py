"""What a site without a decision of its own says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

import pytest
from tests.town import Town
from tests.world import World

from regionhub.sites import SiteKind

SECOND = timedelta(seconds=1)
LIMIT = timedelta(minutes=45)
AIR, ROAD, SOIL = "air_temperature", "road_surface_temperature", "soil_temperature"
#: Quantity, age, value, quality.
Latest = tuple[str, timedelta, float | None, int]
FRESH = timedelta(minutes=5)


@pytest.fixture
def town(world: World) -> Town:
    return world.town("olpe")


def said(town: Town, latest: list[Latest]) -> dict[str, Any]:
    """What a site says whose device is heard and has these newest values."""
    site, now = town.site("forest"), town.world.now
    device = town.device(site)
    device.state(last_seen_at=now)
    for number, (quantity, age, value, quality) in enumerate(latest):
        device.readings(quantity, [(now - age, value, quality)], position=f"p{number}")
    return town.row("observation_signal", site_id=site)


@pytest.mark.parametrize(
    ("latest", "state", "reason"),
    [
        ([], "no_data", "probe_without_values"),
        ([(AIR, FRESH, 12.5, 1)], "measuring", None),
        ([(AIR, FRESH, 12.5, 3)], "measuring", None),
        ([(AIR, FRESH, None, 9)], "no_data", "probe_without_values"),
        ([(AIR, FRESH, 12.5, 4), (AIR, FRESH, 12.5, 4)], "no_data", "implausible"),
        ([(AIR, FRESH, None, 2)], "no_data", "probe_without_values"),
        ([(AIR, FRESH, None, 9), (AIR, 2 * FRESH, 12.5, 1)], "measuring", None),
        (
            [(AIR, FRESH, None, 9), ("battery_voltage", FRESH, 3.6, 1)],
            "no_data",
            "probe_without_values",
        ),
        ([("battery_voltage", FRESH, 3.6, 1)], "no_data", "probe_without_values"),
        ([(AIR, LIMIT, 12.5, 1)], "measuring", None),
        ([(AIR, LIMIT + SECOND, 12.5, 1)], "no_data", "probe_without_values"),
        ([(AIR, LIMIT + SECOND, 12.5, 4)], "no_data", "implausible"),
        # of several the one that gave a value last says why
        ([(AIR, 12 * LIMIT, 12.5, 1), (AIR, FRESH, 12.5, 4)], "no_data", "probe_without_values"),
        ([(AIR, LIMIT + SECOND, 12.5, 1), (SOIL, LIMIT, 4.0, 1)], "measuring", None),
    ],
)
def test_what_measures_nothing_has_no_data(
    town: Town, latest: list[Latest], state: str, reason: str | None
) -> None:
    row = said(town, latest)
    assert (row["state"], row["reason"], row["level"]) == (state, reason, None)


def test_a_value_that_cannot_be_believed_is_not_shown(town: Town) -> None:
    for quality, value in ((3, 12.5), (4, None), (9, None)):
        assert said(town, [(AIR, FRESH, 12.5, quality)])["value"] == value


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
    town: Town, latest: list[Latest], value: float, unit: str
) -> None:
    row = said(town, latest)
    assert (row["value"], row["unit"]) == (value, unit)


@pytest.mark.parametrize(("age", "state"), [(2, "measuring"), (2.01, "no_data")])
def test_a_device_that_sends_rarely_is_stale_after_two_intervals(
    world: World, town: Town, age: float, state: str
) -> None:
    site = town.site("forest")
    town.sensor(site, AIR, (world.ago(hours=age), 12), interval_seconds=3600)
    assert town.row("observation_signal", site_id=site)["state"] == state


def test_a_value_of_another_place_says_nothing_here(world: World, town: Town) -> None:
    before, here, now_here = (town.site("forest") for _ in range(3))
    came = world.ago(minutes=10)
    for site, time in ((here, came - SECOND), (now_here, came)):
        device = town.device(before)
        device.install(site, since=came)
        device.readings(AIR, [(time, 12)])
    states = [
        town.row("observation_signal", site_id=site)["state"] for site in (before, here, now_here)
    ]
    assert states == ["no_data", "no_data", "measuring"]


def test_only_of_sites_where_nothing_else_is_decided(town: Town) -> None:
    sites = {kind: town.site(kind) for kind in get_args(SiteKind)}
    rows = town.select("select site_id from api.observation_signal")
    assert {row["site_id"] for row in rows} == {sites["forest"], sites["weather"]}


def test_of_a_stand_whose_smoke_is_decided_nothing_more_is_said(world: World, town: Town) -> None:
    plain, smoky = (town.site("forest") for _ in range(2))
    town.sensor(smoky, "smoke_concentration", (world.ago(minutes=5), 0.0))
    rows = town.select("select site_id from api.observation_signal")
    assert rows == [{"site_id": plain}]


def test_what_waits_to_be_judged_is_not_decided(world: World, town: Town) -> None:
    forest = town.site("forest")
    town.site("tree")  # of which something else is decided
    with town.acting(decided=False):
        rows = world.select("select site_id, state, reason from api.observation_signal")
    assert rows == [{"site_id": forest, "state": "no_data", "reason": "not_decided"}]
