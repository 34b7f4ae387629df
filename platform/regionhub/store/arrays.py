"""Columns of a batch as PostgreSQL arrays in binary form, to and fro.

A batch has thousands of values in each column; psycopg would visit them one by one. Numbers are
packed and unpacked by numpy, texts are joined.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from psycopg.adapt import AdaptersMap, Buffer, Dumper, Loader
from psycopg.pq import Format

#: How long the chunks of hypertables are.
CHUNK_NS = 7 * 86_400 * 10**9
_HEADER = struct.Struct("!iiIii")  # dimensions, has nulls, element type, length, first index
_SIZE = struct.Struct("!i")
_NULL = _SIZE.pack(-1)


class Column:
    """One array parameter."""

    data: bytes


class _Numbers(Column):
    element: int
    kind: str

    def __init__(self, values: Sequence[float | None] | np.ndarray) -> None:
        """Pack the values; None becomes NaN, which only a column of floats can hold."""
        packed = np.empty(len(values), dtype=[("size", ">i4"), ("value", self.kind)])
        packed["size"] = np.dtype(self.kind).itemsize
        packed["value"] = values
        self.data = _HEADER.pack(1, 0, self.element, len(values), 1) + packed.tobytes()


class Integers(_Numbers):
    """Values of an int4 array."""

    element, kind = 23, ">i4"


class LongIntegers(_Numbers):
    """Values of an int8 array."""

    element, kind = 20, ">i8"


class Floats(_Numbers):
    """Values of a float8 array; for None the statement says `nullif(column, 'NaN')`."""

    element, kind = 701, ">f8"


@lru_cache(maxsize=4096)  # of nearly all texts
def _size(size: int) -> bytes:
    return _SIZE.pack(size)


class Bytes(Column):
    """Values of a bytea array."""

    element = 17

    def __init__(self, values: Sequence[bytes | None]) -> None:
        """Pack the values, nulls too."""
        count = len(values)
        parts = [_HEADER.pack(1, 1, self.element, count, 1), *([b""] * (2 * count))]
        parts[1::2] = [_NULL if value is None else _size(len(value)) for value in values]
        parts[2::2] = [value or b"" for value in values]
        self.data = b"".join(parts)


class Texts(Bytes):
    """Values of a text array.

    Raises:
        UnicodeEncodeError: a text holds half of a surrogate pair.
    """

    element = 25

    def __init__(self, values: Sequence[str | None]) -> None:
        """Pack the values, nulls too."""
        super().__init__([None if value is None else value.encode() for value in values])


def epoch_seconds(times_ns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Nanoseconds to seconds since 1970-01-01 UTC, as fine as the database keeps them."""
    seconds: NDArray[np.float64] = microseconds(times_ns) / 1e6
    return seconds


def microseconds(times_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """What the database makes of times in nanoseconds: two that are one there are one here."""
    return (times_ns + 500) // 1000


def in_chunks(seconds: NDArray[np.float64]) -> Iterator[NDArray[np.int64]]:
    """Places of the times of each chunk: a statement about one of them unpacks no other.

    TimescaleDB unpacks every packed chunk between the first and the last time of a statement that
    changes rows.
    """
    chunks = np.floor(seconds / (CHUNK_NS / 1e9))
    for chunk in np.unique(chunks):
        yield np.flatnonzero(chunks == chunk)


class _ColumnDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Column) -> Buffer:
        return obj.data


#: The array type of each kind of column.
_ARRAYS: dict[type[Column], int] = {
    Integers: 1007,
    LongIntegers: 1016,
    Floats: 1022,
    Bytes: 1001,
    Texts: 1009,
}


class _NumbersLoader(Loader):
    """Reads an array without nulls, as numpy has it; of a cursor with `binary=True`."""

    format = Format.BINARY
    kind: str

    def load(self, data: Buffer) -> NDArray[np.generic]:
        packed = np.dtype([("size", ">i4"), ("value", self.kind)])
        if len(data) <= _HEADER.size:  # an empty one has no dimension
            return np.empty(0, self.kind[1:])
        assert not _HEADER.unpack_from(data)[1], "an array with nulls: the query must fill them"
        return np.frombuffer(data, packed, offset=_HEADER.size)["value"].astype(self.kind[1:])


def register(adapters: AdaptersMap) -> None:
    """Let a connection take columns as parameters and give them as results."""
    for numbers in (Integers, LongIntegers, Floats):
        loader = type("NumbersLoader", (_NumbersLoader,), {"kind": numbers.kind})
        adapters.register_loader(_ARRAYS[numbers], loader)
    for column, oid in _ARRAYS.items():
        adapters.register_dumper(column, type("ColumnDumper", (_ColumnDumper,), {"oid": oid}))
