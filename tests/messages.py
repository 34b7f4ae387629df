"""How messages came and what became of them, for tests."""

from __future__ import annotations

import time

from regionhub.archive.items import Outcome
from regionhub.envelope import Arrival

STORED = Outcome("stored")
COPY = Outcome("duplicate", "frame")


def dead_letter(reason: str) -> Outcome:
    return Outcome("dead_letter", reason, "letter")


def arrived(at_ns: int | None) -> Arrival:
    """Live, at that time; None: imported just now, and nobody knows when it came."""
    if at_ns is None:
        return Arrival("imported", time.time_ns(), known=False)
    return Arrival("live", at_ns)
