"""Which town uses which solution, and what of it stands in Grafana.

The functions that change what stands in Grafana are for its owner, who applies solutions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from regionhub.errors import Conflict, NotAllowed
from regionhub.solutions import Manifest
from regionhub.store.database import (
    Connection,
    as_json,
    select_all,
    select_one,
    select_value,
    select_values,
)
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries
from regionhub.web.portal.states import KINDS

_SQL = queries(__package__, "queries")
_REFUSALS: Refusals = {
    pg.InsufficientPrivilege: NotAllowed("Only a town itself says which solutions it uses.")
}
State = Literal["wanted", "applied", "leaving"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """A solution that a town uses, is about to use or to use no more."""

    solution: str
    parameters: dict[str, str]
    state: State
    version: str | None
    problem: str | None
    wanted_by: str
    wanted_at: datetime
    applied_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAdoption(Adoption):
    """The same as its town sees it, with what of the dashboard could not be merged."""

    tenant_id: int
    conflicts: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """The towns that use a solution."""

    solution: str
    towns: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedDashboard:
    """A dashboard as it was rendered when it was applied."""

    uid: str
    solution: str
    version: str
    base: dict[str, Any]
    conflicts: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerDashboard:
    """A dashboard as it stood before `replaced_by` was applied."""

    uid: str
    replaced_by: str
    version: str
    base: dict[str, Any]
    board: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedSolution:
    """The signed file of another hub."""

    solution: str
    file: str
    signer: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseServer:
    """What Grafana has to know of the database."""

    version: int
    timescale: bool
    database: str


def adoptions(connection: Connection, tenant_id: int) -> dict[str, Adoption]:
    """What a town uses by name, as the owner."""
    rows = select_all(connection, Adoption, _SQL["adoptions"], {"tenant_id": tenant_id})
    return {row.solution: row for row in rows}


def own_adoptions(connection: Connection) -> list[OwnAdoption]:
    """What the towns use that the reader sees."""
    return select_all(connection, OwnAdoption, _SQL["own_adoptions"])


def uses(connection: Connection) -> dict[str, list[str]]:
    """Names of the towns that use a solution, under the api role."""
    return {use.solution: use.towns for use in select_all(connection, Use, _SQL["uses"])}


def want(
    connection: Connection, tenant_id: int, solution: str, parameters: dict[str, str], *, by: str
) -> None:
    """Let a town use a solution, or use it with other parameters; done by whoever applies it."""
    values = {
        "tenant_id": tenant_id,
        "solution": solution,
        "parameters": as_json(parameters),
        "wanted_by": by,
    }
    with explained(_REFUSALS):
        connection.execute(_SQL["want"], values)


def leave(connection: Connection, tenant_id: int, solution: str, *, by: str) -> bool:
    """Let a town use it no more; False: it does not use it."""
    values = {"tenant_id": tenant_id, "solution": solution, "wanted_by": by}
    return connection.execute(_SQL["leave"], values).rowcount > 0


def mark_applied(connection: Connection, tenant_id: int, solution: str, version: str) -> None:
    """It stands there in this version."""
    values = {"tenant_id": tenant_id, "solution": solution, "version": version}
    connection.execute(_SQL["applied"], values)


def mark_failed(connection: Connection, tenant_id: int, problem: str) -> None:
    """Say why the last try did not succeed."""
    connection.execute(_SQL["failed"], {"tenant_id": tenant_id, "problem": problem})


def forget_adoption(connection: Connection, tenant_id: int, solution: str) -> None:
    """It is taken away."""
    connection.execute(_SQL["forget"], {"tenant_id": tenant_id, "solution": solution})


def mark_rolled_back(connection: Connection, tenant_id: int, solution: str, version: str) -> None:
    """It stands there in its former version."""
    values = {"tenant_id": tenant_id, "solution": solution, "version": version}
    connection.execute(_SQL["rolled_back"], values)


@contextmanager
def alone(connection: Connection, tenant_id: int) -> Iterator[None]:
    """Nobody else changes what a town has in Grafana meanwhile.

    Raises:
        Conflict: somebody is at it.
    """
    town = {"tenant_id": tenant_id}
    if not select_value(connection, bool, _SQL["lock"], town):
        raise Conflict("somebody else is changing what this town has in Grafana: try again")
    try:
        yield
    finally:
        connection.execute(_SQL["unlock"], town)


def waiting(connection: Connection) -> list[str]:
    """Towns for which something is to be done, as the owner."""
    return select_values(connection, str, _SQL["waiting"])


def adopters(connection: Connection) -> list[str]:
    """Towns that use anything, as the owner."""
    return select_values(connection, str, _SQL["adopters"])


def organisation(connection: Connection, tenant_id: int) -> int | None:
    """The number of a town's organisation in Grafana, if it was made."""
    return select_value(connection, int, _SQL["organisation"], {"tenant_id": tenant_id})


def keep_organisation(connection: Connection, tenant_id: int, org_id: int) -> None:
    """Remember it."""
    values = {"tenant_id": tenant_id, "org_id": org_id}
    connection.execute(_SQL["keep_organisation"], values)


