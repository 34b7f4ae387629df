"""What `make mutants` takes for a condition, and what it makes of it."""

from __future__ import annotations

import pytest
from tests.mutants.conditions import operands, tokens
from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.mutate import mutants, mutants_of
from tests.mutants.proven import PROVEN

from regionhub.cli.assembly import schema


def parts(sql: str) -> set[tuple[str, str]]:
    """The word that joins each part of a condition, and the part."""
    return {(found.joined_by, sql[found.start : found.end]) for found in operands(tokens(sql))}


@pytest.mark.parametrize(
    ("sql", "known"),
    [
        ("select a from t where b", {("where", "b")}),
        ("where a and not b or c", {("where", "a and not b or c"), ("or", "a and not b"),
                                    ("or", "c"), ("and", "a"), ("and", "not b")}),
        ("where (a or b) and c", {("where", "(a or b) and c"), ("and", "(a or b)"), ("and", "c"),
                                  ("or", "a"), ("or", "b")}),
        ("where a between b and c and d", {("where", "a between b and c and d"),
                                           ("and", "a between b and c"), ("and", "d")}),
        ("sum(a) over (rows between b and c)", set()),
        ("count(*) filter (where a) having b", {("where", "a"), ("having", "b")}),
        ("select a and b as c, d", {("and", "a"), ("and", "b")}),
        ("from a join b on c left join d on e order by f",
         {("on", "c"), ("on", "e")}),
        ("case when a then b and c else d end", {("when", "a"), ("and", "b"), ("and", "c")}),
        # a case of one value has no conditions
        ("case a when 'b' then c end", set()),
        ("where a is not distinct from b and c", {("where", "a is not distinct from b and c"),
                                                  ("and", "a is not distinct from b"),
                                                  ("and", "c")}),
        ("select distinct on (a) b", set()),
        ("drop view if exists a; drop function if exists b", set()),
        ("comment on view a is 'b where c and d'", set()),
        ("drop view if exists a", set()),
        ("where a -- and b\n and c", {("where", "a -- and b\n and c"), ("and", "a"), ("and", "c")}),
        ("$$ begin if a < b then return; end if; select c where d; end $$",
         {("if", "a < b"), ("where", "d")}),
        ("where :granted(a, raw) or 'x or y' = b",
         {("where", ":granted(a, raw) or 'x or y' = b"), ("or", ":granted(a, raw)"),
          ("or", "'x or y' = b")}),
    ],
)  # fmt: skip
def test_parts_of_conditions(sql: str, known: set[tuple[str, str]]) -> None:
    assert parts(sql) == known


def changed(sql: str) -> set[str]:
    head, made = "create view api.x as ", "create or replace view api.x as "
    found = list(mutants("room", head + sql))
    assert {mutant.of for mutant in found} <= {"api.x"}
    return {mutant.statement.removeprefix(made) for mutant in found}


@pytest.mark.parametrize(
    ("sql", "known"),
    [
        ("select a where b < c", {"select a where true", "select a where b <= c"}),
        ("on a = b and c", {"on true", "on true and c", "on a = b and true", "on a <> b and c"}),
        ("on true", set()),
        ("having a or b", {"having true", "having false or b", "having a or false"}),
        ("case when a >= b then 1 end", {"case when true then 1 end", "case when false then 1 end",
                                         "case when a > b then 1 end"}),
        ("select :seen(a) as b", {"select true as b"}),
        ("select not :believed(a.b)", {"select not true"}),
        ("select :granted(a, hourly)", {"select :granted(a, raw)", "select :granted(a, daily)"}),
        ("select :granted(a, raw)", {"select :granted(a, hourly)"}),
        ("select min(a), b.max, greatest(c, d)", {"select max(a), b.max, greatest(c, d)",
                                                  "select min(a), b.max, least(c, d)"}),
        ("order by a desc", {"order by a asc"}),
        # what only looks like a comparison
        ("select a::int, f(b => c), d << 2, e ->> 'f <= g'; x := y", set()),
    ],
)  # fmt: skip
def test_what_is_changed(sql: str, known: set[str]) -> None:
    assert changed(sql) == known


def test_only_views_and_functions_are_changed() -> None:
    assert not list(
        mutants("room", "create table core.a (b int check (c and d)); select a where b")
    )


def test_a_mutant_says_where_it_is() -> None:
    sql = (
        "create view api.a as select 1;\n\ncreate function api.b() as $$\n  select x\n  where y\n$$"
    )
    [mutant] = mutants("regionhub.features.gauges", sql)
    assert str(mutant) == "gauges/views.sql:5 api.b: y -> true"
    assert mutant.key == ("api.b", "where [y -> true]")


def test_the_statement_takes_the_place_of_the_one_before() -> None:
    sql = (
        "do $$ begin; end $$;\n-- b\ncreate function api.b() as $$ select; where x; $$;\nselect 1;"
    )
    [mutant] = mutants("room", sql)
    made = "\n-- b\ncreate or replace function api.b() as $$ select; where {}; $$;"
    assert mutant.statement == made.format("true")
    assert mutant.original == made.format("x")


def test_the_same_line_again_has_a_number() -> None:
    keys = [mutant.key for mutant in mutants("room", "create view api.a as\nwhere x\n\nwhere x\n")]
    assert keys == [("api.a", "where [x -> true]"), ("api.a", "where [x -> true] #2")]


def test_every_exemption_is_of_a_mutant_that_there_is() -> None:
    keys = [mutant.key for room in schema().rooms for mutant in mutants_of(room)]
    assert len(keys) == len(set(keys)) > 500
    assert EQUIVALENT.keys() <= set(keys)
    assert all(EQUIVALENT.values())
    assert {of for of, _ in keys} >= PROVEN
