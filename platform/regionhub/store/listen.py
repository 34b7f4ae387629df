"""Notices about new readings and decisions: whoever writes them sends one, with the commit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from regionhub.store.database import Connection, Database, store_errors
from regionhub.store.statements import queries

_SQL = queries(__package__, "listen")
#: Anybody who can log in to the database can send a notice: what cannot be an id is passed over.
_ID = re.compile(r"[0-9]{1,10}")
#: Ids in one notice: PostgreSQL takes less than 8000 bytes, an id has at most ten.
_MOST_IDS = 700
_READINGS, _DECISIONS = "regionhub_readings", "regionhub_decisions"


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


def notify(connection: Connection, datastreams: Iterable[int]) -> None:
    """Say which datastreams have new readings, if this transaction is committed."""
    _notify(connection, _READINGS, datastreams)


def notify_sites(connection: Connection, sites: Iterable[int]) -> None:
    """Say about which sites something was decided again, if this transaction is committed."""
    _notify(connection, _DECISIONS, sites)


def _notify(connection: Connection, channel: str, found: Iterable[int]) -> None:
    ids = list(map(str, found))
    for start in range(0, len(ids), _MOST_IDS):
        payload = ",".join(ids[start : start + _MOST_IDS])
        connection.execute(_SQL["notify"], {"channel": channel, "payload": payload})


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
                ids = found.sites if notice.channel == _DECISIONS else found.datastreams
                ids.update(int(part) for part in notice.payload.split(",") if _ID.fullmatch(part))
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
            connection.execute(_SQL["listen_readings"])
            connection.execute(_SQL["listen_decisions"])
        yield Notices(connection)
    finally:
        connection.close()
