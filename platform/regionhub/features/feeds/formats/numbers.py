"""Numbers and times as files write them."""

from __future__ import annotations

import math
from datetime import UTC, datetime


def number(text: str, *missing: float) -> float | None:
    """A number; None for an empty field, a word for a gap, or a number that means none."""
    try:
        value = float(text.strip().replace("_", "x"))
    except ValueError:
        return None
    return None if not math.isfinite(value) or value in missing else value


def compact_time(text: str) -> datetime:
    """A time in UTC written without signs: 2026093012, 202609301250, 20260814 04:13.

    Raises:
        ValueError: it is none.
    """
    digits = text.replace(" ", "").replace(":", "")
    form = {10: "%Y%m%d%H", 12: "%Y%m%d%H%M"}.get(len(digits))
    if form is None or not digits.isascii() or not digits.isdigit():
        raise ValueError(text)
    return datetime.strptime(digits, form).replace(tzinfo=UTC)


def aware_time(text: str) -> datetime:
    """A time with its offset.

    Raises:
        ValueError: it is none, or nobody knows of where.
    """
    found = datetime.fromisoformat(text.strip())
    if found.tzinfo is None:
        raise ValueError(text)
    return found
