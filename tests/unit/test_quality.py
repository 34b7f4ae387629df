from __future__ import annotations

import pytest

from regionhub.quality import QualityCheck, SeriesState
from regionhub.quantities import load_vocabulary
from regionhub.readings import Quality, QualityTest

HOUR = 3_600_000_000_000
MOISTURE = QualityCheck(load_vocabulary().quantity("soil_moisture_vwc"))
LEVEL = QualityCheck(load_vocabulary().quantity("water_level"))
HUMIDITY = QualityCheck(load_vocabulary().quantity("relative_humidity"))


@pytest.mark.parametrize(
    ("value", "quality", "tests"),
    [
        (20.0, Quality.GOOD, QualityTest.NONE),
        (2.0, Quality.SUSPECT, QualityTest.RANGE),
        (66.0, Quality.FAIL, QualityTest.RANGE),
        (-0.1, Quality.FAIL, QualityTest.RANGE),
        (float("nan"), Quality.FAIL, QualityTest.RANGE),
        (float("inf"), Quality.FAIL, QualityTest.RANGE),
        (None, Quality.MISSING, QualityTest.NONE),
    ],
)
def test_range(value: float | None, quality: Quality, tests: QualityTest) -> None:
    assert MOISTURE(value, 0, None)[:2] == (quality, tests)


def test_without_limits_nothing_is_evaluated() -> None:
    check = QualityCheck(load_vocabulary().quantity("analog_1"))
    assert check(12.0, 0, None)[0] is Quality.NOT_EVALUATED
    assert check(12.0, 0, None, "suspect")[0] is Quality.SUSPECT
    assert check(float("nan"), 0, None)[0] is Quality.FAIL


def test_what_the_device_says_counts() -> None:
    assert MOISTURE(20.0, 0, None, "suspect") == (Quality.SUSPECT, QualityTest.DEVICE, None)
    assert MOISTURE(20.0, 0, None, "invalid") == (Quality.FAIL, QualityTest.DEVICE, None)
    assert MOISTURE(None, 0, None, "invalid") == (Quality.MISSING, QualityTest.DEVICE, None)
    both = QualityTest.DEVICE | QualityTest.RANGE
    assert MOISTURE(2.0, 0, None, "suspect")[:2] == (Quality.SUSPECT, both)


def test_a_fast_change_is_suspect_and_never_more() -> None:
    state = SeriesState.first(0, 50.0)
    assert LEVEL(99.0, HOUR // 4, state)[:2] == (Quality.GOOD, QualityTest.NONE)
    assert LEVEL(101.0, HOUR // 4, state)[:2] == (Quality.SUSPECT, QualityTest.RATE)
    assert LEVEL(900.0, HOUR // 4, state)[:2] == (Quality.SUSPECT, QualityTest.RATE)


def test_noise_between_close_readings_is_no_fast_change() -> None:
    assert MOISTURE(20.5, 5_000_000_000, SeriesState.first(0, 20.0))[0] is Quality.GOOD


def test_after_a_long_silence_any_change_is_believed() -> None:
    assert LEVEL(4000.0, 7 * HOUR, SeriesState.first(0, 0.0))[0] is Quality.GOOD


def test_a_step_that_stays_is_suspect_once() -> None:
    _, _, state = LEVEL(900.0, HOUR // 4, SeriesState.first(0, 50.0))
    assert LEVEL(901.0, HOUR // 2, state)[0] is Quality.GOOD


def test_flat_line() -> None:
    state = None
    for hour in range(72):
        quality, _, state = MOISTURE(20.0 + hour % 2 * 0.05, hour * HOUR, state)
        assert quality is Quality.GOOD
    assert MOISTURE(20.0, 72 * HOUR, state)[:2] == (Quality.SUSPECT, QualityTest.FLAT_LINE)
    assert MOISTURE(20.5, 72 * HOUR, state)[0] is Quality.GOOD


def test_a_slow_drift_is_not_flat() -> None:
    state = None
    for hour in range(200):
        quality, _, state = MOISTURE(20.0 + hour * 0.02, hour * HOUR, state)
        assert quality is Quality.GOOD


def test_two_readings_far_apart_are_not_flat() -> None:
    assert MOISTURE(20.0, 200 * HOUR, SeriesState.first(0, 20.0))[0] is Quality.GOOD


def test_saturated_air_may_stay_saturated() -> None:
    for value, expected in ((100.0, Quality.GOOD), (80.0, Quality.SUSPECT)):
        state = None
        for hour in range(14):
            quality, _, state = HUMIDITY(value, hour * HOUR, state)
        assert quality is expected


@pytest.mark.parametrize("late", [0, HOUR, 2 * HOUR])
def test_an_old_reading_changes_nothing(late: int) -> None:
    state = SeriesState(2 * HOUR, 20.0, HOUR, 20.05)
    assert MOISTURE(60.0, late, state) == (Quality.SUSPECT, QualityTest.RANGE, state)


@pytest.mark.parametrize(("value", "device"), [(None, "ok"), (99.0, "ok"), (0.0, "suspect")])
def test_what_cannot_be_believed_is_not_remembered(value: float | None, device: str) -> None:
    state = SeriesState.first(0, 20.0)
    assert MOISTURE(value, HOUR, state, device)[2] is state  # type: ignore[arg-type]
