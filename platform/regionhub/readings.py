"""Measurements (what a device said) and readings (what we keep)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from types import MethodType
from typing import Literal, NamedTuple


class Quality(IntEnum):
    """QARTOD flags. A flag never changes or deletes the value."""

    GOOD = 1
    NOT_EVALUATED = 2
    SUSPECT = 3
    FAIL = 4
    MISSING = 9


class QualityTest(IntFlag):
    """Which tests gave the flag; kept beside it as a bit mask."""

    NONE = 0
    DEVICE = 1
    RANGE = 2
    RATE = 4
    FLAT_LINE = 8
    #: No test that failed: the sensor is at the end of its range, the true value lies beyond.
    BOUND = 16


#: What a device says about its own value. "bound": the value is the end of what the sensor can
#: measure, and the true one lies beyond it (water nearer than its blind zone).
DeviceWord = Literal["ok", "suspect", "invalid", "bound"]


class Measurement(NamedTuple):
    """One value out of one payload, in the unit of the device profile.

    `value` is None when the device said that it could not measure (quality "invalid").
    `position` tells several like sensors of one device apart ("depth_1"); empty for the only one.
    `time_ns` is set when the value carries its own time (stored readings); None is the time of the
    uplink.
    """

    quantity: str
    value: float | None
    unit: str
    quality: DeviceWord = "ok"
    reason: str | None = None
    position: str = ""
    time_ns: int | None = None


_Fields = tuple[str, float | None, str, DeviceWord, str | None, str, int | None]
#: `Measurement(*fields)` in half the time, for what is made for every value of every frame.
measurement_of: Callable[[_Fields], Measurement] = MethodType(tuple.__new__, Measurement)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value as it is stored: canonical unit of its quantity, QARTOD flag.

    `time_ns` is nanoseconds since 1970-01-01 UTC.
    """

    quantity: str
    position: str
    time_ns: int
    value: float | None
    quality: Quality
    tests: QualityTest = QualityTest.NONE
