"""What has arrived and is not decoded yet: bounded, so that the brokers wait and we do not grow."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """A queue that takes and gives many at once.

    Args:
        capacity: when that many are waiting, whoever brings more has to wait.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._waiting: deque[T] = deque()
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, entries: Sequence[T], gone: Callable[[], bool]) -> None:
        """Add all as soon as there is room; asks `gone` every second whether to give up."""
        with self._changed:
            while len(self._waiting) >= self._capacity:
                if gone():
                    return
                self._changed.wait(1)
            self._waiting.extend(entries)
            self._changed.notify_all()

    def take(self, most: int, seconds: float) -> list[T]:
        """The oldest entries, at most `most`; waits that long for the first one only."""
        with self._changed:
            if not self._waiting:
                self._changed.wait(seconds)
            taken = list(islice(self._waiting, most))
            for _ in taken:
                self._waiting.popleft()
            self._changed.notify_all()
            return taken
