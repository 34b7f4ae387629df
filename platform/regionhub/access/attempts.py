"""Slowing down who guesses passwords.

Counted in the memory of one process: a restart forgets, and several processes count each for
themselves. That is enough to make guessing hopeless; what floods a server is for the proxy to stop.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

from regionhub.errors import TooManyAttempts

#: More keys than this are forgotten, the oldest first.
_MOST_KEYS = 10_000


class Attempts:
    """At most `limit` attempts per key in `window_seconds`."""

    def __init__(
        self, limit: int, window_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = limit
        self._window = window_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._times: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def check(self, key: Hashable) -> None:
        """Look whether there is room for one more attempt.

        Raises:
            TooManyAttempts: the limit is reached.
        """
        with self._lock:
            self._recent(key, self._clock())

    def count(self, key: Hashable) -> None:
        """Count one attempt.

        Raises:
            TooManyAttempts: the limit is reached; this attempt does not count.
        """
        now = self._clock()
        with self._lock:
            times = self._recent(key, now)
            times.append(now)
            self._times[key] = times
            self._times.move_to_end(key)
            while len(self._times) > _MOST_KEYS:
                self._times.popitem(last=False)

    def forget(self, key: Hashable) -> None:
        """Forget a key that turned out to be welcome."""
        with self._lock:
            self._times.pop(key, None)

    def take_back(self, key: Hashable) -> None:
        """Take back the newest attempt of a key."""
        with self._lock:
            if times := self._times.get(key):
                times.pop()

    def _recent(self, key: Hashable, now: float) -> deque[float]:
        times = self._times.get(key, deque())
        while times and times[0] <= now - self._window:
            times.popleft()
        if len(times) >= self._limit:
            raise TooManyAttempts(max(1, round(times[0] + self._window - now)))
        return times
