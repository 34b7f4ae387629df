"""Notices about new readings: whoever writes some sends them, and they come with the commit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from regionhub.store.database import Connection, Database, store_errors
from regionhub.store.statements import queries

_SQL = queries(__package__, "listen")
#: Anybody who can log in to the database can send a notice: what cannot be an id is passed over.
_ID = re.compile(r"[0-9]{1,10}")
#: Datastreams in one notice: PostgreSQL takes less than 8000 bytes, an id has at most ten.
_MOST_IDS = 700


def notify(connection: Connection, datastreams: Iterable[int]) -> None:
    """Say which datastreams have new readings, if this transaction is committed."""
    ids = list(map(str, datastreams))
    for start in range(0, len(ids), _MOST_IDS):
        payload = ",".join(ids[start : start + _MOST_IDS])
        connection.execute(_SQL["notify"], {"payload": payload})


class Notices:
    """A connection that listens."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def wait(self, seconds: float) -> set[int]:
        """Datastreams with new readings: what came meanwhile, else what comes in this time.

        Raises:
            StoreUnavailable: the connection is lost; what came meanwhile is not known.
        """
        found: set[int] = set()
        with store_errors():
            for notice in self._connection.notifies(timeout=seconds, stop_after=1):
                found.update(int(part) for part in notice.payload.split(",") if _ID.fullmatch(part))
        return found


@contextmanager
def listening(database: Database) -> Iterator[Notices]:
    """Listen on a connection of its own.

    Raises:
        StoreUnavailable: the database cannot be reached.
    """
    connection = database.own_connection()
    try:
        with store_errors():
            connection.execute(_SQL["listen"])
        yield Notices(connection)
    finally:
        connection.close()