def forget_organisation(connection: Connection, tenant_id: int) -> None:
    """It is gone."""
    connection.execute(_SQL["forget_organisation"], {"tenant_id": tenant_id})


def applied_dashboards(connection: Connection, tenant_id: int) -> dict[str, AppliedDashboard]:
    """Dashboards by their UID, as they were rendered when they were applied."""
    rows = select_all(connection, AppliedDashboard, _SQL["dashboards"], {"tenant_id": tenant_id})
    return {row.uid: row for row in rows}


def keep_dashboard(connection: Connection, tenant_id: int, board: AppliedDashboard) -> None:
    """Remember what was applied."""
    values = {
        "tenant_id": tenant_id,
        "uid": board.uid,
        "solution": board.solution,
        "version": board.version,
        "base": as_json(board.base),
        "conflicts": board.conflicts,
    }
    connection.execute(_SQL["keep_dashboard"], values)


def forget_dashboard(connection: Connection, tenant_id: int, uid: str) -> None:
    """It is gone, and so is what was before it."""
    connection.execute(_SQL["forget_dashboard"], {"tenant_id": tenant_id, "uid": uid})


def former_dashboards(connection: Connection, tenant_id: int) -> dict[str, FormerDashboard]:
    """What stood there before the newest versions, by UID."""
    rows = select_all(connection, FormerDashboard, _SQL["former"], {"tenant_id": tenant_id})
    return {row.uid: row for row in rows}


def keep_former(connection: Connection, tenant_id: int, board: FormerDashboard) -> None:
    """Write down what stands there before a version is applied; only its first try counts."""
    values = {
        "tenant_id": tenant_id,
        "uid": board.uid,
        "replaced_by": board.replaced_by,
        "version": board.version,
        "base": as_json(board.base),
        "board": as_json(board.board),
    }
    connection.execute(_SQL["keep_former"], values)


def forget_former(connection: Connection, tenant_id: int, uid: str) -> None:
    """It was taken back."""
    connection.execute(_SQL["forget_former"], {"tenant_id": tenant_id, "uid": uid})


def keep_import(connection: Connection, imported: ImportedSolution) -> None:
    """Keep the solution of another hub, as the owner."""
    values = {
        "solution": imported.solution,
        "file": imported.file,
        "signer": imported.signer,
        "key": imported.key,
    }
    connection.execute(_SQL["keep_import"], values)


def imports(connection: Connection) -> list[ImportedSolution]:
    """The solutions of other hubs, as the owner."""
    return select_all(connection, ImportedSolution, _SQL["imports"])


def imported_manifests(connection: Connection) -> dict[str, Manifest]:
    """What solutions of other hubs say of themselves, under the api role."""
    texts = select_values(connection, str, _SQL["imported_manifests"])
    found = [Manifest.model_validate_json(text) for text in texts]
    return {each.name: each for each in found}


def database_server(connection: Connection) -> DatabaseServer:
    """What Grafana has to know of the database."""
    server = select_one(connection, DatabaseServer, _SQL["server"])
    assert server is not None
    return server


def role_name(connection: Connection, kind: str) -> str:
    """The full name of a role."""
    role = select_value(connection, str, _SQL["grafana_role"], {"kind": kind})
    assert role is not None
    return role


def missing(connection: Connection, manifest: Manifest) -> list[str]:
    """What a town lacks before a solution shows anything, in sentences; under the town's role."""
    needs = manifest.needs
    said = []
    kinds = list(needs.sites)
    if kinds:
        there = select_value(connection, int, _SQL["sites_of_kinds"], {"kinds": kinds}) or 0
        if not there:
            words = ", ".join(KINDS[kind] for kind in needs.sites)
            said.append(f"Es ist noch kein Standort angelegt ({words}).")
        for attribute in needs.attributes if there else ():
            values = {"kinds": kinds, "attribute": attribute}
            lacking = select_value(connection, int, _SQL["sites_lacking"], values) or 0
            if lacking:
                said.append(
                    f"{lacking} von {there} Standorten haben keine Angabe "
                    f"„{_ATTRIBUTES.get(attribute, attribute)}“."
                )
    if needs.quantities:
        values = {"quantities": list(needs.quantities)}
        if not select_value(connection, list, _SQL["measured"], values):
            said.append("Kein Gerät misst gerade, was diese Lösung zeigt.")
    if needs.devices:
        reporting = select_value(connection, int, _SQL["devices_reporting"]) or 0
        if reporting < needs.devices:
            said.append(
                f"Es melden sich {reporting} Geräte, gebraucht wird mindestens {needs.devices}."
            )
    return [*said, *(f"Gebraucht wird: {feed}." for feed in needs.feeds)]


_ATTRIBUTES = {
    "soil_texture": "Bodenart",
    "stage_1_cm": "Stufe 1",
    "stage_2_cm": "Stufe 2",
    "stage_3_cm": "Stufe 3",
}
