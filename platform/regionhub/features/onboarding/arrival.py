"""Whether a device has been heard, and what to look at if it has not.

Every function takes a connection under a town's role.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regionhub.registry.devices import Device
from regionhub.store.database import Connection, select_all, select_one
from regionhub.store.statements import queries

_SQL = queries(__package__, "queries")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The newest frame of a device, and how many there are."""

    time: datetime
    f_port: int | None
    payload_hex: str | None
    gateways: int | None
    rssi: float | None
    snr: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """The newest value of something that the device measures."""

    name_de: str
    name_en: str
    position: str
    value: float | None
    symbol: str
    decimals: int
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Messages of a device that wait for one reason; `detail` of the newest."""

    reason: str
    messages: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What has come of a device so far."""

    heard: Heard | None
    values: Sequence[Value]
    waiting: Sequence[Waiting]


def arrival(connection: Connection, device: Device) -> Arrival:
    """What has come of a device."""
    values = {
        "device_id": device.device_id,
        "dev_eui": device.dev_eui,
        "tenant_id": device.tenant_id,
    }
    return Arrival(
        heard=select_one(connection, Heard, _SQL["heard"], values),
        values=select_all(connection, Value, _SQL["values"], values),
        waiting=select_all(connection, Waiting, _SQL["waiting"], values),
    )
