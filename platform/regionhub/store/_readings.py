"""The readings of a batch: datastreams, quality flags, newest values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from psycopg.rows import tuple_row

from regionhub.quality import QualityCheck, SeriesState
from regionhub.quantities import load_vocabulary
from regionhub.store._columns import Floats, Integers, LongIntegers
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
        states = self._states(set(datastreams))
        checks = _checks()
        tenants: list[int] = []
        times: list[float] = []
        values: list[float | None] = []
        qualities: list[int] = []
        tests: list[int] = []
        uplinks: list[int] = []
        arrivals: list[float] = []
        #: Where the newest reading of each datastream stands in the columns.
        newest: dict[int, int] = {}
        place = 0
        for item, uplink_id in zip(items, uplink_ids, strict=True):
            tenant_id = item.device.tenant_id
            uplink_ns = item.uplink.time_ns
            arrival = (item.envelope.received_ns or 0) / 1e9
            for quantity, value, _, device, _, _, own_ns in item.measurements:
                time_ns = uplink_ns if own_ns is None else own_ns
                stream = datastreams[place]
                quality, fired, states[stream] = checks[quantity](
                    value, time_ns, states.get(stream), device
                )
                time = time_ns / 1e9
                seen = newest.get(stream)
                # of two at one moment the first is kept, as in the table
                if seen is None or times[seen] < time:
                    newest[stream] = place
                tenants.append(tenant_id)
                times.append(time)
                values.append(value)
                qualities.append(quality)
                tests.append(fired)
                uplinks.append(uplink_id)
                arrivals.append(arrival)
                place += 1
        self._connection.execute(
            _SQL["insert_readings"],
            {
                "datastreams": Integers(datastreams),
                "tenants": Integers(tenants),
                "times": Floats(times),
                "values": Floats(values),
                "qualities": Integers(qualities),
                "tests": Integers(tests),
                "uplinks": LongIntegers(uplinks),
            },
        )
        streams = sorted(newest)
        places = [newest[stream] for stream in streams]
        believed = [states[stream] for stream in streams]
        self._connection.execute(
            _SQL["write_latest"],
            {
                "datastreams": Integers(streams),
                "tenants": Integers([tenants[at] for at in places]),
                "times": Floats([times[at] for at in places]),
                "values": Floats([values[at] for at in places]),
                "qualities": Integers([qualities[at] for at in places]),
                "received": Floats([arrivals[at] for at in places]),
                "believed_at": Floats([s and s.time_ns / 1e9 for s in believed]),
                "believed_values": Floats([s and s.value for s in believed]),
                "unchanged_since": Floats([s and s.unchanged_since_ns / 1e9 for s in believed]),
                "unchanged_values": Floats([s and s.unchanged_value for s in believed]),
            },
        )
        return streams

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


@cache
def _checks() -> Mapping[str, QualityCheck]:
    return {name: QualityCheck(q) for name, q in load_vocabulary().quantities.items()}


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1e6) * 1000  # the database keeps microseconds
