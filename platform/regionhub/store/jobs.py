"""Periodic work: what is due runs, one process at a time, and what fails is tried again later."""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import LiteralString, Self, TypeVar

from regionhub.errors import RegionhubError, StoreBusy, StoreUnavailable
from regionhub.observability import get_logger
from regionhub.sealing import Secrets
from regionhub.store.database import Connection, Database, select_all, select_value, store_errors
from regionhub.store.statements import queries

_SQL = queries(__package__, "jobs")
_log = get_logger(__name__)
#: First half of the lock numbers of jobs, so that nobody else's locks are in the way.
_JOBS = 0x52480003
Part = TypeVar("Part")


class Locks:
    """Which jobs this process is at, on one connection of its own; for several threads.

    A process that dies loses its locks with its connection.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._asking = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    @contextmanager
    def alone(self, job: str) -> Iterator[bool]:
        """Whether no other process is at this job; while it is so, none begins with it.

        Raises:
            StoreUnavailable: the database is away, and so is every lock.
        """
        taken = self._ask(_SQL["take"], job)
        try:
            yield taken
        finally:
            if taken:
                self._ask(_SQL["give_back"], job)

    def _ask(self, statement: LiteralString, job: str) -> bool:
        lock = {"kind": _JOBS, "id": zlib.crc32(job.encode()) - 2**31}
        with self._asking:
            try:
                if self._connection is None:
                    self._connection = self._database.own_connection()
                with store_errors():
                    return bool(select_value(self._connection, bool, statement, lock))
            except StoreUnavailable:
                self._close()
                raise

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HubBroker:
    """The hub's own broker: how ingest reads from it, and a thermometer that sends to it.

    `publish` takes the DevEUI and a temperature in °C; its messages have the format and are of the
    device profile that are named here.
    """

    url: str
    user: str
    password: str
    format: str
    profile: str
    publish: Callable[[str, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a job works with.

    `owner` opens a connection of the owner in autocommit, `database` is under the ingest role;
    a job that takes long ends soon after `stopping` is set. `locks` say who else is at a job.
    `secrets` opens what is sealed in the database, `portal` is the address that people know,
    `broker` the hub's own if it has one. `heartbeat` is an address that is asked when alarms were
    tried and work, `operator` one of a channel for when they do not; `alarm_networks` are what
    addresses of alarms may lead to beside the internet, `feed_networks` those of feeds.
    """

    owner: Callable[[], AbstractContextManager[Connection]]
    database: Database
    locks: Locks
    stopping: threading.Event = field(default_factory=threading.Event)
    secrets: Secrets = field(default_factory=Secrets)
    portal: str = ""
    broker: HubBroker | None = None
    heartbeat: str = ""
    operator: str = ""
    alarm_networks: Sequence[IPv4Network | IPv6Network] = ()
    feed_networks: Sequence[IPv4Network | IPv6Network] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to do every so many seconds; `name` is the same in every process."""

    name: str
    every_seconds: float
    run: Callable[[Work], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingJob:
    """A job that failed so often in a row, and on what the last time."""

    job: str
    problem: str
    failures: int
    since: datetime


def for_each(work: Work, parts: Iterable[Part], act: Callable[[Part], object]) -> None:
    """Do the parts of a job; what fails at one, a fault of the program included, stops no other.

    Raises:
        StoreUnavailable: the database is away, and so it is for the others.
        Exception: what the last one of those that failed did on; each is logged.
    """
    fault: Exception | None = None
    for part in parts:
        if work.stopping.is_set():
            break
        try:
            act(part)
        except Exception as error:
            if isinstance(error, StoreUnavailable) and not isinstance(error, StoreBusy):
                raise
            _log.exception("job_part_failed", part=str(part))
            fault = error
    if fault is not None:
        raise fault


class Schedule:
    """Knows which jobs are due; each is due at the start.

    Args:
        jobs: what there is to do.
        clock: seconds that never go back.
    """

    def __init__(self, jobs: Sequence[Job], clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due = dict.fromkeys(jobs, 0.0)
        #: Jobs that did not succeed yet, here or as far as this process knows in another.
        self._in_doubt = set(jobs)

    def run(self, work: Work) -> None:
        """Run what is due, one after the other.

        Whatever a job fails on, a fault of the program included, it is tried again when it is due
        again; the others do not wait behind it, and `doctor` shows it until it succeeds.

        Raises:
            StoreUnavailable: the database is away; what was not done stays due.
        """
        for job, due in self._due.items():
            if work.stopping.is_set():
                return
            if self._clock() < due:
                continue
            with work.locks.alone(job.name) as alone:
                if alone:
                    self._run(job, work)
            self._due[job] = self._clock() + job.every_seconds

    def _run(self, job: Job, work: Work) -> None:
        try:
            job.run(work)
        except Exception as error:
            if isinstance(error, StoreUnavailable) and not isinstance(error, StoreBusy):
                raise
            detail = error.detail if isinstance(error, RegionhubError) else repr(error)
            _log.exception("job_failed", job=job.name, detail=detail)
            self._in_doubt.add(job)
            values = {"job": job.name, "problem": detail.replace("\x00", "\ufffd")[:1000]}
            with work.owner() as connection:
                connection.execute(_SQL["note_failure"], values)
            return
        if job in self._in_doubt:
            with work.owner() as connection:
                connection.execute(_SQL["forget_failure"], {"job": job.name})
            self._in_doubt.discard(job)


def failing_jobs(connection: Connection) -> list[FailingJob]:
    """What failed when it was tried last, the longest first; as the owner."""
    return select_all(connection, FailingJob, _SQL["failing_jobs"])
