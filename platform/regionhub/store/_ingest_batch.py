"""Write one batch: copies of frames, uplinks, readings, states, events, dead letters."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict
from functools import cache

import orjson
from psycopg.rows import tuple_row

from regionhub.quality import QualityCheck, SeriesState
from regionhub.quantities import load_vocabulary
from regionhub.store._columns import Floats, Integers, LongIntegers
from regionhub.store._queries import queries
from regionhub.store.batch import (
    Item,
    NewDeadLetter,
    NewDeviceEvent,
    NewIgnored,
    NewUplink,
    Outcome,
)
from regionhub.store.database import Connection

_SQL = queries("ingest")
#: As much of a refused message as any network server sends.
_DEAD_LETTER_BYTES = 65536

#: Device, quantity and position of a datastream.
StreamKey = tuple[int, str, str]


class IngestBatch:
    """One batch in one transaction.

    `streams` and `states` are the datastream ids and the devices with a state row that earlier
    batches committed; what this one adds counts only after its commit.
    """

    def __init__(
        self, items: Sequence[Item], streams: Mapping[StreamKey, int], states: AbstractSet[int]
    ) -> None:
        self._items = items
        self._known_streams = streams
        self._known_states = states
        self.new_streams: dict[StreamKey, int] = {}
        self.heard = {
            item.device.device_id: item.device.tenant_id
            for item in items
            if not isinstance(item, NewIgnored) and item.device is not None
        }

    def write(self, connection: Connection) -> tuple[list[Outcome], Iterable[int]]:
        """Write everything; returns the fate of each item and the datastreams that changed."""
        self._connection = connection
        uplinks = [(i, item) for i, item in enumerate(self._items) if isinstance(item, NewUplink)]
        if self.heard:
            self._lock_devices()
        repeated = self._repeated(uplinks)
        fresh = [item for i, item in uplinks if i not in repeated]
        touched = self._write_uplinks(fresh) if fresh else ()
        outcomes: list[Outcome] = []
        for i, item in enumerate(self._items):
            match item:
                case NewUplink():
                    outcomes.append(("duplicate", "frame") if i in repeated else ("stored", ""))
                case NewDeviceEvent():
                    outcomes.append(self._write_event(item))
                case NewDeadLetter():
                    outcomes.append(self._write_dead_letter(item))
                case NewIgnored():
                    outcomes.append(("ignored", item.reason))
        return outcomes, touched

    def _lock_devices(self) -> None:
        new = sorted(self.heard.keys() - self._known_states)
        if new:
            self._connection.execute(
                _SQL["create_device_states"],
                {"devices": new, "tenants": [self.heard[device] for device in new]},
            )
        self._connection.execute(_SQL["lock_devices"], {"devices": Integers(sorted(self.heard))})

    def _repeated(self, uplinks: Sequence[tuple[int, NewUplink]]) -> set[int]:
        if not uplinks:
            return set()
        times = [item.uplink.time_ns / 1e9 for _, item in uplinks]
        windows = [item.window_seconds for _, item in uplinks]
        rows = self._connection.execute(
            _SQL["find_duplicates"],
            {
                "ordinals": Integers([i for i, _ in uplinks]),
                "devices": Integers([item.device.device_id for _, item in uplinks]),
                "times": Floats(times),
                "windows": Floats(windows),
                "content_keys": LongIntegers([item.content_key for _, item in uplinks]),
                "dev_addrs": [item.uplink.dev_addr for _, item in uplinks],
                "first": min(times) - max(windows),
                "last": max(times) + max(windows),
            },
            binary=True,
        ).fetchall()
        repeated = {row["ordinal"] for row in rows}
        arrivals = [
            (i, item)
            for i, item in uplinks
            if item.uplink.time_source == "arrival" and item.uplink.event_id is not None
        ]
        if arrivals:
            rows = self._connection.execute(
                _SQL["find_repeated_events"],
                {
                    "ordinals": [i for i, _ in arrivals],
                    "sources": [item.source.source_id for _, item in arrivals],
                    "event_ids": [item.uplink.event_id for _, item in arrivals],
                },
            ).fetchall()
            repeated |= {row["ordinal"] for row in rows}
        return repeated | _repeated_within([(i, u) for i, u in uplinks if i not in repeated])

    def _write_uplinks(self, items: Sequence[NewUplink]) -> Iterable[int]:
        rows = self._connection.execute(_SQL["uplink_ids"], {"count": len(items)}).fetchall()
        ids = [row["uplink_id"] for row in rows]
        best = [item.uplink.best_reception for item in items]
        self._connection.execute(
            _SQL["insert_uplinks"],
            {
                "uplink_ids": LongIntegers(ids),
                "tenants": Integers([item.device.tenant_id for item in items]),
                "sources": Integers([item.source.source_id for item in items]),
                "devices": Integers([item.device.device_id for item in items]),
                "times": Floats([item.uplink.time_ns / 1e9 for item in items]),
                "time_sources": [item.uplink.time_source for item in items],
                "received": Floats([_received(item) for item in items]),
                "event_ids": [item.uplink.event_id for item in items],
                "dev_addrs": [item.uplink.dev_addr for item in items],
                "f_cnts": Floats([item.uplink.f_cnt for item in items]),
                "f_ports": Floats([item.uplink.f_port for item in items]),
                "payloads": [item.uplink.payload for item in items],
                "content_keys": LongIntegers([item.content_key for item in items]),
                "confirmed": [item.uplink.confirmed for item in items],
                "sfs": Floats([item.uplink.sf for item in items]),
                "bws": Floats([item.uplink.bw_hz for item in items]),
                "frequencies": Floats([item.uplink.frequency_hz for item in items]),
                "drs": Floats([item.uplink.dr for item in items]),
                "gateways": Integers([len(item.uplink.gateway_ids) for item in items]),
                "rssis": Floats([r.rssi if r else None for r in best]),
                "snrs": Floats([r.snr if r else None for r in best]),
                "receptions": [_receptions(item) for item in items],
                "profile_ids": [item.device.profile_id for item in items],
                "profile_versions": [item.profile_version for item in items],
            },
            binary=True,
        )
        self._write_device_states(items)
        return self._write_readings(items, ids)

    def _write_device_states(self, items: Sequence[NewUplink]) -> None:
        newest: dict[int, NewUplink] = {}
        for item in items:
            kept = newest.get(item.device.device_id)
            if kept is None or kept.uplink.time_ns <= item.uplink.time_ns:
                newest[item.device.device_id] = item
        best = [item.uplink.best_reception for item in newest.values()]
        chosen = list(newest.values())
        self._connection.execute(
            _SQL["write_device_states"],
            {
                "devices": Integers(list(newest)),
                "times": Floats([item.uplink.time_ns / 1e9 for item in chosen]),
                "received": Floats([_received(item) for item in chosen]),
                "f_cnts": Floats([item.uplink.f_cnt for item in chosen]),
                "f_ports": Floats([item.uplink.f_port for item in chosen]),
                "dev_addrs": [item.uplink.dev_addr for item in chosen],
                "sfs": Floats([item.uplink.sf for item in chosen]),
                "gateways": Integers([len(item.uplink.gateway_ids) for item in chosen]),
                "rssis": Floats([r.rssi if r else None for r in best]),
                "snrs": Floats([r.snr if r else None for r in best]),
            },
        )

    def _write_readings(self, items: Sequence[NewUplink], uplink_ids: list[int]) -> Iterable[int]:
        streams = self._stream_ids(items)
        states = self._states(set(streams.values()))
        columns: tuple[
            list[int], list[int], list[float], list[float | None], list[int], list[int], list[int]
        ]
        columns = ([], [], [], [], [], [], [])
        datastreams, tenants, times, values, qualities, tests, uplinks = columns
        newest: dict[int, tuple[int, int, float]] = {}
        for item, uplink_id in zip(items, uplink_ids, strict=True):
            for measurement in item.measurements:
                assert measurement.time_ns is not None
                stream = streams[item.device.device_id, measurement.quantity, measurement.position]
                quality, fired, states[stream] = _checks()[measurement.quantity](
                    measurement.value, measurement.time_ns, states.get(stream), measurement.quality
                )
                datastreams.append(stream)
                tenants.append(item.device.tenant_id)
                times.append(measurement.time_ns / 1e9)
                values.append(measurement.value)
                qualities.append(int(quality))
                tests.append(int(fired))
                uplinks.append(uplink_id)
                seen = newest.get(stream)
                # of two at one moment the first is kept, as in the table
                if seen is None or times[seen[0]] < times[-1]:
                    newest[stream] = (len(times) - 1, item.device.tenant_id, _received(item))
        if not datastreams:
            return ()
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
        self._write_latest(newest, states, times, values, qualities)
        return newest

    def _write_latest(
        self,
        newest: dict[int, tuple[int, int, float]],
        states: Mapping[int, SeriesState | None],
        times: list[float],
        values: list[float | None],
        qualities: list[int],
    ) -> None:
        rows = sorted(newest.items())
        believed = [states[stream] for stream, _ in rows]
        self._connection.execute(
            _SQL["write_latest"],
            {
                "datastreams": Integers([stream for stream, _ in rows]),
                "tenants": Integers([tenant for _, (_, tenant, _) in rows]),
                "times": Floats([times[i] for _, (i, _, _) in rows]),
                "values": Floats([values[i] for _, (i, _, _) in rows]),
                "qualities": Integers([qualities[i] for _, (i, _, _) in rows]),
                "received": Floats([received for _, (_, _, received) in rows]),
                "believed_at": Floats([s and s.time_ns / 1e9 for s in believed]),
                "believed_values": Floats([s and s.value for s in believed]),
                "unchanged_since": Floats([s and s.unchanged_since_ns / 1e9 for s in believed]),
                "unchanged_values": Floats([s and s.unchanged_value for s in believed]),
            },
        )

    def _stream_ids(self, items: Sequence[NewUplink]) -> dict[StreamKey, int]:
        wanted = {
            (item.device.device_id, m.quantity, m.position): item.device.tenant_id
            for item in items
            for m in item.measurements
        }
        ids = {key: self._known_streams[key] for key in wanted if key in self._known_streams}
        missing = [key for key in wanted if key not in ids]
        if missing:
            self._connection.execute(
                _SQL["create_datastreams"],
                {
                    "tenants": [wanted[key] for key in missing],
                    "devices": [device for device, _, _ in missing],
                    "quantities": [quantity for _, quantity, _ in missing],
                    "positions": [position for _, _, position in missing],
                },
            )
            rows = self._connection.execute(
                _SQL["datastreams"], {"devices": list({device for device, _, _ in missing})}
            ).fetchall()
            for row in rows:
                key = (row["device_id"], row["quantity"], row["position"])
                self.new_streams[key] = row["datastream_id"]
            ids.update({key: self.new_streams[key] for key in missing})
        return ids

    def _states(self, streams: set[int]) -> dict[int, SeriesState | None]:
        with self._connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            cursor.execute(_SQL["states"], {"datastreams": Integers(sorted(streams))})
            return {
                stream: SeriesState(_nanoseconds(at), value, _nanoseconds(since), unchanged)
                for stream, at, value, since, unchanged in cursor
            }

    def _write_event(self, item: NewDeviceEvent) -> Outcome:
        event = item.event
        told = asdict(event)
        for key in ("time_ns", "dev_eui"):
            del told[key]
        fields = {
            "device_id": item.device.device_id,
            "tenant_id": item.device.tenant_id,
            "time": event.time_ns / 1e9,
            **told,
        }
        for key in ("kind", "event_id"):
            del told[key]
        detail = {key: value for key, value in told.items() if value is not None}
        row = self._connection.execute(
            _SQL["insert_device_event"], {**fields, "detail": orjson.dumps(detail).decode()}
        ).fetchone()
        if row is None:
            return ("duplicate", event.kind)
        self._connection.execute(_SQL[f"apply_{event.kind}"], fields)
        return ("stored", event.kind)

    def _write_dead_letter(self, item: NewDeadLetter) -> Outcome:
        detail = item.detail.replace("\x00", "\ufffd")[:1000]
        if item.envelope.dead_letter_id is not None:
            self._connection.execute(
                _SQL["keep_waiting"],
                {
                    "dead_letter_id": item.envelope.dead_letter_id,
                    "reason": item.reason,
                    "detail": detail,
                    "dev_eui": item.dev_eui,
                },
            )
            return ("dead_letter", item.reason)
        body = item.envelope.body
        topic = item.envelope.topic.replace("\x00", "\ufffd")
        digest = hashlib.blake2b(topic.encode() + b"\x00" + body, digest_size=16).digest()
        received = _received(item)
        row = self._connection.execute(
            _SQL["insert_dead_letter"],
            {
                "tenant_id": item.source.tenant_id,
                "source_id": item.source.source_id,
                "topic": topic,
                "body": body[:_DEAD_LETTER_BYTES],
                "body_bytes": len(body),
                "digest": digest,
                "reason": item.reason,
                "detail": detail,
                "dev_eui": item.dev_eui,
                "received": received,
                "redelivered": item.envelope.redelivered,
            },
        ).fetchone()
        if item.device is not None:
            self._connection.execute(
                _SQL["write_last_seen"],
                {"devices": [item.device.device_id], "received": [received]},
            )
        if row is None or (item.envelope.redelivered and not row["new"]):
            return ("duplicate", item.reason)
        return ("dead_letter", item.reason)


def _repeated_within(uplinks: Sequence[tuple[int, NewUplink]]) -> set[int]:
    """Copies of one frame inside the batch; the first one stays."""
    repeated: set[int] = set()
    seen: dict[tuple[int, int], list[NewUplink]] = {}
    for i, item in uplinks:
        kept = seen.setdefault((item.device.device_id, item.content_key), [])
        uplink = item.uplink
        if any(
            abs(other.uplink.time_ns - uplink.time_ns) <= item.window_seconds * 1e9
            and (
                other.uplink.dev_addr is None
                or uplink.dev_addr is None
                or other.uplink.dev_addr == uplink.dev_addr
            )
            for other in kept
        ):
            repeated.add(i)
        else:
            kept.append(item)
    return repeated


@cache
def _checks() -> Mapping[str, QualityCheck]:
    return {name: QualityCheck(q) for name, q in load_vocabulary().quantities.items()}


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1e6) * 1000  # the database keeps microseconds


def _received(item: NewUplink | NewDeviceEvent | NewDeadLetter) -> float:
    assert item.envelope.received_ns is not None, "what comes over MQTT has an arrival"
    return item.envelope.received_ns / 1e9


def _receptions(item: NewUplink) -> str:
    return orjson.dumps(
        [{"gateway": r.gateway_id, "rssi": r.rssi, "snr": r.snr} for r in item.uplink.receptions]
    ).decode()
