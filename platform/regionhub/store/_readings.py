"""The readings of a batch: datastreams, quality flags, newest values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import numpy as np
from psycopg.rows import tuple_row

from regionhub.quality import QualityCheck, SeriesState
from regionhub.quantities import load_vocabulary
from regionhub.readings import Measurement
from regionhub.store._columns import Column, Floats, Integers, LongIntegers
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
        datastreams = self._stream_ids(items)
        if not datastreams:
            return ()
        measured = [m for item in items for m in item.measurements]
        counts = [len(item.measurements) for item in items]
        times_ns = np.repeat([item.uplink.time_ns for item in items], counts)
        for place, m in enumerate(measured):
            if m.time_ns is not None:
                times_ns[place] = m.time_ns
        qualities, tests, states = self._check(datastreams, measured, times_ns.tolist())
        readings = {
            "datastreams": np.array(datastreams),
            "tenants": np.repeat([item.device.tenant_id for item in items], counts),
            "times": times_ns / 1e9,
            "values": np.array([m.value for m in measured], dtype=float),
            "qualities": np.array(qualities),
        }
        self._connection.execute(
            _SQL["insert_readings"],
            {
                **_columns(readings),
                "tests": Integers(tests),
                "uplinks": LongIntegers(np.repeat(uplink_ids, counts)),
            },
        )
        newest = _newest(readings["datastreams"], times_ns)
        arrivals = np.repeat([item.envelope.received_ns or 0 for item in items], counts)
        streams: list[int] = readings["datastreams"][newest].tolist()
        believed = [states.get(stream) for stream in streams]
        self._connection.execute(
            _SQL["write_latest"],
            {
                **_columns({name: column[newest] for name, column in readings.items()}),
                "received": Floats(arrivals[newest] / 1e9),
                "believed_at": Floats([s and s.time_ns / 1e9 for s in believed]),
                "believed_values": Floats([s and s.value for s in believed]),
                "unchanged_since": Floats([s and s.unchanged_since_ns / 1e9 for s in believed]),
                "unchanged_values": Floats([s and s.unchanged_value for s in believed]),
            },
        )
        return streams

    def _check(
        self, datastreams: Sequence[int], measured: Sequence[Measurement], times_ns: Sequence[int]
    ) -> tuple[list[int], list[int], Mapping[int, SeriesState | None]]:
        """Flag each reading and name the tests that fired; also what to remember afterwards."""
        states = self._states(set(datastreams))
        checks = _checks()
        qualities: list[int] = []
        tests: list[int] = []
        for stream, m, time_ns in zip(datastreams, measured, times_ns, strict=True):
            quality, fired, states[stream] = checks[m.quantity](
                m.value, time_ns, states.get(stream), m.quality
            )
            qualities.append(quality)
            tests.append(fired)
        return qualities, tests, states

    def _stream_ids(self, items: Sequence[NewUplink]) -> list[int]:
        """The datastream of each measurement, in their order; new ones are made."""
        keys = [
            (item.device.device_id, quantity, position)
            for item in items
            for quantity, _, _, _, _, position, _ in item.measurements
        ]
        known = self._known_streams.get
        ids = [known(key) for key in keys]
        if None in ids:
            missing = {key for key, stream in zip(keys, ids, strict=True) if stream is None}
            self._create_streams(items, missing)
            ids = [known(key) or self.new_streams[key] for key in keys]
        return [stream for stream in ids if stream is not None]

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

    def _states(self, streams: set[int]) -> dict[int, SeriesState | None]:
        with self._connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            cursor.execute(_SQL["states"], {"datastreams": Integers(sorted(streams))})
            return {
                stream: SeriesState(_nanoseconds(at), value, _nanoseconds(since), unchanged)
                for stream, at, value, since, unchanged in cursor
            }


def _columns(readings: Mapping[str, np.ndarray]) -> dict[str, Column]:
    whole = ("datastreams", "tenants", "qualities")
    return {
        name: Integers(column) if name in whole else Floats(column)
        for name, column in readings.items()
    }


def _newest(datastreams: np.ndarray, times_ns: np.ndarray) -> np.ndarray:
    """Where the newest reading of each datastream stands, in the order of the datastreams.

    Of two at one moment the first is kept, as in the table.
    """
    places = np.lexsort((-np.arange(len(times_ns)), times_ns, datastreams))
    ordered = datastreams[places]
    last: np.ndarray = places[np.append(ordered[1:] != ordered[:-1], True)]
    return last


@cache
def _checks() -> Mapping[str, QualityCheck]:
    return {name: QualityCheck(q) for name, q in load_vocabulary().quantities.items()}


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1e6) * 1000  # the database keeps microseconds
