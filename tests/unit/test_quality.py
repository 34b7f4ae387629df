from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regionhub.quantities import load_vocabulary
from regionhub.readings import Quality, QualityTest
from regionhub.series.quality import DEVICE_WORDS, QualityTests, SeriesStates
from regionhub.times import NEVER

HOUR = 3_600_000_000_000
QUANTITIES = load_vocabulary().quantities
TESTS = QualityTests(QUANTITIES)
NOTHING = math.nan


class Remembered(NamedTuple):
    time_ns: int
    value: float
    unchanged_since_ns: int
    unchanged_value: float


def believed(time_ns: int, value: float) -> Remembered:
    return Remembered(time_ns, value, time_ns, value)


class Series:
    """One datastream, told one reading after the other."""

    def __init__(self, quantity: str, state: Remembered | None = None) -> None:
        self._number = TESTS.numbers[quantity]
        self._states = SeriesStates(1)
        if state is not None:
            self._states.newest_ns[0] = self._states.time_ns[0] = state.time_ns
            self._states.value[0] = state.value
            self._states.unchanged_since_ns[0] = state.unchanged_since_ns
            self._states.unchanged_value[0] = state.unchanged_value

    def __call__(
        self, value: float, time_ns: int, device: str = "ok"
    ) -> tuple[Quality, QualityTest]:
        qualities, tests = TESTS.check(
            series=np.array([0]),
            quantity=np.array([self._number]),
            time_ns=np.array([time_ns]),
            value=np.array([value]),
            device=np.array([DEVICE_WORDS[device]]),
            states=self._states,
        )
        return Quality(qualities[0]), QualityTest(int(tests[0]))

    @property
    def remembered(self) -> Remembered | None:
        states = self._states
        if states.time_ns[0] == NEVER:
            return None
        return Remembered(
            int(states.time_ns[0]),
            float(states.value[0]),
            int(states.unchanged_since_ns[0]),
            float(states.unchanged_value[0]),
        )


@pytest.mark.parametrize(
    ("value", "quality", "tests"),
    [
        (20.0, Quality.GOOD, QualityTest.NONE),
        (2.0, Quality.SUSPECT, QualityTest.RANGE),
        (66.0, Quality.FAIL, QualityTest.RANGE),
        (-0.1, Quality.FAIL, QualityTest.RANGE),
        (math.inf, Quality.FAIL, QualityTest.RANGE),
        (NOTHING, Quality.MISSING, QualityTest.NONE),
    ],
)
def test_range(value: float, quality: Quality, tests: QualityTest) -> None:
    assert Series("soil_moisture_vwc")(value, 0) == (quality, tests)


def test_without_limits_nothing_is_evaluated() -> None:
    assert Series("analog_1")(12.0, 0)[0] is Quality.NOT_EVALUATED


@pytest.mark.parametrize("quantity", sorted(QUANTITIES))
@pytest.mark.parametrize("value", [3.4028234663852886e38, -1e28, 1e300])
def test_what_no_sensor_measures_fails_for_every_quantity(quantity: str, value: float) -> None:
    assert Series(quantity)(value, 0) == (Quality.FAIL, QualityTest.RANGE)
    assert Series("analog_1")(12.0, 0, "suspect")[0] is Quality.SUSPECT
    assert Series("analog_1")(-math.inf, 0)[0] is Quality.FAIL


@pytest.mark.parametrize(
    ("value", "device", "quality", "tests"),
    [
        (20.0, "suspect", Quality.SUSPECT, QualityTest.DEVICE),
        (20.0, "bound", Quality.SUSPECT, QualityTest.BOUND),
        (20.0, "invalid", Quality.FAIL, QualityTest.DEVICE),
        (NOTHING, "invalid", Quality.MISSING, QualityTest.DEVICE),
        (2.0, "suspect", Quality.SUSPECT, QualityTest.DEVICE | QualityTest.RANGE),
        (66.0, "invalid", Quality.FAIL, QualityTest.DEVICE | QualityTest.RANGE),
        (2.0, "invalid", Quality.FAIL, QualityTest.DEVICE),
    ],
)
def test_what_the_device_says_counts(
    value: float, device: str, quality: Quality, tests: QualityTest
) -> None:
    moisture = Series("soil_moisture_vwc")
    assert moisture(value, 0, device) == (quality, tests)
    assert moisture.remembered is None


