"""Tests run against one mutant after the other, each in a process forked from one that has
collected them.

A mutant is killed when a test fails that reads what it changes; which those are is known from the
run without any mutant. All are tried in one database, which these tests leave as it was: schema api
is made anew with the mutant's text.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest

from regionhub.cli.assembly import migrate, schema
from regionhub.errors import RegionhubError
from regionhub.store.databases import create_database
from regionhub.store.migrate import Schema
from regionhub.store.statements import expand
from tests.mutants.mutate import Mutant, views_of
from tests.mutants.reads import closure, named_meanwhile, texts
from tests.rows import connect

#: A mutant that makes a statement run for ever is noticed as well: its tests may take so many times
#: as long as without it, and these seconds.
_LONGER, _LONGEST_SECONDS = 5, 60
#: The fixture with the URL of the one database of these tests.
_VIEWS = "views_url"
#: Fixtures that make databases: here there is one server, and one database for each mutant.
_SERVER, _NEW_DATABASE = "postgres", "new_database"
#: Tests with these want a database of their own.
_OWN_DATABASE = frozenset({"database_url", "clone"})
#: What the process of a mutant says instead of a test's name.
SURVIVED, REFUSED = "survived", "refused by the database"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: `by` is the test that failed, SURVIVED or REFUSED."""

    mutant: Mutant | None
    by: str
    seconds: float


@dataclass(frozen=True, slots=True)
class _Known:
    """What a test did without any mutant: the views and functions that it read, and how long."""

    reads: frozenset[str]
    seconds: float


@dataclass(slots=True)
class _Trial:
    """A mutant in a process; None is the schema as it is."""

    mutant: Mutant | None
    server: str
    answer: int
    started: float = field(default_factory=time.monotonic)


class Trials:
    """A plugin of pytest that runs the collected tests once for each mutant.

    Args:
        servers: URLs of PostgreSQL servers; as many mutants are tried at once.
        mutants: in the order in which they are tried.
        seconds: after the tests have passed without a mutant, none is begun later than this.
        tell: is given each verdict.
    """

    def __init__(
        self,
        servers: Sequence[str],
        mutants: Iterator[Mutant],
        seconds: float,
        tell: Callable[[Verdict], None],
    ) -> None:
        self._free = list(servers)
        self._mutants = mutants
        self._seconds = seconds
        self._tell = tell
        self._running: dict[int, _Trial] = {}
        self._failed = ""
        self._server = ""
        self._database = ""
        self._known: dict[str, _Known] = {}
        #: What failed without any mutant, else SURVIVED.
        self.failing = ""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of running the tests once."""
        try:
            with tempfile.TemporaryDirectory() as folder:
                self._notes = Path(folder) / "reads.json"
                self._begin(session, None)
                self.failing = self._end().by
                if self.failing == SURVIVED:
                    self._known = _read(self._notes)
                    self._all(session)
        finally:
            for pid in self._running:
                os.kill(pid, signal.SIGKILL)
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
        for mutant in self._mutants:
            if time.monotonic() > until:
                break
            if not self._free:
                self._tell(self._end())
            self._begin(session, mutant)
        while self._running:
            self._tell(self._end())

    def _begin(self, session: pytest.Session, mutant: Mutant | None) -> None:
        server = self._free.pop()
        answer, end = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._try(session, mutant, server, end)
        os.close(end)
        self._running[pid] = _Trial(mutant, server, answer)

    def _end(self) -> Verdict:
        """Wait for the next one that ends."""
        pid, status = os.waitpid(-1, 0)
        trial = self._running.pop(pid)
        with os.fdopen(trial.answer) as answer:
            by = answer.read()
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
            by = "takes too long"
        if not by:
            raise RuntimeError(f"{trial.mutant or 'the tests'}: the process ended with {status}")
        self._free.append(trial.server)
        return Verdict(trial.mutant, by, time.monotonic() - trial.started)

    def _try(
        self, session: pytest.Session, mutant: Mutant | None, server: str, answer: int
    ) -> NoReturn:
        if mutant is not None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.dup2(nowhere, sys.stderr.fileno())
        items = self._concerned(session, mutant)
        try:
            self._server, self._database = server, _migrated(server, mutant)
        except (RegionhubError, psycopg.Error):
            self._failed = REFUSED
        else:
            self._run(items)
        if mutant is None:
            _write(self._notes, self._known)
        os.write(answer, (self._failed or SURVIVED).encode())
        os._exit(0)

    def _concerned(self, session: pytest.Session, mutant: Mutant | None) -> list[pytest.Item]:
        """The tests that read what the mutant changes, those of its room and the quick ones first;
        all where there is no mutant.
        """
        items = _of_views(session)
        if mutant is None:
            return items
        known = {item: self._known[item.nodeid] for item in items}
        items = [item for item in items if mutant.of in known[item].reads]
        signal.alarm(_LONGEST_SECONDS + _LONGER * int(sum(known[item].seconds for item in items)))
        return sorted(items, key=lambda item: (not _about(item, mutant), known[item].seconds))

    def _run(self, items: Sequence[pytest.Item]) -> None:
        """Run tests until one fails."""
        known = texts(schema())
        for item, following in zip_longest(items, items[1:]):
            started = time.monotonic()
            with named_meanwhile() as names:
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            seconds = time.monotonic() - started
            self._known[item.nodeid] = _Known(closure(names, known), seconds)
            if self._failed:
                break


def _write(notes: Path, known: Mapping[str, _Known]) -> None:
    rows = {test: (sorted(each.reads), each.seconds) for test, each in known.items()}
    notes.write_text(json.dumps(rows), encoding="utf-8")


def _read(notes: Path) -> dict[str, _Known]:
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


def _migrated(server: str, mutant: Mutant | None) -> str:
    """The database of a server with the mutant's views."""
    if mutant is not None:
        views = [
            expand(mutant.text if room == mutant.room else text)
            for room in schema().rooms
            if (text := views_of(room)) is not None
        ]
        Schema.views = property(lambda _: views)  # type: ignore[assignment]
    url = create_database(server, "mutants")
    with connect(url, autocommit=True) as owner:
        # the process before may have ended in the middle of a statement
        owner.execute(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        migrate(owner, role_prefix="rh")
    return url
