"""A PostgreSQL server for throw-away databases: in memory, and what it holds survives nothing."""

from __future__ import annotations

import os
import shutil
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
        embedded_postgres(Path(folder) / "pg") as url,
    ):
        with psycopg.connect(url, autocommit=True) as admin:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                admin.execute(sql.SQL("alter system set {} = off").format(sql.Identifier(setting)))
            admin.execute("select pg_reload_conf()")
        yield url


def _memory() -> str | None:
    """A file system in memory, if there is one with room for some hundred small databases."""
    folder = Path("/dev/shm")
    if not os.access(folder, os.W_OK) or shutil.disk_usage(folder).free < 8 * 2**30:
        return None
    return str(folder)
