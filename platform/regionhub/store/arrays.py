"""Columns of a batch as PostgreSQL arrays in binary form, to and fro.

A batch has thousands of values in each column; psycopg would visit them one by one. Numbers and
times are packed and unpacked by numpy, texts are joined. Every column may hold nulls: None in a
list; in a numpy array NaN among floats and `NEVER` among times.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from psycopg.adapt import AdaptersMap, Buffer, Dumper, Loader
from psycopg.pq import Format

from regionhub.times import NEVER, microseconds

#: How long the chunks of hypertables are.
CHUNK_NS = 7 * 86_400 * 10**9
_HEADER = struct.Struct("!iiIii")  # dimensions, has nulls, element type, length, first index
_SIZE = struct.Struct("!i")
_TIME = struct.Struct("!q")
_NULL = _SIZE.pack(-1)
#: PostgreSQL counts from 2000-01-01 UTC: so many microseconds after 1970-01-01.
_POSTGRES_EPOCH = 946_684_800_000_000


class Column:
    """One array parameter: `data` in binary form, by its type `array` and that of its elements."""

    array: ClassVar[int]
    element: ClassVar[int]
    data: bytes


class Numbers(Column):
    """Numbers of one kind, which is how an element lies in the array."""

    kind: ClassVar[str]

    def __init__(self, values: Sequence[float | None] | NDArray[Any]) -> None:
        """Pack the values.

        Raises:
            OverflowError: one is too large for this kind of number.
        """
        absent = None
        if not isinstance(values, np.ndarray) and None in values:
            absent = np.array([value is None for value in values])
            values = [0 if value is None else value for value in values]
        self.data = _packed(self, values, absent)

    @classmethod
    def unpacked(cls, data: Buffer) -> NDArray[Any]:
        """The values of an array without nulls."""
        values, absent = _unpacked(cls, data)
        assert not absent.any(), "numbers cannot say that there is none: the query must"
        return values


class Booleans(Numbers):
    """Values of a bool array."""

    array, element, kind = 1000, 16, "?"


class Integers(Numbers):
    """Values of an int4 array."""

    array, element, kind = 1007, 23, ">i4"


class LongIntegers(Numbers):
    """Values of an int8 array."""

    array, element, kind = 1016, 20, ">i8"


class Floats(Numbers):
    """Values of a float8 array; NaN is null, to and fro."""

    array, element, kind = 1022, 701, ">f8"

    def __init__(self, values: Sequence[float | None] | NDArray[Any]) -> None:
        """Pack the values."""
        numbers = np.asarray(values, dtype=float)  # None becomes NaN
        self.data = _packed(self, numbers, np.isnan(numbers))

    @classmethod
    def unpacked(cls, data: Buffer) -> NDArray[Any]:
        """The values, NaN where there is none."""
        values, absent = _unpacked(cls, data)
        values[absent] = np.nan
        return values


class Times(Numbers):
    """Values of a timestamptz array: nanoseconds since 1970-01-01 UTC; `NEVER` is null."""

    array, element, kind = 1185, 1184, ">i8"

    def __init__(self, values: Sequence[int | None] | NDArray[np.int64]) -> None:
        """Pack the times, rounded to microseconds.

        Raises:
            OverflowError: one is centuries away.
        """
        if not isinstance(values, np.ndarray):
            values = np.array([NEVER if ns is None else ns for ns in values], dtype=np.int64)
        self.data = _packed(self, microseconds(values) - _POSTGRES_EPOCH, values == NEVER)

    @classmethod
    def unpacked(cls, data: Buffer) -> NDArray[Any]:
        """The times, `NEVER` where there is none."""
        values, absent = _unpacked(cls, data)
        values = (values + _POSTGRES_EPOCH) * 1000
        values[absent] = NEVER
        return values


def _packed(
    column: Numbers, values: Sequence[Any] | NDArray[Any], absent: NDArray[np.bool_] | None
) -> bytes:
    numbers: NDArray[Any] = np.asarray(values, dtype=column.kind)
    packed = np.empty(len(numbers), dtype=[("size", ">i4"), ("value", column.kind)])
    packed["size"] = numbers.itemsize
    packed["value"] = numbers
    header = 1, 0, column.element, len(numbers), 1
    if absent is None or not absent.any():
        return _HEADER.pack(*header) + packed.tobytes()
    packed["size"][absent] = -1
    kept = np.ones((len(numbers), packed.itemsize), dtype=bool)
    kept[absent, _SIZE.size :] = False
    return (
        _HEADER.pack(1, 1, *header[2:]) + packed.view(np.uint8).reshape(kept.shape)[kept].tobytes()
    )


def _unpacked(column: type[Numbers], data: Buffer) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The values of an array, and which of them are null: these say nothing."""
    native = np.dtype(column.kind).newbyteorder("=")
    if len(data) <= _HEADER.size:  # an empty one has no dimension
        return np.empty(0, native), np.empty(0, dtype=bool)
    _, has_nulls, _, count, _ = _HEADER.unpack_from(data)
    absent = np.zeros(count, dtype=bool)
    if not has_nulls:
        packed = np.dtype([("size", ">i4"), ("value", column.kind)])
        values = np.frombuffer(data, packed, offset=_HEADER.size)["value"]
        return values.astype(native), absent
    body = bytes(data[_HEADER.size :])
    absent[_null_places(body, native.itemsize)] = True
    begins = _SIZE.size * np.arange(1, count + 1) + native.itemsize * (np.cumsum(~absent) - 1)
    octets = begins[~absent, np.newaxis] + np.arange(native.itemsize)
    values = np.zeros(count, native)
    values[~absent] = np.frombuffer(body, np.uint8)[octets].view(column.kind)[:, 0]
    return values, absent


