"""Memory of one ingest worker while a million messages wait for it, with and without a database."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from tests.benchmarks.report import Figure
from tests.benchmarks.stack import Stack
from tests.benchmarks.usage import peak_megabytes

_BAR_MEGABYTES = 300
_START_SECONDS = 120


def backlog_memory(hub: Stack, messages: int, seconds: float) -> list[Figure]:
    """Queue messages, let ingest work on them for a while, then stop the database under it.

    The database of this stack is halted for as long: it must belong to nobody else.
    """
    hub.open_session()
    hub.queue(messages)
    before = hub.counted()
    with hub.process("ingest") as ingest:
        hub.wait_for(before + 1, ingest, _START_SECONDS)
        figures = _sampled("draining", ingest, seconds)
        done = hub.counted() - before
        with _halted(hub):
            figures += _sampled("database halted", ingest, seconds / 2)
        hub.wait_for(before + done + 1, ingest, _START_SECONDS)  # it goes on
    if done >= messages:
        raise ValueError(f"all {messages} messages were gone before the end: take more")
    return figures


def _sampled(what: str, ingest: subprocess.Popen[bytes], seconds: float) -> list[Figure]:
    process = psutil.Process(ingest.pid)
    own = 0.0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(1)
        own = max(own, process.memory_full_info().uss / 1e6)
    name = f"memory of ingest, {what}"
    return [
        Figure(
            f"{name}, peak resident", "MB", [peak_megabytes(ingest.pid)], at_most=_BAR_MEGABYTES
        ),
        Figure(f"{name}, most of its own (USS)", "MB", [own]),
    ]


@contextmanager
def _halted(hub: Stack) -> Iterator[None]:
    """Every process of the database stands still: connections stay open and nothing answers."""
    pid = hub.database_pid
    if pid is None:
        raise RuntimeError("the database does not run on this machine")
    server = psutil.Process(pid)
    halted = [server, *server.children(recursive=True)]
    for process in halted:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in halted:
            os.kill(process.pid, signal.SIGCONT)
