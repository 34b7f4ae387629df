"""Who does what, when several processes could: locks that end with the process that holds them.

A lease is an advisory lock on a connection of its own. A process that dies loses its leases with
its connection, and the others take them within a second or two.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from regionhub.errors import StoreUnavailable
from regionhub.store.database import Connection, Database, select_value, store_errors
from regionhub.store.statements import queries

_SQL = queries(__package__, "leases")
#: First halves of the lock numbers, so that nobody else's locks are in the way.
_WORKERS = 0x52480001
_SESSIONS = 0x52480002
#: A source has at most this many sessions.
MOST_SESSIONS = 64

#: A source and the number of one of its sessions at the broker.
Session = tuple[int, int]


class Leases:
    """The sessions that this process holds. Not for several threads at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._me = secrets.randbelow(2**31)
        self.held: set[Session] = set()

    def fair_share(self, sessions: int) -> int:
        """How many of so many sessions each living worker should have, this one included.

        Raises:
            StoreUnavailable: the database is away. Once it is back nothing is held any more.
        """
        with self._asking() as connection:
            workers = max(1, count_workers(connection))
        return -(-sessions // workers)

    def take(self, session: Session) -> bool:
        """Try to get a session; True if this process holds it now.

        Raises:
            StoreUnavailable: the database is away.
        """
        if session not in self.held:
            with self._asking() as connection:
                taken = select_value(connection, bool, _SQL["take"], _lock(session))
            if taken:
                self.held.add(session)
        return session in self.held

    def give_back(self, session: Session) -> None:
        """Let others have it. Stop the work first.

        Raises:
            StoreUnavailable: the database is away; it has nobody's leases then.
        """
        if session in self.held:
            self.held.discard(session)
            with self._asking() as connection:
                connection.execute(_SQL["give_back"], _lock(session))

    def close(self) -> None:
        """Give everything back."""
        self.held.clear()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _asking(self) -> Iterator[Connection]:
        try:
            if self._connection is None:
                self.held.clear()
                self._connection = self._database.own_connection()
                with store_errors():
                    self._connection.execute(_SQL["notice_the_dead"])
                    self._connection.execute(_SQL["register"], {"kind": _WORKERS, "id": self._me})
            with store_errors():
                yield self._connection
        except StoreUnavailable:
            self.close()
            raise


def count_workers(connection: Connection) -> int:
    """How many processes of ingest live."""
    return select_value(connection, int, _SQL["count_workers"], {"workers": _WORKERS}) or 0


def _lock(session: Session) -> dict[str, int]:
    source_id, number = session
    return {"kind": _SESSIONS, "id": source_id * MOST_SESSIONS + number}
