"""Rows written by the names of their columns, for the builders of tests/world.py."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from psycopg import sql

#: TimescaleDB in WebAssembly ends with a message of more than 64 KiB.
_MOST_BYTES = 60_000


def insert(table: str, columns: Iterable[str]) -> sql.Composed:
    """Rows out of one parameter, see `parameters`; each value takes the type of its column."""
    return sql.SQL(
        "insert into {table} ({names}) "
        "select {names} from jsonb_populate_recordset(null::{table}, %s::jsonb)"
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


def parameters(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The rows in as few parameters as the server takes."""
    piece: list[str] = []
    size = 0
    for row in rows:
        text = json.dumps({name: _plain(value) for name, value in row.items()})
        if piece and size + len(text) > _MOST_BYTES:
            yield f"[{','.join(piece)}]"
            piece, size = [], 0
        piece.append(text)
        size += len(text) + 1
    if piece:
        yield f"[{','.join(piece)}]"


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
