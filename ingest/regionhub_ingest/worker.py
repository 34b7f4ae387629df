"""The ingest process: connections, pipeline, store; decoding and committing go side by side."""

from __future__ import annotations

import gc
import queue
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

from regionhub.devices import Source
from regionhub.errors import InputError, StoreUnavailable
from regionhub.observability import get_logger
from regionhub.store.batch import Item, NewUplink, Outcome
from regionhub.store.ingest import IngestStore, SourceState
from regionhub_ingest.decode import Codecs
from regionhub_ingest.formats import FORMATS, GENERIC, reader
from regionhub_ingest.inbox import Inbox
from regionhub_ingest.metrics import (
    BATCH_MESSAGES,
    COMMIT_SECONDS,
    MESSAGES,
    READINGS,
    RETRIES,
    WAITING,
)
from regionhub_ingest.mqtt import RECEIVE_MAXIMUM, Delivery, SourceConnection
from regionhub_ingest.pipeline import Pipeline
from regionhub_ingest.registry import Registry

_log = get_logger(__name__)

#: A batch holds what is waiting while the one before is committed, at most this many messages.
BATCH_SIZE = 1000
_LOOK_FOR_CHANGES_SECONDS = 1.0
_IDLE_SECONDS = 0.2
_SWITCH_SECONDS = 0.0005
_GARBAGE = (200_000, 20, 100)
_RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)

T = TypeVar("T")


class Batch(NamedTuple):
    """Messages and what they became, in the same order."""

    deliveries: list[Delivery]
    items: list[Item]


class Worker:
    """One ingest process.

    Args:
        store: where batches go.
        make_codecs: called in the thread that decodes, because a JavaScript engine belongs to one.
        client_id: prefix of the MQTT session names; the same at every start.
    """

    def __init__(
        self, store: IngestStore, make_codecs: Callable[[], Codecs], *, client_id: str
    ) -> None:
        self._store = store
        self._make_codecs = make_codecs
        self._client_id = client_id
        self._registry = Registry(store)
        self._inbox: Inbox[Delivery] = Inbox(2 * RECEIVE_MAXIMUM)
        self._batches: queue.Queue[Batch] = queue.Queue(maxsize=1)
        self._connections: dict[int, SourceConnection] = {}
        self._stopping = threading.Event()
        self._failure: BaseException | None = None

    def run(self) -> None:
        """Work until `stop` is called; raises what ended a thread for good."""
        # The writer asks for the interpreter after every answer of the database; five milliseconds
        # of waiting each time would be most of a commit.
        sys.setswitchinterval(_SWITCH_SECONDS)
        # A batch is tens of thousands of objects without cycles that live as long as it does: to
        # look through them after every 700 new ones costs more than to parse them.
        gc.freeze()
        gc.set_threshold(*_GARBAGE)
        decoder = threading.Thread(target=self._guard, args=(self._decode,), name="decode")
        writer = threading.Thread(target=self._guard, args=(self._write,), name="write")
        decoder.start()
        writer.start()
        try:
            while not self._stopping.is_set():
                self._supervise()
                self._stopping.wait(_LOOK_FOR_CHANGES_SECONDS)
        finally:
            self._stopping.set()
            decoder.join()
            writer.join()
            for connection in self._connections.values():
                connection.stop()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Finish the batch in hand, acknowledge it and end `run`."""
        self._stopping.set()

    def _guard(self, body: Callable[[], None]) -> None:
        try:
            body()
        except BaseException as error:  # noqa: BLE001 - handed to `run`, which raises it
            self._failure = error
            self._stopping.set()

    def _supervise(self) -> None:
        """Follow changes of the sources and write down how each is doing."""
        try:
            self._registry.refresh()
            self._follow_sources()
            self._store.write_source_states(
                [
                    SourceState(
                        source_id,
                        connection.status.connected_since,
                        connection.status.last_message_at,
                        connection.status.problem,
                    )
                    for source_id, connection in self._connections.items()
                ]
            )
        except StoreUnavailable as error:
            _log.warning("database_unavailable", detail=error.detail)

    def _follow_sources(self) -> None:
        wanted = {source.source_id: source for source in self._registry.sources}
        for source_id, connection in list(self._connections.items()):
            if wanted.get(source_id) != connection.source:
                connection.stop()
                del self._connections[source_id]
        for source_id, source in wanted.items():
            if source_id not in self._connections:
                connection = SourceConnection(
                    source, self._inbox, client_id=f"{self._client_id}-{source_id}"
                )
                self._connections[source_id] = connection
                problem = _unreadable(source)
                if problem is None:
                    connection.start()
                else:  # the broker keeps the messages until somebody can read them
                    connection.report(problem)

    def _decode(self) -> None:
        pipeline = Pipeline(self._registry, self._make_codecs())
        while not self._stopping.is_set():
            deliveries = self._inbox.take(BATCH_SIZE, _IDLE_SECONDS)
            if not deliveries:
                continue
            messages = [(d.connection.source, d.envelope) for d in deliveries]
            items = self._persist(partial(pipeline.prepare_all, messages))
            if items is None:
                return
            batch = Batch(deliveries, items)
            while not self._stopping.is_set():
                try:
                    self._batches.put(batch, timeout=_IDLE_SECONDS)
                except queue.Full:
                    continue
                break

    def _write(self) -> None:
        while not (self._stopping.is_set() and self._batches.empty()):
            try:
                batch = self._batches.get(timeout=_IDLE_SECONDS)
            except queue.Empty:
                continue
            self._commit(batch)

    def _commit(self, batch: Batch) -> None:
        started = time.perf_counter()
        outcomes = self._persist(lambda: self._store.commit(batch.items))
        if outcomes is None:
            return  # stopped while the database was away: the broker keeps the messages
        COMMIT_SECONDS.observe(time.perf_counter() - started)
        BATCH_MESSAGES.observe(len(batch.items))
        WAITING.set(len(self._inbox))
        by_connection: dict[SourceConnection, list[Delivery]] = {}
        for delivery in batch.deliveries:
            by_connection.setdefault(delivery.connection, []).append(delivery)
        for connection, deliveries in by_connection.items():
            connection.acknowledge(deliveries)
        _count(batch.items, outcomes)

    def _persist(self, work: Callable[[], T]) -> T | None:
        """Do work that needs the database until it succeeds; None if stopped before."""
        attempt = 0
        while True:
            try:
                return work()
            except StoreUnavailable as error:
                RETRIES.inc()
                delay = _RETRY_SECONDS[min(attempt, len(_RETRY_SECONDS) - 1)]
                _log.warning("database_unavailable", detail=error.detail, retry_in_seconds=delay)
                attempt += 1
                if self._stopping.wait(delay):
                    return None


def _count(items: Sequence[Item], outcomes: Sequence[Outcome]) -> None:
    fates: Counter[tuple[str, str, str, str]] = Counter()
    readings = 0
    for item, (fate, reason) in zip(items, outcomes, strict=True):
        fates[item.source.tenant, item.source.name, fate, reason] += 1
        if fate == "stored" and isinstance(item, NewUplink):
            readings += len(item.measurements)
    for labels, messages in fates.items():
        MESSAGES.labels(*labels).inc(messages)
    READINGS.inc(readings)


def _unreadable(source: Source) -> str | None:
    """Why nothing of a source can be read; None if it can."""
    if source.format not in (*FORMATS, GENERIC):
        return f"this version does not know the format {source.format}"
    try:
        reader(source.format, source.mapping)
    except InputError as error:
        return error.detail
    return None
