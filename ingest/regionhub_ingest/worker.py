"""The ingest process: connections, pipeline, store; decoding and committing go side by side."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

from regionhub.archive.items import Item, NewDeadLetter, NewUplink, Outcome
from regionhub.archive.write.ingest import IngestStore
from regionhub.errors import DecodeError, StoreError, StoreFull, StoreUnavailable, UnusableProfile
from regionhub.observability import get_logger
from regionhub.store.leases import Leases
from regionhub_ingest.arrival import ArrivalClock
from regionhub_ingest.decode import Codecs
from regionhub_ingest.inbox import BATCH_SIZE, Inbox
from regionhub_ingest.metrics import (
    BATCH_MESSAGES,
    COMMIT_SECONDS,
    DECODE_ERRORS,
    MESSAGES,
    READINGS,
    RETRIES,
    WAITING,
)
from regionhub_ingest.mqtt import Delivery, SourceConnection
from regionhub_ingest.pipeline import Pipeline
from regionhub_ingest.registry import Registry
from regionhub_ingest.sessions import IN_FLIGHT, Sessions

_log = get_logger(__name__)

#: Reasons of dead letters that are about a device profile.
DECODE_REASONS = {DecodeError.reason, UnusableProfile.reason}
_LOOK_FOR_CHANGES_SECONDS = 1.0
_IDLE_SECONDS = 0.2
#: Messages of a network server have 2 kB; larger ones are for the dead letters.
_WAITING_BYTES = 64 * 1024 * 1024
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
        leases: which sessions at the brokers are this process's.
        codecs: used by nobody else meanwhile.
        client_id: prefix of the MQTT session names; the same for all processes and at every start.
    """

    def __init__(
        self,
        store: IngestStore,
        leases: Leases,
        codecs: Codecs,
        *,
        client_id: str,
    ) -> None:
        self._store = store
        self._codecs = codecs
        self._registry = Registry(store)
        self._inbox: Inbox[Delivery] = Inbox(IN_FLIGHT, _WAITING_BYTES, _length)
        self._batches: queue.Queue[Batch] = queue.Queue(maxsize=1)
        self._sessions = Sessions(leases, self._inbox, ArrivalClock(), client_id=client_id)
        self._stopping = threading.Event()
        self._failure: BaseException | None = None
        #: What keeps messages from being stored right now: code of `regionhub.problems` and detail.
        self._store_problem: tuple[str, str] | None = None

    def run(self) -> None:
        """Work until `stop` is called; raises what ended a thread for good."""
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
            self._sessions.stop()
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
        # before the database is asked, which may be away: lag is measured here
        states = self._sessions.states(self._store_problem)
        try:
            self._registry.refresh()
            gone = self._sessions.follow(self._registry.sources, self._store.surplus_sessions())
            self._store.write_source_states(states)
            self._store.forget_sessions(gone)
        except StoreUnavailable as error:
            _log.warning("database_unavailable", detail=error.detail)
        except Exception:  # noqa: BLE001 - what is received is decoded and stored all the same
            _log.exception("supervision_failed")

    def _decode(self) -> None:
        pipeline = Pipeline(self._registry, self._codecs)
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
        self._store_problem = None
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
        """Do work that needs the database until it succeeds; None if stopped before.

        Whatever went wrong is tried again: nothing is lost as long as it is not acknowledged, and
        a process that ends would meet the same messages at its next start.
        """
        attempt = 0
        while True:
            try:
                return work()
            except Exception as error:  # noqa: BLE001 - see above
                self._store_problem = problem, detail = _problem(error)
                RETRIES.inc()
                delay = _RETRY_SECONDS[min(attempt, len(_RETRY_SECONDS) - 1)]
                exc_info = None if isinstance(error, StoreError) else error
                _log.warning(problem, detail=detail, retry_in_seconds=delay, exc_info=exc_info)
                attempt += 1
                if self._stopping.wait(delay):
                    return None


def _problem(error: Exception) -> tuple[str, str]:
    """What keeps messages from being stored: code of `regionhub.problems` and detail."""
    match error:
        case StoreFull():
            return "database_full", error.detail
        case StoreUnavailable():
            return "database_unavailable", error.detail
        case StoreError():
            return "storing_fails", error.detail
        case _:
            return "storing_fails", type(error).__name__


def _length(delivery: Delivery) -> int:
    return len(delivery.envelope.body)


def _count(items: Sequence[Item], outcomes: Sequence[Outcome]) -> None:
    fates: Counter[tuple[str, str, str, str]] = Counter()
    readings = 0
    for item, (fate, reason, _) in zip(items, outcomes, strict=True):
        fates[item.source.tenant, item.source.name, fate, reason] += 1
        if fate == "stored" and isinstance(item, NewUplink):
            readings += len(item.measurements)
        elif isinstance(item, NewDeadLetter) and item.device and reason in DECODE_REASONS:
            DECODE_ERRORS.labels(item.device.profile_id, reason).inc()
    for labels, messages in fates.items():
        MESSAGES.labels(*labels).inc(messages)
    READINGS.inc(readings)
