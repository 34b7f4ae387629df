"""What a round holds, and when a watered tree comes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.features.watering.garden import DRY, MOIST, crew, entry, logged, tree
from tests.town import Town
from tests.world import World

from regionhub.errors import InputError, NotFound
from regionhub.features.watering import log
from regionhub.features.watering.reactions import judge_reactions
from regionhub.features.watering.rounds import (
    Round,
    crews,
    due,
    plan_day,
    retire_crew,
    rounds,
    save_crew,
    today,
)


@pytest.fixture
def town(world: World) -> Town:
    return world.town(latitude=51.4, longitude=8.06)


def planned(town: Town) -> list[Round]:
    day = today(town.world.now)
    with town.acting() as connection:
        plan_day(connection, town.tenant_id, day, by="anna")
        return rounds(connection, town.tenant_id, day)


def names(town: Town) -> list[str]:
    with town.acting() as connection:
        return [one.name for one in due(connection, town.tenant_id, today(town.world.now))]


def water(town: Town, site: int, litres: float = 100, **ago: float) -> None:
    given = [entry(site, town.world.ago(**ago), litres)]
    with town.acting(decided=False) as connection:
        log.enter(connection, town.tenant_id, given, who="Anna", source="round",
                  now=town.world.now)  # fmt: skip


def test_dry_trees_are_divided_among_crews_in_driving_order(town: Town) -> None:
    for number in range(8):
        tree(town, number)
    tree(town, 8, moisture=MOIST)
    tree(town, 9, moisture=None)
    crew(town, "Kolonne 1")
    crew(town, "Kolonne 2", tank=200)
    found = planned(town)
    assert [one.head.crew for one in found] == ["Kolonne 1", "Kolonne 2"]
    stops = [stop for one in found for stop in one.stops]
    assert sorted(stop.name for stop in stops) == [f"Baum {number}" for number in range(8)]
    small = found[1]
    assert small.trips >= small.litres / 200
    for trip in range(1, small.trips + 1):
        assert sum(stop.litres for stop in small.stops if stop.trip == trip) <= 200
    assert [stop.place for stop in small.stops] == list(range(1, len(small.stops) + 1))
    # planned again it is replaced, not added
    assert sum(len(one.stops) for one in planned(town)) == 8


def test_what_was_watered_today_is_done_and_leaves_what_is_due(town: Town) -> None:
    first, _second = tree(town, 1), tree(town, 2)
    crew(town)
    assert len(planned(town)[0].stops) == 2
    water(town, first, 75, minutes=3)
    assert names(town) == ["Baum 2"]
    with town.acting() as connection:
        [found] = rounds(connection, town.tenant_id, today(town.world.now))
    done = {stop.name: stop.watered_litres for stop in found.stops if stop.watered_at}
    assert (done, found.done) == ({"Baum 1": 75}, 1)


def test_it_comes_back_when_its_sensor_says_that_no_water_arrived(world: World, town: Town) -> None:
    site = town.site("tree", "Linde", latitude=51.4, longitude=8.06, soil_texture="Ls3")
    points = [(world.ago(hours=hours), DRY) for hours in (30, 26, 20, 10, 1)]
    town.sensor(site, "soil_moisture_vwc", *points)
    water(town, site, hours=25)
    assert names(town) == []
    judge_reactions(world.owner, world.now)
    [said] = logged(town, site_id=site)
    assert (said.reaction, said.rise) == ("not_arrived", 0)
    assert names(town) == ["Linde"]
    crew(town)
    assert [stop.not_arrived for stop in planned(town)[0].stops] == [True]


@pytest.mark.parametrize(
    ("quantity", "before", "after", "litres", "says"),
    [
        ("soil_moisture_vwc", 16, 22.1, 100, "arrived"),
        ("soil_moisture_vwc", 16, 17.1, 25, "arrived"),
        # 150 l let more be expected
        ("soil_moisture_vwc", 16, 17.1, 150, "not_arrived"),
        ("soil_water_tension", 90, 40, 100, "arrived"),
        ("soil_water_tension", 90, 88, 100, "not_arrived"),
        ("soil_water_potential", -90, -40, 100, "arrived"),
    ],
)
def test_the_answer_is_compared_with_the_litres(
    world: World, town: Town, quantity: str, before: float, after: float, litres: float, says: str
) -> None:
    site = town.tree()
    points = [
        (world.ago(hours=h), value)
        for h, value in ((28, before), (26, before), (12, after), (11, after))
    ]
    town.sensor(site, quantity, *points)
    water(town, site, litres, hours=25)
    judge_reactions(world.owner, world.now)
    [said] = logged(town, site_id=site)
    assert (said.reaction, said.quantity) == (says, quantity)


@pytest.mark.parametrize(
    ("quantity", "wrong"), [("soil_moisture_vwc", 60.0), ("soil_water_tension", 0.1)]
)
@pytest.mark.parametrize("at", [0, 2, 4])
def test_a_single_false_reading_is_no_water(
    world: World, town: Town, quantity: str, wrong: float, at: int
) -> None:
    """What one says counts when one of the two beside it agrees, as with levels of gauges."""
    site, wet = town.tree(), town.tree()
    for one, count in ((site, 1), (wet, 2)):
        after = [90.0] * 6
        after[at : at + count] = [wrong] * count
        if quantity == "soil_moisture_vwc":
            after = [16.0 if value == 90 else value for value in after]
        before = 16.0 if quantity == "soil_moisture_vwc" else 90.0
        points = [(world.ago(hours=26), before)]
        points += [(world.ago(hours=12 - place), value) for place, value in enumerate(after)]
        town.sensor(one, quantity, *points)
        water(town, one, hours=25)
    judge_reactions(world.owner, world.now)
    assert {one.site_id: one.reaction for one in logged(town)} == {
        site: "not_arrived",
        wet: "arrived",
    }


def test_a_sensor_has_a_day_to_answer_and_one_that_says_nothing_is_silent(
    world: World, town: Town
) -> None:
    waits, silent, none = town.tree(), town.tree(), tree(town, 3, moisture=None)
    town.sensor(waits, "soil_moisture_vwc", (world.ago(hours=12), DRY), (world.ago(hours=1), DRY))
    town.sensor(silent, "soil_moisture_vwc", (world.ago(hours=50), DRY))
    water(town, waits, hours=10)
    water(town, silent, hours=40)
    water(town, none, hours=40)
    judge_reactions(world.owner, world.now)
    found = {one.site_id: one.reaction for one in logged(town)}
    assert found == {waits: None, silent: "silent", none: None}


def test_until_when_a_site_is_left_alone(world: World, town: Town) -> None:
    without, equipped = tree(town, 1, moisture=None), tree(town, 2)
    for site in (without, equipped):
        water(town, site, hours=2)
    pause: dict[int, Any] = {
        row["site_id"]: row["until"] - row["time"]
        for row in town.select("select site_id, time, until from api.watering_pause")
    }
    assert pause == {without: timedelta(days=7), equipped: timedelta(hours=36)}


def pauses(town: Town) -> dict[int, Any]:
    """By site: the reaction that counts, and for how long the site is left alone."""
    rows = town.select("select site_id, reaction, until - time as pause from api.watering_pause")
    return {row["site_id"]: (row["reaction"], row["pause"]) for row in rows}


def test_only_a_soil_sensor_that_is_there_now_ends_a_pause(world: World, town: Town) -> None:
    answers, taken_away, other = (town.tree() for _ in range(3))
    town.sensor(answers, "soil_moisture_vwc")
    town.device(taken_away, since=world.ago(days=9), until=world.ago(hours=1)).stream(
        "soil_moisture_vwc"
    )
    town.sensor(other, "air_temperature")
    for site in (answers, taken_away, other):
        water(town, site, hours=30)
    world.owner.execute("update core.watering set reaction = 'arrived', reacted_at = now()")
    week = (None, timedelta(days=7))
    assert pauses(town) == {
        answers: ("arrived", timedelta(hours=30)),
        taken_away: week,
        other: week,
    }


def test_what_was_taken_back_or_is_long_ago_makes_no_pause(world: World, town: Town) -> None:
    undone, old = town.tree(), town.tree()
    water(town, undone, hours=2)
    water(town, old, days=15)
    world.owner.execute(
        "update core.watering set undone_at = now(), undone_by = 'Anna' where site_id = %s",
        [undone],
    )
    assert pauses(town) == {}


def test_a_tree_whose_water_arrived_is_not_due_again_while_the_median_still_lags(
    world: World, town: Town
) -> None:
    site = town.tree()
    dry = [(world.ago(hours=h, minutes=5), 16.0) for h in range(12, 40)]
    wet = [(world.ago(hours=h, minutes=5), 28.0) for h in range(11)]
    town.sensor(site, "soil_moisture_vwc", *dry, *wet)
    water(town, site, hours=11)
    assert [row["state"] for row in town.select("select state from api.irrigation_need")] == ["now"]
    judge_reactions(world.owner, world.now)
    assert [said.reaction for said in logged(town, site_id=site)] == ["arrived"]
    with town.acting() as connection:
        assert due(connection, town.tenant_id, today(world.now)) == []


def test_a_plan_needs_a_crew_and_a_crew_a_place(town: Town) -> None:
    tree(town, 1)
    with town.acting() as connection, pytest.raises(InputError, match="no crew"):
        plan_day(connection, town.tenant_id, today(town.world.now), by="anna")
    crew(town)
    [only] = crews(town.world.owner, town.tenant_id)
    retire_crew(town.world.owner, town.tenant_id, only.crew_id)
    with pytest.raises(InputError, match="no crew"):
        planned(town)
    with pytest.raises(NotFound):
        retire_crew(town.world.owner, town.world.town().tenant_id, only.crew_id)
    with pytest.raises(InputError, match="Germany"):
        save_crew(town.world.owner, town.tenant_id, name="x", tank_litres=500, depot="",
                  latitude=8, longitude=51)  # fmt: skip
