"""core.guard: what a town reads and writes of a table with rows of several towns."""

from __future__ import annotations

from typing import LiteralString

import pytest
from psycopg.errors import InsufficientPrivilege
from tests.world import World

OWN, FOREIGN = 1, 2


@pytest.fixture
def guarded(world: World) -> World:
    """Two towns, a region that both share with, and a table with a row of each town."""
    world.owner.execute("alter table core.tenant alter tenant_id restart with 1")
    for slug in ("olpe", "brilon"):
        world.town(slug, shares_with_region=True)
    world.owner.execute(
        "create table core.thing (tenant_id integer not null, note text not null default '');"
        "insert into core.thing values (1), (2)"
    )
    return world


def guard(world: World, **rights: str) -> None:
    world.select(
        "select core.guard('core.thing', town => %(town)s, ingest => %(ingest)s)",
        **{"town": None, "ingest": None} | rights,
    )


def changed(world: World, role: str, statement: LiteralString) -> int:
    """How many rows a role changes."""
    with world.acting(role) as connection:
        return connection.execute(statement).rowcount


ALL = "select, insert, update, delete"


def test_a_town_reads_its_own_rows_only(guarded: World) -> None:
    guard(guarded, town="select")
    assert guarded.ask("t_olpe", "select tenant_id from core.thing") == [{"tenant_id": OWN}]
    assert len(guarded.ask("t_region", "select * from core.thing")) == 2


def test_a_town_changes_its_own_rows_only(guarded: World) -> None:
    guard(guarded, town=ALL)
    assert changed(guarded, "t_olpe", "update core.thing set note = 'x'") == 1
    assert changed(guarded, "t_olpe", "insert into core.thing values (1)") == 1
    assert changed(guarded, "t_olpe", "delete from core.thing") == 2
    rows = guarded.owner.execute("select * from core.thing").fetchall()
    assert rows == [{"tenant_id": FOREIGN, "note": ""}]


@pytest.mark.parametrize(
    "statement",
    [
        "insert into core.thing values (2)",
        # to give a row away
        "update core.thing set tenant_id = 2",
    ],
)
def test_a_town_writes_no_row_of_another(guarded: World, statement: LiteralString) -> None:
    guard(guarded, town=ALL)
    with pytest.raises(InsufficientPrivilege, match="row-level security"):
        changed(guarded, "t_olpe", statement)


def test_the_region_sees_and_does_not_change(guarded: World) -> None:
    guard(guarded, town=ALL)
    assert changed(guarded, "t_region", "update core.thing set note = 'x'") == 0
    assert changed(guarded, "t_region", "delete from core.thing") == 0
    with pytest.raises(InsufficientPrivilege, match="row-level security"):
        changed(guarded, "t_region", "insert into core.thing values (1)")


@pytest.mark.parametrize(
    ("rights", "role", "statement"),
    [
        ({}, "t_olpe", "select * from core.thing"),
        ({"ingest": "insert"}, "t_olpe", "select * from core.thing"),
        ({"town": "select"}, "t_olpe", "insert into core.thing values (1)"),
        ({"town": "select, insert"}, "t_olpe", "update core.thing set note = 'x'"),
        ({"town": ALL}, "g_olpe", "select * from core.thing"),
        ({"town": ALL}, "ingest", "insert into core.thing values (1)"),
    ],
)
def test_nobody_does_more_than_is_named(
    guarded: World, rights: dict[str, str], role: str, statement: LiteralString
) -> None:
    guard(guarded, **rights)
    with pytest.raises(InsufficientPrivilege, match="permission denied"):
        changed(guarded, role, statement)


def test_ingest_writes_for_all_towns(guarded: World) -> None:
    guard(guarded, ingest="select, insert, update")
    assert changed(guarded, "ingest", "insert into core.thing values (2)") == 1
    assert changed(guarded, "ingest", "update core.thing set note = 'x'") == 3


def test_every_table_with_rows_of_towns_is_guarded_or_out_of_reach(world: World) -> None:
    """Time series have no policies; nobody but the ingest and api roles may touch them."""
    rows = world.owner.execute(
        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid "
        "where c.relnamespace = 'core'::regnamespace and c.relkind = 'r' "
        "and a.attname = 'tenant_id' and not c.relrowsecurity "
        "and has_any_column_privilege('rh_town', c.oid, 'select, insert, update')"
    ).fetchall()
    assert rows == []
