"""Processor time and memory of processes.

On a shared machine processor time says more than speed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from tests.rows import Connection

_KIB = 1024


def server_pid(connection: Connection) -> int | None:
    """The process that all processes of the database descend from; None if it runs elsewhere."""
    row = connection.execute("select pg_backend_pid() as pid").fetchone()
    assert row is not None
    try:
        backend = psutil.Process(row["pid"])
        if "postgres" not in backend.name():
            return None
        return backend.ppid()
    except psutil.NoSuchProcess:
        return None


def cpu_seconds(pid: int) -> float:
    """Processor time of a process, of its children, and of those that have ended."""
    process = psutil.Process(pid)
    times = process.cpu_times()
    total = times.user + times.system + times.children_user + times.children_system
    for child in process.children(recursive=True):
        try:
            spent = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += spent.user + spent.system
    return float(total)


def watch(pids: Mapping[str, int | None]) -> Callable[[], dict[str, float]]:
    """Return a function that says how much processor time each has spent from now on."""
    known = {name: pid for name, pid in pids.items() if pid is not None}
    before = {name: cpu_seconds(pid) for name, pid in known.items()}
    return lambda: {name: cpu_seconds(pid) - before[name] for name, pid in known.items()}


def peak_megabytes(pid: int) -> float:
    """The most memory this process ever had resident (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * _KIB / 1e6
    raise LookupError(f"process {pid} does not tell its peak")
