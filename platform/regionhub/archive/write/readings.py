"""The readings of a batch: datastreams, quality flags, newest values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from regionhub.archive.items import NewUplink
from regionhub.archive.write.streams import LatestArrays, create_streams, renew_latest, write_latest
from regionhub.errors import StoreRejected
from regionhub.series.normalize import StreamKey, measured, quality_tests
from regionhub.series.quality import SeriesStates
from regionhub.store.arrays import Column, Floats, Integers, LongIntegers, Numbers, Times
from regionhub.store.database import Connection, fetch_columns, store_errors
from regionhub.store.statements import queries
from regionhub.times import NEVER

_SQL = queries(__package__, "write")
_COLUMNS: Mapping[str, type[Numbers]] = {
    "datastreams": Integers,
    "tenants": Integers,
    "times": Times,
    "values": Floats,
    "qualities": Integers,
    "tests": Integers,
    "uplinks": LongIntegers,
}


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
            "times": rows.times_ns,
            "values": rows.values,
            "qualities": qualities,
            "tests": fired,
            "uplinks": np.array(uplink_ids)[rows.item],
        }
        moments, newest = _in_order(series, rows.times_ns)
        newer = rows.times_ns[moments] > before_ns[series[moments]]
        self._insert(readings, moments[newer])
        arrivals_ns = np.array([item.envelope.arrival.at_ns for item in items])
        latest = LatestArrays(
            streams,
            readings["tenants"][newest],
            rows.times_ns[newest],
            rows.values[newest],
            qualities[newest],
            arrivals_ns[rows.item[newest]],
            states,
        )
        self._write_latest(latest, before_ns)
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
                with store_errors(), self._connection.transaction():
                    self._connection.execute(_SQL["insert_readings"], new)
            except StoreRejected:
                # a replay wrote it a moment ago and has not come to the newest values yet
                self._connection.execute(_SQL["insert_missing_readings"], new)
        if len(fresh) < len(readings["times"]):
            late = _columns({name: np.delete(column, fresh) for name, column in readings.items()})
            self._connection.execute(_SQL["insert_missing_readings"], late)

    def _write_latest(self, latest: LatestArrays, before_ns: NDArray[np.int64]) -> None:
        first = before_ns == NEVER
        newer = latest.states.newest_ns > before_ns
        if (newer & ~first).any():
            renew_latest(self._connection, latest.of(newer & ~first))
        if first.any():
            write_latest(self._connection, latest.of(first), corrects=False)

    def _stream_ids(self, items: Sequence[NewUplink], keys: Sequence[StreamKey]) -> list[int]:
        """The datastream of each measurement; new ones are made."""
        ids = list(map(self._known_streams.get, keys))
        if None in ids:
            tenants = {item.device.device_id: item.device.tenant_id for item in items}
            missing = {key for key, stream in zip(keys, ids, strict=True) if stream is None}
            self.new_streams = create_streams(
                self._connection, {key: tenants[key[0]] for key in missing}
            )
            known = {**self._known_streams, **self.new_streams}
            return [known[key] for key in keys]
        return cast("list[int]", ids)

    def _states(self, streams: NDArray[np.int64]) -> SeriesStates:
        """What is known of these datastreams (in order, each once)."""
        states = SeriesStates(len(streams))
        ids, newest_ns, time_ns, values, unchanged_since_ns, unchanged_values = fetch_columns(
            self._connection, _SQL["known_series"], {"datastreams": Integers(streams)}
        )
        places = np.searchsorted(streams, ids)
        states.newest_ns[places] = newest_ns
        states.time_ns[places] = time_ns
        states.value[places] = values
        states.unchanged_since_ns[places] = unchanged_since_ns
        states.unchanged_value[places] = unchanged_values
        return states


def _columns(readings: Mapping[str, NDArray[Any]]) -> dict[str, Column]:
    return {name: _COLUMNS[name](column) for name, column in readings.items()}


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
