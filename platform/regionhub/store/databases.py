"""The databases of a server."""

from __future__ import annotations

from psycopg import sql

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
