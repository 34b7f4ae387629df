"""Mosquitto as a town would run it: persistent, queues without a limit, on loopback."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from regionhub.embedded import free_port

_CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous true
user root
persistence true
persistence_location {folder}/
max_queued_messages 0
max_inflight_messages 0
log_dest file {folder}/log
"""


@dataclass(frozen=True)
class Mosquitto:
    """A running broker."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        """For a source or a client."""
        return f"mqtt://127.0.0.1:{self.port}"


def installed() -> bool:
    """Whether this machine has Mosquitto."""
    return shutil.which("mosquitto") is not None


@contextmanager
def mosquitto(folder: Path) -> Iterator[Mosquitto]:
    """Start it and wait until it listens."""
    folder.mkdir(parents=True)
    port = free_port()
    config = folder / "mosquitto.conf"
    config.write_text(_CONFIG.format(port=port, folder=folder))
    child = subprocess.Popen(["mosquitto", "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        _wait_listening(port, child)
        yield Mosquitto(port, child.pid)
    finally:
        child.terminate()
        child.wait(120)


def _wait_listening(port: int, child: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        if child.poll() is not None:
            raise RuntimeError("Mosquitto does not start")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("Mosquitto does not listen")
