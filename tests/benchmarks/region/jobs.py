"""The jobs of the database, run one after the other, and what a reader notices of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg import sql

from tests.benchmarks.region.place import Region
from tests.benchmarks.report import Figure
from tests.rows import Connection, connect

#: In this order: what is rolled up first, then what packs.
_PROCEDURES = ("policy_refresh_continuous_aggregate", "roll_up_days", "policy_compression")
_LOOK_SECONDS = 0.05
_PAUSE_SECONDS = 0.02
_MB = 1e6
_HOURLY = (
    "select bucket, avg from api.reading_hourly where datastream_id = %s "
    "and bucket > now() - interval '365 days' order by bucket"
)


class Jobs:
    """Runs them as often as asked; on plain PostgreSQL there are none."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._local = region.hub.database_pid is not None
        self._seconds = dict.fromkeys(_PROCEDURES, 0.0)
        self._memory = dict.fromkeys(_PROCEDURES, 0.0)
        self._reader_ms: dict[str, list[float]] = {name: [] for name in _PROCEDURES}

    def run(self) -> None:
        """Every job once."""
        if not self._region.timescaledb:
            return
        with connect(self._region.hub.url, autocommit=True) as connection:
            for name in _PROCEDURES:
                for row in connection.execute(
                    "select job_id from timescaledb_information.jobs where proc_name = %s", [name]
                ).fetchall():
                    call = sql.SQL("call run_job({})").format(row["job_id"])
                    with self._watched(connection, name):
                        connection.execute(call)

    def figures(self) -> list[Figure]:
        """Time, memory and what a reader felt, by procedure."""
        figures = []
        for name in _PROCEDURES:
            times = sorted(self._reader_ms[name])
            if times:
                figures += [
                    Figure(f"{name}, all runs", "s", [self._seconds[name]]),
                    Figure(f"{name}, memory of its own at most", "MB", [self._memory[name]]),
                    Figure(
                        f"{name}, a year of hours read meanwhile, p95",
                        "ms",
                        [times[int(len(times) * 0.95)]],
                        f"longest {times[-1]:,.0f} ms of {len(times)}",
                    ),
                ]
        return figures

    @contextmanager
    def _watched(self, worker: Connection, name: str) -> Iterator[None]:
        done = threading.Event()
        pid = worker.info.backend_pid
        threads = [
            threading.Thread(target=self._watch_memory, args=(pid, name, done)),
            threading.Thread(target=self._read, args=(name, done)),
        ]
        for thread in threads:
            thread.start()
        began = time.monotonic()
        try:
            yield
        finally:
            self._seconds[name] += time.monotonic() - began
            done.set()
            for thread in threads:
                thread.join()

    def _watch_memory(self, pid: int, name: str, done: threading.Event) -> None:
        """What the process has for itself, without the pages that all share (Linux)."""
        status = Path(f"/proc/{pid}/status")
        while self._local and not done.wait(_LOOK_SECONDS):
            for line in status.read_text(encoding="ascii").splitlines():
                if line.startswith("RssAnon:"):
                    used = int(line.split()[1]) * 1024 / _MB
                    self._memory[name] = max(self._memory[name], used)

    def _read(self, name: str, done: threading.Event) -> None:
        town = self._region.readers["town"]
        with connect(self._region.hub.url, autocommit=True) as reader:
            streams = [
                row["datastream_id"]
                for row in reader.execute(
                    "select datastream_id from core.datastream where tenant_id = %s",
                    [town.tenant_id],
                ).fetchall()
            ]
            named = reader.execute("select core.role_name(%s) as role", [town.role]).fetchone()
            assert named is not None
            reader.execute(sql.SQL("set role {}").format(sql.Identifier(named["role"])))
            number = 0
            while not done.wait(_PAUSE_SECONDS):
                began = time.perf_counter()
                reader.execute(_HOURLY, [streams[number % len(streams)]]).fetchall()
                self._reader_ms[name].append((time.perf_counter() - began) * 1000)
                number += 1
