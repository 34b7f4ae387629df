"""Groups of trees and beds with the same soil: those with a sensor speak for those without one.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from regionhub.errors import Conflict, InputError, NotAllowed, NotFound
from regionhub.store.database import Connection, select_all, select_one, select_value
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

_SQL = queries(__package__, "site_groups")
_COLUMNS = ("name", "soil_texture", "root_volume_m3", "pit_area_m2", "note")
_REFUSALS: Refusals = {
    pg.UniqueViolation: Conflict(
        "A group of this name exists already.",
        de="Eine Gruppe mit diesem Namen gibt es schon: wählen Sie einen anderen Namen.",
    ),
    pg.CheckViolation: InputError(
        "Root volume is above 0 and at most 100 m³, pit area above 0 and at most 1000 m².",
        de="Der Wurzelraum liegt über 0 und höchstens bei 100 m³, die Baumscheibe über 0 und "
        "höchstens bei 1000 m².",
    ),
    pg.InsufficientPrivilege: NotAllowed(
        "Groups of another town cannot be changed.",
        de="Gruppen einer anderen Stadt können Sie nicht ändern.",
    ),
    pg.ForeignKeyViolation: InputError(
        "This soil texture is not known.",
        de="Diese Bodenart ist nicht bekannt: gebraucht wird ein Kürzel der KA5 wie Ls3 oder Sl2.",
    ),
}
_IN_USE: Refusals = {
    pg.ForeignKeyViolation: Conflict(
        "Something still belongs to this group: take its sites out of it first.",
        de="Zu dieser Gruppe gehört noch etwas: nehmen Sie zuerst ihre Standorte heraus.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteGroup:
    """Trees and beds of one town with the same soil and the same kind of pit."""

    site_group_id: int
    tenant_id: int
    name: str
    soil_texture: Annotated[str | None, Field(description="Texture class (KA5) of its sites.")]
    root_volume_m3: Annotated[
        float | None,
        Field(description="Soil that one tree draws from, m³; null: the usual one of its age."),
    ]
    pit_area_m2: Annotated[
        float | None,
        Field(description="Open ground of one tree, m²; null: the usual one of its age."),
    ]
    note: str | None
    created_at: datetime
    sites: Annotated[int, Field(description="Trees and beds in it.")]
    with_device: Annotated[int, Field(description="... of them with a device.")]


def site_groups(connection: Connection) -> list[SiteGroup]:
    """All groups, by name."""
    return select_all(connection, SiteGroup, _SQL["site_groups"], {"site_group_id": None})


def site_group(connection: Connection, site_group_id: int) -> SiteGroup:
    """One group.

    Raises:
        NotFound: this role sees no such group.
    """
    values = {"site_group_id": site_group_id}
    row = select_one(connection, SiteGroup, _SQL["site_groups"], values)
    if row is None:
        raise NotFound("There is no such group.", de="Diese Gruppe gibt es nicht.")
    return row


def create_site_group(
    connection: Connection, tenant_id: int, values: Mapping[str, Any]
) -> SiteGroup:
    """Make a group of a town; `values` by column, what is not given is empty.

    Raises:
        Conflict: the town has a group of this name.
        InputError: a value is not possible.
        NotAllowed: the role may not write for this tenant.
    """
    row = {column: values.get(column) for column in _COLUMNS} | {"tenant_id": tenant_id}
    with explained(_REFUSALS):
        site_group_id = select_value(connection, int, _SQL["create_site_group"], row)
    assert site_group_id is not None
    return site_group(connection, site_group_id)


def update_site_group(
    connection: Connection, site_group_id: int, values: Mapping[str, Any]
) -> SiteGroup:
    """Change what is given of a group; None empties.

    Raises:
        NotFound: this role sees no such group.
        NotAllowed: it belongs to another town.
        Conflict: the town has another group of this name.
        InputError: a value is not possible.
    """
    row = site_group(connection, site_group_id)
    changed = {column: values.get(column, getattr(row, column)) for column in _COLUMNS}
    changed |= {"site_group_id": site_group_id}
    with explained(_REFUSALS):
        if select_value(connection, int, _SQL["update_site_group"], changed) is None:
            raise NotAllowed("This group belongs to another town.")
    return site_group(connection, site_group_id)


def delete_site_group(connection: Connection, site_group_id: int) -> None:
    """Delete a group that nothing belongs to.

    Raises:
        NotFound: this role has no such group.
        Conflict: sites belong to it.
    """
    values = {"site_group_id": site_group_id}
    with explained(_IN_USE):
        if select_value(connection, int, _SQL["delete_site_group"], values) is None:
            raise NotFound("There is no such group.", de="Diese Gruppe gibt es nicht.")
