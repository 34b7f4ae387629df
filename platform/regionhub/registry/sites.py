"""Sites: trees, beds, gauges, forest stands, road spots.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from regionhub.errors import Conflict, InputError, NotAllowed, NotFound
from regionhub.registry.positions import check_in_germany, check_near
from regionhub.sites import DEFAULT_DATUM, STAGE_CM, ZERO_M, GaugeDatum, SiteKind
from regionhub.store.database import Connection, select_all, select_one, select_value
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

_SQL = queries(__package__, "sites")
_COLUMNS = (
    *("name", "kind", "latitude", "longitude", "address", "soil_texture", "planted_year"),
    *("water_body", "gauge_zero_m", "gauge_datum", "stage_1_cm", "stage_2_cm", "stage_3_cm"),
    *("note", "site_group_id"),
)
_OF_GAUGES = ("water_body", "gauge_zero_m", "gauge_datum", "stage_1_cm", "stage_2_cm", "stage_3_cm")
#: What is said of sites of these kinds only.
_OF_KINDS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("soil_texture", "planted_year"), ("tree", "bed", "forest")),
    "site_group_id": ("tree", "bed"),
    **dict.fromkeys(_OF_GAUGES, ("gauge",)),
}
#: The same in German.
_SAID_DE: Mapping[str, str] = {
    "soil_texture": "Eine Bodenart haben nur Bäume, Beete und Wald",
    "planted_year": "Ein Pflanzjahr haben nur Bäume, Beete und Wald",
    "site_group_id": "Eine Gruppe haben nur Bäume und Beete",
    **dict.fromkeys(
        _OF_GAUGES,
        "Gewässer, Pegelnull und Stufen haben nur Pegel",
    ),
}
_NOT_OF_KIND = "{said}: lassen Sie das Feld leer, oder ändern Sie die Art des Standorts."
#: What the database says of sites that cannot be, in words.
REFUSALS: Refusals = {
    pg.UniqueViolation: Conflict(
        "A site of this name exists already.",
        de="Einen Standort mit diesem Namen gibt es schon: wählen Sie einen anderen Namen.",
    ),
    pg.ForeignKeyViolation: InputError(
        "This soil texture is not known.",
        de="Diese Bodenart ist nicht bekannt: gebraucht wird ein Kürzel der KA5 wie Ls3 oder Sl2.",
    ),
    pg.CheckViolation: InputError(
        "Stages rise from 1 to 3 without a gap.",
        de="Die Stufen steigen von 1 bis 3, und keine bleibt dazwischen leer.",
    ),
    pg.InsufficientPrivilege: NotAllowed(
        "Sites of another town cannot be changed.",
        de="Standorte einer anderen Stadt können Sie nicht ändern.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A tree, a bed, a gauge, a forest stand or a road spot."""

    site_id: int
    tenant_id: int
    name: str
    kind: SiteKind
    latitude: Annotated[float | None, Field(description="Degrees (WGS 84).")]
    longitude: Annotated[float | None, Field(description="Degrees (WGS 84).")]
    address: Annotated[str | None, Field(description="Street and number, as a crew finds it.")]
    soil_texture: Annotated[str | None, Field(description="Texture class (KA5).")]
    planted_year: int | None
    water_body: str | None
    gauge_zero_m: Annotated[float | None, Field(description="Gauge zero, m above `gauge_datum`.")]
    gauge_datum: Annotated[GaugeDatum | None, Field(description="Null: it is no gauge.")]
    stage_1_cm: Annotated[float | None, Field(description="Level of stage 1, cm above gauge zero.")]
    stage_2_cm: Annotated[float | None, Field(description="Level of stage 2, cm above gauge zero.")]
    stage_3_cm: Annotated[float | None, Field(description="Level of stage 3, cm above gauge zero.")]
    note: str | None
    site_group_id: Annotated[int | None, Field(description="See /site-groups.")]
    created_at: datetime

    @property
    def stages(self) -> list[tuple[int, float]]:
        """The stages that are set, with their levels in cm above gauge zero."""
        levels = ((1, self.stage_1_cm), (2, self.stage_2_cm), (3, self.stage_3_cm))
        return [(stage, level) for stage, level in levels if level is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoilTexture:
    """A German texture class (KA5) with field capacity and wilting point in vol-%."""

    soil_texture: str
    name_de: str
    field_capacity_pct: float
    wilting_point_pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """Name and middle of a town."""

    name: str
    latitude: float
    longitude: float


def sites(
    connection: Connection, *, kind: str | None = None, after: int = 0, limit: int | None = None
) -> list[Site]:
    """Sites in the order of their ids, those after `after`."""
    values = {"kind": kind, "after": after, "limit": limit}
    return select_all(connection, Site, _SQL["sites"], values)


def site(connection: Connection, site_id: int) -> Site | None:
    """One site."""
    return select_one(connection, Site, _SQL["site"], {"site_id": site_id})


def soil_textures(connection: Connection) -> list[SoilTexture]:
    """All texture classes."""
    return select_all(connection, SoilTexture, _SQL["soil_textures"])


def create_site(connection: Connection, tenant_id: int, values: Mapping[str, Any]) -> Site:
    """Make a site of a town; `values` by column, what is not given is empty.

    Raises:
        Conflict: the town has a site of this name.
        InputError: the values contradict each other, or the position is far from the town.
        NotAllowed: the role may not write for this tenant.
    """
    row = {column: values.get(column) for column in _COLUMNS} | {"tenant_id": tenant_id}
    _check(connection, row)
    row["gauge_datum"] = row["gauge_datum"] or DEFAULT_DATUM
    with explained(REFUSALS):
        site_id = select_value(connection, int, _SQL["create_site"], row)
    return required_site(connection, site_id)


def update_site(connection: Connection, site_id: int, values: Mapping[str, Any]) -> Site:
    """Change what is given of a site; None empties.

    Raises:
        NotFound: this role sees no such site.
        NotAllowed: it is shared by another town.
        Conflict: the town has another site of this name, or the kind is to change while sensors are
            installed there.
        InputError: the values contradict each other, or the position is far from the town.
    """
    locked = select_value(connection, int, _SQL["lock_site"], {"site_id": site_id})
    row = required_site(connection, site_id)
    if locked is None:
        raise NotAllowed("This site belongs to another town.")
    changed = {column: values.get(column, getattr(row, column)) for column in _COLUMNS}
    changed |= {"site_id": site_id, "tenant_id": row.tenant_id}
    _check(connection, changed)
    if changed["kind"] != row.kind and select_value(connection, bool, _SQL["in_use"], changed):
        raise Conflict(
            "Sensors are installed at this site, and they measure what its kind needs: take them "
            "away before it becomes another kind.",
            de="Hier sind Sensoren eingebaut, die messen, was diese Art Standort braucht: bauen "
            "Sie sie aus, bevor er eine andere Art wird.",
        )
    changed["gauge_datum"] = changed["gauge_datum"] or DEFAULT_DATUM
    with explained(REFUSALS):
        connection.execute(_SQL["update_site"], changed)
    return required_site(connection, site_id)


def delete_site(connection: Connection, site_id: int) -> None:
    """Delete a site at which nothing was ever installed.

    Raises:
        NotFound: this role has no such site.
        Conflict: something was installed there: what it measured belongs to this place.
    """
    if select_value(connection, int, _SQL["lock_site"], {"site_id": site_id}) is None:
        raise NotFound("There is no such site.")
    if select_value(connection, bool, _SQL["ever_used"], {"site_id": site_id}):
        raise Conflict(
            "Devices were installed at this site, and what they measured belongs to it.",
            de="Hier waren Geräte eingebaut, und was sie gemessen haben, gehört zu diesem Ort: "
            "der Standort bleibt.",
        )
    connection.execute(_SQL["delete_site"], {"site_id": site_id})


def required_site(connection: Connection, site_id: int | None) -> Site:
    """One site.

    Raises:
        NotFound: this role sees no such site.
    """
    row = None if site_id is None else site(connection, site_id)
    if row is None:
        raise NotFound("There is no such site.")
    return row


def centre(connection: Connection, tenant_id: int) -> Centre | None:
    """The middle of a town, if it has one."""
    return select_one(connection, Centre, _SQL["centre"], {"tenant_id": tenant_id})


def check_levels(row: Mapping[str, Any]) -> None:
    """That zero and stages of a gauge, if they are there, can be.

    Raises:
        InputError: one lies where no river does.
    """
    zero = row.get("gauge_zero_m")
    stages = [row.get(f"stage_{stage}_cm") for stage in (1, 2, 3)]
    given = [(zero, ZERO_M), *((stage, STAGE_CM) for stage in stages)]
    if any(not low <= one <= high for one, (low, high) in given if one is not None):
        raise InputError(
            f"A gauge zero lies between {ZERO_M[0]:g} and {ZERO_M[1]:g} m, a stage between "
            f"{STAGE_CM[0]:g} and {STAGE_CM[1]:g} cm.",
            de=f"Ein Pegelnullpunkt liegt zwischen {ZERO_M[0]:g} und {ZERO_M[1]:g} m, eine Stufe "
            f"zwischen {STAGE_CM[0]:g} und {STAGE_CM[1]:g} cm.",
        )


def _check(connection: Connection, row: dict[str, Any]) -> None:
    for column, kinds in _OF_KINDS.items():
        if row[column] is not None and row["kind"] not in kinds:
            raise InputError(
                f"{column} is said of {', '.join(kinds)}, not of {row['kind']}: leave it out, or "
                "empty it with null.",
                de=_NOT_OF_KIND.format(said=_SAID_DE[column]),
            )
    check_levels(row)
    if row["site_group_id"] is not None:
        found = select_value(connection, int, _SQL["own_group"], row)
        if found is None:
            raise InputError("The town has no such group.", de="Diese Gruppe hat die Stadt nicht.")
    latitude, longitude = row["latitude"], row["longitude"]
    check_in_germany(latitude, longitude)
    town = centre(connection, row["tenant_id"])
    if latitude is not None and town is not None:
        check_near(latitude, longitude, town.name, (town.latitude, town.longitude))
