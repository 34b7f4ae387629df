"""Single false echoes in a series of levels: what a curve must not draw as a flood.

The measure is the one of the quality tests (domain: a level that changes faster than its rate is
suspect), in both directions: up and back down again, or the other way round, between two readings
that follow each other without a gap. Water of a flash flood stays for more than one reading. A
device that sends every few hours is judged by no such rule: a crest can pass between its readings.
The stage does not need this, it is that of the median (`core.held_values`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from regionhub.quantities import load_vocabulary
from regionhub.series.quality import LONGEST_RATE_GAP_NS, SHORTEST_RATE_GAP_NS

_HOUR_NS = 3_600e9


def false_echoes(times: Sequence[datetime], levels: Sequence[float | None]) -> NDArray[np.bool_]:
    """Which levels of one sensor stand alone above or below those before and after them.

    Args:
        times: in order.
        levels: cm; None where there is none, which neither is an echo nor makes one.
    """
    values = np.array([np.nan if level is None else level for level in levels], dtype=float)
    found = np.zeros(len(values), dtype=bool)
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < 3:
        return found
    level = values[known]
    gap_ns = np.diff(np.array([time.timestamp() for time in times])[known]) * 1e9
    rate = load_vocabulary().quantities["water_level"].limits.rate_per_hour or np.inf
    step = np.diff(level)
    fast = (np.abs(step) > rate / _HOUR_NS * np.maximum(gap_ns, SHORTEST_RATE_GAP_NS)) & (
        gap_ns < LONGEST_RATE_GAP_NS
    )
    found[known[1:-1]] = fast[:-1] & fast[1:] & (np.sign(step[:-1]) != np.sign(step[1:]))
    return found
