"""Trees as the register of a town (Baumkataster) has them: thousands at once.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from regionhub.registry.sites import REFUSALS
from regionhub.sites import SiteKind
from regionhub.store.database import Connection, select_all, select_one
from regionhub.store.refusals import explained
from regionhub.store.statements import queries

_SQL = queries(__package__, "trees")
#: Rows of one statement.
_BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterTree:
    """A tree as a register says it; what it does not say is None."""

    name: str
    latitude: float | None = None
    longitude: float | None = None
    address: str | None = None
    soil_texture: str | None = None
    planted_year: int | None = None
    species: str | None = None
    crown_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredSite(RegisterTree):
    """A site of the town that has a name already."""

    kind: SiteKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """What is known of one tree beyond its site."""

    site_id: int
    tenant_id: int
    species: str | None
    crown_m: float | None


def registered(connection: Connection, tenant_id: int) -> dict[str, RegisteredSite]:
    """All sites of a town by name."""
    rows = select_all(connection, RegisteredSite, _SQL["registered"], {"tenant_id": tenant_id})
    return {row.name: row for row in rows}


def tree(connection: Connection, site_id: int) -> Tree | None:
    """What a register said of a tree."""
    return select_one(connection, Tree, _SQL["tree"], {"site_id": site_id})


def save_trees(
    connection: Connection,
    tenant_id: int,
    trees: Sequence[RegisterTree],
    done: Callable[[int], object] = lambda _: None,
) -> None:
    """Make or update trees, a thousand at a time; `done` hears how many are written.

    Raises:
        InputError: a soil texture is not known.
        NotAllowed: the role may not write for this tenant.
    """
    for begin in range(0, len(trees), _BATCH):
        part = trees[begin : begin + _BATCH]
        values = {
            "tenant_id": tenant_id,
            "names": [one.name for one in part],
            "latitudes": [one.latitude for one in part],
            "longitudes": [one.longitude for one in part],
            "addresses": [one.address for one in part],
            "soil_textures": [one.soil_texture for one in part],
            "planted_years": [one.planted_year for one in part],
            "species": [one.species for one in part],
            "crowns": [one.crown_m for one in part],
        }
        with explained(REFUSALS):
            connection.execute(_SQL["save"], values)
        done(begin + len(part))
