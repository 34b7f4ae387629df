"""The readings of a batch: datastreams, quality flags, newest values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any, NamedTuple, cast

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.rows import tuple_row

from regionhub.quality import DEVICE_WORDS, NEVER, QualityTests, SeriesStates
from regionhub.quantities import load_vocabulary
from regionhub.store._columns import (
    Column,
    Floats,
    Integers,
    LongIntegers,
    epoch_seconds,
    microseconds,
)
from regionhub.store._queries import queries
from regionhub.store.batch import NewUplink
from regionhub.store.database import Connection

_SQL = queries("ingest")

#: Device, quantity and position of a datastream.
StreamKey = tuple[int, str, str]


class Readings:
    """What the fresh uplinks of one batch measured, in one transaction.

    `streams` are the ids of datastreams that earlier batches committed; `new_streams` what this
    one adds.
    """

    def __init__(self, connection: Connection, streams: Mapping[StreamKey, int]) -> None:
        self._connection = connection
        self._known_streams = streams
        self.new_streams: dict[StreamKey, int] = {}

    def write(self, items: Sequence[NewUplink], uplink_ids: Sequence[int]) -> Iterable[int]:
        """Write the readings; returns the datastreams that have new ones."""
        measured = list(chain.from_iterable([item.measurements for item in items]))
        if not measured:
            return ()
        counts = [len(item.measurements) for item in items]
        quantities, values, _, words, _, positions, own_ns = zip(*measured, strict=True)
        devices = np.repeat([item.device.device_id for item in items], counts)
        times_ns = np.repeat([item.uplink.time_ns for item in items], counts)
        if own_ns.count(None) < len(own_ns):
            own = np.array([time_ns is not None for time_ns in own_ns])
            times_ns[own] = [time_ns for time_ns in own_ns if time_ns is not None]
        times_ns = microseconds(times_ns) * 1000
        ids = np.array(self._stream_ids(items, devices.tolist(), quantities, positions))
        streams, series = np.unique(ids, return_inverse=True)
        known = self._known(streams)
        tests = _tests()
        value = np.array(values, dtype=float)
        qualities, fired = tests.check(
            series=series,
            quantity=np.array([tests.numbers[quantity] for quantity in quantities]),
            time_ns=times_ns,
            value=value,
            device=np.array([DEVICE_WORDS[word] for word in words]),
            states=known.states,
        )
        readings = {
            "datastreams": ids,
            "tenants": np.repeat([item.device.tenant_id for item in items], counts),
            "times": epoch_seconds(times_ns),
            "values": value,
            "qualities": qualities,
            "tests": fired,
            "uplinks": np.repeat(uplink_ids, counts),
        }
        moments, newest = _in_order(series, times_ns)
        self._insert(readings, moments[times_ns[moments] > known.newest_ns[series[moments]]])
        arrivals = np.repeat([item.envelope.received_ns or 0 for item in items], counts)
        self._write_latest(
            {name: column[newest] for name, column in readings.items()},
            epoch_seconds(arrivals[newest]),
            times_ns[newest] > known.newest_ns,
            known,
        )
        changed: list[int] = streams.tolist()
        return changed

    def _insert(self, readings: Mapping[str, NDArray[Any]], fresh: NDArray[np.int64]) -> None:
        """Write the readings; those at the places `fresh` can hardly be there yet.

        To ask first whether a row is there takes as long as to write it. In the order of their
        datastreams, neighbours go to one page of the index.
        """
        new = _columns({name: column[fresh] for name, column in readings.items()})
        try:
            with self._connection.transaction():
                self._connection.execute(_SQL["insert_readings"], new)
        except psycopg.errors.UniqueViolation:
            # a replay wrote it a moment ago and has not come to the newest values yet
            self._connection.execute(_SQL["insert_missing_readings"], new)
        if len(fresh) < len(readings["times"]):
            late = _columns({name: np.delete(column, fresh) for name, column in readings.items()})
            self._connection.execute(_SQL["insert_missing_readings"], late)

    def _write_latest(
        self,
        readings: Mapping[str, NDArray[Any]],
        received: NDArray[np.float64],
        newer: NDArray[np.bool_],
        known: _Known,
    ) -> None:
        """Write the newest reading of each datastream, all in the order of `known`."""
        states = known.states
        columns = {
            **readings,
            "received": received,
            "believed_at": states.seconds(states.time_ns),
            "believed_values": states.value,
            "unchanged_since": states.seconds(states.unchanged_since_ns),
            "unchanged_values": states.unchanged_value,
        }
        first = known.newest_ns == NEVER
        for statement, chosen in (("renew_latest", newer & ~first), ("write_latest", first)):
            if chosen.any():
                rows = _columns({name: column[chosen] for name, column in columns.items()})
                del rows["tests"], rows["uplinks"]
                self._connection.execute(_SQL[statement], rows)

    def _stream_ids(
        self,
        items: Sequence[NewUplink],
        devices: Sequence[int],
        quantities: Sequence[str],
        positions: Sequence[str],
    ) -> list[int]:
        """The datastream of each measurement; new ones are made."""
        keys = list(zip(devices, quantities, positions, strict=True))
        ids = list(map(self._known_streams.get, keys))
        if None in ids:
            missing = {key for key, stream in zip(keys, ids, strict=True) if stream is None}
            self._create_streams(items, missing)
            known = {**self._known_streams, **self.new_streams}
            return [known[key] for key in keys]
        return cast("list[int]", ids)

    def _create_streams(self, items: Sequence[NewUplink], missing: set[StreamKey]) -> None:
        tenants = {item.device.device_id: item.device.tenant_id for item in items}
        keys = sorted(missing)
        self._connection.execute(
            _SQL["create_datastreams"],
            {
                "tenants": [tenants[device] for device, _, _ in keys],
                "devices": [device for device, _, _ in keys],
                "quantities": [quantity for _, quantity, _ in keys],
                "positions": [position for _, _, position in keys],
            },
        )
        rows = self._connection.execute(
            _SQL["datastreams"], {"devices": sorted({device for device, _, _ in keys})}
        ).fetchall()
        for row in rows:
            key = (row["device_id"], row["quantity"], row["position"])
            self.new_streams[key] = row["datastream_id"]

    def _known(self, streams: NDArray[np.int64]) -> _Known:
        """What is known of these datastreams (in order, each once)."""
        known = _Known(np.full(len(streams), NEVER), SeriesStates(len(streams)))
        with self._connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            cursor.execute(_SQL["known_series"], {"datastreams": Integers(streams)})
            row = cursor.fetchone()
        assert row is not None
        ids, newest, believed_at, values, unchanged_since, unchanged_values = row
        places = np.searchsorted(streams, ids)
        states = known.states
        known.newest_ns[places] = _nanoseconds(newest)
        states.time_ns[places] = _nanoseconds(believed_at)
        states.value[places] = values
        states.unchanged_since_ns[places] = _nanoseconds(unchanged_since)
        states.unchanged_value[places] = unchanged_values
        return known


class _Known(NamedTuple):
    """Of some datastreams the time of the newest reading (`NEVER`: none), and for the tests."""

    newest_ns: NDArray[np.int64]
    states: SeriesStates


_INTEGERS = {"uplinks": LongIntegers}


def _columns(readings: Mapping[str, NDArray[Any]]) -> dict[str, Column]:
    return {
        name: Floats(column) if column.dtype == float else _INTEGERS.get(name, Integers)(column)
        for name, column in readings.items()
    }


def _in_order(
    series: NDArray[np.int64], times_ns: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the reading of each moment stands, and where the newest of each datastream.

    Of two at one moment the first is kept, as in the table.
    """
    places = np.lexsort((times_ns, series))
    moments = places[
        (np.diff(series[places], prepend=-1) != 0) | (np.diff(times_ns[places], prepend=-1) != 0)
    ]
    newest = moments[np.diff(series[moments], append=-1) != 0]
    return moments, newest


@cache
def _tests() -> QualityTests:
    return QualityTests(load_vocabulary().quantities)


def _nanoseconds(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    times_ns = np.full(len(seconds), NEVER)
    told = ~np.isnan(seconds)
    # the database keeps microseconds
    times_ns[told] = np.rint(seconds[told] * 1e6).astype(np.int64) * 1000
    return times_ns
