"""What a replay takes from the store and hands back to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from regionhub.readings import Measurement


class StoredUplink(NamedTuple):
    """A frame as it was kept; times are nanoseconds since 1970-01-01 UTC.

    `history_from_ns` and `history_to_ns` are the first and the last of the readings that it gave
    for other times than its own, None where there are none.
    """

    uplink_id: int
    device_id: int
    time_ns: int
    received_ns: int
    f_port: int | None
    payload: bytes
    profile_id: str
    profile_version: str | None
    history_from_ns: int | None
    history_to_ns: int | None


class Redecoded(NamedTuple):
    """A stored frame and what the codec says of it now, in the units of the profile."""

    uplink: StoredUplink
    measurements: Sequence[Measurement]
    profile_id: str
    profile_version: str | None


class Chunk(NamedTuple):
    """Frames in order of time: those that could be decoded, and how many could not."""

    decoded: Sequence[Redecoded]
    failed: int
    problem: str | None
