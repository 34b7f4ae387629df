"""Notices about new readings and decisions, for whoever looks at a page right now.

They are a courtesy. Whoever can log in to any database of the server can fill the one queue that
all notices go through; what is stored must not depend on it. So they are sent after the commit, in
a transaction of their own, and one that cannot be sent is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

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
    "Notices about readings and decisions that could not be sent: an open page shows them late.",
)
#: What cannot be an id is passed over.
_ID = re.compile(r"[0-9]{1,10}")
#: Ids in one notice: PostgreSQL takes less than 8000 bytes, an id has at most ten.
_MOST_IDS = 700
#: A notice about sites begins so.
_OF_SITES = "s"


@dataclass(slots=True)
class News:
    """Ids of datastreams with new readings, and of sites about which something was decided."""

    datastreams: set[int] = field(default_factory=set)
    sites: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.datastreams or self.sites)

    def __len__(self) -> int:
        return len(self.datastreams) + len(self.sites)

    def add(self, other: News) -> None:
        """Keep these as well, each once."""
        self.datastreams |= other.datastreams
        self.sites |= other.sites


def notify(
    database: Database, datastreams: Iterable[int] = (), *, sites: Iterable[int] = ()
) -> None:
    """Say what is new, after it was committed; never fails.

    Args:
        database: where it was committed.
        datastreams: those with new readings.
        sites: those about which something was decided again.
    """
    payloads = [
        *_payloads("", list(map(str, datastreams))),
        *_payloads(_OF_SITES, list(map(str, sites))),
    ]
    if not payloads:
        return
    try:
        with database.transaction() as connection:
            connection.execute(_SQL["patience"])
            connection.execute(_SQL["notify"], {"payloads": payloads})
    except StoreError as error:
        LOST.inc(len(payloads))
        _log.warning("notices_lost", notices=len(payloads), detail=error.detail)


def _payloads(mark: str, ids: Sequence[str]) -> list[str]:
    starts = range(0, len(ids), _MOST_IDS)
    return [mark + ",".join(ids[start : start + _MOST_IDS]) for start in starts]


class Notices:
    """A connection that listens."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def wait(self, seconds: float) -> News:
        """What came meanwhile, else what comes in this time.

        Raises:
            StoreUnavailable: the connection is lost; what came meanwhile is not known.
        """
        found = News()
        with store_errors():
            for notice in self._connection.notifies(timeout=seconds, stop_after=1):
                ids = found.sites if notice.payload.startswith(_OF_SITES) else found.datastreams
                parts = notice.payload.removeprefix(_OF_SITES).split(",")
                ids.update(int(part) for part in parts if _ID.fullmatch(part))
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
