"""Sites with what is said about them: listed in parts, counted, and as points of a map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.world import World

from regionhub.registry.places import ALL, Choice, Place, place, places, points, tallies
from regionhub.signals.rows import signals

ROLES = ["t_olpe", "t_region"]


@pytest.fixture
def region(world: World) -> World:
    """Trees, gauges and forests of three towns in several states, some of them on no map."""
    for slug, shares in (("olpe", True), ("brilon", True), ("soest", False)):
        town = world.town(slug, shares_with_region=shares)
        for number, value in enumerate((16, 16, 22, 26, 40, None)):
            name = f"Linde {'Übersee' if number % 2 else 'Markt'} {number} {slug}"
            where: dict[str, Any] = (
                {"latitude": 51.0 + number / 100, "longitude": 8.0} if number else {}
            )
            tree = town.tree(name, **where)
            if value is not None:
                town.sensor(tree, "soil_moisture_vwc", (world.ago(minutes=5), value))
        gauge = town.gauge(stage_1_cm=100, latitude=51.5, longitude=8.5)
        town.sensor(gauge, "water_level", (world.ago(minutes=5), 150))
        town.site("forest", latitude=51.4, longitude=8.4)
    world.town("region", kind="region")
    return world


def listed(world: World, role: str, choice: Choice = ALL) -> list[Place]:
    with world.acting(role):
        return places(world.owner, choice)


@pytest.mark.parametrize("role", ROLES)
def test_the_most_urgent_stand_first_as_everywhere(region: World, role: str) -> None:
    with region.acting(role):
        said = [row.site_id for row in signals(region.owner) if row.signal != "device_health"]
    found = listed(region, role)
    assert [row.site_id for row in found] == said
    assert {row.found for row in found} == {len(said)}
    assert (found[0].signal, found[0].state) == ("gauges", "stage_1") or found[0].state == "now"


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_parts_are_the_whole(region: World, size: int) -> None:
    whole = listed(region, "t_region")
    with region.acting("t_region"):
        parts = [
            row
            for offset in range(0, len(whole) + size, size)
            for row in places(region.owner, limit=size, offset=offset)
        ]
    assert parts == whole


def test_what_is_chosen(region: World) -> None:
    whole = listed(region, "t_region")
    olpe = region.town_of("olpe").tenant_id
    choices: dict[Choice, Callable[[Place], bool]] = {
        Choice(tenant_id=olpe): lambda row: row.tenant_id == olpe,
        Choice(kind="tree"): lambda row: row.kind == "tree",
        Choice(state="now"): lambda row: row.state == "now",
        Choice(word="ÜBERSEE"): lambda row: "Übersee" in row.name,
        Choice(word="%"): lambda row: "%" in row.name,
        Choice(tenant_id=olpe, kind="tree", state="now", word="linde"): (
            lambda row: (row.tenant_id, row.kind, row.state) == (olpe, "tree", "now")
        ),
    }
    for choice, fits in choices.items():
        chosen = [row for row in whole if fits(row)]
        assert chosen or choice.word == "%"
        found = listed(region, "t_region", choice)
        assert found == [replace(row, found=len(chosen)) for row in chosen]


@pytest.mark.parametrize("role", ROLES)
def test_counts_are_those_of_the_list(region: World, role: str) -> None:
    with region.acting(role):
        counted = tallies(region.owner)
    found = Counter(
        {
            (row.tenant_id, row.signal, row.state, row.level): row.sites
            for row in counted
            if row.foremost
        }
    )
    assert found == Counter(
        (row.tenant_id, row.signal, row.state, row.level) for row in listed(region, role)
    )


@pytest.mark.parametrize("choice", [Choice(), Choice(kind="tree"), Choice(state="no_data")])
def test_points_are_the_sites_with_a_position(region: World, choice: Choice) -> None:
    with region.acting("t_region"):
        found = points(region.owner, choice)
    columns = (
        found.site_ids, found.names, found.kinds, found.latitudes, found.longitudes, found.signals,
        found.states,
    )  # fmt: skip
    assert sorted(zip(*columns, strict=True)) == sorted(
        (row.site_id, row.name, row.kind, row.latitude, row.longitude, row.signal, row.state)
        for row in listed(region, "t_region", choice)
        if row.latitude is not None
    )


def test_one_place_is_its_row_of_the_list(region: World) -> None:
    whole = listed(region, "t_olpe")
    [hidden] = region.ask("t_soest", "select site_id from api.site limit 1")
    with region.acting("t_olpe"):
        for row in whole:
            assert place(region.owner, row.site_id) == replace(row, found=1)
        assert place(region.owner, hidden["site_id"]) is None
