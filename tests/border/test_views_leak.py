"""Views hold by effect: no expression of a reader meets a row of another town."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
from psycopg import sql

from regionhub.store.statements import expand
from tests.border.catalog import Column, columns, faults, private_columns
from tests.border.leaks import SETTINGS, Setting, leaks
from tests.border.towns import Border, build
from tests.conftest import TimescaleDatabase
from tests.rows import Connection, connect
from tests.world import World


@pytest.fixture(
    scope="module",
    params=["postgresql", pytest.param("timescaledb", marks=pytest.mark.timescale)],
)
def border(request: pytest.FixtureRequest) -> Iterator[Border]:
    """Rows of towns, on each engine."""
    if request.param == "timescaledb":
        timescale: TimescaleDatabase = request.getfixturevalue("own_timescale")
        made = _analyzed(timescale.owner())
        for name in ("core.rollup_hourly", "core.rollup_daily"):
            timescale.owner().execute("call refresh_continuous_aggregate(%s, null, null)", [name])
        yield made
    else:
        new_database: Callable[[], str] = request.getfixturevalue("new_database")
        with connect(new_database(), autocommit=True) as owner:
            yield _analyzed(owner)


def _analyzed(owner: Connection) -> Border:
    made = build(World(owner))
    owner.execute("analyze")
    owner.execute("set jit = off")  # as the database has it for whoever connects
    return made


@contextmanager
def acting(border: Border, role: str) -> Iterator[Connection]:
    """The owner's connection under a role, outside a transaction."""
    [found] = border.world.select("select core.role_name(%s)::text as name", role)
    border.world.owner.execute(sql.SQL("set role {}").format(sql.Identifier(found["name"])))
    yield border.world.owner
    border.world.owner.execute("reset role")


def leaked(border: Border, role: str, own: Sequence[int], settings: Sequence[Setting]) -> list[str]:
    """What a reader learns of towns that are not its own."""
    every = columns(border.world.owner)
    with acting(border, role) as reader:
        return [each for setting in settings for each in leaks(reader, every, setting, own)]


def test_who_sees_no_town_meets_no_row(border: Border) -> None:
    assert leaked(border, border.nobody.dashboards, [], SETTINGS) == []


def test_who_sees_a_town_meets_no_row_of_another(border: Border) -> None:
    own = [border.own.tenant_id, border.giver.tenant_id]
    assert leaked(border, border.own.town.dashboards, own, SETTINGS) == []


def test_every_view_has_a_row_that_an_expression_fails_on(border: Border) -> None:
    """Else there would be nothing to meet."""
    every = columns(border.world.owner)
    assert len(every) > 400
    with acting(border, border.own.town.dashboards) as reader:
        met = leaks(reader, every, {}, [])
    silent = {f"{each.view}.{each.name}" for each in every} - {each.split()[0] for each in met}
    assert sorted(silent) == []


def test_a_union_that_has_the_barrier_only_as_a_whole_is_found(border: Border) -> None:
    """By its effect and in the catalog."""
    owner = border.world.owner
    assert faults(owner) == []
    seen = expand(":seen(tenant_id)")
    owner.execute(
        "create view api.leaky with (security_barrier) as "
        f"select tenant_id, dev_addr from core.uplink where {seen} "
        f"union all select tenant_id, dev_addr from core.dead_letter where {seen}"
    )
    try:
        owner.execute("select core.grant_api_views(core.role_name(%s))", [border.nobody.dashboards])
        found = [each for each in columns(owner) if each.view == "leaky"]
        assert found
        with acting(border, border.nobody.dashboards) as reader:
            assert [each for setting in SETTINGS for each in leaks(reader, found, setting, [])]
        assert faults(owner) == ["leaky: a set operation at the top of a barrier view"]
    finally:
        owner.execute("drop view api.leaky")


def estimates(border: Border, column: Column, values: Sequence[object]) -> set[tuple[str, int]]:
    """How many rows the planner expects for conditions on these values, for a reader."""
    condition = sql.SQL("explain (format json) select 1 from {} where {} {} %s").format
    view, name = sql.Identifier("api", column.view), sql.Identifier(column.name)
    found = set()
    with acting(border, border.own.town.dashboards) as reader:
        for operator in ("<", "="):
            for value in values:
                [row] = reader.execute(
                    condition(view, name, sql.SQL(operator)),
                    [value],
                ).fetchall()
                found.add((operator, row["QUERY PLAN"][0]["Plan"]["Plan Rows"]))
    return found


def values(border: Border, column: Column) -> list[object]:
    """Of two towns, one of which the reader does not see."""
    statement = sql.SQL(
        "select distinct {0} as value from {1} where {0} is not null limit 9"
    ).format(sql.Identifier(column.name), sql.Identifier("api", column.view))
    found = []
    for town in (border.own, border.foreign):
        with acting(border, town.town.dashboards) as reader:
            found += [row["value"] for row in reader.execute(statement).fetchall()]
    return found


def test_the_planner_tells_nothing_of_values(border: Border) -> None:
    """Its estimates for a reader would come from the rows of all towns."""
    told, asked = [], 0
    for column in private_columns(border.world.owner):
        if known := values(border, column):
            asked += 1
            # twice: the server may count the rows of a table anew in between
            if all(len(estimates(border, column, known)) > 2 for _ in range(2)):
                told.append(f"{column.view}.{column.name}")
    assert " ".join(told) == ""
    assert asked > 100
