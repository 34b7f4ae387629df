"""The API of a source: set by who runs the hub, read under the role of its town."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit
from uuid import UUID

from regionhub.errors import InputError, NotFound
from regionhub.features.onboarding.servers import chirpstack, things_stack
from regionhub.features.onboarding.servers.device import Server, Wanted
from regionhub.registry.sources import TownSource
from regionhub.sealing import Secrets
from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.statements import queries

_SQL = queries(__package__, "servers")
#: What creates a device, by the format of the source.
APIS: Mapping[str, Callable[[Server, Wanted], None]] = {
    chirpstack.FORMAT: chirpstack.create,
    things_stack.FORMAT: things_stack.create,
}
_APPLICATION = re.compile(r"[a-z0-9](?:-?[a-z0-9]){1,35}")
_ADDRESS = re.compile(r"https?://[^/@?#\s]+")


def set_server(
    connection: Connection,
    source: TownSource,
    *,
    address: str,
    token: str,
    application_id: str,
    device_profile_id: str | None,
    secrets: Secrets,
    ca: str | None = None,
) -> None:
    """Set where devices of a source are registered, as the owner; it is on from then on.

    `ca` are the certificates (PEM) of who signed the server's; None: those of everybody count.

    Raises:
        InputError: the source has no such API, or a value is malformed.
    """
    if source.format not in APIS:
        raise InputError(
            f"devices are registered at {' and '.join(APIS)}; the source {source.name!r} is of "
            f"the format {source.format}"
        )
    if not token:
        raise InputError("the file with the API key is empty")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise InputError("the API key has to be one word of ASCII characters")
    values = {
        "source_id": source.source_id,
        "tenant_id": source.tenant_id,
        "address": _checked_address(address),
        "token": secrets.seal(token),
        "application_id": application_id,
        "device_profile_id": device_profile_id,
        "ca": _checked_ca(ca, address),
    }
    if source.format == chirpstack.FORMAT:
        _check_uuid("--application", application_id)
        _check_uuid("--device-profile", device_profile_id or "")
    elif not _APPLICATION.fullmatch(application_id):
        raise InputError("--application is the id of the application, such as soest-sensors")
    elif device_profile_id:
        raise InputError("The Things Stack has no device profiles: leave --device-profile out")
    connection.execute(_SQL["set_api"], values)


def enable_server(connection: Connection, source: TownSource, *, enabled: bool) -> None:
    """Turn registering on or off, as the owner.

    Raises:
        InputError: nothing is set.
    """
    values = {"source_id": source.source_id, "enabled": enabled}
    if select_value(connection, int, _SQL["set_api_enabled"], values) is None:
        raise InputError(f"the source {source.name!r} registers nothing yet: give --address too")


def servers(connection: Connection, tenant_id: int) -> list[Server]:
    """Those of a town that are on, by name; under its role."""
    return select_all(connection, Server, _SQL["servers"], {"tenant_id": tenant_id})


def server_named(connection: Connection, tenant_id: int, name: str) -> Server:
    """One of them.

    Raises:
        NotFound: there is none of this name.
    """
    for server in servers(connection, tenant_id):
        if server.name == name:
            return server
    raise NotFound(
        f"devices are registered at no source called {name!r}: `regionhub source registration`",
        de=f"An einer Quelle „{name}“ werden keine Geräte angelegt.",
    )


def _checked_address(given: str) -> str:
    address = given.strip().rstrip("/")
    try:
        parts = urlsplit(address)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not _ADDRESS.fullmatch(address):
        raise InputError(
            f"{given!r} is no address of an API: write https://host or https://host:port, without "
            "a path or a login"
        )
    return address


def _checked_ca(ca: str | None, address: str) -> str | None:
    if not ca:
        return None
    if not address.strip().startswith("https:"):
        raise InputError("--ca belongs to an address with https")
    try:
        ssl.create_default_context(cadata=ca)
    except (ssl.SSLError, ValueError):
        raise InputError("--ca: the file holds no certificate as PEM") from None
    return ca


def _check_uuid(option: str, value: str) -> None:
    try:
        UUID(value)
    except ValueError:
        raise InputError(
            f"{option} is an id such as 52f14cd4-c6f1-4fbd-8f87-4025e1d49242, as ChirpStack shows "
            "it below the name"
        ) from None
