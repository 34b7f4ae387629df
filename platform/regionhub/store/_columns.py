"""Columns of a batch as PostgreSQL arrays in binary form.

A batch sends thousands of values for each column; psycopg would visit them one by one. Numbers are
packed by numpy, texts by one join.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
from psycopg.adapt import AdaptersMap, Buffer, Dumper
from psycopg.pq import Format

_HEADER = struct.Struct("!iiIii")  # dimensions, has nulls, element type, length, first index
_SIZE = struct.Struct("!i")
_NULL = _SIZE.pack(-1)
#: The sizes of nearly all texts, packed once.
_SIZES = [_SIZE.pack(size) for size in range(1024)]


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


class Bytes(Column):
    """Values of a bytea array."""

    element = 17

    def __init__(self, values: Sequence[bytes | None]) -> None:
        """Pack the values, nulls too."""
        parts = [_HEADER.pack(1, 1, self.element, len(values), 1)]
        for value in values:
            if value is None:
                parts.append(_NULL)
            else:
                size = len(value)
                parts += (_SIZES[size] if size < 1024 else _SIZE.pack(size), value)
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


def register(adapters: AdaptersMap) -> None:
    """Let a connection take columns as parameters."""
    for column, oid in _ARRAYS.items():
        adapters.register_dumper(column, type("ColumnDumper", (_ColumnDumper,), {"oid": oid}))
