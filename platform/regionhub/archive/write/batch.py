"""Write one batch: frames and their readings, events, dead letters."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict

import orjson

from regionhub.archive.items import (
    Item,
    NewDeadLetter,
    NewDeviceEvent,
    NewIgnored,
    NewUplink,
    Outcome,
)
from regionhub.archive.write.frames import Frames
from regionhub.archive.write.readings import Readings
from regionhub.archive.write.streams import lock_devices
from regionhub.envelope import MAX_BODY_BYTES
from regionhub.series.normalize import StreamKey
from regionhub.signals.touched import touch_devices
from regionhub.store.database import Connection, select_value
from regionhub.store.statements import queries
from regionhub.times import to_datetime

_SQL = queries(__package__, "write")
_STORED = Outcome("stored")
_COPY = Outcome("duplicate", "frame")


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
        self.new_streams: Mapping[StreamKey, int] = {}
        #: By device of the batch: its town.
        self.devices = {
            item.device.device_id: item.device.tenant_id
            for item in items
            if not isinstance(item, NewIgnored) and item.device is not None
        }

    def write(self, connection: Connection) -> tuple[list[Outcome], Iterable[int]]:
        """Write everything; returns the fate of each item and the datastreams that changed."""
        self._connection = connection
        if self.devices:
            self._lock_devices()
        frames = Frames(connection, [item for item in self._items if isinstance(item, NewUplink)])
        readings = Readings(connection, self._known_streams)
        touched = readings.write(*frames.write())
        touch_devices(connection, self._begins())
        self.new_streams = readings.new_streams
        copies = iter(frames.is_copy)
        outcomes: list[Outcome] = []
        for item in self._items:
            match item:
                case NewUplink():
                    outcomes.append(_COPY if next(copies) else _STORED)
                case NewDeviceEvent():
                    outcomes.append(self._write_event(item))
                case NewDeadLetter():
                    outcomes.append(self._write_dead_letter(item))
                case NewIgnored():
                    outcomes.append(Outcome("ignored", item.reason, "nothing"))
        return outcomes, touched

    def _begins(self) -> dict[int, int]:
        """By device the time of the first reading of the batch; of what is none, its arrival."""
        begins: dict[int, int] = {}
        for item in self._items:
            if isinstance(item, NewIgnored) or item.device is None:
                continue
            time_ns = item.envelope.arrival.at_ns
            if isinstance(item, NewUplink):
                time_ns = item.uplink.time_ns
                own = [m.time_ns for m in item.measurements if m.time_ns is not None]
                time_ns = min(time_ns, *own) if own else time_ns
            device = item.device.device_id
            begins[device] = min(time_ns, begins.get(device, time_ns))
        return begins

    def _lock_devices(self) -> None:
        new = sorted(self.devices.keys() - self._known_states)
        if new:
            self._connection.execute(
                _SQL["create_device_states"],
                {"devices": new, "tenants": [self.devices[device] for device in new]},
            )
        lock_devices(self._connection, self.devices)

    def _write_event(self, item: NewDeviceEvent) -> Outcome:
        event = item.event
        values = asdict(event)
        for key in ("time_ns", "dev_eui"):
            del values[key]
        fields = {
            "device_id": item.device.device_id,
            "tenant_id": item.device.tenant_id,
            "time": to_datetime(event.time_ns),
            **values,
        }
        for key in ("kind", "event_id"):
            del values[key]
        detail = {key: value for key, value in values.items() if value is not None}
        inserted = select_value(
            self._connection,
            int,
            _SQL["insert_device_event"],
            {**fields, "detail": orjson.dumps(detail).decode()},
        )
        if inserted is None:
            return Outcome("duplicate", event.kind, "event")
        self._connection.execute(_SQL[f"apply_{event.kind}"], fields)
        return Outcome("stored", event.kind, "event")

    def _write_dead_letter(self, item: NewDeadLetter) -> Outcome:
        frame = item.frame
        frame_time = to_datetime(frame.time_ns) if frame else None
        letter = {
            "reason": item.reason,
            "detail": item.detail.replace("\x00", "\ufffd")[:1000],
            "dev_eui": item.dev_eui,
            "f_cnt": frame.f_cnt if frame else None,
            "dev_addr": frame.dev_addr if frame else None,
            "frame_time": frame_time,
        }
        if item.envelope.dead_letter_id is not None:
            self._connection.execute(
                _SQL["keep_waiting"], {**letter, "dead_letter_id": item.envelope.dead_letter_id}
            )
            return Outcome("dead_letter", item.reason, "letter")
        body = item.envelope.body
        topic = item.envelope.topic.replace("\x00", "\ufffd")
        digest = hashlib.blake2b(topic.encode() + b"\x00" + body, digest_size=16).digest()
        arrival = item.envelope.arrival
        received = to_datetime(arrival.at_ns)
        is_new = select_value(
            self._connection,
            bool,
            _SQL["insert_dead_letter"],
            {
                **letter,
                "tenant_id": item.source.tenant_id,
                "source_id": item.source.source_id,
                "topic": topic,
                "body": body[:MAX_BODY_BYTES],
                "body_bytes": len(body),
                "digest": digest,
                "received": received,
                # only what a broker delivers for the first time is one copy more
                "redelivered": arrival.kind != "live",
                "recovered": arrival.kind == "imported",
                "arrival_known": arrival.known,
            },
        )
        if item.device is not None:
            self._connection.execute(
                _SQL["write_last_seen"],
                {
                    "devices": [item.device.device_id],
                    # what is imported was heard when it was sent
                    "received": [received if frame_time is None else min(received, frame_time)],
                },
            )
        if is_new is None or (arrival.kind != "live" and not is_new):
            return Outcome("duplicate", item.reason, "letter")
        return Outcome("dead_letter", item.reason, "letter")
