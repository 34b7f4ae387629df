"""Devices, and where they are installed.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from regionhub.devices import CurrentSite
from regionhub.errors import Conflict, InputError, NotAllowed, NotFound
from regionhub.euis import Eui
from regionhub.store.database import Connection, as_json, select_all, select_one, select_value
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

_SQL = queries(__package__, "devices")

_COLUMNS = ("name", "profile_id", "parameters", "interval_seconds", "active")
_DEVICE_REFUSALS: Refusals = {
    pg.UniqueViolation: Conflict("A device with this DevEUI is registered already."),
    pg.CheckViolation: InputError("These values cannot be used for a device."),
    pg.InsufficientPrivilege: NotAllowed("Devices of another town cannot be changed."),
}
_LATER = Conflict(
    "The device was installed somewhere at that time or later: the new installation has to begin "
    "after that one (see from_time)."
)
#: Clocks differ; what lies farther ahead is meant for later.
_CLOCKS_DIFFER = timedelta(minutes=5)
_INSTALLATION_REFUSALS: Refusals = {
    pg.ExclusionViolation: _LATER,
    pg.CheckViolation: _LATER,
    pg.InsufficientPrivilege: NotAllowed("Devices of another town cannot be installed."),
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
    profile_id: str
    parameters: dict[str, Any]
    interval_seconds: Annotated[int, Field(description="How often the device sends, in seconds.")]
    active: bool
    created_at: datetime
    site_id: CurrentSite
    installed_since: datetime | None
    mounting_height_cm: MountingHeight
    depth_cm: Depth


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where a device was, from when to when; `to_time` None: it is there now."""

    installation_id: int
    tenant_id: int
    device_id: int
    site_id: int
    from_time: datetime
    to_time: datetime | None
    mounting_height_cm: float | None
    depth_cm: float | None


def devices(
    connection: Connection, *, site_id: int | None = None, after: int = 0, limit: int | None = None
) -> list[Device]:
    """Devices in the order of their ids, those after `after`; with the site each is at now."""
    values = {"site_id": site_id, "after": after, "limit": limit}
    return select_all(connection, Device, _SQL["devices"], values)


def device(connection: Connection, device_id: int) -> Device | None:
    """One device."""
    return select_one(connection, Device, _SQL["device"], {"device_id": device_id})


def installations(connection: Connection, device_id: int) -> list[Installation]:
    """Where a device is and was, the newest first."""
    return select_all(connection, Installation, _SQL["installations"], {"device_id": device_id})


def create_device(
    connection: Connection,
    *,
    tenant_id: int,
    dev_eui: str,
    name: str,
    profile_id: str,
    parameters: Mapping[str, Any],
    interval_seconds: int,
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
        "profile_id": profile_id,
        "parameters": as_json(dict(parameters)),
        "interval_seconds": interval_seconds,
    }
    with explained(_DEVICE_REFUSALS):
        device_id = select_value(connection, int, _SQL["create_device"], values)
    return _required(connection, device_id)


def update_device(connection: Connection, device_id: int, values: Mapping[str, Any]) -> Device:
    """Change what is given: name, profile_id, parameters, interval_seconds, active.

    Raises:
        NotFound: this role sees no such device.
        NotAllowed: it is shared by another town.
        InputError: a value is out of its range.
    """
    lock_device(connection, device_id)
    row = _required(connection, device_id)
    changed = {column: values.get(column, getattr(row, column)) for column in _COLUMNS}
    changed["parameters"] = as_json(changed["parameters"])
    with explained(_DEVICE_REFUSALS):
        connection.execute(_SQL["update_device"], changed | {"device_id": device_id})
    return _required(connection, device_id)


def install(
    connection: Connection,
    device_id: int,
    *,
    site_id: int,
    time: datetime | None = None,
    mounting_height_cm: float | None = None,
    depth_cm: float | None = None,
) -> Device:
    """Put a device at a site from a moment on; where it was before ends then.

    Args:
        connection: under the role of the town that owns both.
        device_id: the device.
        site_id: the site.
        time: since when, not in the future; None is now.
        mounting_height_cm: height of the sensor above gauge zero.
        depth_cm: depth of the sensor below ground.

    Raises:
        NotFound: this role sees no such device or has no such site.
        NotAllowed: the device is shared by another town.
        InputError: it would begin in the future: nobody knows yet, and until then no other could.
        Conflict: the device was installed somewhere later than that.
    """
    if time is not None and time > datetime.now(UTC) + _CLOCKS_DIFFER:
        raise InputError(
            "An installation cannot begin in the future: leave from_time out on the day when the "
            "device is put there."
        )
    owner = lock_device(connection, device_id)
    place = {"site_id": site_id, "tenant_id": owner}
    if select_value(connection, int, _SQL["own_site"], place) is None:
        raise NotFound("There is no such site.")
    values = place | {
        "device_id": device_id,
        "time": time,
        "mounting_height_cm": mounting_height_cm,
        "depth_cm": depth_cm,
    }
    with explained(_INSTALLATION_REFUSALS):
        connection.execute(_SQL["end_installation"], values)
        connection.execute(_SQL["install"], values)
    return _required(connection, device_id)


def uninstall(connection: Connection, device_id: int) -> Device:
    """Take a device away from where it is now.

    Raises:
        NotFound: this role sees no such device, or it is installed nowhere.
        NotAllowed: the device is shared by another town.
    """
    lock_device(connection, device_id)
    values = {"device_id": device_id, "time": None}
    if select_value(connection, int, _SQL["end_installation"], values) is None:
        raise NotFound("The device is not installed.")
    return _required(connection, device_id)


def lock_device(connection: Connection, device_id: int) -> int:
    """Hold a device until the end of the transaction; returns the tenant that owns it.

    Raises:
        NotFound: this role sees no such device.
        NotAllowed: it is shared by another town.
    """
    owner = select_value(connection, int, _SQL["lock_device"], {"device_id": device_id})
    if owner is None:
        _required(connection, device_id)
        raise NotAllowed("This device belongs to another town.")
    return owner


def _required(connection: Connection, device_id: int | None) -> Device:
    row = None if device_id is None else device(connection, device_id)
    if row is None:
        raise NotFound("There is no such device.")
    return row
