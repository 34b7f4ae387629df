"""Towns, their sites, and what is decided for each site.

Every function takes a connection under a town's role and returns rows with the names of the views
of schema `api`. A row that the role may not see is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import errors as pg

from regionhub.errors import Conflict, InputError, NotAllowed, NotFound
from regionhub.store.database import Connection, fetch_all, fetch_one
from regionhub.store.refusals import Refusals, explained
from regionhub.store.statements import queries

_SQL = queries(__package__, "sites")

#: What is kept of a site, besides its id and tenant.
_COLUMNS = (
    "name",
    "kind",
    "latitude",
    "longitude",
    "soil_texture",
    "planted_year",
    "water_body",
    "gauge_zero_m",
    "stage_1_cm",
    "stage_2_cm",
    "stage_3_cm",
    "note",
)
_REFUSALS: Refusals = {
    pg.UniqueViolation: Conflict("A site of this name exists already."),
    pg.ForeignKeyViolation: InputError("This soil texture is not known."),
    pg.CheckViolation: InputError(
        "Latitude and longitude go together, and stages rise from 1 to 3 without a gap."
    ),
    pg.InsufficientPrivilege: NotAllowed("Sites of another town cannot be changed."),
}


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


def create_site(
    connection: Connection, tenant_id: int, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Make a site of a town; `values` by column, what is not given is empty.

    Raises:
        Conflict: the town has a site of this name.
        InputError: the values contradict each other.
        NotAllowed: the role may not write for this tenant.
    """
    row = {column: values.get(column) for column in _COLUMNS} | {"tenant_id": tenant_id}
    with explained(_REFUSALS):
        created = fetch_one(connection, _SQL["create_site"], row)
    return _required(connection, created["site_id"] if created else 0)


def update_site(connection: Connection, site_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
    """Change what is given of a site; None empties.

    Raises:
        NotFound: this role sees no such site.
        NotAllowed: it is shared by another town.
        Conflict: the town has another site of this name.
        InputError: the values contradict each other.
    """
    locked = fetch_one(connection, _SQL["lock_site"], {"site_id": site_id})
    row = _required(connection, site_id)
    if locked is None:
        raise NotAllowed("This site belongs to another town.")
    changed = {column: values.get(column, row[column]) for column in _COLUMNS}
    with explained(_REFUSALS):
        connection.execute(_SQL["update_site"], changed | {"site_id": site_id})
    return _required(connection, site_id)


def _required(connection: Connection, site_id: int) -> dict[str, Any]:
    row = site(connection, site_id)
    if row is None:
        raise NotFound("There is no such site.")
    return row
