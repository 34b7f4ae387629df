"""Which tests a mutant concerns."""

from __future__ import annotations

import pytest
from tests.mutants.reads import closure, named_meanwhile, texts
from tests.rows import Connection
from tests.world import World

from regionhub.cli.assembly import schema


@pytest.mark.parametrize(
    ("read", "made_of"),
    [
        ("api.signal", "core.current_signal"),
        ("api.reading", "core.reading"),
        ("core.decide_gauges", "core.held_values"),
        # through the trigger of a table
        ("core.gauge_threshold", "core.touch_all_sites"),
    ],
)
def test_what_is_read_is_followed_to_all_it_is_made_of(read: str, made_of: str) -> None:
    assert made_of in closure({read}, texts(schema()))


def test_what_a_table_is_read_by_does_not_concern_who_reads_the_table() -> None:
    assert "api.signal" not in closure({"core.site"}, texts(schema()))


def test_what_decides_a_signal_is_noted(world: World) -> None:
    world.town().site("road")
    with named_meanwhile() as names:
        world.decide()
    assert "core.decide_roads" in names


def test_statements_are_noted_while_they_are_looked_at(views_owner: Connection) -> None:
    with named_meanwhile() as names:
        views_owner.execute("select from api.gauge join core.site using (site_id)")
    views_owner.execute("select from api.irrigation")
    views_owner.rollback()
    assert names == {"api.gauge", "core.site"}
