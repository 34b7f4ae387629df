"""A Mosquitto with persistence and the queue settings that the hub deploys."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from regionhub.embedded import free_port

_DEPLOYED = Path(__file__).parents[2] / "deploy" / "mosquitto" / "mosquitto.conf"
#: Replaced here: where it listens, who gets in, where it keeps its data.
_OURS = ("listener", "allow_anonymous", "password_file", "acl_file", "persistence_location", "log_")
_START_SECONDS = 20


def executable() -> str | None:
    """Where Mosquitto is; Debian puts it where only root looks."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


class Broker:
    """One Mosquitto and its file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.port = free_port()
        self._file = folder / "mosquitto.db"
        self._log = folder.parent / "mosquitto.log"
        self._config = folder / "mosquitto.conf"
        deployed = [
            line
            for line in _DEPLOYED.read_text(encoding="utf-8").splitlines()
            if not line.startswith(_OURS)
        ]
        ours = [
            f"listener {self.port} 127.0.0.1",
            "allow_anonymous true",
            f"persistence_location {folder}/",
            "log_dest stderr",
            "log_timestamp_format %H:%M:%S",
            *(["user root"] if os.geteuid() == 0 else []),
        ]
        self._config.write_text("\n".join(deployed + ours) + "\n", encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens.

        Raises:
            TimeoutError: it does not start.
        """
        program = executable()
        assert program is not None
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [program, "-c", self._config], stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise TimeoutError(f"Mosquitto does not start, see {self._log}") from None
                time.sleep(0.01)
            else:
                return

    def snapshot(self) -> float:
        """Have it write its file and wait for that; returns the moment it was asked.

        Mosquitto is one thread: whatever it acknowledged before that moment is in the file.

        Raises:
            TimeoutError: the file does not change.
        """
        before = self._version()
        asked = time.monotonic()
        assert self._process is not None
        self._process.send_signal(signal.SIGUSR1)
        while self._version() == before:
            if time.monotonic() > asked + _START_SECONDS:
                raise TimeoutError(f"Mosquitto does not write its file, see {self._log}")
            time.sleep(0.002)
        return asked

    def _version(self) -> tuple[int, int] | None:
        try:
            status = self._file.stat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns

    def kill(self) -> float:
        """`kill -9`; returns the moment."""
        assert self._process is not None
        at = time.monotonic()
        self._process.kill()
        self._process.wait()
        return at

    def stop(self) -> None:
        """Stop it in order."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(30)


@contextmanager
def mosquitto(folder: Path) -> Iterator[Broker]:
    """A new broker, stopped at the end."""
    broker = Broker(folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
