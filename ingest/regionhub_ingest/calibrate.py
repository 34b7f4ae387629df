"""Calibrations of a device, applied to what its codec says."""

from __future__ import annotations

from collections.abc import Sequence

from regionhub.devices import Calibration
from regionhub.quantities import load_vocabulary
from regionhub.readings import Measurement


def calibrated(
    measurements: Sequence[Measurement], calibrations: Sequence[Calibration], *, time_ns: int
) -> Sequence[Measurement]:
    """The measurements of one uplink as the calibrations of its device make them.

    Args:
        measurements: in the units of the profile; those with a calibration come back in the unit
            of their quantity.
        calibrations: of the device, the newest first.
        time_ns: of the uplink, for values without a time of their own.
    """
    return [_one(m, calibrations, time_ns) for m in measurements]


def _one(m: Measurement, calibrations: Sequence[Calibration], time_ns: int) -> Measurement:
    if m.value is None:
        return m
    at_ns = time_ns if m.time_ns is None else m.time_ns
    for one in calibrations:
        if one.since_ns <= at_ns and (one.quantity, one.position) == (m.quantity, m.position):
            vocabulary = load_vocabulary()
            raw = vocabulary.convert(m.value, m.unit, m.quantity)
            return m._replace(
                value=raw * one.factor + one.added, unit=vocabulary.quantity(m.quantity).unit
            )
    return m
