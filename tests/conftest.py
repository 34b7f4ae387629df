"""Databases for tests: plain PostgreSQL, cloned from one migrated template, and TimescaleDB.

TimescaleDB is a server named by REGIONHUB_TEST_TIMESCALE_URL, else one in WebAssembly.

The WebAssembly build takes one connection at a time and knows no COPY. It needs Node; without it
the tests are skipped, or fail where CI=true. All tests share the one database: make your own
tenants.
"""

from __future__ import annotations

import itertools
import os
import re
import secrets
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from regionhub.cli.assembly import migrate
from regionhub.embedded import free_port
from regionhub.store.databases import create_database
from tests.hub import hub, profile
from tests.npm import installed
from tests.pages import crew, own_portal, portal, seeded
from tests.postgres import quick_postgres
from tests.rows import Connection, connect
from tests.world import World

# A machine that does other things as well makes no test wrong.
settings.register_profile("hub", deadline=None)
if settings.get_current_profile_name() == "default":  # mutants have one of their own
    settings.load_profile("hub")

#: The fixtures that are defined elsewhere.
__all__ = ["crew", "hub", "own_portal", "portal", "profile", "seeded"]

_HERE = Path(__file__).parent / "timescale"
#: Tests that share the one database on TimescaleDB.
_TIMESCALE = re.compile(r"^tests/timescale/|::TestOnTimescale::|\[timescaledb\b")
_FILES = ("package.json", "package-lock.json", ".npmrc", "server.mjs")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """What shares a slow start runs in one process: a file, and whatever is on TimescaleDB.

    By names, as groups of pytest-xdist 3.8 do nothing under pytest 9.2.
    """
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415 - it may be turned off

    class Scheduling(LoadFileScheduling):  # type: ignore[misc]  # untyped
        def _split_scope(self, nodeid: str) -> str:
            return "timescale" if _TIMESCALE.search(nodeid) else super()._split_scope(nodeid)

    return Scheduling(config, log)


@dataclass
class TimescaleDatabase:
    """A database of its own; its roles start with `role_prefix`."""

    url: str
    role_prefix: str
    _owner: Connection | None = field(default=None, repr=False)

    def owner(self) -> Connection:
        """The one connection of the owner, shared by all tests (autocommit)."""
        if self._owner is None or self._owner.closed:
            self._owner = connect(self.url, autocommit=True)
            # the WebAssembly build is one session for all who connect one after the other
            self._owner.execute("discard all")
        return self._owner

    def free(self) -> str:
        """Give up the owner's connection for one made by the caller; returns the URL for it."""
        if self._owner is not None:
            self._owner.close()
        return self.url


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a server."""
    with quick_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def new_database(postgres: str) -> Callable[[], str]:
    """Make migrated databases; each call returns the owner's URL of another one."""
    template = create_database(postgres, "template_hub")
    with connect(template, autocommit=True) as connection:
        migrate(connection, role_prefix="rh")
        connection.execute("alter role rh_api login")
    numbers = itertools.count(1)
    return lambda: create_database(postgres, f"hub{next(numbers)}", template="template_hub")


@pytest.fixture(scope="session")
def clone(postgres: str) -> Callable[[str], str]:
    """Copy a database that nobody is connected to; returns the owner's URL of the copy."""
    numbers = itertools.count(1)

    def copy(url: str) -> str:
        template = str(conninfo_to_dict(url)["dbname"])
        return create_database(postgres, f"{template}_{next(numbers)}", template=template)

    return copy


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """The owner's URL of a migrated database of this test's own."""
    return new_database()


@pytest.fixture(scope="session")
def views_url(new_database: Callable[[], str]) -> str:
    """A database that tests leave as it was."""
    return new_database()


@pytest.fixture(scope="session")
def views_owner(views_url: str) -> Iterator[Connection]:
    """One connection of its owner, outside a transaction."""
    with connect(views_url) as owner:
        yield owner


@pytest.fixture
def world(views_owner: Connection) -> Iterator[World]:
    """An empty world in one transaction, which is undone after the test; quick."""
    yield World(views_owner)
    views_owner.rollback()


@pytest.fixture(scope="session")
def timescale() -> Iterator[TimescaleDatabase]:
    with _timescale() as database:
        yield database


@pytest.fixture(scope="module")
def own_timescale() -> Iterator[TimescaleDatabase]:
    """One of the module's own, for tests whose rows others would count."""
    with _timescale() as database:
        yield database


@contextmanager
def _timescale() -> Iterator[TimescaleDatabase]:
    given = os.environ.get("REGIONHUB_TEST_TIMESCALE_URL")
    with _new_database(given) if given else _webassembly() as database:
        migrate(database.owner(), role_prefix=database.role_prefix)
        yield database
        database.free()


@contextmanager
def _new_database(server: str) -> Iterator[TimescaleDatabase]:
    name = f"rh_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        info = conninfo_to_dict(server) | {"dbname": name}
        try:
            yield TimescaleDatabase(make_conninfo("", **info), name)
        finally:
            admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
            roles = admin.execute(
                "select rolname from pg_roles where starts_with(rolname, %s)", [f"{name}_"]
            ).fetchall()
            for (role,) in roles:
                admin.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))


@contextmanager
def _webassembly() -> Iterator[TimescaleDatabase]:
    without = "no TimescaleDB, and no REGIONHUB_TEST_TIMESCALE_URL"
    folder = installed(_HERE, _FILES, without=without)
    port = free_port()
    with subprocess.Popen(
        ["node", "server.mjs", str(port)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            said = server.stdout.readline()
            if said.strip() != "ready":
                pytest.fail(f"TimescaleDB did not start: {said}{server.stdout.read()}")
            yield TimescaleDatabase(
                f"postgresql://postgres:postgres@127.0.0.1:{port}/postgres?sslmode=disable", "rh"
            )
        finally:
            server.terminate()