def test_a_fast_change_is_suspect_and_never_more() -> None:
    for value, expected in (
        (99.0, (Quality.GOOD, QualityTest.NONE)),
        (101.0, (Quality.SUSPECT, QualityTest.RATE)),
        (900.0, (Quality.SUSPECT, QualityTest.RATE)),
    ):
        assert Series("water_level", believed(0, 50.0))(value, HOUR // 4) == expected


def test_noise_between_close_readings_is_no_fast_change() -> None:
    moisture = Series("soil_moisture_vwc", believed(0, 20.0))
    assert moisture(20.5, 5_000_000_000)[0] is Quality.GOOD


def test_after_a_long_silence_any_change_is_believed() -> None:
    assert Series("water_level", believed(0, 0.0))(4000.0, 7 * HOUR)[0] is Quality.GOOD


def test_a_step_that_stays_is_suspect_once() -> None:
    level = Series("water_level", believed(0, 50.0))
    assert level(900.0, HOUR // 4)[0] is Quality.SUSPECT
    assert level(901.0, HOUR // 2)[0] is Quality.GOOD


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (20.0, (Quality.SUSPECT, QualityTest.FLAT_LINE)),
        (20.5, (Quality.GOOD, QualityTest.NONE)),
    ],
)
def test_flat_line(value: float, expected: tuple[Quality, QualityTest]) -> None:
    moisture = Series("soil_moisture_vwc")
    for hour in range(72):
        assert moisture(20.0 + hour % 2 * 0.05, hour * HOUR)[0] is Quality.GOOD
    assert moisture(value, 72 * HOUR) == expected


def test_a_slow_drift_is_not_flat() -> None:
    moisture = Series("soil_moisture_vwc")
    for hour in range(200):
        assert moisture(20.0 + hour * 0.02, hour * HOUR)[0] is Quality.GOOD


def test_two_readings_far_apart_are_not_flat() -> None:
    assert Series("soil_moisture_vwc", believed(0, 20.0))(20.0, 200 * HOUR)[0] is Quality.GOOD


def test_saturated_air_may_stay_saturated() -> None:
    for value, expected in ((100.0, Quality.GOOD), (80.0, Quality.SUSPECT)):
        humidity = Series("relative_humidity")
        for hour in range(14):
            quality, _ = humidity(value, hour * HOUR)
        assert quality is expected


@pytest.mark.parametrize(
    ("hpa", "quality"),
    [(-876.0, Quality.FAIL), (-971.0, Quality.FAIL), (-12.0, Quality.GOOD), (92.0, Quality.GOOD)],
)
def test_a_vented_probe_read_as_an_absolute_one_gives_no_level(
    hpa: float, quality: Quality
) -> None:
    """No water column is negative; a probe in the air wanders by some hPa."""
    assert Series("pressure_difference")(hpa, 0)[0] == quality


@pytest.mark.parametrize("late", [0, HOUR, 2 * HOUR])
def test_an_old_reading_changes_nothing(late: int) -> None:
    state = Remembered(2 * HOUR, 20.0, HOUR, 20.05)
    moisture = Series("soil_moisture_vwc", state)
    assert moisture(60.0, late) == (Quality.SUSPECT, QualityTest.RANGE)
    assert moisture.remembered == state


@pytest.mark.parametrize("late", [0, HOUR])
def test_a_late_reading_changes_nothing_also_if_the_newest_one_failed(late: int) -> None:
    """It is not kept beside the newest one, so the next message could not know of it."""
    moisture = Series("soil_moisture_vwc", believed(0, 20.0))
    moisture(99.0, HOUR)
    moisture(30.0, late)
    assert moisture.remembered == believed(0, 20.0)


@pytest.mark.parametrize(
    ("value", "device"), [(NOTHING, "ok"), (99.0, "ok"), (0.0, "suspect"), (20.0, "bound")]
)
def test_what_cannot_be_believed_is_not_remembered(value: float, device: str) -> None:
    moisture = Series("soil_moisture_vwc", believed(0, 20.0))
    moisture(value, HOUR, device)
    assert moisture.remembered == believed(0, 20.0)


def test_no_readings() -> None:
    nothing = np.array([], dtype=np.int64)
    qualities, tests = TESTS.check(
        series=nothing,
        quantity=nothing,
        time_ns=nothing,
        value=np.array([]),
        device=nothing,
        states=SeriesStates(0),
    )
    assert len(qualities) == len(tests) == 0


_NAMES = ("soil_moisture_vwc", "water_level", "relative_humidity", "analog_1")
_READINGS = st.tuples(
    st.integers(0, 3),
    st.integers(0, 400).map(lambda quarters: quarters * HOUR // 4),
    st.sampled_from([20.0, 20.04, 20.5, 60.0, 99.9, 2.0, -1.0, 1e308, -1e308, math.inf, NOTHING])
    | st.floats(0, 120),
    st.sampled_from(["ok", "ok", "ok", "ok", "suspect", "invalid", "bound"]),
)


class Plain:
    """The rules once more, one reading after the other."""

    def __init__(self, quantity: str) -> None:
        self._quantity = QUANTITIES[quantity]
        self._newest_ns = -1
        self.remembered: Remembered | None = None

    def __call__(self, value: float, time_ns: int, device: str) -> tuple[int, int]:
        newer, self._newest_ns = time_ns > self._newest_ns, max(time_ns, self._newest_ns)
        limits, physical = self._quantity.limits, self._quantity.range_fail
        doubt = {"ok": 0, "bound": 16}.get(device, 1)
        if math.isnan(value):
            return Quality.MISSING, doubt
        if abs(value) > 1e12 or (physical and not physical[0] <= value <= physical[1]):
            return Quality.FAIL, doubt | QualityTest.RANGE
        if device == "invalid":
            return Quality.FAIL, doubt
        fired = doubt
        if limits.suspect and not limits.suspect[0] <= value <= limits.suspect[1]:
            fired |= QualityTest.RANGE
        if newer:
            fired |= self._compare(value, time_ns, believe=not doubt)
        tested = physical or limits.suspect or limits.rate_per_hour or limits.flat_line
        passed = Quality.GOOD if tested else Quality.NOT_EVALUATED
        return (Quality.SUSPECT if fired else passed), fired

    def _compare(self, value: float, time_ns: int, *, believe: bool) -> int:
        last, limits, fired = self.remembered, self._quantity.limits, 0
        state = believed(time_ns, value)
        if last is not None:
            gap = time_ns - last.time_ns
            hours, rate = gap / HOUR, limits.rate_per_hour
            # in this order, or a change of just the limit would fall to the other side
            if rate and hours <= 6 and abs(value - last.value) > rate / HOUR * max(gap, HOUR // 4):
                fired |= QualityTest.RATE
            flat = limits.flat_line
            near = flat and abs(value - last.unchanged_value) <= flat.tolerance
            if flat and near and hours <= flat.hours / 2:
                state = last._replace(time_ns=time_ns, value=value)
                still = (time_ns - last.unchanged_since_ns) / HOUR >= flat.hours
                if still and flat.above < value < flat.below:
                    fired |= QualityTest.FLAT_LINE
        if believe:
            self.remembered = state
        return fired


@given(st.lists(_READINGS, max_size=60), st.integers(0, 60))
def test_readings_of_many_series_are_judged_by_the_rules(
    readings: Sequence[tuple[int, int, float, str]], cut: int
) -> None:
    plain = [Plain(name) for name in _NAMES]
    expected = [plain[s](value, time_ns, device) for s, time_ns, value, device in readings]
    states = SeriesStates(len(_NAMES))
    found = []
    for part in (readings[:cut], readings[cut:]):
        series = np.array([s for s, _, _, _ in part], dtype=np.int64)
        qualities, tests = TESTS.check(
            series=series,
            quantity=np.array([TESTS.numbers[_NAMES[s]] for s in series], dtype=np.int64),
            time_ns=np.array([time_ns for _, time_ns, _, _ in part], dtype=np.int64),
            value=np.array([value for _, _, value, _ in part], dtype=float),
            device=np.array([DEVICE_WORDS[word] for _, _, _, word in part], dtype=np.int64),
            states=states,
        )
        found += list(zip(qualities.tolist(), tests.tolist(), strict=True))
    assert found == expected
    assert [
        None if row[0] == NEVER else Remembered(*row)
        for row in zip(
            states.time_ns.tolist(),
            states.value.tolist(),
            states.unchanged_since_ns.tolist(),
            states.unchanged_value.tolist(),
            strict=True,
        )
    ] == [each.remembered for each in plain]
