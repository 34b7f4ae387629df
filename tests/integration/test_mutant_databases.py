"""What the database refuses is told from a database that is broken."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from tests.mutants.databases import RefusedError, change
from tests.mutants.mutate import mutants
from tests.rows import connect

_SQL = "create view api.even as select n from generate_series(1, 4) n where n % 2 = 0;"


def test_a_mutant_takes_the_place_of_its_view(database_url: str) -> None:
    [left_out, *_] = mutants("room", _SQL)
    with connect(database_url, autocommit=True) as owner:
        owner.execute(_SQL)
        change(database_url, left_out)
        assert len(owner.execute("select from api.even").fetchall()) == 4


def test_what_is_refused_was_taken_without_the_change(database_url: str) -> None:
    [mutant, *_] = mutants("room", _SQL)
    refused = replace(mutant, statement="create or replace view api.even as select nobody")
    with pytest.raises(RefusedError, match="nobody"):
        change(database_url, refused)
    with pytest.raises(psycopg.errors.UndefinedColumn, match="nothing"):
        change(database_url, replace(refused, original="create view api.even as select nothing"))
