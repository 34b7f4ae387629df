"""The locks at the border, opened: of routes, and of tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, get_args

import psycopg
from fastapi import Depends, FastAPI
from psycopg import sql
from psycopg.types.json import Jsonb

from regionhub.access.requests import (
    Admin,
    Editor,
    Operator,
    Viewer,
    Visit,
    visit_or_none,
)
from regionhub.store.statements import queries
from tests.rows import Connection

_SQL = queries(__package__, "locks")
_LOCKS = [get_args(require)[1].dependency for require in (Viewer, Editor, Admin, Operator)]


@contextmanager
def unlocked(app: FastAPI) -> Iterator[None]:
    """Whoever comes to a route is let in, whatever they may; a stranger brings nobody's rights."""

    def visit(visit: Annotated[Visit | None, Depends(visit_or_none)]) -> Visit | None:
        return visit

    app.dependency_overrides = dict.fromkeys(_LOCKS, visit)
    try:
        yield
    finally:
        app.dependency_overrides = {}


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy of a table with rows of towns that does not let everybody in anyway."""

    table: str
    name: str
    using: bool
    checks: bool

    @contextmanager
    def loosened(self, owner: Connection) -> Iterator[None]:
        """Let everybody in for a while."""
        statement = sql.SQL(
            "alter policy {policy} on {table}{using}{check}",
        ).format(
            policy=sql.Identifier(self.name),
            table=sql.SQL(self.table),
            using=sql.SQL(" using (true)" if self.using else ""),
            check=sql.SQL(" with check (true)" if self.checks else ""),
        )
        with owner.transaction(force_rollback=True):
            owner.execute(statement)
            yield


def policies(owner: Connection) -> list[Policy]:
    """Of the tables that a role of a town may touch at all."""
    return [Policy(**row) for row in owner.execute(_SQL["policies"]).fetchall()]


def reached(
    owner: Connection, roles: Iterable[str], tenant_id: int, table: str | None = None
) -> set[str]:
    """What these roles can do with rows of a town that none of them sees: `role attempt table`.

    Args:
        owner: in whose transactions all of it is undone.
        roles: who tries it.
        tenant_id: of that town.
        table: only this one.
    """
    found = set()
    for each in owner.execute(_SQL["tables"], {"table": table}).fetchall():
        name = sql.SQL(each["name"])
        given: dict[str, object] = {"table": each["name"], "tenant_id": tenant_id}
        row = owner.execute(sql.SQL(_SQL["one"]).format(table=name), given).fetchone()
        if row is None:
            continue
        given["row"] = Jsonb(row["row"])
        for role in (f"rh_{role}" for role in roles):
            [columns] = owner.execute(_SQL["columns"], given | {"role": role}).fetchall()
            words = {
                "table": name,
                "columns_of_t": _listed(columns["readable"], "t"),
                "columns_of_r": _listed(columns["readable"], "r"),
                "writable": _listed(columns["writable"]),
            }
            attempts = ["read", "change", "delete"] if columns["readable"] else []
            attempts += ["insert"] if columns["writable"] else []
            with owner.transaction(force_rollback=True):
                owner.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
                found |= {
                    f"{role} {attempt} {each['name']}"
                    for attempt in attempts
                    if _succeeds(owner, sql.SQL(_SQL[attempt]).format(**words), given)
                }
    return found


def _listed(names: Iterable[str] | None, *of: str) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(*of, name) for name in names or ())


def _succeeds(owner: Connection, statement: sql.Composed, given: dict[str, object]) -> bool:
    """Whether it does something, or fails only at what comes after the rights."""
    try:
        with owner.transaction(force_rollback=True):
            return owner.execute(statement, given).rowcount > 0
    except psycopg.errors.InsufficientPrivilege:
        return False
    except psycopg.IntegrityError:
        return True
