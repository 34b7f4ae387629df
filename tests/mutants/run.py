"""Tests run against one mutant after the other, each in a process forked from one that has
collected them.

A mutant is killed when a test fails that reads what it changes; which those are is known from a
run without any mutant. Each is tried in a database of its own. After some mutants the tests that
killed them run once more without any: a verdict counts if they pass, else the run is broken and
says so.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest

from regionhub.cli.assembly import schema
from regionhub.errors import RegionhubError
from tests.mutants.databases import RefusedError, change, new_database, prepare
from tests.mutants.mutate import Mutant
from tests.mutants.reads import closure, named_meanwhile, texts

#: A mutant that makes a statement run for ever is noticed as well: each of its tests may take so
#: many times as long as without it, and these seconds.
_LONGER, _LONGEST_SECONDS = 5, 60
#: What a test may take without a mutant, else the run is broken.
_UNCHANGED_SECONDS = 600
#: Mutants between two controls.
_ROUND = 20
#: The fixture with the URL of the one database of these tests.
_VIEWS = "views_url"
#: Fixtures that make databases: here there is one server, and one database for each mutant.
_SERVER, _NEW_DATABASE = "postgres", "new_database"
#: Tests with these want a database of their own.
_OWN_DATABASE = frozenset({"database_url", "clone"})


class Outcome(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SLOW = "takes too long"
    REFUSED = "refused by the database"
    SURVIVED = "survived"


class BrokenError(Exception):
    """Something fails that no mutant is the reason of."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`by` is the test that failed or lasted, or why the database refused the mutant."""

    mutant: Mutant
    outcome: Outcome
    by: str
    seconds: float


@dataclass(frozen=True, slots=True)
class _Known:
    """What a test did without any mutant: the views and functions that it read, and how long."""

    reads: frozenset[str]
    seconds: float


@dataclass(slots=True)
class _Trial:
    """A mutant in a process; None is the views as they are."""

    mutant: Mutant | None
    server: str
    pid: int
    started: float = field(default_factory=time.monotonic)


