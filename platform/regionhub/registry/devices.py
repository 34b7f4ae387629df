"""Devices; where they are installed stands in `installations`.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from regionhub.devices import CurrentSite
from regionhub.errors import Conflict, InputError, NotAllowed, NotFound
from regionhub.euis import Eui
from regionhub.store.database import Connection, as_json, select_all, select_one, select_value
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

_SQL = queries(__package__, "devices")

_COLUMNS = ("name", "serial", "profile_id", "parameters", "interval_seconds", "active")
_DEVICE_REFUSALS: Refusals = {
    pg.UniqueViolation: Conflict(
        "A device with this DevEUI is registered already.",
        de="Ein Gerät mit dieser DevEUI ist schon angelegt: ändern Sie es unter „Geräte“, oder "
        "prüfen Sie das Etikett.",
    ),
    pg.CheckViolation: InputError(
        "These values cannot be used for a device.",
        de="Diese Angaben passen zu keinem Gerät: prüfen Sie Name und Sendeabstand.",
    ),
    pg.InsufficientPrivilege: NotAllowed(
        "Devices of another town cannot be changed.",
        de="Geräte einer anderen Stadt können Sie nicht ändern.",
    ),
}
MountingHeight = Annotated[
    float | None,
    Field(
        description="Height of the sensor above gauge zero in cm: the face of a distance sensor, "
        "the membrane of a pressure probe."
    ),
]
Depth = Annotated[float | None, Field(description="Depth of the sensor below ground in cm.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A LoRaWAN end device and where it is now."""

    device_id: int
    tenant_id: int
    dev_eui: Eui
    name: str
    serial: Annotated[str | None, Field(description="The maker's number on the label.")]
    profile_id: str
    parameters: dict[str, Any]
    interval_seconds: Annotated[int, Field(description="How often the device sends, in seconds.")]
    active: bool
    created_at: datetime
    site_id: CurrentSite
    installed_since: datetime | None
    mounting_height_cm: MountingHeight
    depth_cm: Depth


def devices(
    connection: Connection, *, site_id: int | None = None, after: int = 0, limit: int | None = None
) -> list[Device]:
    """Devices in the order of their ids, those after `after`; with the site each is at now."""
    values = {"site_id": site_id, "after": after, "limit": limit}
    return select_all(connection, Device, _SQL["devices"], values)


def device(connection: Connection, device_id: int) -> Device | None:
    """One device."""
    return select_one(connection, Device, _SQL["device"], {"device_id": device_id})


def create_device(
    connection: Connection,
    *,
    tenant_id: int,
    dev_eui: str,
    name: str,
    profile_id: str,
    parameters: Mapping[str, Any],
    interval_seconds: int,
    serial: str | None = None,
) -> Device:
    """Register a device; dev_eui as 16 lower-case hex digits, parameters as the profile reads them.

    Raises:
        Conflict: the town registered this DevEUI already.
        InputError: a value is out of its range.
        NotAllowed: the role may not write for this tenant.
    """
    values = {
        "tenant_id": tenant_id,
        "dev_eui": dev_eui,
        "name": name,
        "serial": serial,
        "profile_id": profile_id,
        "parameters": as_json(dict(parameters)),
        "interval_seconds": interval_seconds,
    }
    with explained(_DEVICE_REFUSALS):
        device_id = select_value(connection, int, _SQL["create_device"], values)
    return required_device(connection, device_id)


def update_device(connection: Connection, device_id: int, values: Mapping[str, Any]) -> Device:
    """Change what is given: name, serial, profile_id, parameters, interval_seconds, active.

    Raises:
        NotFound: this role sees no such device.
        NotAllowed: it is shared by another town.
        InputError: a value is out of its range.
    """
    lock_device(connection, device_id)
    row = required_device(connection, device_id)
    changed = {column: values.get(column, getattr(row, column)) for column in _COLUMNS}
    changed["parameters"] = as_json(changed["parameters"])
    with explained(_DEVICE_REFUSALS):
        connection.execute(_SQL["update_device"], changed | {"device_id": device_id})
    return required_device(connection, device_id)


def own_device(connection: Connection, tenant_id: int, dev_eui: str) -> Device | None:
    """A town's own device with this DevEUI (16 lower-case hex digits)."""
    values = {"tenant_id": tenant_id, "dev_eui": dev_eui}
    device_id = select_value(connection, int, _SQL["own_device"], values)
    return None if device_id is None else required_device(connection, device_id)


def delete_device(connection: Connection, device_id: int) -> bool:
    """Delete a device that was never heard; one that was is kept inactive, with its readings.

    Either way its messages are stored no more. Whether it is deleted is returned; it has to be
    taken away from its site before.

    Raises:
        NotFound: this role sees no such device.
        NotAllowed: it is shared by another town.
    """
    lock_device(connection, device_id)
    values = {"device_id": device_id}
    if select_value(connection, bool, _SQL["was_heard"], values):
        update_device(connection, device_id, {"active": False})
        return False
    connection.execute(_SQL["delete_installations"], values)
    connection.execute(_SQL["delete_device"], values)
    return True


def lock_device(connection: Connection, device_id: int) -> int:
    """Hold a device until the end of the transaction; returns the tenant that owns it.

    Raises:
        NotFound: this role sees no such device.
        NotAllowed: it is shared by another town.
    """
    owner = select_value(connection, int, _SQL["lock_device"], {"device_id": device_id})
    if owner is None:
        required_device(connection, device_id)
        raise NotAllowed("This device belongs to another town.")
    return owner


def required_device(connection: Connection, device_id: int | None) -> Device:
    """One device.

    Raises:
        NotFound: this role sees no such device.
    """
    row = None if device_id is None else device(connection, device_id)
    if row is None:
        raise NotFound("There is no such device.")
    return row