def _null_places(body: bytes, size: int) -> list[int]:
    """Which elements are null: a size of -1 at the beginning of an element, and no value."""
    places: list[int] = []
    place = begin = 0
    at = body.find(_NULL)
    while at >= 0:
        elements, inside = divmod(at - begin, _SIZE.size + size)
        if inside:  # bytes of a value
            at = body.find(_NULL, at + 1)
            continue
        place += elements
        places.append(place)
        place += 1
        begin = at + _SIZE.size
        at = body.find(_NULL, begin)
    return places


@lru_cache(maxsize=4096)  # of nearly all texts
def _size(size: int) -> bytes:
    return _SIZE.pack(size)


class Bytes(Column):
    """Values of a bytea array."""

    array, element = 1001, 17

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

    array, element = 1009, 25

    def __init__(self, values: Sequence[str | None]) -> None:
        """Pack the values, nulls too."""
        # few are different in most columns: names, addresses, what most rows do not have
        elements = {value: _element(value) for value in set(values)}
        self.data = _HEADER.pack(1, 1, self.element, len(values), 1) + b"".join(
            map(elements.__getitem__, values)
        )


def _element(text: str | None) -> bytes:
    if text is None:
        return _NULL
    value = text.encode()
    return _SIZE.pack(len(value)) + value


def in_chunks(times_ns: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Places of the times of each chunk: a statement about one of them unpacks no other.

    TimescaleDB unpacks every packed chunk between the first and the last time of a statement that
    changes rows.
    """
    chunks = times_ns // CHUNK_NS
    for chunk in np.unique(chunks):
        yield np.flatnonzero(chunks == chunk)


class _ColumnDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Column) -> Buffer:
        return obj.data


class _NumbersLoader(Loader):
    """Reads an array as numpy has it; of a cursor with `binary=True`."""

    format = Format.BINARY
    column: type[Numbers]

    def load(self, data: Buffer) -> NDArray[Any]:
        return self.column.unpacked(data)


class NanosecondsLoader(Loader):
    """Reads a single timestamptz as nanoseconds since 1970-01-01 UTC."""

    format = Format.BINARY

    def load(self, data: Buffer) -> int:
        (since_2000,) = _TIME.unpack(data)
        return int(since_2000 + _POSTGRES_EPOCH) * 1000


_NUMBERS: tuple[type[Numbers], ...] = (Booleans, Integers, LongIntegers, Floats, Times)


def register(adapters: AdaptersMap) -> None:
    """Let a connection take columns as parameters and give those of numbers as results."""
    for numbers in _NUMBERS:
        loader = type("NumbersLoader", (_NumbersLoader,), {"column": numbers})
        adapters.register_loader(numbers.array, loader)
    columns: tuple[type[Column], ...] = (*_NUMBERS, Bytes, Texts)
    for column in columns:
        dumper = type("ColumnDumper", (_ColumnDumper,), {"oid": column.array})
        adapters.register_dumper(column, dumper)
