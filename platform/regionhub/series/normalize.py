"""Columns of measurements in canonical units, for ingest and replay."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from regionhub.errors import StoreRejected
from regionhub.quantities import Conversion, load_vocabulary
from regionhub.readings import Measurement
from regionhub.series.quality import DEVICE_WORDS, QualityTests
from regionhub.times import NEVER, microseconds

#: Device, quantity and position of a datastream.
StreamKey = tuple[int, str, str]


class Measured(NamedTuple):
    """Measurements of some frames, one array for each field, in their order.

    `item` is the place of the frame, `keys` names the datastreams, `quantity` has their numbers in
    `quality_tests`, `times_ns` is as fine as the database keeps it, `values` has NaN where there is
    none, `device` has numbers of `DEVICE_WORDS`.
    """

    item: NDArray[np.int64]
    keys: list[StreamKey]
    quantity: NDArray[np.int64]
    times_ns: NDArray[np.int64]
    values: NDArray[np.float64]
    device: NDArray[np.int64]


def measured(
    devices: Sequence[int],
    frames_ns: NDArray[np.int64],
    measurements: Sequence[Sequence[Measurement]],
) -> Measured | None:
    """What frames measured, at their own time or at that of the frame; None if nothing.

    Values are in the canonical unit of their quantity from here on.

    Args:
        devices: of each frame.
        frames_ns: its time, nanoseconds since 1970-01-01 UTC.
        measurements: what it says, in the units of the profile.

    Raises:
        StoreRejected: a quantity cannot be measured in that unit.
    """
    rows = list(chain.from_iterable(measurements))
    if not rows:
        return None
    quantities, numbers, units, words, _, positions, own_ns = zip(*rows, strict=True)
    item = np.repeat(np.arange(len(devices)), [len(each) for each in measurements])
    times_ns = frames_ns[item]
    if own_ns.count(None) < len(own_ns):
        own = np.array([time_ns is not None for time_ns in own_ns])
        times_ns[own] = [time_ns for time_ns in own_ns if time_ns is not None]
    values = np.array(numbers, dtype=float)
    quantity = _make_canonical(values, quantities, units)
    return Measured(
        item,
        list(zip(np.array(devices)[item].tolist(), quantities, positions, strict=True)),
        quantity,
        microseconds(times_ns) * 1000,
        values,
        np.array([DEVICE_WORDS[word] for word in words]),
    )


def history_bounds(
    frames_ns: Sequence[int], measurements: Sequence[Sequence[Measurement]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first and the last reading that each frame gives for another time than its own.

    Args:
        frames_ns: time of each frame, nanoseconds since 1970-01-01 UTC.
        measurements: what it says.

    Returns:
        Times for each frame; `NEVER` where all readings are of its own time.
    """
    firsts = np.full(len(frames_ns), NEVER)
    lasts = np.full(len(frames_ns), NEVER)
    for place, (frame_ns, each) in enumerate(zip(frames_ns, measurements, strict=True)):
        own = [m.time_ns for m in each if m.time_ns is not None]
        if not own:
            continue
        frame = microseconds(frame_ns)
        times = [time_ns for time_ns in own if microseconds(time_ns) != frame]
        if times:
            firsts[place], lasts[place] = min(times), max(times)
    return firsts, lasts


def _make_canonical(
    values: NDArray[np.float64], quantities: Sequence[str], units: Sequence[str]
) -> NDArray[np.int64]:
    """Convert the values in place; returns the number of each quantity."""
    numbers, conversions = _conversions()
    try:
        pairs = np.array(list(map(numbers.__getitem__, zip(units, quantities, strict=True))))
    except KeyError as error:
        ((unit, quantity),) = error.args
        raise StoreRejected(f"{quantity} cannot be measured in {unit}") from error
    for pair in np.unique(pairs).tolist():
        _, conversion = conversions[pair]
        if conversion is not None:
            chosen = pairs == pair
            values[chosen] = conversion.of_all(values[chosen])
    found: NDArray[np.int64] = np.array([quantity for quantity, _ in conversions])[pairs]
    return found


@cache
def _conversions() -> tuple[dict[tuple[str, str], int], list[tuple[int, Conversion | None]]]:
    """Of each unit and quantity a number; by that number the quantity's, and the conversion."""
    quantity = quality_tests().numbers
    known = load_vocabulary().conversions
    return (
        {pair: number for number, pair in enumerate(known)},
        [(quantity[name], conversion) for (_, name), conversion in known.items()],
    )


@cache
def quality_tests() -> QualityTests:
    """The tests of the vocabulary's quantities."""
    return QualityTests(load_vocabulary().quantities)
