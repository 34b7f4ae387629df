"""What the parts of a replay hand to each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from regionhub.errors import VocabularyError
from regionhub.readings import Measurement, Quality
from regionhub.series.normalize import StreamKey, quality_tests

Whole = NDArray[np.int64]
Real = NDArray[np.float64]
Flags = NDArray[np.bool_]


class StoredUplink(NamedTuple):
    """A frame as it was kept; times are nanoseconds since 1970-01-01 UTC.

    `history_from_ns` and `history_to_ns` are the first and the last of the readings that it gave
    for other times than its own, None where there are none. `decoded` is what the network server
    made of the payload (JSON), kept where the profile maps that.
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
    decoded: str | None = None


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


class Rows(NamedTuple):
    """Readings of a chunk as columns: what the frames give, and what they do not give any more.

    `series` is the place of the datastream among those of the run, `item` that of the frame in the
    chunk. `values` has NaN where there is none, `device` numbers of `DEVICE_WORDS`. `absent` are
    those that the frame does not give; no other field than place, time and frame says anything of
    them.
    """

    series: Whole
    times_ns: Whole
    values: Real
    device: Whole
    item: Whole
    absent: Flags

    def of(self, chosen: NDArray[Any]) -> Rows:
        """Some of the rows."""
        return Rows(*(column[chosen] for column in self))

    def followed_by(self, more: Rows) -> Rows:
        """These rows and then those."""
        return Rows(*(np.concatenate(columns) for columns in zip(self, more, strict=True)))


def absent_rows(series: Whole, times_ns: Whole, item: Whole) -> Rows:
    """Readings that their frames do not give."""
    count = len(series)
    return Rows(
        series,
        times_ns,
        np.full(count, np.nan),
        np.zeros(count, dtype=np.int64),
        item,
        np.ones(count, dtype=bool),
    )


NONE: Whole = np.empty(0, dtype=np.int64)
NO_ROWS = absent_rows(NONE, NONE, NONE)


class Expected(NamedTuple):
    """What has to be stored of the frames of a chunk.

    `rows` are the readings that they give, and of those that they do not give what might be stored
    at their own time. `history_series` and `history_item` pair each datastream with the frames that
    gave readings for other times.
    """

    rows: Rows
    history_series: Whole
    history_item: Whole


class Stored(NamedTuple):
    """What is stored at the moments of some rows, one place for each of them.

    `found` is false where there is nothing; no other field says anything then. `uplink_ids` has the
    frames that gave the readings, 0 where that is not known. `emptied` are readings that a replay
    took away, `emptied_now` those that this run took away.
    """

    found: Flags
    uplink_ids: Whole
    values: Real
    qualities: Whole
    tests: Whole
    emptied: Flags
    emptied_now: Flags

    @property
    def empty(self) -> Flags:
        """Readings without a value, where no test says why: so a replay leaves what it empties."""
        missing = self.qualities == Quality.MISSING
        empty: Flags = np.isnan(self.values) & missing & (self.tests == 0)
        return empty

    @classmethod
    def nothing(cls, count: int) -> Stored:
        """Nothing is stored at that many moments."""
        return cls(
            found=np.zeros(count, dtype=bool),
            uplink_ids=np.zeros(count, dtype=np.int64),
            values=np.full(count, np.nan),
            qualities=np.zeros(count, dtype=np.int64),
            tests=np.zeros(count, dtype=np.int64),
            emptied=np.zeros(count, dtype=bool),
            emptied_now=np.zeros(count, dtype=bool),
        )

    def of(self, chosen: NDArray[Any]) -> Stored:
        """What is stored at some of the moments."""
        return Stored(*(column[chosen] for column in self))


class Datastreams:
    """The datastreams of the devices of a run, each with a place of its own that stays."""

    def __init__(self, devices: Iterable[int]) -> None:
        self.of_device: dict[int, list[int]] = {device: [] for device in devices}
        self.places: dict[StreamKey, int] = {}
        self.ids: Whole = NONE
        self.quantities: Whole = NONE

    def add(self, ids: Mapping[StreamKey, int]) -> None:
        """Give a place to those that have none yet.

        Raises:
            VocabularyError: one has a quantity that is not in the vocabulary.
        """
        numbers = quality_tests().numbers
        new = {key: stream for key, stream in ids.items() if key not in self.places}
        for (_, quantity, _), stream in new.items():
            if quantity not in numbers:
                raise VocabularyError(f"datastream {stream} has the unknown quantity {quantity}")
        for place, key in enumerate(new, len(self.ids)):
            self.places[key] = place
            self.of_device[key[0]].append(place)
        self.ids = np.append(self.ids, list(new.values())).astype(np.int64)
        self.quantities = np.append(
            self.quantities, [numbers[quantity] for _, quantity, _ in new]
        ).astype(np.int64)
