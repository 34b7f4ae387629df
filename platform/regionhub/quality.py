"""Quality tests on one reading, after QARTOD: range, rate of change, flat line.

Pure functions: what a test needs to know of the past is in `SeriesState`, which the caller keeps
per datastream. The tests doubt, they never mute: only a value that cannot be (range) or that the
device itself calls invalid fails. A fast change is never more than suspect, because a flash
flood and a watering can both look like a spike.
"""

from __future__ import annotations

from math import isfinite
from typing import Literal, NamedTuple

from regionhub.quantities import Limits, Quantity
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

_ENDLESS = float("inf")
_ANY = (-_ENDLESS, _ENDLESS)


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


class QualityCheck:
    """The quality tests of one quantity: make it once, call it per reading."""

    __slots__ = (
        "_fail_high",
        "_fail_low",
        "_flat_above",
        "_flat_below",
        "_flat_ns",
        "_passed",
        "_rate_per_ns",
        "_suspect_high",
        "_suspect_low",
        "_tolerance",
    )

    def __init__(self, quantity: Quantity) -> None:
        """Take the limits of a quantity; a test without limits is not made."""
        limits, flat = quantity.limits, quantity.limits.flat_line
        self._fail_low, self._fail_high = quantity.range_fail or _ANY
        self._suspect_low, self._suspect_high = limits.suspect or _ANY
        self._rate_per_ns = (limits.rate_per_hour or _ENDLESS) / _HOUR_NS
        self._flat_ns = int(flat.hours * _HOUR_NS) if flat else 0
        self._tolerance = flat.tolerance if flat else 0.0
        self._flat_above, self._flat_below = (flat.above, flat.below) if flat else _ANY
        tested = quantity.range_fail or limits != Limits()
        self._passed = Quality.GOOD if tested else Quality.NOT_EVALUATED

    def __call__(
        self,
        value: float | None,
        time_ns: int,
        state: SeriesState | None,
        device: Literal["ok", "suspect", "invalid"] = "ok",
    ) -> Checked:
        """Return the flag (the worst of all tests), the tests that fired, and the new state.

        `value` is in the canonical unit or None, `state` that of the datastream (None for a new
        one), `device` what the device says about the value. A reading that is not newer than the
        state is tested for range only and leaves the state as it is; so does a reading that
        failed or that the device doubts.
        """
        tests = 0 if device == "ok" else _DEVICE
        if value is None:
            return Quality.MISSING, _TESTS[tests], state
        if not (self._fail_low <= value <= self._fail_high) or not isfinite(value):
            return Quality.FAIL, _TESTS[tests | _RANGE], state
        if device == "invalid":
            return Quality.FAIL, QualityTest.DEVICE, state
        if not (self._suspect_low <= value <= self._suspect_high):
            tests |= _RANGE
        if state is None or time_ns > state.time_ns:
            fired, newer = self._compare(value, time_ns, state)
            tests |= fired
            if not tests & _DEVICE:
                state = newer
        return (Quality.SUSPECT if tests else self._passed), _TESTS[tests], state

    def _compare(
        self, value: float, time_ns: int, state: SeriesState | None
    ) -> tuple[int, SeriesState]:
        """Test against the past; return the tests that fired and the state after this reading."""
        if state is None:
            return 0, SeriesState(time_ns, value, time_ns, value)
        fired = 0
        gap = time_ns - state.time_ns
        if gap <= LONGEST_RATE_GAP_NS:
            believable = self._rate_per_ns * max(gap, SHORTEST_RATE_GAP_NS)
            if abs(value - state.value) > believable:
                fired = _RATE
        # Two readings days apart prove nothing: a flat line needs at least one between them.
        if gap > self._flat_ns // 2 or abs(value - state.unchanged_value) > self._tolerance:
            return fired, SeriesState(time_ns, value, time_ns, value)
        since = state.unchanged_since_ns
        if time_ns - since >= self._flat_ns and self._flat_above < value < self._flat_below:
            fired |= _FLAT_LINE
        return fired, SeriesState(time_ns, value, since, state.unchanged_value)
