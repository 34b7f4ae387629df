"""How the sessions of a source are put together into one report."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, LiteralString

import pytest
from psycopg import sql
from tests.town import Town
from tests.world import World

#: A session that ingest has not reported for so long is held by nobody.
LOST = timedelta(minutes=3)
SECOND = timedelta(seconds=1)


@pytest.fixture
def town(world: World) -> Town:
    return world.town("olpe")


def made(town: Town, **columns: Any) -> int:
    """A source with these columns."""
    source = town.source()
    for name, value in columns.items():
        change = sql.SQL("update core.source set {} = %s where source_id = %s")
        town.world.owner.execute(change.format(sql.Identifier(name)), [value, source])
    return source


def session(town: Town, source: int, number: int, **columns: Any) -> None:
    ages = {"connected_since", "last_message_at", "updated_at"}
    values = {key: town.world.now - v if key in ages else v for key, v in columns.items()}
    town.source_state(source, session=number, **values)


def report(town: Town, source: int) -> dict[str, Any]:
    return town.row("source", source_id=source)


def test_sums_and_times_are_those_of_the_sessions_that_are_held(world: World, town: Town) -> None:
    source = made(town, sessions=2)
    for number, minutes in ((0, 7), (1, 9)):
        session(
            town, source, number,
            connected_since=timedelta(minutes=minutes), last_message_at=timedelta(minutes=number),
            messages_last_minute=10 + number, lag_seconds=1 + number,
            updated_at=LOST - SECOND * (1 + number),
        )  # fmt: skip
    session(
        town, source, 2,
        connected_since=timedelta(hours=5), last_message_at=timedelta(minutes=20),
        messages_last_minute=100, lag_seconds=90, updated_at=LOST,
        problem="refused", problem_detail="no",
    )  # fmt: skip
    row = report(town, source)
    assert row["sessions"] == row["sessions_connected"] == 2
    assert row["connected_since"] == world.ago(minutes=9)
    assert row["last_message_at"] == world.now
    assert (row["messages_last_minute"], row["lag_seconds"]) == (21, 2)
    assert row["reported_at"] == world.now - LOST + 2 * SECOND
    assert (row["problem"], row["problem_detail"]) == (None, None)


@pytest.mark.parametrize(
    ("sessions", "connected", "count"),
    [
        (1, [(0, True, SECOND)], 1),
        (1, [(0, True, LOST)], 0),
        (1, [(0, False, SECOND)], 0),
        (2, [(0, True, SECOND), (1, True, SECOND)], 2),
        (2, [(0, True, SECOND), (1, False, SECOND)], 1),
        (2, [(0, True, SECOND), (1, True, LOST)], 1),
        # sessions that the source had and has no more
        (1, [(0, True, SECOND), (1, True, SECOND)], 1),
        (1, [(0, False, SECOND), (1, True, SECOND)], 0),
        (1, [], 0),
    ],
)
def test_a_source_is_connected_when_every_session_is(
    world: World,
    town: Town,
    sessions: int,
    connected: list[tuple[int, bool, timedelta]],
    count: int,
) -> None:
    source = made(town, sessions=sessions)
    for number, is_connected, age in connected:
        since = timedelta(minutes=7) if is_connected else None
        columns = {} if since is None else {"connected_since": since}
        session(town, source, number, **columns, updated_at=age)
    row = report(town, source)
    assert row["sessions_connected"] == count
    assert row["connected_since"] == (world.ago(minutes=7) if count == sessions else None)


@pytest.mark.parametrize(
    ("columns", "sessions", "problem", "detail"),
    [
        # nobody holds it, and somebody should by now
        ({}, [], None, None),
        ({"age": LOST}, [], None, None),
        ({"age": LOST + SECOND}, [], "ingest_not_running", None),
        ({}, [(0, LOST, None)], "ingest_not_running", None),
        ({"age": LOST + SECOND}, [(0, SECOND, None)], None, None),
        # what a session says, the first one first
        ({}, [(0, SECOND, "refused")], "refused", "of 0"),
        ({"sessions": 2}, [(1, SECOND, "refused"), (0, SECOND, "unknown")], "unknown", "of 0"),
        ({"sessions": 2}, [(0, SECOND, None), (1, SECOND, "refused")], "refused", "of 1"),
        ({"sessions": 2}, [(0, LOST, "refused"), (1, SECOND, "unknown")], "unknown", "of 1"),
        # what it said before nobody held it any more is over
        ({}, [(0, LOST, "refused")], "ingest_not_running", None),
        ({"sessions": 2}, [(0, SECOND, None), (1, LOST, None)], "session_unheld", None),
        ({"sessions": 2}, [(0, SECOND, None), (1, SECOND, None)], None, None),
        ({"sessions": 2}, [(0, LOST, None), (1, LOST, None)], "ingest_not_running", None),
        ({"sessions": 1}, [(0, SECOND, None), (1, LOST, None)], None, None),
        # a source that is switched off has no problem
        ({"enabled": False}, [(0, SECOND, "refused")], None, None),
        ({"enabled": False, "age": LOST + SECOND}, [], None, None),
    ],
)
def test_problems(
    world: World,
    town: Town,
    columns: dict[str, Any],
    sessions: list[tuple[int, timedelta, str | None]],
    problem: str | None,
    detail: str | None,
) -> None:
    changes = {key: value for key, value in columns.items() if key != "age"}
    source = made(town, **changes, created_at=world.now - columns.get("age", timedelta()))
    for number, age, said in sessions:
        problems = {"problem": said, "problem_detail": said and f"of {number}"}
        session(town, source, number, **problems, updated_at=age)
    row = report(town, source)
    assert (row["problem"], row["problem_detail"]) == (problem, detail)


def test_the_group_of_a_shared_site_is_for_its_town(world: World, town: Town) -> None:
    [group] = world.select(
        "insert into core.site_group (tenant_id, name) values (%s, 'Linden') "
        "returning site_group_id",
        town.tenant_id,
    )
    tree, other = town.tree(**group), world.town("brilon")
    stream = town.sensor(tree, "soil_moisture_vwc").stream("soil_moisture_vwc")
    world.grant(stream, other, "daily")
    statement: LiteralString = "select site_group_id from api.site where site_id = %s"
    assert town.select(statement, tree) == [group]
    assert other.select(statement, tree) == [{"site_group_id": None}]
