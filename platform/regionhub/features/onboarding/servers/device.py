"""A network server with an API, and a device that it is to know."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Of devices whose maker gave them none (LoRa Alliance, TS2-1.0.4 names it for such devices).
NO_JOIN_EUI = "0" * 16


@dataclass(frozen=True, slots=True)
class Keys:
    """What a device joins with; passed on to the network server and kept nowhere."""

    app_key: str = field(repr=False)
    join_eui: str = NO_JOIN_EUI


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A device of the hub that the network server is to know."""

    device_id: int
    dev_eui: str
    name: str
    keys: Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The API of a source; `token` as it is stored, sealed, until it is opened.

    `device_profile_id` is ChirpStack's; The Things Stack has none.
    """

    source_id: int
    tenant_id: int
    name: str
    format: str
    address: str
    token: str = field(repr=False)
    application_id: str
    device_profile_id: str | None
