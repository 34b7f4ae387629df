"""A network server with an API, and a device that it is to know."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

#: Of devices whose maker gave them none (LoRa Alliance, TS2-1.0.4 names it for such devices).
NO_JOIN_EUI = "0" * 16


@dataclass(frozen=True, slots=True)
class Keys:
    """What a device joins with; passed on to the network server and kept nowhere.

    `nwk_key` is the second key of a device of LoRaWAN 1.1; None: it speaks LoRaWAN 1.0.
    """

    app_key: str = field(repr=False)
    join_eui: str = NO_JOIN_EUI
    nwk_key: str | None = field(default=None, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody may see."""
        return (self.app_key, *([self.nwk_key] if self.nwk_key else []))


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

    `device_profile_id` is ChirpStack's; The Things Stack has none. `ca` are the certificates (PEM)
    of who signed the server's, None: those of everybody.
    """

    source_id: int
    tenant_id: int
    name: str
    format: str
    address: str
    token: str = field(repr=False)
    application_id: str
    device_profile_id: str | None
    ca: str | None = None

    def tls_context(self) -> ssl.SSLContext:
        """Whom we believe that this is the server."""
        return ssl.create_default_context(cadata=self.ca)
