"""A moment as people write it on the command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from regionhub.errors import InputError
from regionhub.times import from_rfc3339, to_datetime

_GERMANY = ZoneInfo("Europe/Berlin")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_AGO = re.compile(r"(\d{1,5})([hd])")


def read_moment(text: str) -> datetime:
    """Read a day (from its midnight in Germany), a time with an offset, or 36h and 90d ago.

    Raises:
        InputError: it is none of them.
    """
    try:
        if _DAY.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=_GERMANY)
        if ago := _AGO.fullmatch(text):
            hours = int(ago[1]) * (24 if ago[2] == "d" else 1)
            return datetime.now(UTC) - timedelta(hours=hours)
        return to_datetime(from_rfc3339(text))
    except (ValueError, OverflowError):
        raise InputError(
            f"{text!r} is no time: write 2026-05-01, 2026-05-01T06:00:00Z, 36h or 90d"
        ) from None
