"""From the fields that a codec returned to measurements, as the profile says."""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping
from math import isfinite
from typing import Any, Literal

from regionhub.profiles.model import DeviceProfile, Mapping
from regionhub.profiles.paths import items, look_up
from regionhub.readings import Measurement
from regionhub.times import NS_PER_SECOND, from_rfc3339

# "19.57", "-5", "2000 mm". Not "1,5": its comma could mean either thing.
_NUMBER_WITH_UNIT = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*[^\d\s.,+-]*\s*")
#: Later than any device of ours lives: such a number counts milliseconds.
_LATEST_SECONDS = 100_000_000_000

_NUMBERS = (float, int)  # exactly: a boolean is an int, too

Quality = Literal["ok", "suspect", "invalid"]


def measurements(profile: DeviceProfile, fields: AnyMapping[str, Any]) -> list[Measurement]:
    """Return the measurements in a codec's answer, in the order and units of the profile.

    A field that is missing or null is no measurement, and neither is a boolean, NaN or infinity.
    Text, markers and numbers outside the valid range give an "invalid" one without a value.
    """
    found = []
    for mapping in profile.measurements:
        path = mapping.field
        # Most fields of most frames are not there, or a number at the top: no path to walk.
        name = path[0]
        if not isinstance(name, str) or name not in fields:
            continue
        if mapping.plain and type(fields[name]) in _NUMBERS and isfinite(fields[name]):
            number = float(fields[name])
            found.append(
                Measurement(mapping.quantity, number, mapping.unit, position=mapping.position)
            )
            continue
        for raw, at in [(fields[name], ())] if len(path) == 1 else items(fields, path):
            reason = _text(look_up(fields, mapping.reason, at)) if mapping.reason else None
            value, quality, reason = _judge(raw, mapping, reason)
            if value is None and quality == "ok":
                continue
            time_ns = None
            if mapping.time is not None:
                time_ns = _time(look_up(fields, mapping.time, at))
                if time_ns is None:
                    value, quality, reason = None, "invalid", "stored reading without a time"
            found.append(
                Measurement(
                    quantity=mapping.quantity,
                    value=value,
                    unit=mapping.unit,
                    quality=quality,
                    reason=reason,
                    position=mapping.position.format(n=at[-1] + 1) if at else mapping.position,
                    time_ns=time_ns,
                )
            )
    return found


def _judge(
    raw: Any, mapping: Mapping, reason: str | None
) -> tuple[float | None, Quality, str | None]:
    """Return value, quality and reason; None and "ok" when there is nothing to say."""
    if isinstance(raw, str):
        number = _NUMBER_WITH_UNIT.fullmatch(raw) if mapping.numbers_as_text else None
        if number is None:
            return None, "invalid", reason or (raw.strip()[:100] or "empty text")
        raw = float(number[1])
    if type(raw) not in _NUMBERS or not isfinite(raw):
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
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return None
    seconds = value / 1000 if value > _LATEST_SECONDS else value
    return round(seconds * 1000) * (NS_PER_SECOND // 1000) if seconds < _LATEST_SECONDS else None
