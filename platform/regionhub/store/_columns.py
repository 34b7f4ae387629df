"""Columns of numbers as PostgreSQL arrays, made by numpy instead of a Python loop.

A batch sends thousands of numbers for each column; psycopg would visit them one by one.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
from psycopg.adapt import AdaptersMap, Buffer, Dumper
from psycopg.pq import Format

_HEADER = struct.Struct("!iiIii")  # dimensions, has nulls, element type, length, first index


class Column:
    """One array parameter in PostgreSQL's binary format."""

    element: int
    kind: str

    def __init__(self, values: Sequence[float | None]) -> None:
        """Pack the values; None becomes NaN, which only a column of floats can hold."""
        packed = np.empty(len(values), dtype=[("size", ">i4"), ("value", self.kind)])
        packed["size"] = np.dtype(self.kind).itemsize
        packed["value"] = values
        self.data = _HEADER.pack(1, 0, self.element, len(values), 1) + packed.tobytes()


class Integers(Column):
    """Values of an int4 array."""

    element, kind = 23, ">i4"


class LongIntegers(Column):
    """Values of an int8 array."""

    element, kind = 20, ">i8"


class Floats(Column):
    """Values of a float8 array; for None the statement says `nullif(column, 'NaN')`."""

    element, kind = 701, ">f8"


class _ColumnDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Column) -> Buffer:
        return obj.data


class _IntegersDumper(_ColumnDumper):
    oid = 1007


class _LongIntegersDumper(_ColumnDumper):
    oid = 1016


class _FloatsDumper(_ColumnDumper):
    oid = 1022


def register(adapters: AdaptersMap) -> None:
    """Let a connection take columns as parameters."""
    adapters.register_dumper(Integers, _IntegersDumper)
    adapters.register_dumper(LongIntegers, _LongIntegersDumper)
    adapters.register_dumper(Floats, _FloatsDumper)
