"""What a replay has to change: readings as they should be compared with those that are stored.

Columns only; what is stored comes from `match`, and `rewrite` does what is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from regionhub.archive.replay.model import (
    NO_ROWS,
    NONE,
    Datastreams,
    Expected,
    Flags,
    Redecoded,
    Rows,
    Stored,
    Whole,
    absent_rows,
)
from regionhub.readings import Quality, QualityTest
from regionhub.series.normalize import Measured, quality_tests
from regionhub.series.quality import DEVICE_TESTS, DEVICE_WORDS, SeriesStates

#: In place of a frame: no reading of the datastream differs yet.
_NOT_YET: int = np.iinfo(np.int64).max


def frame_times(decoded: Sequence[Redecoded]) -> Whole:
    """Times of the frames, nanoseconds since 1970-01-01 UTC."""
    return np.array([item.uplink.time_ns for item in decoded], dtype=np.int64)


def expected_readings(
    decoded: Sequence[Redecoded], found: Measured | None, places: Whole, series: Datastreams
) -> Expected:
    """What has to be stored of some frames.

    Args:
        decoded: the frames.
        found: what they measured.
        places: of the datastream of each measurement.
        series: the datastreams of the run.
    """
    frames_ns = frame_times(decoded)
    given = NO_ROWS if found is None else _given_rows(found, places)
    absent = _absent_rows(decoded, frames_ns, series, given)
    pairs = [
        (place, item)
        for item, (uplink, *_) in enumerate(decoded)
        if uplink.history_from_ns is not None
        for place in series.of_device[uplink.device_id]
    ]
    history = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Expected(given.followed_by(absent), history[:, 0], history[:, 1])


def _given_rows(found: Measured, places: Whole) -> Rows:
    there = np.zeros(len(places), dtype=bool)
    rows = Rows(places, found.times_ns, found.values, found.device, found.item, there)
    # of two readings of one frame for one moment the first is kept, as on arrival
    order = np.lexsort((rows.times_ns, rows.series, rows.item))
    first = _begins(rows.item[order], rows.series[order], rows.times_ns[order])
    return rows.of(np.sort(order[first]))


def _absent_rows(
    decoded: Sequence[Redecoded], frames_ns: Whole, series: Datastreams, given: Rows
) -> Rows:
    """Readings at the time of a frame that it does not give (any more)."""
    here = given.of(given.times_ns == frames_ns[given.item])
    of_device = [series.of_device[item.uplink.device_id] for item in decoded]
    counts = np.array([len(places) for places in of_device], dtype=np.int64)
    item = np.repeat(np.arange(len(decoded)), counts)
    places = np.array(list(chain.from_iterable(of_device)), dtype=np.int64)
    count = len(series.ids)
    absent = ~np.isin(item * count + places, here.item * count + here.series)
    return absent_rows(places[absent], frames_ns[item[absent]], item[absent])


def absent_history(expected: Expected, series: Whole, times_ns: Whole, item: Whole) -> Rows:
    """Readings for other times than those of their frames which these do not give any more.

    Args:
        expected: what the frames give.
        series: datastreams of the readings that are stored.
        times_ns: their times.
        item: their frames.
    """
    rows = expected.rows.of(np.isin(expected.rows.item, item))
    known = zip(rows.series.tolist(), rows.times_ns.tolist(), rows.item.tolist(), strict=True)
    stored = zip(series.tolist(), times_ns.tolist(), item.tolist(), strict=True)
    left = np.array(sorted({*stored}.difference(known)), dtype=np.int64).reshape(-1, 3)
    return absent_rows(*left.T)


class Divergence:
    """The datastreams of a run that differ from what is stored, each from some frame on.

    Whatever follows a changed reading is judged by the new value: from its first difference on, a
    datastream is flagged anew.
    """

    def __init__(self) -> None:
        self.diverged: Flags = np.empty(0, dtype=bool)
        self._changed_until: Whole = NONE
        self._states = SeriesStates(0)
        self._tests = quality_tests()

    def extend(self, count: int) -> None:
        """Know of this many datastreams; those that are new have not diverged."""
        new = count - len(self.diverged)
        self.diverged = np.append(self.diverged, np.zeros(new, dtype=bool))
        self._changed_until = np.append(self._changed_until, np.full(new, _NOT_YET))
        self._states = self._states.followed_by(SeriesStates(new))

    def interrupted(self, changed_until: Mapping[int, int]) -> None:
        """Runs that were interrupted changed some: that may show in the flags behind.

        Args:
            changed_until: by place of the datastream how far they came.
        """
        for place, time_ns in changed_until.items():
            self._changed_until[place] = time_ns

    def first_differences(self, rows: Rows, uplink_ids: Whole, stored: Stored) -> Whole:
        """By place of the datastream the frame (its place in the chunk) from which on it differs.

        That is 0 for those that have diverged already, and behind all frames where nothing does.

        Args:
            rows: readings of a chunk.
            uplink_ids: of the frame of each.
            stored: what is there.
        """
        since = np.where(self.diverged, 0, _NOT_YET)
        late = rows.times_ns > self._changed_until[rows.series]
        differ = (_differs(rows, uplink_ids, stored) | late) & ~self.diverged[rows.series]
        np.minimum.at(since, rows.series[differ], rows.item[differ])
        return since

    def begin(self, places: Whole, states: SeriesStates) -> None:
        """These datastreams diverge; the quality tests knew this just before the chunk."""
        self._states.put(places, states)
        self.diverged[places] = True

    def check(self, rows: Rows, quantities: Whole) -> tuple[Whole, Whole]:
        """Flag readings of diverged datastreams in their order as on arrival, and remember them.

        Args:
            rows: frame by frame: what a frame says of earlier moments comes late.
            quantities: by place of the datastream.

        Returns:
            The flag of each reading, and which tests fired.
        """
        qualities = np.full(len(rows.series), int(Quality.MISSING))
        fired = np.zeros(len(rows.series), dtype=np.int64)
        there = ~rows.absent
        given = rows.of(there)
        qualities[there], fired[there] = self._tests.check(
            series=given.series,
            quantity=quantities[given.series],
            time_ns=given.times_ns,
            value=given.values,
            device=given.device,
            states=self._states,
        )
        return qualities, fired


class Changes(NamedTuple):
    """What is written of a chunk, in the order of datastream and time.

    `qualities` and `tests` are the flags of `rows`, `stored` what is there before. Places of rows
    are `versions` (the stored reading becomes a former version), `replaced` (the row takes the
    place of the stored reading) and `added` (it is written to a moment that holds none). `counts`
    are those of the run, but for what is added.
    """

    rows: Rows
    qualities: Whole
    tests: Whole
    stored: Stored
    versions: Whole
    replaced: Whole
    added: Whole
    counts: dict[str, int]

    @property
    def items(self) -> Whole:
        """Frames that changed, but for those that only add readings."""
        return np.unique(self.rows.item[np.append(self.versions, self.replaced)])


def decide(
    rows: Rows, qualities: Whole, tests: Whole, uplink_ids: Whole, stored: Stored
) -> Changes:
    """What to write so that these readings are stored.

    A moment that holds the reading of another frame stays: the first one counts, as on arrival. But
    what a replay empties, or one has emptied earlier, is free for the first frame that fills it.

    Args:
        rows: readings of datastreams that have diverged.
        qualities: the flag of each.
        tests: which tests gave it.
        uplink_ids: of the frame of each.
        stored: what is there.
    """
    order = np.lexsort((rows.item, rows.times_ns, rows.series))
    rows, stored, uplink_ids = rows.of(order), stored.of(order), uplink_ids[order]
    qualities, tests = qualities[order], tests[order]
    moment: Whole = np.cumsum(_begins(rows.series, rows.times_ns), dtype=np.int64)
    own = stored.found & (stored.uplink_ids == uplink_ids)
    differs = own & (
        ~_same(rows.values, stored.values)
        | (qualities != stored.qualities)
        | (tests != stored.tests)
    )
    leaves = differs & rows.absent
    left = np.isin(moment, moment[leaves])
    free = (stored.emptied | left) & ~np.isin(moment, moment[own & ~rows.absent])
    fills = _firsts(moment, stored.found & ~own & ~rows.absent & ~np.isnan(rows.values) & free)
    refills = fills & (left | stored.emptied_now)
    filled = np.isin(moment, moment[fills])
    return Changes(
        rows,
        qualities,
        tests,
        stored,
        versions=np.flatnonzero(differs | fills & ~refills),
        replaced=np.flatnonzero(differs & ~(leaves & filled) | fills),
        added=np.flatnonzero(_firsts(moment, ~stored.found & ~rows.absent)),
        counts={
            "readings_changed": int((differs & ~leaves).sum() + fills.sum()),
            # what this run had emptied and fills again was not missing for good
            "readings_missing": int(leaves.sum() - refills.sum()),
        },
    )


def _differs(rows: Rows, uplink_ids: Whole, stored: Stored) -> Flags:
    """Readings that are not what is stored, whatever the other readings make of their flags."""
    own = stored.uplink_ids == uplink_ids
    invalid, suspect = (rows.device == DEVICE_WORDS[word] for word in ("invalid", "suspect"))
    failed = stored.qualities == Quality.FAIL
    missing = stored.qualities == Quality.MISSING
    other = (
        ~_same(rows.values, stored.values)
        | (stored.tests & (QualityTest.DEVICE | QualityTest.BOUND) != DEVICE_TESTS[rows.device])
        | (invalid & ~failed & ~missing)
        | (suspect & failed & (stored.tests & QualityTest.RANGE == 0))
    )
    fills = stored.emptied & ~rows.absent & ~np.isnan(rows.values)
    changed = np.where(own, np.where(rows.absent, ~stored.empty, other), fills)
    differs: Flags = np.where(stored.found, changed, ~rows.absent)
    return differs


def _same(values: NDArray[np.float64], others: NDArray[np.float64]) -> Flags:
    same: Flags = (values == others) | (np.isnan(values) & np.isnan(others))
    return same


def _begins(*columns: Whole) -> Flags:
    """Rows that differ from the one before them in one of the columns."""
    begins = np.ones(len(columns[0]), dtype=bool)
    begins[1:] = np.logical_or.reduce([np.diff(column) != 0 for column in columns])
    return begins


def _firsts(moment: Whole, chosen: Flags) -> Flags:
    """Of the chosen rows the first one of each moment."""
    places = np.flatnonzero(chosen)
    _, first = np.unique(moment[places], return_index=True)
    firsts = np.zeros(len(moment), dtype=bool)
    firsts[places[first]] = True
    return firsts
