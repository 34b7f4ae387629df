"""Notices about new readings, for whoever looks at a page right now.

They are a courtesy. Whoever can log in to any database of the server can fill the one queue that
all notices go through; what is stored must not depend on it. So they are sent after the commit, in
a transaction of their own, and one that cannot be sent is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import Counter
from psycopg import sql

from regionhub.errors import StoreError
from regionhub.observability import get_logger
from regionhub.store.database import Connection, Database, select_value, store_errors
from regionhub.store.statements import queries

_SQL = queries(__package__, "listen")
_log = get_logger(__name__)
LOST = Counter(
    "regionhub_notices_lost_total",
    "Notices about new readings that could not be sent: an open page shows them late.",
)
#: What cannot be an id is passed over.
_ID = re.compile(r"[0-9]{1,10}")
#: Datastreams in one notice: PostgreSQL takes less than 8000 bytes, an id has at most ten.
_MOST_IDS = 700


def notify(database: Database, datastreams: Iterable[int]) -> None:
    """Say which datastreams have new readings, after they were committed; never fails."""
    ids = list(map(str, datastreams))
    if not ids:
        return
    starts = range(0, len(ids), _MOST_IDS)
    payloads = [",".join(ids[start : start + _MOST_IDS]) for start in starts]
    try:
        with database.transaction() as connection:
            connection.execute(_SQL["patience"])
            connection.execute(_SQL["notify"], {"payloads": payloads})
    except StoreError as error:
        LOST.inc(len(payloads))
        _log.warning("notices_lost", notices=len(payloads), detail=error.detail)


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
            channel = select_value(connection, str, _SQL["channel"])
            assert channel is not None
            connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
        yield Notices(connection)
    finally:
        connection.close()
