"""Tests run against one mutant after the other, each in a process forked from one that has
collected them.

A mutant is killed when a test fails. All are tried in one database, which these tests leave as it
was: schema api is made anew with the mutant's text.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import psycopg
import pytest

from regionhub.cli.assembly import migrate, schema
from regionhub.errors import RegionhubError
from regionhub.store.databases import create_database
from regionhub.store.migrate import Schema
from regionhub.store.statements import expand
from tests.mutants.mutate import Mutant, views_of
from tests.rows import connect

#: A mutant that makes a statement run for ever is noticed as well.
_LONGEST_SECONDS = 120
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
        #: What failed without any mutant, else SURVIVED.
        self.failing = ""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of running the tests once."""
        try:
            self._begin(session, None)
            self.failing = self._end().by
            if self.failing == SURVIVED:
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
            by = f"longer than {_LONGEST_SECONDS} seconds"
        if not by:
            raise RuntimeError(f"{trial.mutant or 'the tests'}: the process ended with {status}")
        self._free.append(trial.server)
        return Verdict(trial.mutant, by, time.monotonic() - trial.started)

    def _try(
        self, session: pytest.Session, mutant: Mutant | None, server: str, answer: int
    ) -> NoReturn:
        signal.alarm(_LONGEST_SECONDS)
        if mutant is not None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.dup2(nowhere, sys.stderr.fileno())
        try:
            self._server, self._database = server, _migrated(server, mutant)
        except (RegionhubError, psycopg.Error):
            self._failed = REFUSED
        else:
            items = sorted(_of_views(session), key=lambda item: not _about(item, mutant))
            for item, following in zip(items, [*items[1:], None], strict=True):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if self._failed:
                    break
        os.write(answer, (self._failed or SURVIVED).encode())
        os._exit(0)


def _of_views(session: pytest.Session) -> list[pytest.Item]:
    """The tests that look at the database of the mutant."""
    return [
        item
        for item in session.items
        if isinstance(item, pytest.Function)
        and _VIEWS in item.fixturenames
        and _OWN_DATABASE.isdisjoint(item.fixturenames)
    ]


def _about(item: pytest.Item, mutant: Mutant | None) -> bool:
    """Whether a test is one of the quick ones about the views of the mutant's room."""
    if mutant is None:
        return False
    room = mutant.room.rpartition(".")[2]
    return room == item.path.parent.name or item.path.stem.startswith(f"test_view_{room}")


def _migrated(server: str, mutant: Mutant | None) -> str:
    """The database of a server with the mutant's views."""
    if mutant is not None:
        texts = [
            expand(mutant.text if room == mutant.room else text)
            for room in schema().rooms
            if (text := views_of(room)) is not None
        ]
        Schema.views = property(lambda _: texts)  # type: ignore[assignment]
    url = create_database(server, "mutants")
    with connect(url, autocommit=True) as owner:
        # the process before may have ended in the middle of a statement
        owner.execute(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        migrate(owner, role_prefix="rh")
    return url
