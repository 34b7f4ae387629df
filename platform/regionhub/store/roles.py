"""Database roles, over the owner's connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import sql
from psycopg.conninfo import make_conninfo

from regionhub.store.database import Connection, connect, select_value
from regionhub.store.statements import queries

_SQL = queries(__package__, "roles")


@contextmanager
def acting_as(connection: Connection, slug: str) -> Iterator[None]:
    """Work as a town inside a transaction of the owner, under the town's database role."""
    role = _role(connection, f"t_{slug.replace('-', '_')}")
    connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
    yield
    connection.execute("reset role")


def set_role_password(connection: Connection, *, kind: str, password: str) -> None:
    """Let one of the platform's database roles log in, e.g. kind "ingest" for <prefix>_ingest."""
    connection.execute(
        sql.SQL("alter role {} login password {}").format(
            sql.Identifier(_role(connection, kind)), sql.Literal(password)
        )
    )


def login_url(url: str, *, kind: str, password: str) -> str:
    """The same database for one of the platform's roles, which logs in itself.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    with connect(url, autocommit=True) as connection:
        return make_conninfo(url, user=_role(connection, kind), password=password)


def _role(connection: Connection, kind: str) -> str:
    role = select_value(connection, str, _SQL["role_name"], {"kind": kind})
    assert role is not None
    return role
