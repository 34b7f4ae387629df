"""Drought of soil and trees: % nFK by depth, tree water deficit, vapour pressure deficit."""

from __future__ import annotations

from datetime import timedelta
from math import exp
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.town import Town
from tests.world import World

HOUR = timedelta(hours=1)


@pytest.fixture
def town(world: World) -> Town:
    return world.town("olpe")


def stand(town: Town, site: int) -> dict[str, Any]:
    return town.row("forest", site_id=site)


def state(town: Town, site: int) -> tuple[str | None, str | None]:
    row = stand(town, site)
    return row["drought_state"], row["drought_reason"]


def test_plant_available_water_by_depth(world: World, town: Town) -> None:
    """Ls3: full at 31.5 vol-%, wilting at 15.3 (KA5)."""
    site = town.site("forest", soil_texture="Ls3")
    for depth, vwc in ((10, 17.0), (30, 21.0), (60, 25.0)):
        town.sensor(site, "soil_moisture_vwc", (world.ago(minutes=5), vwc), depth_cm=depth)
    row = stand(town, site)
    expected = [100 * (vwc - 15.3) / (31.5 - 15.3) for vwc in (17.0, 21.0, 25.0)]
    assert row["depths_cm"] == [10, 30, 60]
    assert row["depths_nfk_pct"] == pytest.approx(expected, abs=1)
    assert row["nfk_pct"] == pytest.approx(sum(expected) / 3, abs=0.6)
    assert (row["drought_state"], row["drought_reason"]) == ("drought", "soil")


@pytest.mark.parametrize(
    ("vwc", "expected"),
    [(19.0, "severe_drought"), (21.5, "drought"), (27.0, "no_drought")],
)
def test_classes_of_the_soil(world: World, town: Town, vwc: float, expected: str) -> None:
    site = town.site("forest", soil_texture="Ls3")
    town.sensor(site, "soil_moisture_vwc", (world.ago(minutes=5), vwc))
    assert state(town, site)[0] == expected


def test_tension_and_potential_say_the_same(world: World, town: Town) -> None:
    tension, potential = (town.site("forest", soil_texture="Ls3") for _ in range(2))
    town.sensor(tension, "soil_water_tension", (world.ago(minutes=5), 80))
    town.sensor(potential, "soil_water_potential", (world.ago(minutes=5), -80))
    rows = [stand(town, tension), stand(town, potential)]
    assert rows[0]["nfk_pct"] == rows[1]["nfk_pct"]
    # at 80 kPa this soil still holds 22.1 vol-%
    assert rows[0]["nfk_pct"] == pytest.approx(100 * (22.1 - 15.3) / (31.5 - 15.3), abs=1)


def test_what_cannot_be_judged_is_not_in_order(world: World, town: Town) -> None:
    bare, old, frozen = (
        town.site("forest", soil_texture=texture) for texture in (None, "Ls3", "Ls3")
    )
    town.sensor(bare, "soil_moisture_vwc", (world.ago(minutes=5), 30))
    town.sensor(old, "soil_moisture_vwc", (world.ago(hours=9), 30))
    probe = town.sensor(frozen, "soil_moisture_vwc", (world.ago(minutes=5), 12))
    probe.readings("soil_temperature", [(world.ago(minutes=5), -1)])
    assert [state(town, site) for site in (bare, old, frozen)] == [
        ("no_data", "soil_texture_missing"),
        ("no_data", "no_recent_reading"),
        ("no_data", "frost"),
    ]


def stem(world: World, days: int, *, full_days_ago: float, drop: float = 60) -> list[Any]:
    """Hourly sizes: the stem was at its largest so many days ago, and has been smaller since."""
    return [
        (world.ago(hours=hours), 5000.0 if hours >= 24 * full_days_ago else 5000.0 - drop)
        for hours in range(24 * days)
    ]


@pytest.mark.parametrize(
    ("full_days_ago", "expected"),
    [
        (0, ("no_drought", None)),
        (2, ("no_drought", None)),
        (4, ("drought", "tree")),
        (11, ("severe_drought", "tree")),
    ],
)
def test_a_stem_that_is_not_full_again(
    world: World, town: Town, full_days_ago: int, expected: tuple[str, str | None]
) -> None:
    site = town.site("forest")
    town.sensor(
        site,
        "dendrometer_position",
        *stem(world, 14, full_days_ago=full_days_ago),
        interval_seconds=3600,
    )
    row = stand(town, site)
    assert (row["drought_state"], row["drought_reason"]) == expected
    assert row["twd_um"] == (60 if full_days_ago else 0)


def test_dry_air_on_a_shrinking_stem(world: World, town: Town) -> None:
    site = town.site("forest")
    sizes = [(world.ago(hours=hours), 5000.0 + min(hours, 40)) for hours in range(24 * 5)]
    town.sensor(site, "dendrometer_position", *sizes, interval_seconds=3600)
    assert state(town, site) == ("no_drought", None)
    air = town.sensor(site, "air_temperature", (world.ago(minutes=10), 30))
    air.readings("relative_humidity", [(world.ago(minutes=10), 40)])
    row = stand(town, site)
    assert (row["drought_state"], row["drought_reason"]) == ("drought", "air")
    assert row["vpd_now_kpa"] == pytest.approx(0.6108 * exp(17.27 * 30 / 267.3) * 0.6, abs=0.01)


def test_a_stem_that_froze_or_is_new_says_nothing(world: World, town: Town) -> None:
    froze, new = town.site("forest"), town.site("forest")
    sizes = stem(world, 14, full_days_ago=5)
    town.sensor(froze, "dendrometer_position", *sizes, interval_seconds=3600)
    town.sensor(froze, "air_temperature", (world.ago(hours=3), -4), (world.ago(minutes=5), 2))
    town.sensor(
        new, "dendrometer_position", *stem(world, 2, full_days_ago=0), interval_seconds=3600
    )
    assert state(town, froze) == ("no_data", "frost")
    assert state(town, new) == ("no_data", "stem_unknown")


def test_only_dry_air_is_no_drought(world: World, town: Town) -> None:
    site = town.site("forest")
    air = town.sensor(site, "air_temperature", (world.ago(minutes=10), 30))
    air.readings("relative_humidity", [(world.ago(minutes=10), 20)])
    row = stand(town, site)
    assert row["drought_state"] is None
    assert row["vpd_now_kpa"] > 3


SIZES = st.lists(st.floats(-90, 90), min_size=1, max_size=40)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=SIZES, moved=st.tuples(st.integers(0, 39), st.sampled_from([-4000.0, 900.0])))
def test_the_deficit_is_the_largest_size_less_the_size(
    world: World, changes: list[float], moved: tuple[int, float]
) -> None:
    """Also where somebody moved the dendrometer in between: that changes nothing."""
    sizes = [sum(changes[: n + 1]) for n in range(len(changes))]
    where, step = moved
    shown = [size + (step if 0 < where <= n else 0) for n, size in enumerate(sizes)]
    if 0 < where < len(sizes):  # while it was moved the stem is taken to have kept its size
        kept = sizes[where] - sizes[where - 1]
        shown = [size - (kept if n >= where else 0) for n, size in enumerate(shown)]
        sizes = [size - (kept if n >= where else 0) for n, size in enumerate(sizes)]
    times = [world.now + n * HOUR for n in range(len(sizes))]
    found = world.select(
        "select deficit_um from api.tree_water_deficit(%s, %s, 10, 100) order by time", times, shown
    )
    expected = [max(sizes[: n + 1]) - size for n, size in enumerate(sizes)]
    assert [row["deficit_um"] for row in found] == pytest.approx(expected, abs=1e-6)
