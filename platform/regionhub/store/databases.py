"""The databases of a server."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from regionhub.store.database import connect, select_value, store_errors
from regionhub.store.statements import queries

_SQL = queries(__package__, "databases")


def create_database(url: str, name: str, *, template: str = "template1") -> str:
    """Make a database on the server of another one if it is missing.

    Args:
        url: as somebody who may make databases.
        name: what it is called.
        template: whose copy it becomes; nobody may be connected to that one.

    Returns:
        Its URL.
    """
    with connect(url, autocommit=True) as connection, store_errors():
        if not select_value(connection, bool, _SQL["exists"], {"name": name}):
            statement = sql.SQL(_SQL["create"]).format(
                name=sql.Identifier(name), template=sql.Identifier(template)
            )
            connection.execute(statement)
    return url.replace("/postgres?", f"/{name}?")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is, as programs beside this one need it."""

    place: str
    ssl_mode: str


def address_of(url: str) -> Address:
    """Where the server of a database is: host and port, or the folder of its socket."""
    parts = conninfo_to_dict(url)
    host = str(parts.get("host") or "localhost")
    place = host if host.startswith("/") else f"{host}:{parts.get('port') or 5432}"
    return Address(place, str(parts.get("sslmode") or "disable"))
