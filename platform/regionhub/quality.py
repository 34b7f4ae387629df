"""Quality tests on one reading, after QARTOD: range, rate of change, flat line.

Pure functions: what a test needs to know of the past is in `SeriesState`, which the caller keeps
per datastream. The tests doubt, they never mute: only a value that cannot be (range) or that the
device itself calls invalid fails. A fast change is never more than suspect, because a flash
flood and a watering can both look like a spike.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Literal, NamedTuple

from regionhub.quantities import Quantity
from regionhub.readings import Quality, QualityTest

_HOUR_NS = 3_600_000_000_000
#: Shorter gaps count as this long: two readings within seconds differ by noise alone.
SHORTEST_RATE_GAP_NS = _HOUR_NS // 4
#: After a longer silence any change is believable.
LONGEST_RATE_GAP_NS = 6 * _HOUR_NS

# Members by value: IntFlag arithmetic costs a microsecond, a tuple nothing.
_TESTS = tuple(QualityTest(mask) for mask in range(16))
_DEVICE, _RANGE = int(QualityTest.DEVICE), int(QualityTest.RANGE)
_RATE, _FLAT_LINE = int(QualityTest.RATE), int(QualityTest.FLAT_LINE)

_INFINITE = (float("-inf"), float("inf"))


class SeriesState(NamedTuple):
    """What the tests remember of one datastream: its newest believable reading.

    `unchanged_value` is where the value stood at `unchanged_since_ns` and has not left since;
    comparing with it, and not with the last value, keeps a slow drift from counting as flat.
    Times are nanoseconds since 1970-01-01 UTC.
    """

    time_ns: int
    value: float
    unchanged_since_ns: int
    unchanged_value: float

    @classmethod
    def first(cls, time_ns: int, value: float) -> SeriesState:
        """Start a datastream, or start it again from the newest stored reading."""
        return cls(time_ns, value, time_ns, value)


Checked = tuple[Quality, QualityTest, SeriesState | None]
Check = Callable[
    [float | None, int, SeriesState | None, Literal["ok", "suspect", "invalid"]], Checked
]


def tests_for(quantity: Quantity) -> Check:
    """Return the quality check of one quantity; make it once, call it per reading.

    The check is `check(value, time_ns, state, device)`: the value in the canonical unit or None,
    its time, the state of the datastream (None for a new one) and what the device says about the
    value. It returns the flag (the worst of all tests), the tests that fired, and the new state.
    A reading that is not newer than the state is tested for range only and leaves the state
    as it is; so does a reading that failed or that the device doubts.
    """
    limits = quantity.limits
    fail_low, fail_high = quantity.range_fail or _INFINITE
    suspect_low, suspect_high = limits.suspect or _INFINITE
    rate_per_ns = (limits.rate_per_hour or 0.0) / _HOUR_NS
    flat = limits.flat_line
    flat_ns = int(flat.hours * _HOUR_NS) if flat else 0
    # Two readings days apart prove nothing: a flat line needs at least one between them.
    longest_flat_gap_ns = flat_ns // 2
    tolerance = flat.tolerance if flat else 0.0
    flat_above, flat_below = (flat.above, flat.below) if flat else _INFINITE
    untested = (
        Quality.GOOD
        if quantity.range_fail or limits.suspect or rate_per_ns or flat
        else Quality.NOT_EVALUATED
    )

    def check(
        value: float | None,
        time_ns: int,
        state: SeriesState | None,
        device: Literal["ok", "suspect", "invalid"] = "ok",
    ) -> Checked:
        tests = 0 if device == "ok" else _DEVICE
        if value is None:
            return Quality.MISSING, _TESTS[tests], state
        if not (fail_low <= value <= fail_high) or not isfinite(value):
            return Quality.FAIL, _TESTS[tests | _RANGE], state
        if device == "invalid":
            return Quality.FAIL, QualityTest.DEVICE, state
        if not (suspect_low <= value <= suspect_high):
            tests |= _RANGE
        if state is None:
            state = None if tests & _DEVICE else SeriesState(time_ns, value, time_ns, value)
        elif time_ns > state.time_ns:
            gap = time_ns - state.time_ns
            if rate_per_ns and gap <= LONGEST_RATE_GAP_NS:
                change = abs(value - state.value)
                if change > rate_per_ns * max(gap, SHORTEST_RATE_GAP_NS):
                    tests |= _RATE
            since, anchor = time_ns, value
            if gap <= longest_flat_gap_ns and abs(value - state.unchanged_value) <= tolerance:
                since, anchor = state.unchanged_since_ns, state.unchanged_value
                if time_ns - since >= flat_ns and flat_above < value < flat_below:
                    tests |= _FLAT_LINE
            if not tests & _DEVICE:
                state = SeriesState(time_ns, value, since, anchor)
        return (Quality.SUSPECT if tests else untested), _TESTS[tests], state

    return check
