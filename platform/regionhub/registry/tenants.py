"""The towns that a reader sees, as rows of api.tenant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from regionhub.store.database import Connection, select_all
from regionhub.store.statements import queries

_SQL = queries(__package__, "tenants")

TenantKind = Literal["municipality", "district", "region"]


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


def tenants(connection: Connection) -> list[Tenant]:
    """The towns this role sees: one for a town, every sharing one for the region."""
    return select_all(connection, Tenant, _SQL["tenants"])
