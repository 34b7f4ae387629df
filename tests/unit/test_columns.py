"""Arrays in binary form are what PostgreSQL would write, to and fro."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regionhub.store.arrays import (
    CHUNK_NS,
    Booleans,
    Bytes,
    Column,
    Floats,
    Integers,
    LongIntegers,
    Texts,
    Times,
    in_chunks,
    register,
)
from regionhub.times import NEVER, microseconds, to_datetime


def written(column: Column) -> Any:
    """What psycopg, which reads arrays value by value, makes of it."""
    transformer = psycopg.adapt.Transformer()
    return transformer.get_loader(column.array, psycopg.pq.Format.BINARY).load(column.data)


def loaded(column: Column) -> Any:
    adapters = psycopg.adapt.AdaptersMap(psycopg.adapters)
    register(adapters)
    loader = adapters.get_loader(column.array, psycopg.pq.Format.BINARY)
    assert loader is not None
    return loader(column.array).load(column.data)


@given(st.lists(st.none() | st.binary(max_size=40) | st.just(b"x" * 70_000)))
def test_bytes(values: Sequence[bytes | None]) -> None:
    assert written(Bytes(values)) == list(values)


@given(st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]))))
def test_texts(values: Sequence[str | None]) -> None:
    assert written(Texts(values)) == list(values)


whole = st.integers(-(2**31), 2**31 - 1) | st.just(-1)
long = st.integers(-(2**63), 2**63 - 1) | st.just(-1)


@pytest.mark.parametrize(
    ("kind", "elements"),
    [(Booleans, st.booleans()), (Integers, whole), (LongIntegers, long)],
)
@given(data=st.data())
def test_whole_numbers_both_ways(kind: Any, elements: Any, data: st.DataObject) -> None:
    values = data.draw(st.lists(elements))
    assert written(kind(values)) == values
    assert loaded(kind(values)).tolist() == values
    assert written(kind([None, *values, None, None])) == [None, *values, None, None]


#: Their bytes look like the size of a null.
like_null = st.sampled_from(
    [float.fromhex(bits) for bits in ("-0x1.fffffffffffffp+1023", "-0x1.fffffp+1000")]
)


@given(st.lists(st.none() | st.floats(allow_nan=False) | like_null))
def test_floats_both_ways(values: Sequence[float | None]) -> None:
    column = Floats(values)
    assert written(column) == list(values)
    expected = np.array(values, dtype=float)
    np.testing.assert_array_equal(loaded(column), expected)
    assert written(Floats(expected)) == list(values)


times = st.integers(0, 4_000_000_000_000_000_000)


@given(st.lists(st.none() | times))
def test_times_both_ways(values: Sequence[int | None]) -> None:
    column = Times(values)
    assert written(column) == [None if ns is None else to_datetime(ns) for ns in values]
    known = [NEVER if ns is None else microseconds(ns) * 1000 for ns in values]
    assert loaded(column).tolist() == known
    assert written(Times(np.array(known, dtype=np.int64))) == written(column)


@given(times)
def test_times_are_as_fine_as_microseconds(time_ns: int) -> None:
    (moment,) = written(Times([time_ns]))
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    assert (
        abs((since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000 - time_ns)
        <= 500
    )


def test_an_array_with_nulls_is_not_read_as_whole_numbers() -> None:
    with pytest.raises(AssertionError, match="there is none"):
        loaded(Integers([1, None]))


@pytest.mark.parametrize(
    ("kind", "value"), [(Integers, 2**31), (LongIntegers, 2**63), (Times, 2**63)]
)
def test_a_number_that_is_too_large_is_refused(kind: Any, value: int) -> None:
    with pytest.raises(OverflowError):
        kind([1, value])


@given(st.lists(times, unique=True))
def test_chunks_have_each_time_once_and_none_of_another_chunk(values: list[int]) -> None:
    times_ns = np.array(values, dtype=np.int64)
    parts = [part.tolist() for part in in_chunks(times_ns)]
    assert sorted(place for part in parts for place in part) == list(range(len(values)))
    chunks = [{values[place] // CHUNK_NS for place in part} for part in parts]
    assert all(len(chunk) == 1 for chunk in chunks)
    assert len(set.union(set(), *chunks)) == len(parts)
