"""Whose limits hold at a tree: those of its group, its town or the hub, by its age."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.town import Town
from tests.world import World

from regionhub.errors import InputError, NotAllowed
from regionhub.features.irrigation.limits import (
    LimitNumbers,
    Scope,
    limits_of_town,
    preview,
    set_hub_limits,
    set_limits,
    versions,
)

TENSION = "soil_water_tension"


def numbers(now_kpa: float) -> LimitNumbers:
    return LimitNumbers(
        wet_nfk_pct=100,
        soon_nfk_pct=50,
        now_nfk_pct=30,
        target_nfk_pct=80,
        wet_kpa=6,
        soon_kpa=20,
        now_kpa=now_kpa,
    )


@pytest.fixture
def town(world: World) -> Town:
    return world.town("arnsberg")


def group(town: Town, name: str = "Linden") -> int:
    made = town.world.add("core.site_group", tenant_id=town.tenant_id, name=name)
    return int(made["site_group_id"])


def change(town: Town, now_kpa: float | None, *, young: bool = False, of: int | None = None) -> int:
    scope = Scope(tenant_id=town.tenant_id, site_group_id=of, young=young)
    with town.acting() as connection:
        some = None if now_kpa is None else numbers(now_kpa)
        return set_limits(connection, scope, some, who="anna", why="tried").limit_id


def held(world: World, site: int, young: bool) -> Any:
    [row] = world.select(
        "select now_kpa from core.irrigation_limit_of_site where site_id = %s and young = %s",
        *(site, young),
    )
    return row["now_kpa"]


#: A scope (the town, or one of its two groups), an age, and a limit or none any more.
CHANGES = st.lists(
    st.tuples(
        st.sampled_from([None, 0, 1]),
        st.booleans(),
        st.one_of(st.none(), st.integers(25, 200)),
    ),
    max_size=8,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=CHANGES)
def test_group_before_town_before_hub_each_for_its_age(
    world: World, town: Town, changes: list[tuple[int | None, bool, int | None]]
) -> None:
    world.owner.execute("savepoint before")
    try:
        groups = [group(town, name) for name in ("Linden", "Eichen")]
        sites = [town.tree(site_group_id=one) for one in (*groups, None)]
        known: dict[tuple[int | None, bool], int | None] = {}
        for of, young, now_kpa in changes:
            known[of, young] = now_kpa
            change(town, now_kpa, young=young, of=None if of is None else groups[of])
        for young, hub in ((False, 81), (True, 30)):
            for nth, site in enumerate(sites):
                own = known.get((nth, young)) if nth < 2 else None
                assert held(world, site, young) == (own or known.get((None, young)) or hub)
    finally:
        world.owner.execute("rollback to before")


def test_levels_follow_and_only_those_that_it_is_about_are_decided_again(
    world: World, town: Town
) -> None:
    linden, year = group(town), world.now.year
    trees = {
        "own": town.tree(site_group_id=linden),
        "old": town.tree(planted_year=year - 60),
        "young": town.tree(planted_year=year - 1),
        "elsewhere": world.town("olpe").tree(),
    }
    change(town, 90, of=linden)
    for tree in trees.values():
        owner = town if tree != trees["elsewhere"] else world.town_of("olpe")
        owner.device(tree).readings(TENSION, [(world.ago(minutes=5), 28.0)])
    world.decide()

    scope = Scope(tenant_id=town.tenant_id, site_group_id=None, young=False)
    with town.acting() as connection:
        seen = preview(connection, scope, numbers(27))
        assert seen.concerned == 1
        assert [(one.site_id, one.before, one.after) for one in seen.changes] == [
            (trees["old"], "good", "now")
        ]
        set_limits(connection, scope, numbers(27), who="anna@stadt.example", why="Hitze")
    touched = world.select("select site_ids from core.touched")
    assert [row["site_ids"] for row in touched] == [[trees["old"]]]
    level = town.row("irrigation", site_id=trees["old"])["irrigation_level"]
    assert level == "now"

    # and back: without own limits those of the hub hold
    with town.acting() as connection:
        again = preview(connection, scope, None)
    assert [(one.before, one.after) for one in again.changes] == [("now", "good")]
    change(town, None)
    assert town.row("irrigation", site_id=trees["old"])["irrigation_level"] == "good"


def test_every_version_is_kept_with_who_when_and_why(world: World, town: Town) -> None:
    first, second = change(town, 70), change(town, 60)
    with town.acting() as connection:
        mine = [row for row in versions(connection, town.tenant_id) if row.scope != "hub"]
        [usual, young] = limits_of_town(connection, town.tenant_id)
    assert [(row.limit_id, row.replaced_at is None) for row in mine] == [
        (second, True),
        (first, False),
    ]
    assert {(row.set_by, row.why) for row in mine} == {("anna", "tried")}
    assert (usual.now_kpa, young.now_kpa) == (60, 30)


def test_what_cannot_be_is_refused(world: World, town: Town) -> None:
    other = world.town("olpe")
    for owner, now_kpa, refusal in ((town, 10, InputError), (other, 50, NotAllowed)):
        scope = Scope(tenant_id=owner.tenant_id, site_group_id=None, young=False)
        with town.acting() as connection, pytest.raises(refusal), connection.transaction():
            set_limits(connection, scope, numbers(now_kpa), who="anna", why="tried")


def test_the_operator_sets_those_of_the_hub(world: World, town: Town) -> None:
    tree = town.tree()
    town.device(tree).readings(TENSION, [(world.ago(minutes=5), 50.0)])
    assert town.row("irrigation", site_id=tree)["irrigation_level"] == "soon"
    set_hub_limits(world.owner, numbers(45), young=False, who="Leitstelle", why="Hitze")
    assert town.row("irrigation", site_id=tree)["irrigation_level"] == "now"


def test_a_town_sees_what_holds_for_it_and_nothing_of_others(world: World, town: Town) -> None:
    other = world.town("olpe")
    change(town, 70)
    change(other, 60)
    for one, now_kpa in ((town, 70), (other, 60)):
        rows = one.select("select * from api.irrigation_limit_version")
        assert {row["tenant_id"] for row in rows} == {one.tenant_id}
        assert sorted((row["scope"], row["young"], row["now_kpa"]) for row in rows) == [
            ("hub", False, 81),
            ("hub", True, 30),
            ("town", False, now_kpa),
        ]
