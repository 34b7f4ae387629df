"""Mosquitto and a database with one town of a thousand devices; processes as in production."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from regionhub.cli.assembly import migrate
from regionhub.embedded import embedded_postgres, free_port
from regionhub.registry.sources import sources_of_all
from tests.benchmarks.broker import Mosquitto, mosquitto
from tests.benchmarks.messages import PROFILE, Fleet, topic
from tests.benchmarks.publisher import Publisher
from tests.benchmarks.usage import server_pid
from tests.rows import Connection, connect
from tests.world import World

#: ChirpStack's id of the town's application; others' topics differ, so that each has its own queue.
APPLICATION = "6f1c2a58-0d7e-4b3e-9a51-2f0f6f6f4c01"
#: The devices' past: long enough for some million uplinks ten minutes apart.
_HISTORY_SECONDS = 86_400 * 60
_POLL_SECONDS = 0.05


@dataclass
class Stack:
    """What the measurements need to know."""

    folder: Path
    url: str
    broker: Mosquitto
    owner: Connection
    key: str
    http_port: int
    metrics_port: int
    fleet: Fleet
    #: Ingest processes that share the source.
    workers: int = 1

    @property
    def database_pid(self) -> int | None:
        """The database's first process, if it runs on this machine."""
        return server_pid(self.owner)

    def share(self, workers: int) -> None:
        """Let that many ingest processes share the source from now on."""
        self.workers = workers
        self.owner.execute("update core.source set sessions = %s", [workers])

    @contextmanager
    def ingest(self) -> Iterator[list[subprocess.Popen[bytes]]]:
        """Run the ingest processes; only the first one serves its metrics."""
        with ExitStack() as running:
            yield [
                running.enter_context(self.process("ingest", first=number == 0))
                for number in range(self.workers)
            ]

    @contextmanager
    def process(
        self, name: str, *, first: bool = True, **settings: str
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run `regionhub <name>` against this stack; its log goes to `<name>.log`."""
        variables = os.environ | {
            "REGIONHUB_DATABASE_URL": self.url,
            "REGIONHUB_HTTP_PORT": str(self.http_port),
            "REGIONHUB_INGEST_METRICS_PORT": str(self.metrics_port if first else 0),
            "REGIONHUB_SECURE_COOKIES": "false",
            **settings,
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "regionhub", name],
                env=variables,
                stderr=log,
            )
        try:
            yield child
        finally:
            child.terminate()
            child.wait(60)

    def queue(self, uplinks: int, application: str = APPLICATION) -> None:
        """Publish the fleet's next uplinks."""
        with Publisher(self.broker.port) as publisher:
            publisher.publish(self.fleet.messages(application, uplinks))
            publisher.finish()

    def open_session(self) -> None:
        """Let ingest subscribe and go: without its sessions the broker keeps nothing."""
        self.owner.execute("update core.source_state set connected_since = null")
        with self.ingest() as processes:
            self.wait_connected(processes[0])

    def counted(self) -> int:
        """Messages that are stored."""
        row = self.owner.execute(
            "select coalesce(sum(messages), 0)::bigint as stored from core.ingest_fate "
            "where fate = 'stored'"
        ).fetchone()
        assert row is not None
        return int(row["stored"])

    def wait_for(self, messages: int, process: subprocess.Popen[bytes], seconds: float) -> None:
        """Wait until that many messages are stored, asking seldom enough not to disturb."""
        deadline = time.monotonic() + seconds
        while self.counted() < messages:
            if process.poll() is not None:
                raise RuntimeError(f"the process ended: see {self.folder}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.counted()} of {messages} messages after {seconds} s")
            time.sleep(_POLL_SECONDS)

    def wait_connected(self, ingest: subprocess.Popen[bytes]) -> None:
        """Wait until ingest has subscribed."""
        while not all(source.connected_since for source in sources_of_all(self.owner)):
            if ingest.poll() is not None:
                raise RuntimeError(f"ingest ended: see {self.folder / 'ingest.log'}")
            time.sleep(_POLL_SECONDS)

    def wait_ready(self) -> None:
        """Wait until the API answers."""
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}/readyz", timeout=1)
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise TimeoutError("the API does not start")


@contextmanager
def stack(folder: Path, server: str | None) -> Iterator[Stack]:
    """Start the broker and, unless the URL of a server is given, a database; register the town."""
    folder.mkdir()
    with ExitStack() as exits:
        if server is None:
            server = exits.enter_context(embedded_postgres(folder / "pg"))
        broker = exits.enter_context(mosquitto(folder / "mosquitto"))
        url = exits.enter_context(_database(server))
        owner = exits.enter_context(connect(url, autocommit=True))
        migrate(owner)
        fleet = Fleet(time.time() - _HISTORY_SECONDS)
        town = World(owner).town("bench")
        town.devices(fleet.devices, PROFILE)
        town.source(broker_url=broker.url, topics=[topic(APPLICATION, "+")])
        yield Stack(folder, url, broker, owner, town.key("read"), free_port(), free_port(), fleet)


@contextmanager
def _database(server: str) -> Iterator[str]:
    """A new database on the server; it and its roles are gone afterwards."""
    name = f"rhbench_{secrets.token_hex(3)}"
    with psycopg.connect(server, autocommit=True) as admin_connection:
        admin_connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    try:
        yield make_conninfo(server, dbname=name)
    finally:
        with psycopg.connect(server, autocommit=True) as admin_connection:
            admin_connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )
            for (role,) in admin_connection.execute(
                "select rolname from pg_roles where starts_with(rolname, %s)", [f"{name}_"]
            ).fetchall():
                admin_connection.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))
