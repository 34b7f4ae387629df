"""`regionhub ingest` as its own process, under a supervisor that starts it again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.torture.clock import JumpingClock

_ROOT = Path(__file__).parents[2]


class Ingest:
    """The process; `exits` counts the times it ended without being killed."""

    def __init__(self, url: str, log: Path, clock: JumpingClock) -> None:
        self._environment = os.environ | {"REGIONHUB_DATABASE_URL": url}
        self._clock = clock
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.exits = 0

    def start(self) -> None:
        """Start it; a clock that went back is right again by then."""
        if self._clock.offset < 0:
            self._clock.jump(0.0)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.torture.under_clock", self._clock.file, "ingest"],
                env=self._environment,
                cwd=_ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """`kill -9`."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def supervise(self) -> None:
        """Start it again if it ended by itself, as Docker and systemd do."""
        if self._process is not None and self._process.poll() is not None:
            self.exits += 1
            self.start()

    def stop(self) -> None:
        """Stop it in order."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


@contextmanager
def ingest(url: str, log: Path, clock: JumpingClock) -> Iterator[Ingest]:
    """A running ingest, stopped at the end."""
    process = Ingest(url, log, clock)
    process.start()
    try:
        yield process
    finally:
        process.stop()
