"""Measurements of a device -> measurements in canonical units, at times that can be."""

from __future__ import annotations

from collections.abc import Iterable

from regionhub.quantities import load_vocabulary
from regionhub.readings import Measurement, measurement_of

#: No device of this platform measured before 2000; a smaller time is a clock that was never set.
_EARLIEST_NS = 946_684_800 * 10**9
#: As far as a device's own clock may run ahead of ours.
_AHEAD_NS = 600 * 10**9


def normalize(
    measurements: Iterable[Measurement], *, received_ns: int
) -> tuple[tuple[Measurement, ...], int]:
    """Convert to canonical units and leave out what has an impossible time.

    Args:
        measurements: in the units of the device profile.
        received_ns: arrival, to judge a device's own clock.

    Returns:
        The measurements, and how many were left out because the device put them at a time that
        cannot be (their bytes stay in the uplink).
    """
    conversions = load_vocabulary().conversions
    placed = []
    misplaced = 0
    for m in measurements:
        quantity, value, unit, quality, reason, position, own_ns = m
        if own_ns is not None and not _EARLIEST_NS <= own_ns <= received_ns + _AHEAD_NS:
            misplaced += 1
            continue
        if value is not None:
            convert = conversions[unit, quantity]
            if convert is not None:
                fields = (quantity, convert(value), unit, quality, reason, position, own_ns)
                placed.append(measurement_of(fields))
                continue
        placed.append(m)
    return tuple(placed), misplaced
