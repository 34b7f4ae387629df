"""Times, into nanoseconds since 1970-01-01 UTC."""

from __future__ import annotations

from regionhub.times import from_local, from_rfc3339
from regionhub_ingest.formats.fields.numbers import number
from regionhub_ingest.formats.fields.objects import Fields
from regionhub_ingest.formats.fields.refusal import wrong


class Instant(int):
    """A time that a binary message wrote as a number: nanoseconds since 1970-01-01 UTC."""


def instant(fields: Fields, key: str, *, zone: str | None = None) -> int | None:
    """Read a timestamp into nanoseconds since 1970-01-01 UTC, None when absent.

    One without an offset from UTC is the time in a `zone`, and refused if none is said. Of the hour
    that the clock shows twice in autumn the first is meant.

    A time before 1970 counts as absent: it is how servers write "never" (year 1). So does one
    after 2262, which has no place in 64 bits: a gateway's clock gone wild loses no frame.
    """
    value = fields.get(key)
    if value is None or value == "":
        return None
    if type(value) is Instant:
        ns: int = value
    else:
        try:
            ns = from_rfc3339(value) if zone is None else from_local(value, zone)
        except (TypeError, ValueError):
            wanted = "a timestamp" if zone else "a timestamp with an offset from UTC"
            raise wrong(key, wanted, value) from None
    return ns if 0 <= ns < 2**63 else None


def epoch(fields: Fields, key: str, *, unit_ns: int) -> int | None:
    """Read a time in units of so many nanoseconds since 1970 UTC, None when absent or zero."""
    value = number(fields, key)
    if value is None:
        return None
    ns = value * unit_ns
    if not 0 <= ns < 2**63:  # a float may be infinite here
        raise wrong(key, "a time since 1970", value)
    return round(ns) or None
