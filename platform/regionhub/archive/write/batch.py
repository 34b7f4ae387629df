"""Write one batch: frames and their readings, events, dead letters."""

from __future__ import annotations

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
from regionhub.archive.write.letters import Letters
from regionhub.archive.write.readings import Readings
from regionhub.archive.write.streams import lock_devices
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
        letters = Letters(connection, [x for x in self._items if isinstance(x, NewDeadLetter)])
        outcomes: list[Outcome] = []
        for item in self._items:
            match item:
                case NewUplink():
                    outcomes.append(_COPY if next(copies) else _STORED)
                case NewDeviceEvent():
                    outcomes.append(self._write_event(item))
                case NewDeadLetter():
                    outcomes.append(letters.write(item))
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
                if own := [m.time_ns for m in item.measurements if m.time_ns is not None]:
                    time_ns = min(time_ns, *own)
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
