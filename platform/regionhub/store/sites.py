"""Towns, their sites, and what is decided for each site.

Every function takes a connection under a town's role and returns rows with the names of the views
of schema `api`. A row that the role may not see is not there.
"""

from __future__ import annotations

from typing import Any

from regionhub.store._queries import queries
from regionhub.store.database import Connection, fetch_all, fetch_one

_SQL = queries("sites")


def tenants(connection: Connection) -> list[dict[str, Any]]:
    """The towns this role sees: one for a town, every sharing one for the region."""
    return fetch_all(connection, _SQL["tenants"])


def sites(
    connection: Connection, *, kind: str | None = None, after: int = 0, limit: int | None = None
) -> list[dict[str, Any]]:
    """Sites in the order of their ids, those after `after`."""
    return fetch_all(connection, _SQL["sites"], {"kind": kind, "after": after, "limit": limit})


def site(connection: Connection, site_id: int) -> dict[str, Any] | None:
    """One site."""
    return fetch_one(connection, _SQL["site"], {"site_id": site_id})


def soil_textures(connection: Connection) -> list[dict[str, Any]]:
    """German texture classes (KA5) with field capacity and wilting point in vol-%."""
    return fetch_all(connection, _SQL["soil_textures"])


def irrigation(connection: Connection, *, site_id: int | None = None) -> list[dict[str, Any]]:
    """Trees and beds with their irrigation level, the most urgent first."""
    return fetch_all(connection, _SQL["irrigation"], {"site_id": site_id})


def irrigation_levels(connection: Connection) -> list[dict[str, Any]]:
    """The levels with labels and colours, the most urgent first."""
    return fetch_all(connection, _SQL["irrigation_levels"])


def gauges(connection: Connection, *, site_id: int | None = None) -> list[dict[str, Any]]:
    """Gauges with newest level, rate of rise and stage, the highest stage first."""
    return fetch_all(connection, _SQL["gauges"], {"site_id": site_id})
