"""What is kept of devices whose profile is tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from regionhub.archive.letters.waiting import ReadMessage, messages_of_device
from regionhub.features.device_profiles.bench import Tried
from regionhub.registry.devices import own_device
from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.statements import queries
from regionhub.times import from_datetime
from regionhub.uplinks import Uplink

_SQL = queries(__package__, "queries")
#: So many of the last messages are tried, and so many are looked through for their fields.
LAST = 10
_LEARNT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    f_port: int | None
    payload_hex: str
    time: datetime
    decoded: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count:
    profile_id: str
    devices: int


def own_slug(connection: Connection, tenant_id: int) -> str:
    """What the ids of a town's own profiles begin with."""
    return select_value(connection, str, _SQL["slug"], {"tenant_id": tenant_id}) or ""


def devices_by_profile(connection: Connection, tenant_id: int) -> dict[str, int]:
    """How many active devices of a town have each profile."""
    rows = select_all(connection, _Count, _SQL["devices_by_profile"], {"tenant_id": tenant_id})
    return {row.profile_id: row.devices for row in rows}


def last_frames(
    connection: Connection, tenant_id: int, dev_eui: str, read: ReadMessage
) -> list[Tried]:
    """The last frames of a town's device, stored ones and those that wait, the newest first."""
    device = own_device(connection, tenant_id, dev_eui)
    parameters: dict[str, Any] = {} if device is None else device.parameters
    chosen = {"tenant_id": tenant_id, "dev_eui": dev_eui, "limit": LAST}
    stored = [
        Tried(
            f_port=row.f_port,
            payload=bytes.fromhex(row.payload_hex),
            time_ns=from_datetime(row.time),
            parameters=parameters,
            decoded=None if row.decoded is None else orjson.loads(row.decoded),
        )
        for row in select_all(connection, _Stored, _SQL["stored_frames"], chosen)
    ]
    waiting = [
        Tried(
            f_port=uplink.f_port,
            payload=uplink.payload,
            time_ns=uplink.time_ns,
            parameters=parameters,
            decoded=uplink.decoded,
        )
        for uplink in waiting_frames(connection, tenant_id, dev_eui, read, limit=LAST)
    ]
    return sorted((*stored, *waiting), key=lambda one: -one.time_ns)[:LAST]


def waiting_frames(
    connection: Connection, tenant_id: int, dev_eui: str, read: ReadMessage, limit: int = _LEARNT
) -> list[Uplink]:
    """The frames that wait of a device, the newest last."""
    messages = messages_of_device(connection, tenant_id, dev_eui, limit=limit)
    return [uplink for uplink in map(read, reversed(messages)) if uplink is not None]
