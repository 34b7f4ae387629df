"""What is stored of the frames of a replay: read, never written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import numpy as np

from regionhub.archive.replay.model import NONE, Datastreams, Expected, Redecoded, Stored, Whole
from regionhub.archive.runs import Run
from regionhub.archive.write.streams import LatestArrays
from regionhub.quantities import load_vocabulary
from regionhub.series.normalize import quality_tests
from regionhub.series.quality import LONGEST_RATE_GAP_NS, SeriesStates
from regionhub.store.arrays import Integers, LongIntegers, Times, in_chunks
from regionhub.store.database import Connection, fetch_columns, select_all
from regionhub.store.statements import queries
from regionhub.times import from_datetime, to_datetime

_SQL = queries(__package__, "match")
_HOUR_NS = 3_600_000_000_000
#: The database keeps microseconds: no time lies between two that are one apart.
_MOMENT_NS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Interrupted:
    """A datastream that an interrupted run changed, and up to what time."""

    device_id: int
    quantity: str
    position: str
    last_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _FrameProfile:
    """The profile and version that read a frame."""

    uplink_id: int
    profile_id: str
    profile_version: str | None


def interrupted(connection: Connection, run: Run, series: Datastreams) -> dict[int, int]:
    """Datastreams (by place) that interrupted runs over the same changed, and up to what time."""
    rows = select_all(
        connection,
        _Interrupted,
        _SQL["interrupted"],
        {"replay_id": run.replay_id, "devices": Integers(list(series.of_device))},
    )
    return {
        series.places[row.device_id, row.quantity, row.position]: from_datetime(row.last_time)
        for row in rows
    }


def stored_readings(connection: Connection, run: Run, streams: Whole, times_ns: Whole) -> Stored:
    """What is stored at these moments of these datastreams."""
    stored = Stored.nothing(len(streams))
    for part in in_chunks(times_ns):
        places, *fields = fetch_columns(
            connection,
            _SQL["stored_readings"],
            {
                "places": Integers(part),
                "streams": Integers(streams[part]),
                "times": Times(times_ns[part]),
                "first": to_datetime(int(times_ns[part].min())),
                "last": to_datetime(int(times_ns[part].max())),
            },
        )
        stored.found[places] = True
        columns = stored.uplink_ids, stored.values, stored.qualities, stored.tests
        for column, values in zip(columns, fields, strict=True):
            column[places] = values
    empty = np.flatnonzero(stored.found & stored.empty)
    if len(empty):
        places, now = fetch_columns(
            connection,
            _SQL["changed_readings"],
            {
                "places": Integers(empty),
                "streams": Integers(streams[empty]),
                "times": Times(times_ns[empty]),
                "replay_id": run.replay_id,
            },
        )
        stored.emptied[places] = True
        stored.emptied_now[places] = now
    return stored


def stored_history(
    connection: Connection, streams: Whole, decoded: Sequence[Redecoded], expected: Expected
) -> tuple[Whole, Whole, Whole]:
    """Readings that frames of a chunk gave for other times than their own.

    Returns:
        Datastream, time and frame of each, as `Rows` name them.
    """
    series, item = expected.history_series, expected.history_item
    if not len(item):
        return NONE, NONE, NONE
    uplinks = [decoded[i].uplink for i in item]
    firsts_ns = [uplink.history_from_ns for uplink in uplinks if uplink.history_from_ns is not None]
    lasts_ns = [uplink.history_to_ns for uplink in uplinks if uplink.history_to_ns is not None]
    places, times_ns = fetch_columns(
        connection,
        _SQL["stored_history"],
        {
            "places": Integers(range(len(uplinks))),
            "streams": Integers(streams[series]),
            "firsts": Times(firsts_ns),
            "lasts": Times(lasts_ns),
            "uplinks": LongIntegers([uplink.uplink_id for uplink in uplinks]),
            "times": Times([uplink.time_ns for uplink in uplinks]),
            "first": to_datetime(min(firsts_ns)),
            "last": to_datetime(max(lasts_ns)),
        },
    )
    return series[places], times_ns, item[places]


def states_before(
    connection: Connection,
    streams: Whole,
    quantities: Whole,
    ends_ns: Whole,
    first_frame_ns: int | None = None,
) -> SeriesStates:
    """What the quality tests knew of each datastream just before a moment, from what is stored.

    Frames of and after `first_frame_ns` had said nothing yet, not even of earlier moments.
    """
    states = SeriesStates(len(streams))
    series, times_ns, values = fetch_columns(
        connection,
        _SQL["readings_before"],
        {
            "places": Integers(range(len(streams))),
            "streams": Integers(streams),
            "begins": Times(ends_ns - _spans_ns()[quantities]),
            "ends": Times(ends_ns),
            "first_frame": None if first_frame_ns is None else to_datetime(first_frame_ns),
        },
    )
    quality_tests().check(
        series=series,
        quantity=quantities[series],
        time_ns=times_ns,
        value=values,
        device=np.zeros(len(series), dtype=np.int64),
        states=states,
    )
    return states


@cache
def _spans_ns() -> Whole:
    """How long before a moment the quality tests look back, by number of the quantity."""
    flat_lines = [quantity.limits.flat_line for quantity in load_vocabulary().quantities.values()]
    return np.array(
        [LONGEST_RATE_GAP_NS + (int(f.hours * _HOUR_NS) if f else 0) for f in flat_lines]
    )


def frame_profiles(
    connection: Connection, uplink_ids: Whole, devices: Iterable[int]
) -> dict[int, tuple[str, str | None]]:
    """Profile and version that read some frames of these devices, as far as they are kept."""
    rows = select_all(
        connection,
        _FrameProfile,
        _SQL["frame_profiles"],
        {"uplink_ids": LongIntegers(uplink_ids), "devices": Integers(sorted(devices))},
    )
    return {row.uplink_id: (row.profile_id, row.profile_version) for row in rows}


def newest(connection: Connection, devices: Iterable[int], diverged: Whole) -> LatestArrays:
    """Newest readings that the table of the newest ones does not show (as it should).

    Args:
        connection: under the ingest role.
        devices: of the run.
        diverged: datastreams whose readings may have changed.
    """
    streams, tenants, quantities, times_ns, values, qualities, received_ns = fetch_columns(
        connection,
        _SQL["newest"],
        {"devices": Integers(sorted(devices)), "streams": Integers(diverged)},
    )
    numbers = np.array([quality_tests().numbers[name] for name in quantities], dtype=np.int64)
    # up to and with the newest itself
    states = states_before(connection, streams, numbers, times_ns + _MOMENT_NS)
    return LatestArrays(streams, tenants, times_ns, values, qualities, received_ns, states)
