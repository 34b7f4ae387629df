"""Devices, where they are installed, and how they are doing.

Every function takes a connection under a town's role and returns rows with the names of the views
of schema `api`. A row that the role may not see is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg import errors as pg
from psycopg.types.json import Jsonb

from regionhub.errors import Conflict, InputError, NotAllowed, NotFound
from regionhub.store.database import Connection, fetch_all, fetch_one
from regionhub.store.refusals import Refusals, explained
from regionhub.store.statements import queries

_SQL = queries(__package__, "devices")

_COLUMNS = ("name", "profile_id", "parameters", "interval_seconds", "active")
_DEVICE_REFUSALS: Refusals = {
    # whose device it is stays unsaid: it may be another town's
    pg.UniqueViolation: Conflict("A device with this DevEUI is registered already."),
    pg.CheckViolation: InputError("These values cannot be used for a device."),
    pg.InsufficientPrivilege: NotAllowed("Devices of another town cannot be changed."),
}
_LATER = Conflict(
    "The device has an installation that begins then or later: a new one has to begin after it."
)
_INSTALLATION_REFUSALS: Refusals = {
    pg.ExclusionViolation: _LATER,
    pg.CheckViolation: _LATER,
    pg.InsufficientPrivilege: NotAllowed("Devices of another town cannot be installed."),
}


def devices(
    connection: Connection, *, site_id: int | None = None, after: int = 0, limit: int | None = None
) -> list[dict[str, Any]]:
    """Devices in the order of their ids, those after `after`; with the site each is at now."""
    values = {"site_id": site_id, "after": after, "limit": limit}
    return fetch_all(connection, _SQL["devices"], values)


def device(connection: Connection, device_id: int) -> dict[str, Any] | None:
    """One device."""
    return fetch_one(connection, _SQL["device"], {"device_id": device_id})


def installations(connection: Connection, device_id: int) -> list[dict[str, Any]]:
    """Where a device is and was, the newest first."""
    return fetch_all(connection, _SQL["installations"], {"device_id": device_id})


def device_health(
    connection: Connection, *, site_id: int | None = None, device_id: int | None = None
) -> list[dict[str, Any]]:
    """State, battery, radio and frame loss of each device; silent ones first."""
    return fetch_all(connection, _SQL["health"], {"site_id": site_id, "device_id": device_id})


def create_device(
    connection: Connection,
    *,
    tenant_id: int,
    dev_eui: str,
    name: str,
    profile_id: str,
    parameters: Mapping[str, Any],
    interval_seconds: int,
) -> dict[str, Any]:
    """Register a device; dev_eui as 16 lower-case hex digits, parameters as the profile reads them.

    Raises:
        Conflict: somebody registered this DevEUI already.
        InputError: a value is out of its range.
        NotAllowed: the role may not write for this tenant.
    """
    values = {
        "tenant_id": tenant_id,
        "dev_eui": dev_eui,
        "name": name,
        "profile_id": profile_id,
        "parameters": Jsonb(dict(parameters)),
        "interval_seconds": interval_seconds,
    }
    with explained(_DEVICE_REFUSALS):
        created = fetch_one(connection, _SQL["create_device"], values)
    return _required(connection, created["device_id"] if created else 0)


def update_device(
    connection: Connection, device_id: int, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Change what is given: name, profile_id, parameters, interval_seconds, active.

    Raises:
        NotFound: this role sees no such device.
        NotAllowed: it is shared by another town.
        InputError: a value is out of its range.
    """
    lock_device(connection, device_id)
    row = _required(connection, device_id)
    changed = {column: values.get(column, row[column]) for column in _COLUMNS}
    changed["parameters"] = Jsonb(changed["parameters"])
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
) -> dict[str, Any]:
    """Put a device at a site from a moment on; where it was before ends then.

    Args:
        connection: under the role of the town that owns both.
        device_id: the device.
        site_id: the site.
        time: since when; None is now.
        mounting_height_cm: height of the sensor above gauge zero.
        depth_cm: depth of the sensor below ground.

    Raises:
        NotFound: this role sees no such device or has no such site.
        NotAllowed: the device is shared by another town.
        Conflict: the device was installed somewhere later than that.
    """
    owner = lock_device(connection, device_id)
    place = {"site_id": site_id, "tenant_id": owner}
    if fetch_one(connection, _SQL["own_site"], place) is None:
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


def uninstall(connection: Connection, device_id: int) -> dict[str, Any]:
    """Take a device away from where it is now.

    Raises:
        NotFound: this role sees no such device, or it is installed nowhere.
        NotAllowed: the device is shared by another town.
    """
    lock_device(connection, device_id)
    values = {"device_id": device_id, "time": None}
    if fetch_one(connection, _SQL["end_installation"], values) is None:
        raise NotFound("The device is not installed.")
    return _required(connection, device_id)


def lock_device(connection: Connection, device_id: int) -> int:
    """Hold a device until the end of the transaction; returns the tenant that owns it.

    Raises:
        NotFound: this role sees no such device.
        NotAllowed: it is shared by another town.
    """
    row = fetch_one(connection, _SQL["lock_device"], {"device_id": device_id})
    if row is None:
        _required(connection, device_id)
        raise NotAllowed("This device belongs to another town.")
    return int(row["tenant_id"])


def _required(connection: Connection, device_id: int) -> dict[str, Any]:
    row = device(connection, device_id)
    if row is None:
        raise NotFound("There is no such device.")
    return row
