"""What trees and beds need where a sensor was moved, is old or lies at a limit."""

from __future__ import annotations

import pytest
from tests.world import Town, World


@pytest.fixture
def town(world: World) -> Town:
    return world.town("arnsberg")


def test_a_tree_is_not_judged_by_what_its_sensor_measured_elsewhere(
    world: World, town: Town
) -> None:
    before, after = town.tree(), town.tree()
    moved = world.ago(hours=2)
    device = town.device(before, since=world.ago(days=90))
    device.install(after, since=moved)
    times = [world.ago(minutes=minutes) for minutes in range(5, 24 * 60, 10)]
    device.readings("soil_moisture_vwc", [(t, 16.0 if t >= moved else 31.0) for t in times])

    tree = town.row("irrigation", site_id=after)
    assert tree["vwc_pct"] == 16.0
    assert tree["irrigation_level"] == "now"
    assert town.row("irrigation", site_id=before)["irrigation_level"] == "no_data"


@pytest.mark.parametrize(
    ("quantity", "value", "level"),
    [
        ("soil_water_tension", 5.0, "wet"),
        ("soil_water_tension", 33.0, "good"),
        ("soil_water_tension", 34.0, "soon"),
        ("soil_water_tension", 81.0, "soon"),
        ("soil_water_tension", 82.0, "now"),
        # Ls3: wilting point 15.3 %, field capacity 31.5 % by volume
        ("soil_moisture_vwc", 31.5, "wet"),
        ("soil_moisture_vwc", 23.5, "good"),
        ("soil_moisture_vwc", 23.3, "soon"),
        ("soil_moisture_vwc", 20.3, "soon"),
        ("soil_moisture_vwc", 20.0, "now"),
    ],
)
def test_limits_of_the_irrigation_levels(
    world: World, town: Town, quantity: str, value: float, level: str
) -> None:
    tree = town.tree(soil_texture="Ls3")
    town.device(tree).readings(quantity, [(world.ago(minutes=5), value)])

    assert town.row("irrigation", site_id=tree)["irrigation_level"] == level


def test_an_old_value_is_no_data(world: World, town: Town) -> None:
    tree = town.tree()
    town.device(tree).readings("soil_moisture_vwc", [(world.ago(hours=7), 30.0)])

    row = town.row("irrigation", site_id=tree)
    assert (row["irrigation_level"], row["no_data_reason"]) == ("no_data", "no_recent_reading")


@pytest.mark.parametrize(
    ("nfk_pct", "shown", "level"),
    [(30, 30.0, "soon"), (29.9999, 29.9, "now"), (49.96, 49.9, "soon"), (50, 50.0, "good")],
)
@pytest.mark.parametrize("soil_texture", ["Ss", "Ls3", "Tu3"])
def test_plant_available_water_is_never_rounded_over_a_limit(
    world: World, town: Town, soil_texture: str, nfk_pct: float, shown: float, level: str
) -> None:
    tree = town.tree(soil_texture=soil_texture)
    [row] = world.select(
        "select wilting_point_pct + %s / 100.0 * (field_capacity_pct - wilting_point_pct) as vwc "
        "from core.soil_texture where soil_texture = %s",
        *(nfk_pct, soil_texture),
    )
    town.device(tree).readings("soil_moisture_vwc", [(world.ago(minutes=5), row["vwc"])])

    found = town.row("irrigation", site_id=tree)
    assert (found["irrigation_level"], found["nfk_pct"]) == (level, shown)
    assert town.row("irrigation_signal", site_id=tree)["value"] == int(shown)
