"""Bulkheads: whoever asks for much at once takes nothing from the others.

Something scarce is divided among keys (towns, addresses). A key that has used its share waits a
moment in a queue that is bounded as well; what does not fit into it is refused at once. Counted in
the memory of one process.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from regionhub.errors import Busy


class Shares:
    """At most `at_once` users of something, `each` of them with one key.

    Args:
        at_once: users at the same time.
        each: users with one key.
        waiting: those who wait with one key; the others are refused.
        waiting_in_all: those who wait whatever their key.
        seconds: as long somebody waits.
    """

    def __init__(
        self, *, at_once: int, each: int, waiting: int, waiting_in_all: int, seconds: float
    ) -> None:
        self._at_once = at_once
        self._each = each
        self._most_waiting = waiting
        self._most_waiting_in_all = waiting_in_all
        self._seconds = seconds
        self._users: Counter[Hashable] = Counter()
        self._waiting: Counter[Hashable] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, key: Hashable) -> Iterator[None]:
        """Use it.

        Raises:
            Busy: the share of this key is used up, and so is its queue; or nothing became free.
        """
        with self._changed:
            if not self._is_free(key):
                self._wait(key)
            self._users[key] += 1
        try:
            yield
        finally:
            with self._changed:
                _less(self._users, key)
                self._changed.notify_all()

    def _is_free(self, key: Hashable) -> bool:
        return self._users.total() < self._at_once and self._users[key] < self._each

    def _wait(self, key: Hashable) -> None:
        if (
            self._waiting[key] >= self._most_waiting
            or self._waiting.total() >= self._most_waiting_in_all
        ):
            raise Busy
        self._waiting[key] += 1
        try:
            if not self._changed.wait_for(lambda: self._is_free(key), self._seconds):
                raise Busy
        finally:
            _less(self._waiting, key)


def _less(counter: Counter[Hashable], key: Hashable) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]
