"""Towns: those that a reader sees, and all of them as the operator sets them up."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from pydantic import Field

from regionhub.errors import Conflict, InputError
from regionhub.lines import read_name
from regionhub.registry.positions import check_in_germany
from regionhub.store.database import Connection, select_all, select_one, select_value
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

_SQL = queries(__package__, "tenants")
_REFUSALS: Refusals = {
    pg.UniqueViolation: Conflict(
        "a town with this short name or AGS is there already",
        de="Eine Kommune mit diesem Kurznamen oder AGS gibt es schon: Prüfen Sie beides.",
    ),
}

TenantKind = Literal["municipality", "district", "region"]
_SLUG = re.compile(r"[a-z][a-z0-9-]{1,31}")
_AGS = re.compile(r"[0-9]{5,8}")
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A town (tenant) that the caller sees."""

    tenant_id: int
    slug: Annotated[str, Field(examples=["arnsberg"])]
    name: Annotated[str, Field(examples=["Arnsberg"])]
    kind: TenantKind
    ags: Annotated[
        str | None, Field(description="Amtlicher Gemeindeschlüssel.", examples=["05958004"])
    ]
    latitude: float | None
    longitude: float | None
    shares_with_region: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedTenant(Tenant):
    """A town with the number of its sites and devices."""

    sites: int
    devices: int


def tenants(connection: Connection) -> list[Tenant]:
    """The towns this role sees: one for a town, every sharing one for the region."""
    return select_all(connection, Tenant, _SQL["tenants"])


def all_tenants(connection: Connection) -> list[CountedTenant]:
    """All towns by name, as the owner or under the ingest role."""
    return select_all(connection, CountedTenant, _SQL["all_tenants"])


def registered_tenants(connection: Connection) -> list[Tenant]:
    """All towns by name, as whoever makes them: the owner or the operator."""
    return select_all(connection, Tenant, _SQL["registered"])


def find_tenant(connection: Connection, slug: str) -> Tenant | None:
    """One town or None, as the owner, the operator or under the ingest role."""
    return select_one(connection, Tenant, _SQL["tenant_by_slug"], {"slug": slug})


def slug_of(name: str) -> str:
    """The short name that a town of this name gets if nobody chooses one: `menden-sauerland`."""
    spelled = unicodedata.normalize("NFKD", name.lower().translate(_SPELLED))
    return re.sub(r"[^a-z0-9]+", "-", spelled.encode("ascii", "ignore").decode()).strip("-")[:32]


def tenant_by_slug(connection: Connection, slug: str) -> Tenant:
    """One town, as the owner or under the ingest role.

    Raises:
        InputError: no town has this slug.
    """
    tenant = find_tenant(connection, slug)
    if tenant is None:
        known = ", ".join(other.slug for other in all_tenants(connection)) or "none yet"
        raise InputError(f"no town is called {slug!r} (known: {known})")
    return tenant


def create_tenant(
    connection: Connection,
    *,
    slug: str,
    name: str,
    kind: str = "municipality",
    ags: str | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    shares_with_region: bool = False,
) -> int:
    """A town with its two database roles, as the owner or the operator; returns its id.

    Raises:
        Conflict: slug or AGS is taken.
        InputError: one of the values is malformed.
    """
    if not _SLUG.fullmatch(slug):
        raise InputError(
            f"{slug!r} is no short name of a town: 2 to 32 small letters, digits and hyphens, "
            "beginning with a letter, such as bad-berleburg",
            de="Der Kurzname hat 2 bis 32 kleine Buchstaben, Ziffern und Bindestriche und beginnt "
            "mit einem Buchstaben, zum Beispiel bad-berleburg.",
        )
    if kind not in get_args(TenantKind):
        raise InputError(f"{kind!r} is no kind of town: {', '.join(get_args(TenantKind))}")
    if slug == "region" and kind != "region":
        raise InputError(
            "the short name 'region' is for a region",
            de="Der Kurzname „region“ ist vergeben: Wählen Sie einen anderen.",
        )
    if ags is not None and not _AGS.fullmatch(ags):
        raise InputError(
            f"{ags!r} is no AGS: digits only, eight for a town, five for a district",
            de="Der AGS hat nur Ziffern: acht für eine Kommune, fünf für einen Kreis, zum Beispiel "
            "05958012.",
        )
    check_in_germany(latitude, longitude)
    values = {
        "slug": slug,
        "name": read_name("the name of a town", name),
        "kind": kind,
        "ags": ags,
        "latitude": latitude,
        "longitude": longitude,
        "shares_with_region": shares_with_region,
    }
    with explained(_REFUSALS):
        tenant_id = select_value(connection, int, _SQL["create_tenant"], values)
    assert tenant_id is not None
    return tenant_id
