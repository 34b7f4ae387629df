"""The sessions at the brokers that this process holds.

A source has one session, or several that share its messages. Each session belongs to one process at
a time; those of a process that dies go to the others, with what the broker keeps for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from regionhub.archive.write.ingest import SourceState
from regionhub.devices import Source
from regionhub.errors import InputError
from regionhub.store.leases import Leases, Session
from regionhub_ingest.arrival import ArrivalClock
from regionhub_ingest.formats import find, reader
from regionhub_ingest.inbox import Inbox
from regionhub_ingest.mqtt import Delivery, SourceConnection

#: All brokers together send at most this many messages that are not acknowledged yet ...
IN_FLIGHT = 16000
#: ... but each of many at least this many.
_LEAST = 50


class Sessions:
    """Keeps the connections that this process should have.

    Args:
        leases: says who holds which session.
        inbox: receives the messages of all connections.
        clock: says when they arrive.
        client_id: what the names of the sessions start with; the same for all processes.
    """

    def __init__(
        self, leases: Leases, inbox: Inbox[Delivery], clock: ArrivalClock, *, client_id: str
    ) -> None:
        self._leases = leases
        self._inbox = inbox
        self._clock = clock
        self._client_id = client_id
        self._connections: dict[Session, SourceConnection] = {}

    def follow(self, sources: Sequence[Source], surplus: Sequence[Session]) -> list[Session]:
        """Connect and disconnect as the sources and the other processes want it.

        Args:
            sources: all that are enabled.
            surplus: sessions that a source had and should not have any more: what the broker keeps
                for them is still fetched.

        Returns:
            The surplus sessions that are empty and gone.

        Raises:
            StoreUnavailable: who holds what cannot be asked now; the connections stay as they are.
        """
        by_id = {source.source_id: source for source in sources}
        wanted = {
            (source.source_id, number): source
            for source in sources
            for number in range(source.sessions)
        }
        wanted |= {session: by_id[session[0]] for session in surplus if session[0] in by_id}
        share = self._leases.fair_share(len(wanted))
        gone = self._let_go(wanted, share)
        for session, source in wanted.items():
            if len(self._connections) >= share or session in gone:
                continue
            if session not in self._connections and self._leases.take(session):
                self._connect(session, source, share)
        return gone

    def _let_go(self, wanted: Mapping[Session, Source], share: int) -> list[Session]:
        """Stop what is not wanted, changed, lost or too much; returns what ended for good."""
        gone = []
        kept = 0
        for session, connection in list(self._connections.items()):
            source = wanted.get(session)
            ended = connection.retiring and connection.drained()
            if ended:
                gone.append(session)
                connection.stop(forget=True)
            elif source == connection.source and self._leases.take(session) and kept < share:
                kept += 1
                continue
            else:
                connection.stop()
            del self._connections[session]
            self._leases.give_back(session)
        return gone

    def _connect(self, session: Session, source: Source, share: int) -> None:
        source_id, number = session
        # the first session has the name that the only one of a source had, and so its messages
        name = f"{self._client_id}-{source_id}" + (f"-{number}" if number else "")
        connection = SourceConnection(
            source,
            self._inbox,
            self._clock,
            client_id=name,
            group=f"{self._client_id}-{source_id}",
            number=number,
            receive_maximum=max(_LEAST, IN_FLIGHT // max(1, share)),
        )
        self._connections[session] = connection
        problem = _unreadable(source)
        if problem is None:
            connection.start()
        else:  # the broker keeps the messages until somebody can read them
            connection.report(*problem)

    def states(self, store_problem: tuple[str, str] | None) -> list[SourceState]:
        """How each connection is doing; `store_problem` keeps messages from being stored."""
        return [
            connection.status.state(source_id, store_problem, session=number)
            for (source_id, number), connection in self._connections.items()
        ]

    def stop(self) -> None:
        """Disconnect; what was not acknowledged comes again, here or elsewhere."""
        for connection in self._connections.values():
            connection.stop()
        self._connections.clear()
        self._leases.close()


def _unreadable(source: Source) -> tuple[str, str | None] | None:
    """Why nothing of a source can be read, as a code and a detail; None if it can."""
    if find(source.format) is None:
        return "format_unknown", None
    try:
        reader(source.format, source.mapping)
    except InputError as error:
        return "mapping_invalid", error.detail
    return None
