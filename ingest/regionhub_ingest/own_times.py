"""Measurements at times that can be: those of a device's own clock may be wrong."""

from __future__ import annotations

from collections.abc import Sequence

from regionhub.readings import Measurement

#: No device of this platform measured before 2000; a smaller time is a clock that was never set.
_EARLIEST_NS = 946_684_800 * 10**9
#: As far as a device's own clock may run ahead of ours.
_AHEAD_NS = 600 * 10**9


def at_possible_times(
    measurements: Sequence[Measurement], *, received_ns: int
) -> tuple[Sequence[Measurement], int]:
    """Leave out what has an impossible time of its own.

    Args:
        measurements: of one uplink.
        received_ns: its arrival, to judge the device's clock.

    Returns:
        The measurements, and how many were left out because the device put them at a time that
        cannot be (their bytes stay in the uplink).
    """
    for m in measurements:
        if m.time_ns is not None:
            break
    else:
        return measurements, 0
    latest_ns = received_ns + _AHEAD_NS
    placed = [
        m for m in measurements if m.time_ns is None or _EARLIEST_NS <= m.time_ns <= latest_ns
    ]
    return placed, len(measurements) - len(placed)
