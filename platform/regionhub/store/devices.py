"""Devices, where they are installed, and how they are doing.

Every function takes a connection under a town's role and returns rows with the names of the views
of schema `api`. A row that the role may not see is not there.
"""

from __future__ import annotations

from typing import Any

from regionhub.store._queries import queries
from regionhub.store.database import Connection, fetch_all, fetch_one

_SQL = queries("devices")


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
