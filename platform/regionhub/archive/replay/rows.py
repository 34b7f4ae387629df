"""Readings of frames decoded again: what they say now, and what they do not say any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from regionhub.archive.replay.model import Redecoded
from regionhub.devices import Device
from regionhub.errors import VocabularyError
from regionhub.series.normalize import StreamKey, measured, quality_tests
from regionhub.store.arrays import epoch_seconds, in_chunks

#: Beside `DEVICE_WORDS`: a reading that is not given any more.
GONE = 3


class Rows(NamedTuple):
    """Readings of a chunk as columns.

    `series` is the place of the datastream among those of the run, `item` that of the frame in the
    chunk; `values` has NaN where there is none.
    """

    series: NDArray[np.int64]
    times_ns: NDArray[np.int64]
    values: NDArray[np.float64]
    device: NDArray[np.int64]
    item: NDArray[np.int64]

    def of(self, chosen: NDArray[Any]) -> Rows:
        """Some of the rows."""
        return Rows(*(column[chosen] for column in self))


class Said(NamedTuple):
    """What the frames of a chunk say.

    `rows` are the readings that they give, and of those that they do not give what might be stored
    at their own time. `history_series` and `history_item` pair each datastream with the frames that
    gave readings for other times.
    """

    rows: Rows
    history_series: NDArray[np.int64]
    history_item: NDArray[np.int64]


class Datastreams:
    """The datastreams of the devices of a run, each with a place of its own that stays."""

    def __init__(self, devices: Mapping[int, Device]) -> None:
        self.of_device: dict[int, list[int]] = {device: [] for device in devices}
        self.places: dict[StreamKey, int] = {}
        self.ids: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self.quantities: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Give a place to those that have none yet.

        Raises:
            VocabularyError: one has a quantity that is not in the vocabulary.
        """
        numbers = quality_tests().numbers
        new = [r for r in rows if (r["device_id"], r["quantity"], r["position"]) not in self.places]
        for row in new:
            if row["quantity"] not in numbers:
                raise VocabularyError(
                    f"datastream {row['datastream_id']} has the unknown quantity {row['quantity']}"
                )
        for place, row in enumerate(new, len(self.ids)):
            self.places[row["device_id"], row["quantity"], row["position"]] = place
            self.of_device[row["device_id"]].append(place)
        quantities = [numbers[row["quantity"]] for row in new]
        self.ids = np.append(self.ids, [row["datastream_id"] for row in new]).astype(np.int64)
        self.quantities = np.append(self.quantities, quantities).astype(np.int64)


def given_rows(
    decoded: Sequence[Redecoded], frames_ns: NDArray[np.int64], series: Datastreams
) -> Rows:
    """What the frames say now."""
    found = measured(
        [item.uplink.device_id for item in decoded],
        frames_ns,
        [item.measurements for item in decoded],
    )
    if found is None:
        return NO_ROWS
    places = np.array([series.places[key] for key in found.keys])
    rows = Rows(places, found.times_ns, found.values, found.device, found.item)
    return rows.of(_firsts(rows))


def absent_rows(
    decoded: Sequence[Redecoded],
    frames_ns: NDArray[np.int64],
    series: Datastreams,
    given: Rows,
) -> Rows:
    """Readings at the time of a frame that it does not give (any more)."""
    here = given.of(given.times_ns == frames_ns[given.item])
    of_device = [series.of_device[item.uplink.device_id] for item in decoded]
    item = np.repeat(np.arange(len(decoded)), [len(places) for places in of_device])
    places = np.array(list(chain.from_iterable(of_device)), dtype=np.int64)
    count = len(series.ids)
    absent = ~np.isin(item * count + places, here.item * count + here.series)
    return gone_rows(places[absent], frames_ns[item[absent]], item[absent])


NO_HISTORY = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


def with_history(
    decoded: Sequence[Redecoded], series: Datastreams
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Datastream and frame, for all frames known to have given readings for other times."""
    pairs = [
        (place, item)
        for item, (uplink, *_) in enumerate(decoded)
        if uplink.history_from_ns is not None
        for place in series.of_device[uplink.device_id]
    ]
    if not pairs:
        return NO_HISTORY
    places, item = np.array(pairs, dtype=np.int64).T
    return places, item


NO_ROWS = Rows(
    np.empty(0, dtype=np.int64),
    np.empty(0, dtype=np.int64),
    np.empty(0),
    np.empty(0, dtype=np.int64),
    np.empty(0, dtype=np.int64),
)


def together(rows: Rows, more: Rows) -> Rows:
    return Rows(*(np.concatenate(columns) for columns in zip(rows, more, strict=True)))


def gone_rows(
    series: NDArray[np.int64], times_ns: NDArray[np.int64], item: NDArray[np.int64]
) -> Rows:
    return Rows(series, times_ns, np.full(len(series), np.nan), np.full(len(series), GONE), item)


def in_parts(rows: Rows) -> Iterator[NDArray[np.int64]]:
    """Which rows are written at once, in this order; `rows` are in order of datastream and time.

    A moment that one frame leaves and another one fills is left first.
    """
    again = (np.diff(rows.series, prepend=-1) == 0) & (np.diff(rows.times_ns, prepend=0) == 0)
    group = np.cumsum(~again)
    leaving = (rows.device == GONE) & np.isin(group, np.unique(group[rows.device != GONE]))
    for part in in_chunks(epoch_seconds(rows.times_ns)):
        for chosen in (part[leaving[part]], part[~leaving[part]]):
            if len(chosen):
                yield chosen


def _firsts(rows: Rows) -> NDArray[np.int64]:
    """Of two readings of one frame for one moment the first is kept, as on arrival."""
    places = np.lexsort((rows.times_ns, rows.series, rows.item))
    again = (
        (np.diff(rows.item[places], prepend=-1) == 0)
        & (np.diff(rows.series[places], prepend=-1) == 0)
        & (np.diff(rows.times_ns[places], prepend=0) == 0)
    )
    return np.sort(places[~again])
