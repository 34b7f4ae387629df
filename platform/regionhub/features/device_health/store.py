"""How devices are doing.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from regionhub.devices import CurrentSite
from regionhub.euis import Eui
from regionhub.store.database import Connection, select_all
from regionhub.store.statements import queries

_SQL = queries(__package__, "queries")

DeviceState = Literal["online", "late", "silent", "no_values", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceHealth:
    """How a device is doing."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    device_id: int
    tenant_id: int
    dev_eui: Eui
    name: str
    profile_id: str
    interval_seconds: int
    active: bool
    site_id: CurrentSite
    last_seen_at: datetime | None
    state: Annotated[
        DeviceState,
        Field(
            description="no_values: the device is heard, but something that it measures gives no "
            "believable value for as long as makes a device silent (ten send intervals, at least "
            "two hours)."
        ),
    ]
    missing_quantities: Annotated[
        list[str],
        Field(description="What gives no value; empty where the device never measured anything."),
    ]
    missing_since: Annotated[
        datetime | None,
        Field(description="Its last believable value, or when the device was installed."),
    ]
    f_cnt: int | None
    sf: Annotated[int | None, Field(description="Spreading factor.")]
    gateways: Annotated[int | None, Field(description="Gateways that received the last frame.")]
    rssi: Annotated[float | None, Field(description="dBm, best gateway.")]
    snr: Annotated[float | None, Field(description="dB, best gateway.")]
    joined_at: datetime | None
    battery_voltage: Annotated[float | None, Field(description="V.")]
    battery_level: Annotated[float | None, Field(description="%.")]
    received: Annotated[int | None, Field(description="Frames of the last 24 hours.")]
    expected: Annotated[
        int | None, Field(description="Frames sent in that time, by the frame counter.")
    ]
    loss_pct: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDevice(DeviceHealth):
    """A device in a list of `found` devices, with the name of its site."""

    site_name: str | None
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTally:
    """How many devices of a town are in a state."""

    tenant_id: int
    state: DeviceState
    active: bool
    devices: int


def device_health(
    connection: Connection, *, site_id: int | None = None, device_id: int | None = None
) -> list[DeviceHealth]:
    """State, battery, radio and frame loss of each device; silent ones first."""
    values = {"site_id": site_id, "device_id": device_id}
    return select_all(connection, DeviceHealth, _SQL["health"], values)


def health_page(
    connection: Connection,
    *,
    tenant_id: int | None = None,
    state: DeviceState | None = None,
    word: str | None = None,
    limit: int,
    offset: int = 0,
) -> list[ListedDevice]:
    """A part of the same list, of the devices that are chosen.

    `word` is a part of name, DevEUI, profile or site.
    """
    values = {
        "tenant_id": tenant_id,
        "state": state,
        "word": word,
        "limit": limit,
        "offset": offset,
    }
    return select_all(connection, ListedDevice, _SQL["health_page"], values)


def tallies(connection: Connection) -> list[DeviceTally]:
    """How many devices of each town are in which state."""
    return select_all(connection, DeviceTally, _SQL["tallies"])
