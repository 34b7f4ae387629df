"""What every process of a hub does at its start, and the smallest one: migrate."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from regionhub.cli.assembly import check_version
from regionhub.cli.assembly import migrate as migrate_database
from regionhub.errors import InputError, SchemaError, StoreUnavailable
from regionhub.observability import configure_logging
from regionhub.settings import Settings
from regionhub.store.database import Connection, Database, connect, store_errors
from regionhub.store.roles import login_url, set_role_password

_DATABASE_WAIT_SECONDS = 60
_SWITCH_SECONDS = 0.0005

#: Hidden: a process of the demo stops when the demo is gone.
StopWithParent = Annotated[bool, typer.Option("--stop-with-parent", hidden=True)]


def migrate() -> None:
    """Bring the database to the version of this program; safe to run at every start."""
    settings = read_settings()
    with connect(settings.database_url, autocommit=True) as connection:
        same = _is_same(connection)
        done = migrate_database(connection)
        for kind, password in (
            ("ingest", settings.ingest_password),
            ("api", settings.api_password),
            ("operator", settings.operator_password),
            ("g_region", settings.grafana_password),
        ):
            if password:
                set_role_password(connection, kind=kind, password=password)
    console = Console()
    for name in done:
        console.print(f"applied {name}")
    console.print(
        "the database has the version of this program already"
        if same
        else "the database has the version of this program now: restart `regionhub serve`, "
        "`ingest` and `work` where they run with another one"
    )


def _is_same(connection: Connection) -> bool:
    try:
        check_version(connection)
    except SchemaError:
        return False
    return True


@contextmanager
def owner_connection() -> Iterator[Connection]:
    """A connection to the database of the settings, of the right version.

    Raises:
        InputError: no database is set.
        SchemaError: the database has another version than this program.
        StoreRejected: the database refuses what the command gives it.
    """
    with connect(read_settings().database_url, autocommit=True) as connection:
        check_version(connection)
        with store_errors():
            yield connection


def read_settings() -> Settings:
    """All settings.

    Raises:
        InputError: one of them cannot be used, or no database is set.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"REGIONHUB_{'_'.join(str(part) for part in first['loc'])}".upper()
        raise InputError(f"{name} cannot be used: {first['msg']}") from None
    if not settings.database_url:
        raise InputError(
            "REGIONHUB_DATABASE_URL is not set: name the database, "
            "for example postgresql://regionhub@localhost/regionhub"
        )
    return settings


def start(stop_with_parent: bool) -> Settings:
    """Read the settings, begin to log and wait for a database of the right version.

    Raises:
        InputError: no database is set.
        SchemaError: the database has another version than this program.
        StoreUnavailable: the database did not answer within a minute.
    """
    settings = read_settings()
    configure_logging(settings.log_format)
    if stop_with_parent:
        threading.Thread(target=_follow_parent, daemon=True).start()
    _await_database(settings.database_url)
    return settings


def start_once() -> Settings:
    """The same for a command that somebody waits for: a database that is away is said at once.

    Raises:
        InputError: no database is set.
        SchemaError: the database has another version than this program.
        StoreUnavailable: the database does not answer.
    """
    settings = read_settings()
    configure_logging(settings.log_format)
    _check_database(settings.database_url)
    return settings


def ingest_database(settings: Settings, *, size: int) -> Database:
    """The database for whoever decodes and stores what arrived, whatever else the process may do.

    With the password of that role it logs in as nothing more; without, the role is only taken.
    """
    url = settings.database_url
    if settings.ingest_password:
        url = login_url(url, kind="ingest", password=settings.ingest_password)
    return Database(url, size=size, role="ingest")


def switch_threads_often() -> None:
    """For a process in which one thread computes while others wait for the database.

    Those ask for the interpreter after every answer of the database; the usual five milliseconds
    of waiting each time would be most of a commit, or of a small request.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)


def _follow_parent() -> None:
    # returns when the parent's end of the pipe is closed; not sys.stdin, whose lock would be held
    # when the interpreter shuts down
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _check_database(url: str) -> None:
    with connect(url, autocommit=True) as connection:
        check_version(connection)


def _await_database(url: str) -> None:
    """Wait for a database that is just starting, then check its version."""
    deadline = time.monotonic() + _DATABASE_WAIT_SECONDS
    while True:
        try:
            _check_database(url)
        except StoreUnavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
            continue
        return
