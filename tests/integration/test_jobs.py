"""What is due runs, alone, and what fails does not stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import pytest
from tests.rows import Connection, connect

from regionhub.errors import StoreRejected, StoreUnavailable
from regionhub.store.database import Database
from regionhub.store.jobs import Job, Schedule, Work


@dataclass
class Diary:
    """Jobs that write down when they ran, and a clock that a test sets."""

    database: Database
    url: str
    now: float = 100.0
    ran: list[tuple[str, float]] = field(default_factory=list)

    def work(self) -> Work:
        def owner() -> AbstractContextManager[Connection]:
            return connect(self.url, autocommit=True)

        return Work(owner=owner, database=self.database)

    def job(self, name: str, every: float, failing: Exception | None = None) -> Job:
        def run(_: Work) -> None:
            self.ran.append((name, self.now))
            if failing is not None:
                raise failing

        return Job(name=name, every_seconds=every, run=run)

    def schedule(self, *jobs: Job) -> Schedule:
        return Schedule(jobs, clock=lambda: self.now)


@pytest.fixture
def diary(new_database: Callable[[], str]) -> Iterator[Diary]:
    url = new_database()
    with Database(url, size=2, role="ingest") as database:
        yield Diary(database, url)


def test_a_job_is_due_at_the_start_and_then_at_its_interval(diary: Diary) -> None:
    schedule, work = diary.schedule(diary.job("often", 10), diary.job("rarely", 25)), diary.work()
    for diary.now in (100, 109.9, 110, 119, 121, 125):
        schedule.run(work)
    assert diary.ran == [
        *(("often", 100), ("rarely", 100), ("often", 110), ("often", 121)),
        ("rarely", 125),
    ]


def test_a_job_that_fails_stops_no_other_and_is_tried_again(diary: Diary) -> None:
    failing = diary.job("failing", 10, StoreRejected("no such column"))
    schedule, work = diary.schedule(failing, diary.job("other", 10)), diary.work()
    schedule.run(work)
    schedule.run(work)  # it waits for its time like any other
    diary.now = 110
    schedule.run(work)
    assert diary.ran == [
        *(("failing", 100), ("other", 100)),
        *(("failing", 110), ("other", 110)),
    ]


def test_while_the_database_is_away_a_job_stays_due(diary: Diary) -> None:
    away = diary.job("away", 10, StoreUnavailable("gone"))
    schedule, work = (
        diary.schedule(diary.job("first", 10), away, diary.job("last", 10)),
        diary.work(),
    )
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            schedule.run(work)
    assert diary.ran == [("first", 100), ("away", 100), ("away", 100)]


def test_a_fault_of_the_program_is_not_hidden(diary: Diary) -> None:
    schedule = diary.schedule(diary.job("broken", 10, ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        schedule.run(diary.work())


def test_a_job_runs_in_one_process_at_a_time(diary: Diary) -> None:
    """Another process finds it taken, and does its other jobs."""
    other = diary.schedule(diary.job("long", 10), diary.job("short", 10))

    def meanwhile(work: Work) -> None:
        diary.ran.append(("begun", diary.now))
        other.run(work)
        diary.ran.append(("ended", diary.now))

    diary.schedule(Job(name="long", every_seconds=10, run=meanwhile)).run(diary.work())
    assert [name for name, _ in diary.ran] == ["begun", "short", "ended"]

    diary.now = 110  # the lock ended with the job
    other.run(diary.work())
    assert [name for name, _ in diary.ran[3:]] == ["long", "short"]


def test_a_job_that_failed_is_free_for_others(diary: Diary) -> None:
    diary.schedule(diary.job("job", 10, StoreRejected("no"))).run(diary.work())
    diary.schedule(diary.job("job", 10)).run(diary.work())
    assert len(diary.ran) == 2


def test_who_is_stopping_begins_nothing_more(diary: Diary) -> None:
    work = diary.work()

    def stop(_: Work) -> None:
        diary.ran.append(("stop", diary.now))
        work.stopping.set()

    schedule = diary.schedule(Job(name="stop", every_seconds=1, run=stop), diary.job("next", 1))
    schedule.run(work)
    assert diary.ran == [("stop", 100)]
