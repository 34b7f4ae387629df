"""Arrays in binary form are what PostgreSQL would write, to and fro."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regionhub.store.arrays import (
    Bytes,
    Column,
    Floats,
    Integers,
    LongIntegers,
    Texts,
    epoch_seconds,
    microseconds,
    register,
)


def written(column: Column) -> Any:
    """What psycopg, which reads arrays value by value, makes of it."""
    transformer = psycopg.adapt.Transformer()
    oids = {Integers: 1007, LongIntegers: 1016, Floats: 1022, Bytes: 1001, Texts: 1009}
    return transformer.get_loader(oids[type(column)], psycopg.pq.Format.BINARY).load(column.data)


@given(st.lists(st.none() | st.binary(max_size=40) | st.just(b"x" * 70_000)))
def test_bytes(values: Sequence[bytes | None]) -> None:
    assert written(Bytes(values)) == list(values)


@given(st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]))))
def test_texts(values: Sequence[str | None]) -> None:
    assert written(Texts(values)) == list(values)


@given(st.lists(st.integers(-(2**31), 2**31 - 1)))
def test_integers(values: Sequence[int]) -> None:
    assert written(Integers(values)) == list(values)


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_long_integers_both_ways(values: Sequence[int]) -> None:
    column = LongIntegers(values)
    assert written(column) == list(values)
    assert loaded(column, 1016).tolist() == list(values)


@given(st.lists(st.none() | st.floats(allow_nan=False)))
def test_floats_both_ways(values: Sequence[float | None]) -> None:
    column = Floats(values)
    expected = [math.nan if value is None else value for value in values]
    np.testing.assert_array_equal(written(column), expected)
    np.testing.assert_array_equal(loaded(column, 1022), expected)


def test_an_array_with_nulls_is_not_read_as_numbers() -> None:
    with pytest.raises(AssertionError, match="nulls"):
        loaded(Bytes([None, None]), 1022)


@given(st.integers(0, 4_000_000_000_000_000_000))
def test_seconds_are_as_fine_as_microseconds(time_ns: int) -> None:
    times = np.array([time_ns])
    assert np.rint(epoch_seconds(times) * 1e6).tolist() == microseconds(times).tolist()
    assert abs(int(microseconds(times)[0]) * 1000 - time_ns) <= 500


def loaded(column: Column, oid: int) -> Any:
    adapters = psycopg.adapt.AdaptersMap(psycopg.adapters)
    register(adapters)
    loader = adapters.get_loader(oid, psycopg.pq.Format.BINARY)
    assert loader is not None
    return loader(oid).load(column.data)
