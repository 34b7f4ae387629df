"""What has arrived and is not decoded yet: bounded, so that the brokers wait and we do not grow."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

#: A batch holds what is waiting while the one before is committed, at most this many messages.
BATCH_SIZE = 4000

T = TypeVar("T")


class Inbox(Generic[T]):
    """A queue that takes and gives many at once.

    Args:
        most: when that many entries are waiting, whoever brings more has to wait ...
        most_bytes: ... and when they are that long together; a single entry may be longer.
        size: length of an entry in bytes.
    """

    def __init__(self, most: int, most_bytes: int, size: Callable[[T], int]) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._size = size
        self._waiting: deque[T] = deque()
        self._bytes = 0
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, entries: Sequence[T], gone: Callable[[], bool]) -> None:
        """Add all as soon as there is room; asks `gone` every second whether to give up."""
        with self._changed:
            while len(self._waiting) >= self._most or self._bytes >= self._most_bytes:
                if gone():
                    return
                self._changed.wait(1)
            self._waiting.extend(entries)
            self._bytes += sum(map(self._size, entries))
            self._changed.notify_all()

    def take(self, most: int, seconds: float) -> list[T]:
        """The oldest entries, at most `most` and not much longer than an eighth of what may wait.

        Decoded they take several times as much. Waits that long for the first one only.
        """
        with self._changed:
            if not self._waiting:
                self._changed.wait(seconds)
            taken: list[T] = []
            length = 0
            while self._waiting and len(taken) < most and length < self._most_bytes // 8:
                entry = self._waiting.popleft()
                taken.append(entry)
                length += self._size(entry)
            self._bytes -= length
            self._changed.notify_all()
            return taken
