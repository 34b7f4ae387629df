"""From the fields that a codec returned to measurements, as the profile says."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

from regionhub.errors import DecodeError
from regionhub.profiles.model import DeviceProfile, Mapping
from regionhub.profiles.paths import items, look_up
from regionhub.readings import DeviceWord, Measurement, measurement_of
from regionhub.times import NS_PER_SECOND, from_rfc3339

# "19.57", "-5", "2000 mm". Not "1,5": its comma could mean either thing.
_NUMBER_WITH_UNIT = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*[^\d\s.,+-]*\s*")
#: Later than any device of ours lives: such a number counts milliseconds.
_LATEST_SECONDS = 100_000_000_000

#: A frame has at most 242 bytes.
_MOST_MEASUREMENTS = 2000
_NUMBERS = (float, int)  # exactly: a boolean is an int, too
_LARGEST = sys.float_info.max  # an integer may be larger, and then it is no value


def measurements(profile: DeviceProfile, fields: dict[str, Any]) -> list[Measurement]:
    """Return the measurements in a codec's answer, in the order and units of the profile.

    A field that is missing or null is no measurement, and neither is a boolean, NaN, infinity or a
    whole number that no float can hold.
    Text, markers and numbers outside the valid range give an "invalid" one without a value.

    Raises:
        DecodeError: there are more than any frame can hold.
    """
    found: list[Measurement] = []
    for name, rule in profile.rules:
        if name not in fields:
            continue
        low, high, markers, reason, quantity, unit, position, mapping = rule
        raw = fields[name]
        kind = type(raw)
        # Nearly every value of every frame: decided at once, and as `_read` would.
        if (
            (kind is float or kind is int)
            and low <= raw <= high
            and raw not in markers
            and reason not in fields
        ):
            found.append(measurement_of((quantity, float(raw), unit, "ok", None, position, None)))
        else:
            found += _read(mapping, fields)
            if len(found) > _MOST_MEASUREMENTS:
                raise DecodeError(f"more than {_MOST_MEASUREMENTS} measurements in one frame")
    return found


def _read(mapping: Mapping, fields: dict[str, Any]) -> Iterator[Measurement]:
    """Yield what one mapping finds, whatever it says."""
    for raw, at in items(fields, mapping.field):
        reason = _text(look_up(fields, mapping.reason, at)) if mapping.reason else None
        value, quality, reason = _judge(raw, mapping, reason)
        bound = _text(look_up(fields, mapping.bound, at)) if mapping.bound else None
        if bound is not None and value is not None:
            quality, reason = "bound", bound
        if value is None and quality == "ok":
            continue
        time_ns = None
        if mapping.time is not None:
            time_ns = _time(look_up(fields, mapping.time, at))
            if time_ns is None:
                value, quality, reason = None, "invalid", "stored reading without a time"
        yield Measurement(
            quantity=mapping.quantity,
            value=value,
            unit=mapping.unit,
            quality=quality,
            reason=reason,
            position=_position(mapping, at),
            time_ns=time_ns,
        )


def _position(mapping: Mapping, at: tuple[int, ...]) -> str:
    return mapping.position.replace("{n}", str(at[-1] + 1)) if at else mapping.position


def _judge(
    raw: Any, mapping: Mapping, reason: str | None
) -> tuple[float | None, DeviceWord, str | None]:
    """Return value, quality and reason; None and "ok" when there is nothing to say."""
    if isinstance(raw, str):
        number = _NUMBER_WITH_UNIT.fullmatch(raw) if mapping.numbers_as_text else None
        if number is None:
            return None, "invalid", reason or (raw.strip()[:100] or "empty text")
        raw = float(number[1])
    if type(raw) not in _NUMBERS or not -_LARGEST <= raw <= _LARGEST:
        return None, ("invalid" if reason else "ok"), reason
    for marker in mapping.invalid:
        if raw == marker.value:
            return None, "invalid", marker.reason
    valid = mapping.valid
    if valid is not None and not valid.min <= raw <= valid.max:
        return None, "invalid", valid.reason or f"{raw:g} {mapping.unit} is not possible"
    return float(raw), ("suspect" if reason else "ok"), reason


def _text(value: Any) -> str | None:
    return value.strip()[:200] or None if isinstance(value, str) else None


def _time(value: Any) -> int | None:
    if isinstance(value, str):
        try:
            return from_rfc3339(value)
        except ValueError:
            return None
    if type(value) not in _NUMBERS or not 0 < value < _LATEST_SECONDS * 1000:
        return None
    seconds = value / 1000 if value > _LATEST_SECONDS else value
    return round(seconds * 1000) * (NS_PER_SECOND // 1000) if seconds < _LATEST_SECONDS else None
