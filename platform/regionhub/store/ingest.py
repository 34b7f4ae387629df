"""Write what ingest received: one transaction for a batch, one counted fate for a message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from regionhub.devices import Device, Source
from regionhub.errors import StoreRejected
from regionhub.store._columns import Floats, Integers
from regionhub.store._ingest_batch import IngestBatch
from regionhub.store._queries import queries
from regionhub.store._readings import StreamKey
from regionhub.store.batch import (
    Item,
    NewDeadLetter,
    NewIgnored,
    Outcome,
)
from regionhub.store.database import Connection, Database, store_errors

_SQL = queries("ingest")
#: PostgreSQL takes at most 8000 bytes in one notification.
_NOTIFY_BYTES = 7900
#: A batch in the database, and what became of its items.
_Written = tuple[IngestBatch, list[Outcome]]


class SourceState(NamedTuple):
    """How a source is doing; times are epoch seconds."""

    source_id: int
    connected_since: float | None
    last_message_at: float | None
    problem: str | None


class IngestStore:
    """Writes batches and keeps the ids of datastreams.

    Each ingest worker has one. Only one thread at a time may `commit`; the rest is free for all.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._streams: dict[StreamKey, int] = {}
        self._known_states: set[int] = set()

    def registry_version(self) -> int:
        """A number that changes whenever a device or a source changes."""
        with self._database.transaction() as connection:
            row = connection.execute(_SQL["registry_version"]).fetchone()
        assert row is not None
        return int(row["version"])

    def devices(self) -> dict[str, Device]:
        """All active devices by DevEUI."""
        with self._database.transaction() as connection:
            rows = connection.execute(_SQL["devices"]).fetchall()
        return {row["dev_eui"]: Device(**row) for row in rows}

    def sources(self) -> list[Source]:
        """All enabled sources."""
        with self._database.transaction() as connection:
            rows = connection.execute(_SQL["sources"]).fetchall()
        return [Source(**{**row, "topics": tuple(row["topics"])}) for row in rows]

    def write_source_states(self, states: Sequence[SourceState]) -> None:
        """What the operations pages show of the sources of this worker."""
        with self._database.transaction() as connection:
            connection.execute(
                _SQL["write_source_states"],
                {
                    "sources": Integers([state.source_id for state in states]),
                    "connected_since": Floats([state.connected_since for state in states]),
                    "last_message_at": Floats([state.last_message_at for state in states]),
                    "problems": [state.problem for state in states],
                },
            )

    def commit(self, items: Sequence[Item]) -> list[Outcome]:
        """Store a batch and count it; returns the fate of each item.

        A batch that the database refuses is divided until what it refuses stands alone; that
        becomes a dead letter. All of it is one transaction, too.

        Raises:
            StoreUnavailable: nothing was written; try the same batch again.
        """
        try:
            return self._commit(items, self._write)
        except StoreRejected:
            return self._commit(items, self._write_divided)

    def _commit(
        self, items: Sequence[Item], write: Callable[[Connection, Sequence[Item]], list[_Written]]
    ) -> list[Outcome]:
        with self._database.transaction() as connection, connection.transaction():
            parts = write(connection, items)
        for batch, _ in parts:
            self._streams.update(batch.new_streams)
            self._known_states.update(batch.heard)
        return [outcome for _, outcomes in parts for outcome in outcomes]

    def _write(self, connection: Connection, items: Sequence[Item]) -> list[_Written]:
        batch = IngestBatch(items, self._streams, self._known_states)
        outcomes, touched = batch.write(connection)
        _count(connection, items, outcomes)
        for payload in _notifications(touched):
            connection.execute(_SQL["notify"], {"payload": payload})
        return [(batch, outcomes)]

    def _write_divided(self, connection: Connection, items: Sequence[Item]) -> list[_Written]:
        try:
            with store_errors(), connection.transaction():
                return self._write(connection, items)
        except StoreRejected as error:
            if len(items) == 1:
                refused = _refused(items[0], error)
                last = isinstance(items[0], NewDeadLetter)
                return (self._write if last else self._write_divided)(connection, [refused])
        middle = len(items) // 2
        return [
            part
            for half in (items[:middle], items[middle:])
            for part in self._write_divided(connection, half)
        ]


def _refused(item: Item, error: StoreRejected) -> Item:
    if isinstance(item, NewIgnored):
        raise error
    if isinstance(item, NewDeadLetter):
        return NewDeadLetter(
            source=item.source,
            envelope=item.envelope,
            reason=error.reason,
            detail=f"{item.reason}; {error.detail}",
        )
    return NewDeadLetter(
        source=item.source,
        envelope=item.envelope,
        reason=error.reason,
        detail=error.detail,
        dev_eui=item.device.dev_eui,
        device=item.device,
    )


def _count(connection: Connection, items: Sequence[Item], outcomes: Sequence[Outcome]) -> None:
    counts = Counter(
        (item.source.source_id, item.source.tenant_id, *outcome)
        for item, outcome in zip(items, outcomes, strict=True)
    )
    keys = sorted(counts)  # always in one order, so that two workers cannot wait for each other
    connection.execute(
        _SQL["count_fates"],
        {
            "sources": [key[0] for key in keys],
            "tenants": [key[1] for key in keys],
            "fates": [key[2] for key in keys],
            "reasons": [key[3] for key in keys],
            "messages": [counts[key] for key in keys],
        },
    )


def _notifications(streams: Iterable[int]) -> list[str]:
    payloads: list[str] = []
    current = ""
    for stream in streams:
        text = f"{current},{stream}" if current else str(stream)
        if len(text) > _NOTIFY_BYTES:
            payloads.append(current)
            text = str(stream)
        current = text
    return [*payloads, current] if current else payloads
