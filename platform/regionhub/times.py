"""Times as integers: nanoseconds since 1970-01-01 00:00 UTC.

Network servers send up to nine fraction digits; `datetime` keeps six. Integers keep them all and
cannot be naive. The database keeps microseconds, and only here are times rounded to them.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

NS_PER_SECOND = 1_000_000_000
#: In place of a time in a column of nanoseconds: there is none.
NEVER: int = np.iinfo(np.int64).min
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2})(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d{2}:?\d{2})",
    re.ASCII,
)
_Ns = TypeVar("_Ns", int, NDArray[np.int64])


def from_rfc3339(text: str) -> int:
    """Nanoseconds of an RFC 3339 timestamp.

    Raises:
        ValueError: not a timestamp, or one without an offset.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"not a timestamp with an offset: {text[:40]!r}")
    moment, fraction, offset = match.groups()
    ns = _seconds(moment, offset) * NS_PER_SECOND
    return ns + int(fraction) * 10 ** (9 - len(fraction)) if fraction else ns


@lru_cache(maxsize=4096)  # what arrives together happened in few seconds
def _seconds(moment: str, offset: str) -> int:
    since = datetime.fromisoformat(moment + ("+00:00" if offset in "Zz" else offset)) - _EPOCH
    return since.days * 86_400 + since.seconds


def from_local(text: str, zone: str) -> int:
    """Nanoseconds of a timestamp that may lack its offset: the clock of a time zone.

    Of the hour that the clock shows twice in autumn the first is meant.

    Raises:
        ValueError: not a timestamp.
    """
    match = _RFC3339.fullmatch(f"{text}Z")
    if match is None:
        return from_rfc3339(text)
    offset = datetime.fromisoformat(match[1]).replace(tzinfo=ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return from_rfc3339(f"{text}Z") - offset // timedelta(microseconds=1) * 1000


def from_datetime(moment: datetime) -> int:
    """Nanoseconds of an aware datetime.

    Raises:
        ValueError: the datetime is naive.
    """
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no place on the time line")
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def to_datetime(ns: int) -> datetime:
    """The aware UTC datetime, rounded to microseconds."""
    return _EPOCH + timedelta(microseconds=microseconds(ns))


def microseconds(times_ns: _Ns) -> _Ns:
    """What the database keeps of times: two that are one there are one here."""
    return (times_ns + 500) // 1000


def to_rfc3339(ns: int) -> str:
    """RFC 3339 in UTC with 3, 6 or 9 fraction digits, as few as lose nothing."""
    seconds, fraction = divmod(ns, NS_PER_SECOND)
    digits = f"{fraction:09d}"
    while len(digits) > 3 and digits.endswith("000"):
        digits = digits[:-3]
    return f"{to_datetime(seconds * NS_PER_SECOND):%Y-%m-%dT%H:%M:%S}.{digits}Z"
