"""The wall clock of ingest, which can jump; the monotonic clock never does.

libfaketime would do this for any program, but it hooks every wait for a lock as well, which makes
Python with several threads ten times slower. Ingest asks `time.time` and `time.time_ns` only.
"""

from __future__ import annotations

import mmap
import struct
import time
from pathlib import Path

_OFFSET = struct.Struct("q")  # nanoseconds


class JumpingClock:
    """Set by the harness, in a file that both processes map into their memory."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.write_bytes(_OFFSET.pack(0))
        self.offset = 0.0

    def jump(self, offset: float) -> None:
        """Set the clock off by so many seconds."""
        self.offset = offset
        with self.file.open("r+b") as file:
            file.write(_OFFSET.pack(int(offset * 1e9)))


def follow(file: Path) -> None:
    """Give this process the clock of that file, for good."""
    with file.open("rb") as opened:
        shared = mmap.mmap(opened.fileno(), _OFFSET.size, access=mmap.ACCESS_READ)
    right_ns = time.time_ns

    def time_ns() -> int:
        offset: int = _OFFSET.unpack(shared)[0]
        return right_ns() + offset

    time.time_ns = time_ns
    time.time = lambda: time_ns() / 1e9
