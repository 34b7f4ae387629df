"""Rows of a statement as values of a dataclass.

A frozen dataclass assigns each field through `object.__setattr__`, and psycopg names every column
of every row for it: of ten thousand rows that takes three times as long as all the rest of reading
them. Fields that are slots are filled directly instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from inspect import ismemberdescriptor
from typing import Any, TypeVar

from psycopg.rows import BaseRowFactory, RowMaker, kwargs_row

Row = TypeVar("Row")


def rows_of(row: Callable[..., Row]) -> BaseRowFactory[Row]:
    """The row factory of a dataclass, or of a function, that takes the columns by their names."""

    def factory(cursor: Any) -> RowMaker[Row]:
        columns = [column.name for column in cursor.description or ()]
        if isinstance(row, type) and _only_takes(row, columns):
            return _filler(row, columns)
        return kwargs_row(row)(cursor)

    return factory


def _only_takes(row: type, columns: Sequence[str]) -> bool:
    """Whether the constructor does no more than to keep each column in a slot."""
    return (
        is_dataclass(row)
        and not hasattr(row, "__post_init__")
        and {field.name for field in fields(row)} == set(columns)
        and all(ismemberdescriptor(getattr(row, name, None)) for name in columns)
    )


def _filler(row: type[Row], columns: Sequence[str]) -> RowMaker[Row]:
    setters: list[Callable[[Row, Any], None]] = [getattr(row, name).__set__ for name in columns]
    new = row.__new__

    def make(values: Sequence[Any]) -> Row:
        made = new(row)
        for setter, value in zip(setters, values, strict=True):
            setter(made, value)
        return made

    return make
