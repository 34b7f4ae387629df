"""How devices are doing.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from regionhub.devices import CurrentSite
from regionhub.euis import Eui
from regionhub.levels import SiteLevel
from regionhub.signals.rows import DecidedAt
from regionhub.store.database import Connection, select_all
from regionhub.store.statements import queries

_SQL = queries(__package__, "queries")

DeviceState = Literal[
    "silent",
    "no_values",
    "stuck",
    "step",
    "spikes",
    "drift",
    "battery_low",
    "frame_loss",
    "weak_radio",
    "late",
    "never",
    "no_data",
    "online",
]
Order = Literal["state", "name", "heard", "battery", "signal", "loss"]


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
            description="Of all that is wrong what most needs somebody. silent and late: not heard "
            "for ten (at least two hours) or three (at least 45 minutes) of the intervals that it "
            "really keeps. no_values: it is heard, but something that it measures gives no "
            "believable value for as long as makes a device silent. stuck, step, spikes, drift: "
            "what its values show. battery_low: below 20 %, or empty within 30 days. frame_loss: "
            "more than a fifth. never: it was never heard. no_data: it is being judged again."
        ),
    ]
    level: Annotated[SiteLevel | None, Field(description="0 in order, 1 watch, null unknown.")]
    since: Annotated[
        datetime | None,
        Field(description="Since when it is so: last heard, last value, first spike, ..."),
    ]
    sentence: Annotated[str, Field(description="What is so, in one German sentence.")]
    sentence_en: Annotated[str, Field(description="The same in English.")]
    missing_quantities: Annotated[
        list[str],
        Field(description="What gives no value; empty where the device never measured anything."),
    ]
    missing_since: Annotated[
        datetime | None,
        Field(description="Its last believable value, or when the device was installed."),
    ]
    real_interval_seconds: Annotated[
        int | None,
        Field(description="How often it really sends; as registered where too few frames tell."),
    ]
    f_cnt: int | None
    sf: Annotated[int | None, Field(description="Spreading factor.")]
    gateways: Annotated[int | None, Field(description="Gateways that received the last frame.")]
    rssi: Annotated[float | None, Field(description="dBm, best gateway.")]
    snr: Annotated[float | None, Field(description="dB, best gateway.")]
    joined_at: datetime | None
    battery_voltage: Annotated[float | None, Field(description="V.")]
    battery_level: Annotated[float | None, Field(description="%.")]
    battery_left: Annotated[
        float | None,
        Field(description="Charge in %: as it says, or by its voltage against that when new."),
    ]
    battery_empty_on: Annotated[
        date | None, Field(description="By the trend of a month; null where that says nothing.")
    ]
    received: Annotated[
        int | None,
        Field(description="Frames of the 24 hours before the last full hour with a frame."),
    ]
    expected: Annotated[
        int | None, Field(description="Frames sent in that time, by the frame counter.")
    ]
    loss_pct: float | None
    margin_db: Annotated[
        float | None,
        Field(description="Median by which the signal is above what its spreading factor needs."),
    ]
    decided_at: DecidedAt


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
    """How each device is doing; those first that need somebody."""
    values = {"site_id": site_id, "device_id": device_id}
    return select_all(connection, DeviceHealth, _SQL["health"], values)


def health_page(
    connection: Connection,
    *,
    tenant_id: int | None = None,
    state: DeviceState | None = None,
    word: str | None = None,
    order: Order = "state",
    limit: int,
    offset: int = 0,
) -> list[ListedDevice]:
    """A part of the same list, of the devices that are chosen.

    `word` is a part of name, DevEUI, profile or site. Of what is ordered by the worst stands first,
    what is not known last.
    """
    values = {
        "tenant_id": tenant_id,
        "state": state,
        "word": word,
        "order": order,
        "limit": limit,
        "offset": offset,
    }
    return select_all(connection, ListedDevice, _SQL["health_page"], values)


def tallies(connection: Connection) -> list[DeviceTally]:
    """How many devices of each town are in which state."""
    return select_all(connection, DeviceTally, _SQL["tallies"])


@dataclass(frozen=True, slots=True)
class _State:
    dev_eui: str
    state: str


def states_by_eui(connection: Connection) -> dict[str, str]:
    """The state of each device as it was decided, by its DevEUI; as the owner."""
    return {row.dev_eui: row.state for row in select_all(connection, _State, _SQL["decided"])}
