"""Quality tests on readings, after QARTOD: range, rate of change, flat line.

They work on columns: many readings of many datastreams at once. What a test needs to know of the
past is in `SeriesStates`, which the caller keeps. The tests doubt, they never mute: only a value
that cannot be (range) or that the device itself calls invalid fails. A fast change is never more
than suspect, because a flash flood and a watering can both look like a spike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regionhub.quantities import Limits, Quantity
from regionhub.readings import Quality, QualityTest
from regionhub.times import NEVER

_HOUR_NS = 3_600_000_000_000
#: Shorter gaps count as this long: two readings within seconds differ by noise alone.
SHORTEST_RATE_GAP_NS = _HOUR_NS // 4
#: After a longer silence any change is believable.
LONGEST_RATE_GAP_NS = 6 * _HOUR_NS
#: What a device says about its own value, as a number.
DEVICE_WORDS: Mapping[str, int] = {"ok": 0, "suspect": 1, "invalid": 2, "bound": 3}
#: By that number the test that keeps it.
DEVICE_TESTS = np.array([0, QualityTest.DEVICE, QualityTest.DEVICE, QualityTest.BOUND])

_ANY = (-np.inf, np.inf)
#: No quantity has a larger number; what is larger would only spoil sums and scales.
_POSSIBLE = (-1e12, 1e12)
_RANGE = int(QualityTest.RANGE)
_RATE, _FLAT_LINE = int(QualityTest.RATE), int(QualityTest.FLAT_LINE)

Whole = NDArray[np.int64]
Real = NDArray[np.float64]


class SeriesStates:
    """What the tests remember of some datastreams: the newest believable reading of each.

    One array for each field, one place for each datastream. `newest_ns` is the time of the newest
    reading, believable or not. `unchanged_value` is where the value stood at `unchanged_since_ns`
    and has not left since; comparing with it, and not with the last value, keeps a slow drift from
    counting as flat. Times are nanoseconds since 1970-01-01 UTC, `NEVER` where there was nothing
    yet; without a `time_ns` the other fields of the believable reading say nothing.
    """

    def __init__(self, count: int) -> None:
        """Nothing to remember of that many datastreams."""
        self.newest_ns: Whole = np.full(count, NEVER)
        self.time_ns: Whole = np.full(count, NEVER)
        self.value: Real = np.full(count, np.nan)
        self.unchanged_since_ns: Whole = np.full(count, NEVER)
        self.unchanged_value: Real = np.full(count, np.nan)

    def of(self, chosen: NDArray[Any]) -> SeriesStates:
        """What is remembered of some of them."""
        some = SeriesStates(0)
        some.newest_ns, some.time_ns, some.value, some.unchanged_since_ns, some.unchanged_value = (
            field[chosen] for field in self._fields()
        )
        return some

    def put(self, places: Whole, states: SeriesStates) -> None:
        """Take over what is remembered elsewhere, one after the other to these places."""
        for mine, theirs in zip(self._fields(), states._fields(), strict=True):
            mine[places] = theirs

    def followed_by(self, states: SeriesStates) -> SeriesStates:
        """These datastreams and then those."""
        both = SeriesStates(len(self.value) + len(states.value))
        both.put(np.arange(len(self.value)), self)
        both.put(np.arange(len(self.value), len(both.value)), states)
        return both

    def _fields(self) -> tuple[Whole | Real, ...]:
        return (
            self.newest_ns,
            self.time_ns,
            self.value,
            self.unchanged_since_ns,
            self.unchanged_value,
        )


class QualityTests:
    """The tests of all quantities. `numbers` says which number stands for a quantity."""

    def __init__(self, quantities: Mapping[str, Quantity]) -> None:
        """Take the limits of the quantities; a test without limits is not made."""
        self.numbers = {name: number for number, name in enumerate(quantities)}
        every = list(quantities.values())
        flat = [q.limits.flat_line for q in every]
        self._fail = _ranges([q.range_fail or _POSSIBLE for q in every])
        self._suspect = _ranges([q.limits.suspect or _ANY for q in every])
        self._rate_per_ns = np.array([(q.limits.rate_per_hour or np.inf) / _HOUR_NS for q in every])
        self._flat_ns = np.array([int(f.hours * _HOUR_NS) if f else 0 for f in flat])
        self._tolerance = np.array([f.tolerance if f else 0.0 for f in flat])
        self._flat_within = _ranges([(f.above, f.below) if f else _ANY for f in flat])
        self._passed = np.array(
            [
                Quality.GOOD if q.range_fail or q.limits != Limits() else Quality.NOT_EVALUATED
                for q in every
            ],
            dtype=np.int64,
        )

    def check(
        self,
        *,
        series: Whole,
        quantity: Whole,
        time_ns: Whole,
        value: Real,
        device: Whole,
        states: SeriesStates,
    ) -> tuple[Whole, Whole]:
        """Flag readings in their order; each is compared with those of its datastream before it.

        A reading that is not newer than all before it is tested for range only and changes nothing:
        it is late, or the second of its moment, which is not kept. One that failed, that the device
        doubts or that is only a bound is not believed.

        Args:
            series: place of each reading's datastream in `states`.
            quantity: number of each reading's quantity.
            time_ns: nanoseconds since 1970-01-01 UTC.
            value: in the canonical unit of the quantity; NaN where there is none.
            device: what the device says about the value, a number of `DEVICE_WORDS`.
            states: what is remembered; updated.

        Returns:
            The flag of each reading, which is the worst of all tests, and which tests fired.
        """
        missing = np.isnan(value)
        failed = ~missing & (_outside(value, self._fail, quantity) | np.isinf(value))
        doubted = device > 0
        invalid = ~missing & (device == DEVICE_WORDS["invalid"])
        judged = ~(missing | failed | invalid)
        tests = DEVICE_TESTS[device]
        tests[failed | (judged & _outside(value, self._suspect, quantity))] |= _RANGE
        for rows in _in_turn(series):
            places, moments = series[rows], time_ns[rows]
            newer = moments > states.newest_ns[places]
            states.newest_ns[places[newer]] = moments[newer]
            asked = rows[newer & judged[rows]]
            tests[asked] |= self._compare(
                series[asked],
                quantity[asked],
                time_ns[asked],
                value[asked],
                ~doubted[asked],
                states,
            )
        quality = np.where(tests > 0, int(Quality.SUSPECT), self._passed[quantity])
        quality[failed | invalid] = int(Quality.FAIL)
        quality[missing] = int(Quality.MISSING)
        return quality, tests

    def _compare(
        self,
        series: Whole,
        quantity: Whole,
        time_ns: Whole,
        value: Real,
        believed: NDArray[np.bool_],
        states: SeriesStates,
    ) -> Whole:
        """Test one newer reading of some datastreams against the past; remember the believed."""
        last_ns, since_ns = states.time_ns[series], states.unchanged_since_ns[series]
        unchanged = states.unchanged_value[series]
        known = last_ns != NEVER
        # where nothing is known the differences mean nothing, and `known` leaves them out
        gap = time_ns - last_ns
        believable = self._rate_per_ns[quantity] * np.maximum(gap, SHORTEST_RATE_GAP_NS)
        with np.errstate(over="ignore"):  # an endless change is one
            change = np.abs(value - states.value[series])
            drift = np.abs(value - unchanged)
        fast = (gap <= LONGEST_RATE_GAP_NS) & (change > believable)
        # Two readings days apart prove nothing: a flat line needs at least one between them.
        flat_ns = self._flat_ns[quantity]
        stays = known & (gap <= flat_ns // 2) & (drift <= self._tolerance[quantity])
        low, high = self._flat_within
        flat = (
            stays
            & (time_ns - since_ns >= flat_ns)
            & (low[quantity] < value)
            & (value < high[quantity])
        )
        fired = np.where(known & fast, _RATE, 0)
        fired[flat] |= _FLAT_LINE
        places = series[believed]
        states.time_ns[places] = time_ns[believed]
        states.value[places] = value[believed]
        states.unchanged_since_ns[places] = np.where(stays, since_ns, time_ns)[believed]
        states.unchanged_value[places] = np.where(stays, unchanged, value)[believed]
        return fired


def _ranges(ranges: list[tuple[float, float]]) -> tuple[Real, Real]:
    low, high = zip(*ranges, strict=True)
    return np.array(low, dtype=float), np.array(high, dtype=float)


def _outside(value: Real, limits: tuple[Real, Real], quantity: Whole) -> NDArray[np.bool_]:
    low, high = limits
    return (value < low[quantity]) | (value > high[quantity])


def _in_turn(series: Whole) -> Iterator[NDArray[Any]]:
    """Places of readings: the first of each datastream, then the second of each, and so on."""
    if not len(series):
        return
    places = np.argsort(series, kind="stable")
    begins = np.flatnonzero(np.diff(series[places], prepend=-1))
    turns = np.arange(len(places)) - np.repeat(begins, np.diff(begins, append=len(places)))
    places = places[np.argsort(turns)]
    yield from np.split(places, np.cumsum(np.bincount(turns))[:-1])
