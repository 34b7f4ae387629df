"""Trees without a sensor are judged by those of their group that have one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.town import Town
from tests.world import SIGNALS, World

from regionhub.signals.decide import decide

MOISTURE, TENSION = "soil_moisture_vwc", "soil_water_tension"


@pytest.fixture
def town(world: World) -> Town:
    return world.town("arnsberg")


def group(town: Town, **columns: Any) -> int:
    values = {"name": "Platanen", "soil_texture": "Ls3"} | columns
    made = town.world.add("core.site_group", tenant_id=town.tenant_id, **values)
    return int(made["site_group_id"])


def member(town: Town, site_group: int, **columns: Any) -> int:
    return town.tree(**{"soil_texture": None, "site_group_id": site_group} | columns)


def hourly(world: World, value: float, hours: int = 48) -> list[tuple[Any, float]]:
    return [(world.ago(minutes=60 * n + 5), value) for n in range(hours)]


def need(town: Town, site: int) -> dict[str, Any]:
    return town.row("irrigation_need", site_id=site)


def test_a_tree_without_a_sensor_takes_the_mean_of_its_group(world: World, town: Town) -> None:
    platanes = group(town)
    dry, moist, other = (member(town, platanes) for _ in range(3))
    apart = town.tree()
    town.device(dry).readings(MOISTURE, hourly(world, 17.0))
    town.device(moist).readings(MOISTURE, hourly(world, 21.0))

    assert need(town, dry)["state"] == "now"
    assert (need(town, dry)["basis"], need(town, moist)["basis"]) == ("measured", "measured")
    # Ls3 wilts at 15.3 % and holds 31.5 %, the mean is 19 %
    row = town.row("irrigation", site_id=other)
    assert (row["irrigation_level"], row["basis"], row["nfk_pct"]) == ("now", "group", 22.8)
    assert row["sources"] == [dry, moist]
    signal = town.row("irrigation_signal", site_id=other)
    assert (signal["state"], signal["value"], signal["unit"]) == ("now", 22, "% nFK")
    assert (need(town, apart)["state"], need(town, apart)["basis"]) == ("no_data", None)


def test_the_limits_are_those_of_its_own_age(world: World, town: Town) -> None:
    platanes = group(town)
    old, young = member(town, platanes), member(town, platanes, planted_year=world.now.year)
    town.device(old).readings(TENSION, hourly(world, 31.0))

    assert (need(town, old)["state"], need(town, young)["state"]) == ("good", "now")


def test_a_group_that_is_silent_says_nothing(world: World, town: Town) -> None:
    platanes = group(town)
    one, other = member(town, platanes), member(town, platanes)
    town.device(one).readings(MOISTURE, [(world.ago(hours=9), 20.0)])

    row = town.row("irrigation", site_id=other)
    assert (row["irrigation_level"], row["no_data_reason"]) == ("no_data", "group_silent")
    assert (row["basis"], row["litres"]) == (None, None)


def test_a_group_that_became_too_old_within_the_hour_is_decided_once(
    world: World, town: Town
) -> None:
    platanes = group(town)
    one, _other = member(town, platanes), member(town, platanes)
    hour = world.now.replace(minute=0, second=0, microsecond=0)
    old_at = hour + (world.now - hour) / 2
    town.device(one).readings(MOISTURE, [(old_at - timedelta(hours=6), 20.0)])

    decide(world.owner, SIGNALS)
    assert world.select("select site_id from core.signal where due_at <= now()") == []


def test_a_tree_whose_own_sensor_is_silent_is_not_judged_by_others(
    world: World, town: Town
) -> None:
    platanes = group(town)
    one, own = member(town, platanes), member(town, platanes)
    town.device(one).readings(MOISTURE, hourly(world, 20.0))
    town.device(own).readings(MOISTURE, [(world.ago(hours=9), 20.0)])

    row = town.row("irrigation", site_id=own)
    assert (row["irrigation_level"], row["no_data_reason"]) == ("no_data", "no_recent_reading")


def test_it_follows_what_comes_later_and_where_it_belongs(world: World, town: Town) -> None:
    platanes = group(town)
    one, other = member(town, platanes), member(town, platanes)
    device = town.device(one)
    device.readings(MOISTURE, hourly(world, 30.0))
    assert need(town, other)["state"] == "good"

    device.readings(TENSION, hourly(world, 90.0))
    assert need(town, other)["state"] == "now"

    world.owner.execute("update core.site set site_group_id = null where site_id = %s", [other])
    assert need(town, other)["state"] == "no_data"


@pytest.mark.parametrize("leaves", ["group", "sensor"])
def test_the_others_are_not_judged_by_what_left_their_group(
    world: World, town: Town, leaves: str
) -> None:
    platanes = group(town)
    one, other = member(town, platanes), member(town, platanes)
    town.device(one).readings(MOISTURE, hourly(world, 17.0))
    assert need(town, other)["state"] == "now"

    if leaves == "group":
        world.owner.execute("update core.site set site_group_id = null where site_id = %s", [one])
    else:
        world.owner.execute("delete from core.installation where site_id = %s", [one])
    assert (need(town, other)["state"], need(town, other)["basis"]) == ("no_data", None)


def changes(world: World, site: int) -> list[dict[str, Any]]:
    return world.select(
        "select at, state from core.signal_change where site_id = %s order by at", site
    )


def test_when_its_state_changed_is_known(world: World, town: Town) -> None:
    platanes = group(town)
    one, other = member(town, platanes), member(town, platanes)
    points = [(world.ago(minutes=60 * n + 5), 90.0 if n < 30 else 20.0) for n in range(80)]
    town.device(one).readings(TENSION, points)

    since = town.row("irrigation", site_id=other)["since"]
    assert abs((since - town.row("irrigation", site_id=one)["since"]).total_seconds()) <= 3600
    before = changes(world, other)
    world.owner.execute("select core.touch_sites(array[%s], array[timestamptz 'epoch'])", [other])
    world.decide()
    assert changes(world, other) == before


@pytest.mark.parametrize(
    ("columns", "planted", "litres", "turns"),
    [
        # 16.2 % of 1.2 m³, from 22.8 % to 80 %, of what is poured 85 % arrives: 130 l
        ({}, None, 125, 1),
        ({"root_volume_m3": 0.5}, None, 50, 1),
        # 326 l, never more than 150 l at once
        ({"root_volume_m3": 3.0}, None, 100, 3),
        # young ones to 90 %: 77 l
        ({}, 0, 75, 1),
    ],
)
def test_litres_of_the_next_turn(
    world: World,
    town: Town,
    columns: dict[str, Any],
    planted: int | None,
    litres: int,
    turns: int,
) -> None:
    year = None if planted is None else world.now.year - planted
    site = member(town, group(town, **columns), planted_year=year)
    town.device(site).readings(MOISTURE, hourly(world, 19.0))

    row = need(town, site)
    assert (row["litres"], row["turns"]) == (litres, turns)


def test_litres_from_tension_by_the_retention_curve(world: World, town: Town) -> None:
    site = town.tree(soil_texture="Ls3")
    town.device(site).readings(TENSION, hourly(world, 80.0))

    row = town.row("irrigation", site_id=site)
    # 22.1 % by volume at 80 kPa (Wessolek et al. 2009)
    assert row["water_pct"] == pytest.approx(100 * (22.1 - 15.3) / 16.2, abs=0.5)
    assert row["litres"] == 75


def test_without_soil_there_are_no_litres(world: World, town: Town) -> None:
    site = town.tree(soil_texture=None)
    town.device(site).readings(TENSION, hourly(world, 90.0))

    row = need(town, site)
    assert (row["state"], row["litres"], row["turns"]) == ("now", None, None)


def test_a_state_of_an_hour_begins_with_it_whenever_it_is_asked_for(
    world: World, town: Town
) -> None:
    platanes = group(town)
    one, other = member(town, platanes), member(town, platanes)
    hour = world.now.replace(minute=0, second=0, microsecond=0)
    town.device(one).readings(TENSION, [(hour - timedelta(minutes=10), 90.0)])
    kept = (
        "select at, state from core.signal_change "
        "where site_id = %s and signal = 'irrigation' order by at"
    )
    world.decide()
    anew = world.select(kept, other)
    assert anew[-1] == {"at": hour, "state": "now"}

    # as if it had been decided before that reading, and were due in the middle of the hour
    world.owner.execute(
        "delete from core.signal_change where site_id = %s and at = %s", [other, hour]
    )
    world.owner.execute("select core.touch_sites(array[%s], array[now()])", [other])
    world.decide()
    assert world.select(kept, other) == anew


def test_before_its_group_had_a_sensor_nothing_is_said_hour_by_hour(world: World) -> None:
    """What is decided anew from the epoch on would be half a million hours for each tree."""
    town = world.town()
    grove = group(town)
    tree, source = member(town, grove), member(town, grove)
    town.device().install(source, since=world.ago(hours=5))
    rows = world.select(
        "select at from core.decide_irrigation(array[%s], array['epoch'::timestamptz], %s) "
        "order by at",
        *(tree, world.now),
    )
    first, *later = [row["at"] for row in rows]
    assert first.year == 1970
    assert len(later) in {5, 6}
    assert min(later) > world.ago(hours=6)
