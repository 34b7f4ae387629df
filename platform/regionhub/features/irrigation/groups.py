"""Who belongs to a group of trees and beds: joining, leaving, and who speaks for the others.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from regionhub.registry.site_groups import SiteGroup
from regionhub.sites import SiteKind
from regionhub.store.database import Connection, select_all
from regionhub.store.statements import queries

_SQL = queries(__package__, "groups")
#: Sites that a search offers at once.
MOST_CANDIDATES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A tree or bed of a group of `found` ones; one with a device speaks for those without."""

    site_id: int
    name: str
    kind: SiteKind
    address: str | None
    has_device: bool
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A tree or bed that may join; it then leaves `other_group`."""

    site_id: int
    name: str
    kind: SiteKind
    address: str | None
    other_group: str | None


def members(connection: Connection, site_group_id: int, *, limit: int, offset: int) -> list[Member]:
    """A part of those that belong to a group, those with a device first."""
    values = {"site_group_id": site_group_id, "limit": limit, "offset": offset}
    return select_all(connection, Member, _SQL["members"], values)


def candidates(connection: Connection, group: SiteGroup, word: str) -> list[Candidate]:
    """Trees and beds whose name or address holds the word, those without a group first."""
    values = {
        "site_group_id": group.site_group_id,
        "tenant_id": group.tenant_id,
        "word": word,
        "limit": MOST_CANDIDATES,
    }
    return select_all(connection, Candidate, _SQL["candidates"], values)


def join(connection: Connection, group: SiteGroup, site_ids: Sequence[int]) -> None:
    """Let trees and beds of the group's town belong to it; others stay where they are."""
    values = {
        "site_group_id": group.site_group_id,
        "tenant_id": group.tenant_id,
        "site_ids": list(site_ids),
    }
    connection.execute(_SQL["join"], values)


def leave(connection: Connection, site_group_id: int, site_id: int) -> None:
    """Let a tree or bed belong to this group no more."""
    connection.execute(_SQL["leave"], {"site_group_id": site_group_id, "site_id": site_id})
