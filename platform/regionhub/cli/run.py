"""The processes of a hub: migrate, ingest, serve, work."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import Annotated

import typer
from prometheus_client import start_http_server
from rich.console import Console

from regionhub.api.app import create_app
from regionhub.api.server import Server
from regionhub.errors import InputError, StoreUnavailable
from regionhub.observability import configure_logging, get_logger
from regionhub.portal import Renderer, create_router
from regionhub.profiles import load_profiles
from regionhub.settings import Settings
from regionhub.store.admin import apply_retention, set_role_password
from regionhub.store.database import Connection, Database, connect
from regionhub.store.ingest import IngestStore
from regionhub.store.migrate import check_version
from regionhub.store.migrate import migrate as migrate_database
from regionhub_ingest.decode import Codecs
from regionhub_ingest.worker import Worker

_log = get_logger(__name__)
_DATABASE_WAIT_SECONDS = 60
_HOUR = 3600

#: Hidden: a process of the demo stops when the demo is gone.
StopWithParent = Annotated[bool, typer.Option("--stop-with-parent", hidden=True)]


def migrate() -> None:
    """Bring the database to the version of this program; safe to run at every start."""
    settings = _settings()
    with connect(settings.database_url, autocommit=True) as connection:
        done = migrate_database(connection)
        for kind, password in (
            ("ingest", settings.ingest_password),
            ("api", settings.api_password),
            ("g_region", settings.grafana_password),
        ):
            if password:
                set_role_password(connection, kind=kind, password=password)
    console = Console()
    for name in done:
        console.print(f"applied {name}")
    console.print("the database is up to date")


def ingest(stop_with_parent: StopWithParent = False) -> None:
    """Receive messages from all sources and store them. Any number of these may run."""
    settings = _start(stop_with_parent)
    if settings.ingest_metrics_port:
        start_http_server(settings.ingest_metrics_port)
    with Database(settings.database_url, size=3, role="ingest") as database:
        worker = Worker(
            IngestStore(database),
            lambda: Codecs(load_profiles(settings.device_profiles)),
            client_id="regionhub-ingest",
        )

        def stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's signature
            worker.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        worker.run()


def serve(stop_with_parent: StopWithParent = False) -> None:
    """Serve API and portal."""
    settings = _start(stop_with_parent)
    with Database(settings.database_url, size=12, role="api") as database:
        renderer = Renderer(
            tile_url=settings.tile_url, tile_attribution=settings.tile_attribution
        )
        app = create_app(
            database,
            profiles=load_profiles(settings.device_profiles),
            secure_cookies=settings.secure_cookies,
            metrics_token=settings.metrics_token,
            routers=[create_router(renderer)],
            error_page=renderer.error_page,
        )
        Server(app, host=settings.http_host, port=settings.http_port).run()


def work(stop_with_parent: StopWithParent = False) -> None:
    """Run the periodic jobs: retention, every hour."""
    settings = _start(stop_with_parent)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    while not stopping.is_set():
        try:
            with connect(settings.database_url, autocommit=True) as connection:
                _log.info("retention_applied", kinds=apply_retention(connection))
        except StoreUnavailable as error:
            _log.warning("database_unavailable", detail=error.detail)
        stopping.wait(_HOUR)


def owner_connection() -> Connection:
    """A connection to the database of the settings, of the right version.

    Raises:
        InputError: no database is set.
        SchemaError: the database has another version than this program.
    """
    connection = connect(_settings().database_url, autocommit=True)
    check_version(connection)
    return connection


def _settings() -> Settings:
    settings = Settings()
    if not settings.database_url:
        raise InputError(
            "REGIONHUB_DATABASE_URL is not set: name the database, "
            "for example postgresql://regionhub@localhost/regionhub"
        )
    return settings


def _start(stop_with_parent: bool) -> Settings:
    settings = _settings()
    configure_logging(settings.log_format)
    if stop_with_parent:
        threading.Thread(target=_follow_parent, daemon=True).start()
    _await_database(settings.database_url)
    return settings


def _follow_parent() -> None:
    # returns when the parent's end of the pipe is closed; not sys.stdin, whose lock would be held
    # when the interpreter shuts down
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _await_database(url: str) -> None:
    """Wait for a database that is just starting, then check its version."""
    deadline = time.monotonic() + _DATABASE_WAIT_SECONDS
    while True:
        try:
            with connect(url, autocommit=True) as connection:
                check_version(connection)
        except StoreUnavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
            continue
        return
