"""Periodic work: what is due runs, one process at a time, and what fails is tried again later."""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from regionhub.errors import StoreError, StoreUnavailable
from regionhub.observability import get_logger
from regionhub.store.database import Connection, Database, select_value
from regionhub.store.statements import queries

_SQL = queries(__package__, "jobs")
_log = get_logger(__name__)
#: First half of the lock numbers of jobs, so that nobody else's locks are in the way.
_JOBS = 0x52480003


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a job works with.

    `owner` opens a connection of the owner in autocommit, `database` is under the ingest role;
    a job that takes long ends soon after `stopping` is set.
    """

    owner: Callable[[], AbstractContextManager[Connection]]
    database: Database
    stopping: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to do every so many seconds; `name` is the same in every process."""

    name: str
    every_seconds: float
    run: Callable[[Work], None]


class Schedule:
    """Knows which jobs are due; each is due at the start.

    Args:
        jobs: what there is to do.
        clock: seconds that never go back.
    """

    def __init__(self, jobs: Sequence[Job], clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due = dict.fromkeys(jobs, 0.0)

    def run(self, work: Work) -> None:
        """Run what is due, one after the other.

        Raises:
            StoreUnavailable: the database is away; what was not done stays due.
        """
        for job, due in self._due.items():
            if work.stopping.is_set():
                return
            if self._clock() < due:
                continue
            try:
                with _alone(work, job) as alone:
                    if alone:
                        job.run(work)
            except StoreUnavailable:
                raise
            except StoreError as error:
                # tried again when it is due again; the others must not wait behind it
                _log.exception("job_failed", job=job.name, detail=error.detail)
            self._due[job] = self._clock() + job.every_seconds


@contextmanager
def _alone(work: Work, job: Job) -> Iterator[bool]:
    """Whether no other process is at this job; the lock ends with the connection that holds it."""
    connection = work.database.own_connection()
    try:
        values = {"kind": _JOBS, "id": zlib.crc32(job.name.encode()) - 2**31}
        yield bool(select_value(connection, bool, _SQL["take"], values))
    finally:
        connection.close()