class Trials:
    """A plugin of pytest that runs the collected tests once for each mutant.

    Args:
        servers: URLs of PostgreSQL servers; as many mutants are tried at once.
        mutants: in the order in which they are tried.
        seconds: after the tests have passed without a mutant; what is not decided then is given up.
        tell: is given each verdict.
        notes: a file that keeps what tests read for other runs; tests in it run no more without a
            mutant before the others do.
    """

    def __init__(
        self,
        servers: Sequence[str],
        mutants: Iterator[Mutant],
        seconds: float,
        tell: Callable[[Verdict], None],
        notes: Path | None = None,
    ) -> None:
        self._free = list(servers)
        self._mutants = mutants
        self._seconds = seconds
        self._tell = tell
        self._kept = notes
        #: By the end of the pipe through which it answers.
        self._running: dict[int, _Trial] = {}
        self._failed = ""
        self._server = ""
        self._database = ""
        self._known: dict[str, _Known] = {}
        #: By the view or function of a mutant, tests that killed others of it, the latest last.
        self._killers: dict[str, list[str]] = {}
        #: What is broken, if something is.
        self.broken = ""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of running the tests once."""
        if session.testsfailed:
            self.broken = f"{session.testsfailed} test files cannot be read"
            return True
        try:
            with tempfile.TemporaryDirectory() as folder:
                self._folder = Path(folder)
                for server in self._free:
                    prepare(server)
                self._notes = self._kept or self._folder / "reads.json"
                self._known = _read(self._notes)
                new = [item for item in _of_views(session) if item.nodeid not in self._known]
                self._pass(session, new)
                self._known = _read(self._notes)
                self._all(session)
        except (BrokenError, RegionhubError, psycopg.Error) as error:
            self.broken = str(error)
        finally:
            self._give_up()
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object], request: Any) -> object:
        """The mutant's database for all tests."""
        given = {_SERVER: self._server, _NEW_DATABASE: lambda: self._database}
        if fixturedef.argname not in given:
            return None
        value = given[fixturedef.argname]
        fixturedef.cached_result = (value, fixturedef.cache_key(request), None)
        return value

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember which test failed."""
        if report.failed and not self._failed:
            self._failed = report.nodeid

    def _all(self, session: pytest.Session) -> None:
        until = time.monotonic() + self._seconds
        while time.monotonic() < until and (some := list(islice(self._mutants, _ROUND))):
            found = list(self._round(session, some, until))
            killers = {each.by for each in found if each.outcome in {Outcome.KILLED, Outcome.SLOW}}
            self._pass(session, [item for item in _of_views(session) if item.nodeid in killers])
            for each in found:
                self._tell(each)

    def _round(
        self, session: pytest.Session, mutants: Sequence[Mutant], until: float
    ) -> Iterator[Verdict]:
        for mutant in mutants:
            if not self._free:
                yield from self._end(until)
            if time.monotonic() > until:
                break
            self._begin(session, mutant, self._concerned(session, mutant))
        while self._running and time.monotonic() < until:
            yield from self._end(until)
        self._give_up()

    def _pass(self, session: pytest.Session, items: Sequence[pytest.Item]) -> None:
        """Run tests without a mutant.

        Raises:
            BrokenError: one fails.
        """
        if not items:
            return
        self._begin(session, None, items)
        [(_, outcome, by)] = self._answers(None)
        if outcome is not Outcome.SURVIVED:
            raise BrokenError(f"without any mutant {by}: {outcome}")

    def _begin(
        self, session: pytest.Session, mutant: Mutant | None, items: Sequence[pytest.Item]
    ) -> None:
        server = self._free.pop()
        answer, end = os.pipe()
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            self._try(mutant, server, items, end)
        os.close(end)
        self._running[answer] = _Trial(mutant, server, pid)

    def _end(self, until: float) -> Iterator[Verdict]:
        """What the next ones say that end, if one does in time."""
        for trial, outcome, by in self._answers(until):
            assert trial.mutant is not None
            if outcome is Outcome.KILLED:
                self._killers.setdefault(trial.mutant.of, []).append(by)
            yield Verdict(trial.mutant, outcome, by, time.monotonic() - trial.started)

    def _answers(self, until: float | None) -> list[tuple[_Trial, Outcome, str]]:
        wait = None if until is None or until == float("inf") else max(0, until - time.monotonic())
        ended, _, _ = select.select([*self._running], [], [], wait)
        return [self._answer(answer) for answer in ended]

    def _answer(self, answer: int) -> tuple[_Trial, Outcome, str]:
        trial = self._running.pop(answer)
        with os.fdopen(answer) as said:
            outcome, _, by = said.read().partition(":")
        _, status = os.waitpid(trial.pid, 0)
        self._free.append(trial.server)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
            return trial, Outcome.SLOW, self._test_of(trial.pid).read_text(encoding="utf-8")
        if status or not outcome:
            raise BrokenError(f"{trial.mutant or 'the tests'}: the process ended with {status}")
        if outcome not in {*Outcome}:
            raise BrokenError(f"{trial.mutant or 'the tests'}: {by}")
        return trial, Outcome(outcome), by

    def _give_up(self) -> None:
        """End what runs."""
        for answer, trial in self._running.items():
            os.kill(trial.pid, signal.SIGKILL)
            os.waitpid(trial.pid, 0)
            os.close(answer)
            self._free.append(trial.server)
        self._running.clear()

    def _try(
        self, mutant: Mutant | None, server: str, items: Sequence[pytest.Item], answer: int
    ) -> NoReturn:
        if mutant is not None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.dup2(nowhere, sys.stderr.fileno())
        try:
            self._server, self._database = server, new_database(server)
            if mutant is not None:
                change(self._database, mutant)
        except RefusedError as error:
            said = f"{Outcome.REFUSED}:{error}"
        except (RegionhubError, psycopg.Error) as error:
            said = f"broken:{error}"
        else:
            self._run(mutant, items)
            said = f"{Outcome.KILLED}:{self._failed}" if self._failed else f"{Outcome.SURVIVED}:"
            if mutant is None:
                _write(self._notes, self._known)
        os.write(answer, said.encode())
        os._exit(0)

    def _concerned(self, session: pytest.Session, mutant: Mutant) -> list[pytest.Item]:
        """The tests that read what the mutant changes: what killed others like it comes first, then
        those of its room, then the quick ones.
        """
        killers = self._killers.get(mutant.of, [])
        items = [i for i in _of_views(session) if mutant.of in self._known[i.nodeid].reads]
        return sorted(
            items,
            key=lambda item: (
                killers[::-1].index(item.nodeid) if item.nodeid in killers else len(killers),
                not _about(item, mutant),
                self._known[item.nodeid].seconds,
            ),
        )

    def _run(self, mutant: Mutant | None, items: Sequence[pytest.Item]) -> None:
        """Run tests until one fails."""
        known = texts(schema())
        for item, following in zip_longest(items, items[1:]):
            self._test_of(os.getpid()).write_text(item.nodeid, encoding="utf-8")
            signal.alarm(
                _UNCHANGED_SECONDS
                if mutant is None
                else _LONGEST_SECONDS + int(_LONGER * self._known[item.nodeid].seconds)
            )
            started = time.monotonic()
            with named_meanwhile() as names:
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            seconds = time.monotonic() - started
            self._known[item.nodeid] = _Known(closure(names, known), seconds)
            if self._failed:
                break

    def _test_of(self, pid: int) -> Path:
        """Holds the name of the test that a process runs."""
        return self._folder / str(pid)


def _write(notes: Path, known: Mapping[str, _Known]) -> None:
    rows = {test: (sorted(each.reads), each.seconds) for test, each in known.items()}
    notes.write_text(json.dumps(rows), encoding="utf-8")


def _read(notes: Path) -> dict[str, _Known]:
    if not notes.exists():
        return {}
    rows = json.loads(notes.read_text(encoding="utf-8"))
    return {test: _Known(frozenset(reads), seconds) for test, (reads, seconds) in rows.items()}


def _of_views(session: pytest.Session) -> list[pytest.Item]:
    """The tests that look at the database of the mutant."""
    return [
        item
        for item in session.items
        if isinstance(item, pytest.Function)
        and _VIEWS in item.fixturenames
        and _OWN_DATABASE.isdisjoint(item.fixturenames)
    ]


def _about(item: pytest.Item, mutant: Mutant) -> bool:
    """Whether a test is about the views of the mutant's room."""
    room = mutant.room.rpartition(".")[2]
    return room == item.path.parent.name or item.path.stem.startswith(f"test_view_{room}")
