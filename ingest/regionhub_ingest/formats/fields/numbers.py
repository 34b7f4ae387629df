"""Numbers, flags, and positions in degrees."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

from regionhub.errors import ParseError
from regionhub_ingest.formats.fields.objects import Fields, child
from regionhub_ingest.formats.fields.refusal import wrong

MAX_UINT32 = 2**32 - 1

_NUMERAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")


def whole(fields: Fields, key: str, *, low: int = 0, high: int = MAX_UINT32) -> int:
    """Read a whole number, 0 when absent. 4242.0 is one: bridges write integers that way."""
    value = fields.get(key)
    if value is None:
        return 0
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is int and low <= value <= high:
        return value
    raise wrong(key, f"a whole number from {low} to {high}", value)


def optional_whole(fields: Fields, key: str, *, high: int = MAX_UINT32) -> int | None:
    """Read a whole number, None when absent."""
    return None if fields.get(key) is None else whole(fields, key, high=high)


def number(fields: Fields, key: str) -> float | None:
    """Read a finite number, None when absent."""
    value = fields.get(key)
    if type(value) is int or (type(value) is float and math.isfinite(value)):
        return value
    if value is None:
        return None
    raise wrong(key, "a number", value)


def numerals(fields: Fields, keys: Iterable[str]) -> dict[str, Any]:
    """Return the object with the texts of some keys read as numbers, if they are written in digits.

    A text that is none stays, and the reader of its field refuses it.
    """
    numbers = {}
    for key in keys:
        value = fields.get(key)
        if isinstance(value, str) and (match := _NUMERAL.fullmatch(value)):
            numbers[key] = float(value) if match[1] else int(value)
    return {**fields, **numbers}


def flag(fields: Fields, key: str) -> bool:
    """Read true or false, false when absent."""
    value = fields.get(key)
    if value is None:
        return False
    if value is True or value is False:
        return value
    raise wrong(key, "true or false", value)


def optional_flag(fields: Fields, key: str) -> bool | None:
    """Read true or false, None when absent."""
    return None if fields.get(key) is None else flag(fields, key)


def position(fields: Fields, key: str) -> dict[str, float]:
    """Read `latitude` and `longitude` in degrees, empty when absent or 0/0: not configured."""
    place = child(fields, key)
    latitude = number(place, "latitude") or 0.0
    longitude = number(place, "longitude") or 0.0
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise ParseError(f"{key} is not on the earth: {latitude:.9g}, {longitude:.9g}")
    return {"latitude": latitude, "longitude": longitude} if latitude or longitude else {}
