"""What is due runs, alone, and what fails does not stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import pytest
from tests.rows import Connection, connect

from regionhub.errors import StoreRejected, StoreUnavailable
from regionhub.store.database import Database
from regionhub.store.jobs import Job, Locks, Schedule, Work, failing_jobs, for_each


@dataclass
class Diary:
    """Jobs that write down when they ran, and a clock that a test sets."""

    database: Database
    url: str
    locks: Locks
    now: float = 100.0
    ran: list[tuple[str, float]] = field(default_factory=list)

    def work(self, locks: Locks | None = None) -> Work:
        return Work(owner=self.owner, database=self.database, locks=locks or self.locks)

    def owner(self) -> AbstractContextManager[Connection]:
        return connect(self.url, autocommit=True)

    def failing(self) -> list[tuple[str, str, int]]:
        with self.owner() as connection:
            return [(job.job, job.problem, job.failures) for job in failing_jobs(connection)]

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
    with Database(url, size=2, role="ingest") as database, Locks(database) as locks:
        yield Diary(database, url, locks)


def test_a_job_is_due_at_the_start_and_then_at_its_interval(diary: Diary) -> None:
    schedule, work = diary.schedule(diary.job("often", 10), diary.job("rarely", 25)), diary.work()
    for diary.now in (100, 109.9, 110, 119, 121, 125):
        schedule.run(work)
    assert diary.ran == [
        *(("often", 100), ("rarely", 100), ("often", 110), ("often", 121)),
        ("rarely", 125),
    ]


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (StoreRejected("no such column"), "no such column"),
        (
            ValueError("a fault\0of ours"),
            "ValueError('a fault\\x00of ours')",
        ),
        (AssertionError(), "AssertionError()"),
    ],
)
def test_a_job_that_fails_stops_no_other_and_is_tried_again(
    diary: Diary, fault: Exception, problem: str
) -> None:
    failing = diary.job("failing", 10, fault)
    schedule, work = diary.schedule(failing, diary.job("other", 10)), diary.work()
    schedule.run(work)
    schedule.run(work)  # it waits for its time like any other
    diary.now = 110
    schedule.run(work)
    assert diary.ran == [
        *(("failing", 100), ("other", 100)),
        *(("failing", 110), ("other", 110)),
    ]
    assert diary.failing() == [("failing", problem, 2)]
    # what another process left behind as well
    diary.schedule(diary.job("failing", 10)).run(work)
    assert diary.failing() == []


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


def test_what_fails_later_and_succeeds_again_is_told(diary: Diary) -> None:
    faults = iter([None, ValueError("now"), None])

    def run(_: Work) -> None:
        if fault := next(faults):
            raise fault

    schedule, work = diary.schedule(Job(name="moody", every_seconds=1, run=run)), diary.work()
    told = []
    for diary.now in (100, 101, 102):
        schedule.run(work)
        told.append(diary.failing())
    assert told == [[], [("moody", "ValueError('now')", 1)], []]


def test_locks_take_one_connection_and_come_back_after_an_outage(diary: Diary) -> None:
    schedule, work = diary.schedule(diary.job("one", 1), diary.job("two", 1)), diary.work()
    schedule.run(work)
    holders = (
        "select pid from pg_stat_activity where datname = current_database() "
        "and query like '%pg_advisory_unlock%' and pid <> pg_backend_pid()"
    )
    with diary.owner() as owner:
        [(pid,)] = {tuple(row.values()) for row in owner.execute(holders).fetchall()}
        owner.execute("select pg_terminate_backend(%s, 5000)", [pid])
    diary.now = 102
    with pytest.raises(StoreUnavailable):
        schedule.run(work)
    schedule.run(work)
    assert diary.ran[2:] == [("one", 102), ("two", 102)]


def test_a_job_runs_in_one_process_at_a_time(diary: Diary) -> None:
    """Another process finds it taken, and does its other jobs."""
    other = diary.schedule(diary.job("long", 10), diary.job("short", 10))

    def meanwhile(_: Work) -> None:
        diary.ran.append(("begun", diary.now))
        with Locks(diary.database) as elsewhere:
            other.run(diary.work(elsewhere))
        diary.ran.append(("ended", diary.now))

    diary.schedule(Job(name="long", every_seconds=10, run=meanwhile)).run(diary.work())
    assert [name for name, _ in diary.ran] == ["begun", "short", "ended"]

    diary.now = 110  # the lock ended with the job
    other.run(diary.work())
    assert [name for name, _ in diary.ran[3:]] == ["long", "short"]


def test_a_job_that_failed_is_free_for_others(diary: Diary) -> None:
    diary.schedule(diary.job("job", 10, StoreRejected("no"))).run(diary.work())
    with Locks(diary.database) as elsewhere:
        diary.schedule(diary.job("job", 10)).run(diary.work(elsewhere))
    assert len(diary.ran) == 2


def test_who_is_stopping_begins_nothing_more(diary: Diary) -> None:
    work = diary.work()

    def stop(_: Work) -> None:
        diary.ran.append(("stop", diary.now))
        work.stopping.set()

    schedule = diary.schedule(Job(name="stop", every_seconds=1, run=stop), diary.job("next", 1))
    schedule.run(work)
    assert diary.ran == [("stop", 100)]


@pytest.mark.parametrize("fault", [StoreRejected("no such column"), ValueError("a fault of ours")])
def test_a_part_that_fails_stops_no_other(diary: Diary, fault: Exception) -> None:
    done: list[int] = []

    def act(part: int) -> None:
        if part == 1:
            raise fault
        done.append(part)

    with pytest.raises(type(fault)):
        for_each(diary.work(), (1, 2, 3), act)
    assert done == [2, 3]


def test_without_a_database_no_further_part_is_tried(diary: Diary) -> None:
    tried: list[int] = []

    def act(part: int) -> None:
        tried.append(part)
        raise StoreUnavailable("away")

    with pytest.raises(StoreUnavailable):
        for_each(diary.work(), (1, 2), act)
    assert tried == [1]
