"""Rows written by the names of their columns, for the builders of tests/world.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg import sql

from regionhub.store.database import as_json


def insert(table: str, columns: Iterable[str]) -> sql.Composed:
    """Rows out of one parameter, see `as_rows`; each value takes the type of its column."""
    return sql.SQL(
        "insert into {table} ({names}) "
        "select {names} from jsonb_populate_recordset(null::{table}, %s)"
    ).format(
        table=sql.Identifier(*table.split(".")),
        names=sql.SQL(", ").join(map(sql.Identifier, columns)),
    )


def upsert(table: str, key: str, columns: Iterable[str]) -> sql.Composed:
    """As `insert`, and a row that is there gets these values."""
    names = list(columns)
    return insert(table, names) + sql.SQL(" on conflict ({}) do update set ({}) = row({})").format(
        sql.Identifier(key),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(sql.Identifier("excluded", name) for name in names),
    )


def as_rows(rows: Sequence[Mapping[str, Any]]) -> Any:
    """The parameter."""
    return as_json([{name: _plain(value) for name, value in row.items()} for row in rows])


def _plain(value: Any) -> Any:
    """JSON has no bytes, no times and no infinity: PostgreSQL reads them out of texts."""
    match value:
        case bytes():
            return f"\\x{value.hex()}"
        case datetime():
            return value.isoformat()
        case float():
            return value if abs(value) < float("inf") else str(value)
        case _:
            return value
