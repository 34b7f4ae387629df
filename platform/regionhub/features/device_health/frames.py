"""What the frames of a device tell: how often it sends, what gets lost, how well it is heard."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

#: Signal to noise that a spreading factor needs, dB (Semtech SX1276 data sheet, table 13).
NEEDED_SNR_DB = {7.0: -7.5, 8.0: -10.0, 9.0: -12.5, 10.0: -15.0, 11.0: -17.5, 12.0: -20.0}
#: With larger ones the network has given all that it can to a weak device.
_LARGEST = 11
_WEAK_MARGIN_DB = 3.0
_WEAK_RSSI_DBM = -120.0
_LOSS_SHARE = 0.2
#: So many frames have to be expected before anything is said of them.
_ENOUGH = 20
#: A late frame comes so many numbers late at most, a gap is no larger than that.
_LATE, _JUMP = 100, 1000
_DAY_S = 86_400


class Frame(NamedTuple):
    """One frame, at seconds since 1970; NaN where nobody measured."""

    time: float
    f_cnt: int | None
    dev_addr: str | None
    sf: float
    rssi: float
    snr: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Radio:
    """What was heard of a device.

    `interval_seconds` is how often it sends, with the gaps that are usual for it, None where too
    few frames tell. `received` of `expected` frames of 24 hours; `margin_db` is the median by which
    their signal lies above what their spreading factor needs. `state` is what is wrong with it.
    """

    interval_seconds: int | None = None
    received: int | None = None
    expected: int | None = None
    margin_db: float | None = None
    state: str | None = None


def radio(frames: Sequence[Frame], until: float) -> Radio:
    """Judge frames in the order of time; those of the last 24 hours for loss and signal."""
    lately = [frame for frame in frames if frame.time > until - _DAY_S]
    received, expected = _counted(lately)
    margins = [
        frame.snr - NEEDED_SNR_DB[frame.sf]
        for frame in lately
        if frame.sf in NEEDED_SNR_DB and not math.isnan(frame.snr)
    ]
    margin = float(np.median(margins)) if margins else None
    state = None
    if expected is not None and received is not None and expected >= _ENOUGH:
        if expected - received > _LOSS_SHARE * expected:
            state = "frame_loss"
        elif _weak(lately, margin):
            state = "weak_radio"
    return Radio(
        interval_seconds=_interval(frames),
        received=received,
        expected=expected,
        margin_db=margin,
        state=state,
    )


def _weak(frames: Sequence[Frame], margin: float | None) -> bool:
    factors = [frame.sf for frame in frames if not math.isnan(frame.sf)]
    if margin is not None and factors:
        return margin < _WEAK_MARGIN_DB and float(np.median(factors)) >= _LARGEST
    strengths = [frame.rssi for frame in frames if not math.isnan(frame.rssi)]
    return bool(strengths) and float(np.median(strengths)) < _WEAK_RSSI_DBM


def _interval(frames: Sequence[Frame]) -> int | None:
    """The median time from a number of the counter to the next one.

    A device that sends when something happens has long pauses: it is judged by these.
    """
    gaps, steps = [], []
    for one, other in pairwise(frames):
        gap = other.time - one.time
        if gap <= 0:
            continue
        numbers = 1
        if one.f_cnt is not None and other.f_cnt is not None and one.dev_addr == other.dev_addr:
            numbers = other.f_cnt - one.f_cnt
        if 1 <= numbers <= _LATE:
            steps.append(gap / numbers)
            gaps.append(gap)
    if len(steps) < _ENOUGH:
        return None
    usual = max(float(np.median(steps)), float(np.percentile(steps, 95)) / 3)
    return max(10, min(round(usual), 604_800))


def _counted(frames: Sequence[Frame]) -> tuple[int | None, int | None]:
    """How many frames came, of how many by their counters; None where these say nothing."""
    sessions: dict[str | None, list[set[int]]] = {}
    for frame in frames:
        if frame.f_cnt is None:
            return len(frames), None
        known = sessions.setdefault(frame.dev_addr, [set()])
        newest = max(known[-1], default=frame.f_cnt)
        if not newest - _LATE <= frame.f_cnt <= newest + _JUMP:
            known.append(set())  # it counts anew
        known[-1].add(frame.f_cnt)
    counted = [numbers for known in sessions.values() for numbers in known if numbers]
    received = sum(map(len, counted))
    expected = 0
    for place, numbers in enumerate(counted):
        first = min(numbers)
        # of a session that began while we heard the device the first frames may be lost
        expected += max(numbers) - (min(first, 1) if place and first < _ENOUGH else first) + 1
    return received, expected or None
