"""Rows as dicts: read for a test to compare, written for the builders of tests/world.py."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString, cast

import psycopg
from psycopg import sql
from psycopg.rows import DictRow, dict_row

from regionhub.store import database

Connection = psycopg.Connection[DictRow]
#: TimescaleDB in WebAssembly ends with a message of more than 64 KiB.
_MOST_BYTES = 60_000


def connect(url: str, *, autocommit: bool = False) -> Connection:
    """As the product connects, with rows that a test compares as dicts."""
    connection = cast("Connection", database.connect(url, autocommit=autocommit))
    connection.row_factory = dict_row
    return connection


class Rows:
    """What the owner of a database reads and writes."""

    def __init__(self, owner: Connection) -> None:
        self.owner = owner

    def select(
        self, statement: LiteralString, *parameters: Any, **named: Any
    ) -> list[dict[str, Any]]:
        """Rows as the owner sees them: all of them."""
        return self.owner.execute(statement, named or parameters or None).fetchall()

    def add(self, table: str, **columns: Any) -> dict[str, Any]:
        """One row of a table that has no builder of its own, with what the database filled in."""
        statement = _insert(table, columns) + sql.SQL(" returning *")
        [row] = self.owner.execute(statement, [*_parameters([columns])]).fetchall()
        return row

    def add_all(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Many rows, all with the same columns."""
        for piece in _parameters(rows):
            self.owner.execute(_insert(table, rows[0]), [piece])

    def put(self, table: str, key: str, **columns: Any) -> None:
        """One row, which takes the place of the one with its key; what is not named stays."""
        self.owner.execute(_upsert(table, key, columns), [*_parameters([columns])])


def _insert(table: str, columns: Iterable[str]) -> sql.Composed:
    """Rows out of one parameter, see `_parameters`; each value takes the type of its column."""
    return sql.SQL(
        "insert into {table} ({names}) "
        "select {names} from jsonb_populate_recordset(null::{table}, %s::jsonb)"
    ).format(
        table=sql.Identifier(*table.split(".")),
        names=sql.SQL(", ").join(map(sql.Identifier, columns)),
    )


def _upsert(table: str, key: str, columns: Iterable[str]) -> sql.Composed:
    """As `_insert`, and a row that is there gets these values."""
    names = list(columns)
    return _insert(table, names) + sql.SQL(" on conflict ({}) do update set ({}) = row({})").format(
        sql.Identifier(key),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(sql.Identifier("excluded", name) for name in names),
    )


def _parameters(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
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
        case list():
            return [_plain(part) for part in value]
        case float():
            return value if abs(value) < float("inf") else str(value)
        case _:
            return value
