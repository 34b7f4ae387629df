"""When a message arrived, also while somebody sets the clock of this machine."""

from __future__ import annotations

import time
from collections.abc import Callable

from regionhub.observability import get_logger

_log = get_logger(__name__)

#: A step back of this much is worth a word. Nanoseconds.
_NOTEWORTHY_NS = 60 * 10**9


class ArrivalClock:
    """The wall clock, or if that was set back, the time since the start of this process.

    The time of a frame is judged by its arrival. Were the arrival set back, times of network
    servers would count as far in the future, and a frame that is delivered again would get another
    time and be stored twice. A step forward is followed: a machine that was asleep makes one.
    """

    def __init__(
        self,
        wall: Callable[[], int] = time.time_ns,
        steady: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._start_ns = wall() - steady()
        self._told = False

    def now_ns(self) -> int:
        """Nanoseconds since 1970-01-01 UTC."""
        wall, steady = self._wall(), self._steady() + self._start_ns
        behind = steady - wall > _NOTEWORTHY_NS
        if behind and not self._told:
            _log.warning(
                "clock_set_back",
                seconds=(steady - wall) // 10**9,
                advice="if the clock was wrong before and is right now, start ingest again",
            )
        self._told = behind
        return max(wall, steady)
