"""Write what ingest received: one transaction for a batch, one counted fate for a message."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from regionhub.archive.calibrations import in_force
from regionhub.archive.items import Item, NewDeadLetter, NewIgnored, NewUplink, Outcome
from regionhub.archive.stored_profiles import stored_profiles
from regionhub.archive.write.batch import IngestBatch
from regionhub.devices import Device, Source
from regionhub.errors import UNEXPECTED, StoreError, StoreRejected
from regionhub.observability import get_logger
from regionhub.profiles import DeviceProfile
from regionhub.sealing import Secrets
from regionhub.series.normalize import StreamKey
from regionhub.store.arrays import Floats, Integers, Times
from regionhub.store.database import (
    Connection,
    Database,
    select_all,
    select_value,
    store_errors,
)
from regionhub.store.leases import Session
from regionhub.store.listen import notify
from regionhub.store.statements import queries
from regionhub.times import to_datetime

_SQL = queries(__package__, "write")
_log = get_logger(__name__)


class _Written(NamedTuple):
    """A batch in the database, what became of its items, and the datastreams that changed."""

    batch: IngestBatch
    outcomes: list[Outcome]
    touched: Iterable[int]


#: Writes down what became of a batch, in the transaction of the batch.
Settle = Callable[[Connection, list[Outcome]], None]


class SourceState(NamedTuple):
    """How a session of a source at its broker is doing.

    Times are nanoseconds since 1970-01-01 UTC. `problem` is a code of `regionhub.problems`,
    `lag_seconds` how long the oldest message that is received and not acknowledged yet has been
    waiting.
    """

    source_id: int
    session: int
    connected_since: int | None
    last_message_at: int | None
    problem: str | None
    problem_detail: str | None
    messages_last_minute: int
    lag_seconds: float


class IngestStore:
    """Writes batches and keeps the ids of datastreams.

    Each ingest worker has one. Only one thread at a time may `commit`; the rest is free for all.
    """

    def __init__(self, database: Database, secrets: Secrets | None = None) -> None:
        """`secrets` opens those of the sources; without them a source that has some cannot work."""
        self._database = database
        self._secrets = secrets or Secrets()
        self._streams: dict[StreamKey, int] = {}
        self._known_states: set[int] = set()

    def registry_version(self) -> int:
        """A number that changes whenever a device, a source or a profile changes."""
        with self._database.transaction() as connection:
            return select_value(connection, int, _SQL["registry_version"]) or 0

    def devices(self) -> dict[tuple[int, str], Device]:
        """All active devices by town and DevEUI."""
        with self._database.transaction() as connection:
            devices = select_all(connection, Device, _SQL["devices"])
            known = in_force(connection)
        return {
            (device.tenant_id, device.dev_eui): replace(
                device, calibrations=known[device.device_id]
            )
            if device.device_id in known
            else device
            for device in devices
        }

    def profiles(self) -> dict[str, DeviceProfile]:
        """The profiles that stand in the database, whoever they belong to."""
        with self._database.transaction() as connection:
            return stored_profiles(connection)

    def sources(self, *, also_disabled: bool = False) -> list[Source]:
        """All enabled sources, or all."""
        with self._database.transaction() as connection:
            sources = select_all(
                connection, _source, _SQL["sources"], {"also_disabled": also_disabled}
            )
        return [self._secrets.opened(source) for source in sources]

    def write_source_states(self, states: Sequence[SourceState]) -> None:
        """What the operations pages show of the sessions that this process holds."""
        with self._database.transaction() as connection:
            connection.execute(
                _SQL["write_source_states"],
                {
                    "sources": Integers([state.source_id for state in states]),
                    "sessions": Integers([state.session for state in states]),
                    "connected_since": Times([state.connected_since for state in states]),
                    "last_message_at": Times([state.last_message_at for state in states]),
                    "problems": [state.problem for state in states],
                    "problem_details": [state.problem_detail for state in states],
                    "messages_last_minute": Integers(
                        [state.messages_last_minute for state in states]
                    ),
                    "lag_seconds": Floats([state.lag_seconds for state in states]),
                    "clock": to_datetime(time.time_ns()),
                },
            )

    def surplus_sessions(self) -> list[Session]:
        """Sessions that sources had and should not have any more."""
        with self._database.transaction() as connection:
            return select_all(connection, _session, _SQL["surplus_sessions"])

    def forget_sessions(self, sessions: Sequence[Session]) -> None:
        """These sessions are empty and gone from their brokers."""
        if sessions:
            with self._database.transaction() as connection:
                connection.execute(
                    _SQL["forget_sessions"],
                    {
                        "sources": Integers([source_id for source_id, _ in sessions]),
                        "sessions": Integers([number for _, number in sessions]),
                    },
                )

    def commit(self, items: Sequence[Item], settle: Settle | None = None) -> list[Outcome]:
        """Store a batch and count it; returns the fate of each item.

        Instead of being counted as arrivals, the fates go to `settle` if it is given: what was
        counted when it arrived is not counted again.

        A batch that the database refuses, or at which this program fails, is divided until what
        cannot be written stands alone; that becomes a dead letter. All of it is one transaction,
        too.

        Raises:
            StoreError: nothing was written, and no message explains why; try the same batch again.
        """
        settle = settle or partial(_count, items)
        try:
            return self._commit(items, self._write, settle)
        except Exception as error:
            if not _explainable(error):
                raise
            return self._commit(items, self._write_divided, settle)

    def _commit(
        self,
        items: Sequence[Item],
        write: Callable[[Connection, Sequence[Item]], list[_Written]],
        settle: Settle,
    ) -> list[Outcome]:
        with self._database.transaction() as connection, connection.transaction():
            parts = write(connection, items)
            outcomes = [outcome for part in parts for outcome in part.outcomes]
            settle(connection, outcomes)
        for batch, _, _ in parts:
            self._streams.update(batch.new_streams)
            self._known_states.update(batch.devices)
        notify(self._database, {stream for part in parts for stream in part.touched})
        return outcomes

    def _write(self, connection: Connection, items: Sequence[Item]) -> list[_Written]:
        batch = IngestBatch(items, self._streams, self._known_states)
        return [_Written(batch, *batch.write(connection))]

    def _write_divided(self, connection: Connection, items: Sequence[Item]) -> list[_Written]:
        try:
            with store_errors(), connection.transaction():
                return self._write(connection, items)
        except Exception as error:
            if not _explainable(error):
                raise
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


def _source(*, topics: list[str], former_topics: list[str], **columns: Any) -> Source:
    return Source(topics=tuple(topics), former_topics=tuple(former_topics), **columns)


def _session(*, source_id: int, session: int) -> Session:
    return source_id, session


def _explainable(error: Exception) -> bool:
    """Whether what a message holds can be the reason; a missing table or right cannot be one."""
    return isinstance(error, StoreRejected) or not isinstance(error, StoreError | MemoryError)


def _refused(item: Item, error: Exception) -> Item:
    if isinstance(item, NewIgnored):
        raise error
    if isinstance(error, StoreRejected):
        reason, detail = error.reason, error.detail
    else:
        _log.error("write_failed", source=item.source.name, exc_info=error)
        reason, detail = UNEXPECTED, f"this program failed with {type(error).__name__}"
    if isinstance(item, NewDeadLetter):
        return NewDeadLetter(
            source=item.source,
            envelope=item.envelope,
            reason=reason,
            detail=f"{item.reason}; {detail}",
        )
    return NewDeadLetter(
        source=item.source,
        envelope=item.envelope,
        reason=reason,
        detail=detail,
        dev_eui=item.device.dev_eui,
        device=item.device,
        frame=item.uplink if isinstance(item, NewUplink) else None,
    )


def _count(items: Sequence[Item], connection: Connection, outcomes: Sequence[Outcome]) -> None:
    counts = Counter(
        (item.source.source_id, item.source.tenant_id, outcome.fate, outcome.reason)
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
