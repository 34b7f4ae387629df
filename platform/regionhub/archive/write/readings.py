"""The readings of a batch: datastreams, quality flags, newest values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.rows import tuple_row

from regionhub.archive.items import NewUplink
from regionhub.series.normalize import StreamKey, measured, quality_tests, state_columns
from regionhub.series.quality import NEVER, SeriesStates
from regionhub.store.arrays import Column, Floats, Integers, LongIntegers, epoch_seconds
from regionhub.store.database import Connection
from regionhub.store.statements import queries

_SQL = queries(__package__, "write")


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
        rows = measured(
            [item.device.device_id for item in items],
            np.array([item.uplink.time_ns for item in items], dtype=np.int64),
            [item.measurements for item in items],
        )
        if rows is None:
            return ()
        ids = np.array(self._stream_ids(items, rows.keys))
        streams, series = np.unique(ids, return_inverse=True)
        states = self._states(streams)
        before_ns = states.newest_ns.copy()
        qualities, fired = quality_tests().check(
            series=series,
            quantity=rows.quantity,
            time_ns=rows.times_ns,
            value=rows.values,
            device=rows.device,
            states=states,
        )
        readings = {
            "datastreams": ids,
            "tenants": np.array([item.device.tenant_id for item in items])[rows.item],
            "times": epoch_seconds(rows.times_ns),
            "values": rows.values,
            "qualities": qualities,
            "tests": fired,
            "uplinks": np.array(uplink_ids)[rows.item],
        }
        moments, newest = _in_order(series, rows.times_ns)
        newer = rows.times_ns[moments] > before_ns[series[moments]]
        self._insert(readings, moments[newer])
        arrivals = np.array([item.envelope.arrival.at_ns for item in items])
        self._write_latest(
            {name: column[newest] for name, column in readings.items()},
            epoch_seconds(arrivals[rows.item[newest]]),
            before_ns,
            states,
        )
        changed: list[int] = streams.tolist()
        return changed

    def _insert(self, readings: Mapping[str, NDArray[Any]], fresh: NDArray[np.int64]) -> None:
        """Write the readings; those at the places `fresh` can hardly be there yet.

        To ask first whether a row is there takes as long as to write it. In the order of their
        datastreams, neighbours go to one page of the index.
        """
        if len(fresh):
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
        before_ns: NDArray[np.int64],
        states: SeriesStates,
    ) -> None:
        """Write the newest reading of each datastream, all in the order of `states`."""
        columns = {**readings, "received": received, **state_columns(states)}
        first = before_ns == NEVER
        newer = states.newest_ns > before_ns
        for statement, chosen in (("renew_latest", newer & ~first), ("write_latest", first)):
            if chosen.any():
                rows = _columns({name: column[chosen] for name, column in columns.items()})
                del rows["tests"], rows["uplinks"]
                self._connection.execute(_SQL[statement], rows)

    def _stream_ids(self, items: Sequence[NewUplink], keys: Sequence[StreamKey]) -> list[int]:
        """The datastream of each measurement; new ones are made."""
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

    def _states(self, streams: NDArray[np.int64]) -> SeriesStates:
        """What is known of these datastreams (in order, each once)."""
        states = SeriesStates(len(streams))
        with self._connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            cursor.execute(_SQL["known_series"], {"datastreams": Integers(streams)})
            row = cursor.fetchone()
        assert row is not None
        ids, newest, believed_at, values, unchanged_since, unchanged_values = row
        places = np.searchsorted(streams, ids)
        states.newest_ns[places] = _nanoseconds(newest)
        states.time_ns[places] = _nanoseconds(believed_at)
        states.value[places] = values
        states.unchanged_since_ns[places] = _nanoseconds(unchanged_since)
        states.unchanged_value[places] = unchanged_values
        return states


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


def _nanoseconds(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    times_ns = np.full(len(seconds), NEVER)
    told = ~np.isnan(seconds)
    # the database keeps microseconds
    times_ns[told] = np.rint(seconds[told] * 1e6).astype(np.int64) * 1000
    return times_ns
