"""What the catalog says of the barriers of schema api."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from regionhub.store.statements import queries
from tests.rows import Connection

_SQL = queries(__package__, "catalog")
_TOKEN = re.compile(r"\\.|[{}()]|:setOperations (?:<>|\{)")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a view with rows of towns; `tells_town`: the view has a tenant_id."""

    view: str
    name: str
    tells_town: bool


def columns(owner: Connection) -> list[Column]:
    """All columns of all views that show rows of towns."""
    return [Column(**row) for row in owner.execute(_SQL["columns"]).fetchall()]


def private_columns(owner: Connection) -> list[Column]:
    """Columns with numbers and texts of towns."""
    return [Column(**row) for row in owner.execute(_SQL["private_columns"]).fetchall()]


def faults(owner: Connection) -> list[str]:
    """What is wrong with the barriers of views."""
    return [
        f"{row['view']}: {fault}"
        for row in owner.execute(_SQL["views"]).fetchall()
        for fault in _faults(barrier=row["barrier"], tree=row["tree"], tables=row["tables"])
    ]


def _faults(*, barrier: bool, tree: str, tables: list[str]) -> Iterator[str]:
    if barrier and _united(tree):
        yield "a set operation at the top of a barrier view"
    if not barrier and tables:
        yield f"no barrier before {', '.join(tables)}"


def _united(tree: str) -> bool:
    """Whether the query of a view, as PostgreSQL stores it, is a union or the like."""
    depth = 0
    for token in _TOKEN.findall(tree):
        if token.startswith(":setOperations") and depth == 2:
            return not token.endswith("<>")
        if token.endswith(("{", "(")):
            depth += 1
        elif token in {"}", ")"}:
            depth -= 1
    raise AssertionError("not a query tree")
