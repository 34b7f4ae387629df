"""Fast text forms of times and identifiers, as the network servers write them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [high + low for high in _CROCKFORD for low in _CROCKFORD]
_HOUR_MINUTE = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(24 * 60)]
_TWO_DIGITS = [f"{number:02d}" for number in range(60)]
#: Unix time of 1980-01-06, when GPS time began, and the leap seconds it has not made since.
_GPS_EPOCH_S = 315_964_800
_LEAP_SECONDS = 18


@lru_cache(maxsize=1024)
def _second(seconds: int) -> str:
    day, second = divmod(seconds, 86_400)
    minute, second = divmod(second, 60)
    return f"{_date(day)}T{_HOUR_MINUTE[minute]}:{_TWO_DIGITS[second]}"


@lru_cache(maxsize=256)
def _date(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-%d")


def stamp(ns: int) -> str:
    """RFC 3339 without the zone; 0, 3, 6 or 9 fraction digits, as few as lose nothing."""
    fraction = ns % 1_000_000_000
    whole = _second(ns // 1_000_000_000)
    if fraction % 1000:
        return f"{whole}.{fraction:09d}"
    if not fraction:
        return whole
    if fraction % 1_000_000:
        return f"{whole}.{fraction // 1000:06d}"
    return f"{whole}.{fraction // 1_000_000:03d}"


def gps_duration(ns: int) -> str:
    """Time since the GPS epoch as a protobuf JSON duration, to the millisecond."""
    seconds, fraction = divmod(ns, 1_000_000_000)
    milliseconds = fraction // 1_000_000
    whole = seconds - _GPS_EPOCH_S + _LEAP_SECONDS
    return f"{whole}.{milliseconds:03d}s" if milliseconds else f"{whole}s"


def uuid4(random_hex: str) -> str:
    """Return a version 4 UUID out of 32 random hex digits."""
    r = random_hex
    variant = "89ab"[int(r[16], 16) & 3]
    return f"{r[:8]}-{r[8:12]}-4{r[13:16]}-{variant}{r[17:20]}-{r[20:32]}"


def ulid(ns: int, random_hex: str) -> str:
    """Return a ULID: milliseconds (48 bits) and 80 random bits in Crockford's base 32."""
    number = (ns // 1_000_000) << 80 | int(random_hex[:20], 16)
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])
