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
    """Let one of the platform's database roles log in, e.g. kind "ingest" for <prefix>_ingest.

    Neither the server's log nor the catalog gets to see the password. What proves it is kept, so
    that `regionhub.store.readers` can undo what somebody with the login makes of it.
    """
    role = _role(connection, kind)
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode()).decode()
    with connection.transaction():
        connection.execute(
            sql.SQL("alter role {} login password {}").format(
                sql.Identifier(role), sql.Literal(verifier)
            )
        )
        connection.execute(_SQL["keep_verifier"], {"role": role, "verifier": verifier})


def end_login(connection: Connection, *, kind: str) -> None:
    """Let a role log in no more."""
    role = _role(connection, kind)
    with connection.transaction():
        connection.execute(
            sql.SQL("alter role {} nologin password null").format(sql.Identifier(role))
        )
        connection.execute(_SQL["forget_verifier"], {"role": role})


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
