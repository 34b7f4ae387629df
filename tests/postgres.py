"""A PostgreSQL server for throw-away databases: in memory, and what it holds survives nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg import sql

from regionhub.embedded import embedded_postgres


@contextmanager
def quick_postgres() -> Iterator[str]:
    """Run a server; in a folder with a short name, because its socket's path must be short."""
    with (
        TemporaryDirectory(prefix="rh", dir=_memory()) as folder,
        _ended_with_this_process(Path(folder)),
        embedded_postgres(Path(folder) / "pg") as url,
    ):
        with psycopg.connect(url, autocommit=True) as admin:
            # and it works for tests alone: what they count on they analyze themselves
            for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
                admin.execute(sql.SQL("alter system set {} = off").format(sql.Identifier(setting)))
            admin.execute("select pg_reload_conf()")
        yield url


@contextmanager
def _ended_with_this_process(folder: Path) -> Iterator[None]:
    """However tests end, also killed ones leave neither a server nor its files behind."""
    script = 'cat; kill -QUIT "$(head -n 1 "$1/pg/postmaster.pid")"; sleep 1; rm -rf "$1"'
    with subprocess.Popen(
        ["/bin/sh", "-c", script, "sh", str(folder)],
        stdin=subprocess.PIPE,  # ends when nobody holds its other end any more
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as watch:
        try:
            yield
        finally:
            watch.terminate()


def _memory() -> str | None:
    """A file system in memory, if there is one with room for some hundred small databases."""
    folder = Path("/dev/shm")
    if not os.access(folder, os.W_OK) or shutil.disk_usage(folder).free < 8 * 2**30:
        return None
    return str(folder)
