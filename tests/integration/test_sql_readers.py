"""What somebody with a town's database login can do: read its own town, make nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import LiteralString

import psycopg
import pytest
from tests.rows import connect
from tests.world import World

from regionhub.cli.assembly import migrate


def test_a_function_of_the_reader_does_not_see_grants_of_others(world: World) -> None:
    heard: list[str] = []
    olpe, lennestadt, arnsberg = (world.town(slug) for slug in ("olpe", "lennestadt", "arnsberg"))
    world.grant(olpe.device().stream("distance"), lennestadt)
    world.owner.execute(
        "create function public.peek(text) returns bool language plpgsql cost 0.0001 "
        "as $$begin raise notice '%', $1; return true; end$$"
    )
    world.owner.add_notice_handler(lambda notice: heard.append(notice.message_primary or ""))
    peek: LiteralString = (
        "select * from api.granted_datastream where public.peek(datastream_id::text)"
    )
    assert len(world.ask(lennestadt.dashboards, peek)) == len(heard) == 1
    heard.clear()
    assert world.ask(arnsberg.dashboards, peek) == []
    assert heard == []


def test_a_reader_makes_no_tables_and_no_functions(new_database: Callable[[], str]) -> None:
    url = new_database()
    with connect(url, autocommit=True) as owner:
        migrate(owner)  # the rights on a database do not come with a copy of it
        for statement in (
            "create temp table x (a int)",
            "create table x (a int)",
            "create function pg_temp.f() returns int language sql as 'select 1'",
        ):
            try:
                with owner.transaction():
                    owner.execute("set local role rh_g_region")
                    owner.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                continue
            raise AssertionError(statement)


@pytest.mark.parametrize("role", ["rh_g_region", "rh_town", "rh_api"])
def test_a_reader_takes_no_lock_of_the_workers_and_makes_no_large_object(
    database_url: str, role: str
) -> None:
    with connect(database_url, autocommit=True) as owner:
        owner.execute(f"set role {role}")
        for statement in (
            "select pg_advisory_lock(1379401730, 64)",
            "select pg_try_advisory_lock_shared(1379401729, 1)",
            "select pg_advisory_xact_lock(7311420)",
            "select lo_from_bytea(0, 'x')",
            "select lo_create(0)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                owner.execute(statement)
