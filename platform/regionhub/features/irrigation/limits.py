"""Where irrigation levels begin: for the hub, a town or a group of it, young trees and the others.

A change is a new version with who and why; nothing is overwritten. What it would do is known
before: `preview` asks the function that decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from regionhub.errors import InputError, NotAllowed, NotFound
from regionhub.features.irrigation.store import IrrigationLevel
from regionhub.registry.site_groups import site_group
from regionhub.store.database import Connection, select_all, select_one, select_value
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

_SQL = queries(__package__, "limits")
_REFUSALS: Refusals = {
    pg.CheckViolation: InputError(
        "% nFK rises from now over soon to wet (at most 150) and the target lies between soon and "
        "100; kPa fall from now (at most 1500) over soon to wet.",
        de="Die Grenzen passen nicht zusammen: % nFK steigen von „jetzt“ über „bald“ bis „nass“ "
        "(höchstens 150), das Ziel liegt zwischen „bald“ und 100; kPa fallen von „jetzt“ "
        "(höchstens 1500) über „bald“ bis „nass“.",
    ),
    pg.InsufficientPrivilege: NotAllowed(
        "Limits of another town cannot be changed.",
        de="Grenzen einer anderen Stadt können Sie nicht ändern.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitVersion:
    """Where irrigation levels begin, in % of plant-available water and in kPa, and who said so.

    `scope` is whose they are: of the hub, of the town or of one of its groups. Without numbers what
    is further out holds. `replaced_at` is when a newer version came.
    """

    limit_id: int
    tenant_id: Annotated[int, Field(description="The town for which they are, or could be.")]
    scope: Literal["hub", "town", "group"]
    site_group_id: int | None
    site_group: str | None
    young: Annotated[bool, Field(description="For the first years after planting.")]
    wet_nfk_pct: float | None
    soon_nfk_pct: float | None
    now_nfk_pct: float | None
    target_nfk_pct: Annotated[float | None, Field(description="How far a turn fills the soil.")]
    wet_kpa: float | None
    soon_kpa: float | None
    now_kpa: float | None
    set_at: datetime
    set_by: str
    why: str
    replaced_at: datetime | None

    @property
    def numbers(self) -> LimitNumbers | None:
        """Its limits; None where what is further out holds."""
        if (
            self.wet_nfk_pct is None
            or self.soon_nfk_pct is None
            or self.now_nfk_pct is None
            or self.target_nfk_pct is None
            or self.wet_kpa is None
            or self.soon_kpa is None
            or self.now_kpa is None
        ):
            return None
        return LimitNumbers(
            wet_nfk_pct=self.wet_nfk_pct,
            soon_nfk_pct=self.soon_nfk_pct,
            now_nfk_pct=self.now_nfk_pct,
            target_nfk_pct=self.target_nfk_pct,
            wet_kpa=self.wet_kpa,
            soon_kpa=self.soon_kpa,
            now_kpa=self.now_kpa,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitNumbers:
    """All limits of one scope and age."""

    wet_nfk_pct: float
    soon_nfk_pct: float
    now_nfk_pct: float
    target_nfk_pct: float
    wet_kpa: float
    soon_kpa: float
    now_kpa: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """For whom limits are: a town or one of its groups, young trees or the others."""

    tenant_id: int
    site_group_id: int | None
    young: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A tree or a bed, its level and the one that it would come to."""

    site_id: int
    name: str
    before: IrrigationLevel
    after: IrrigationLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a change would do: how many sites it is about, and those that change their level."""

    concerned: int
    changes: list[Judged]


def versions(connection: Connection, tenant_id: int) -> list[LimitVersion]:
    """Those of the hub and of a town: what holds first, then what held before; none is not seen."""
    return select_all(connection, LimitVersion, _SQL["versions"], {"tenant_id": tenant_id})


def version(connection: Connection, tenant_id: int, limit_id: int) -> LimitVersion | None:
    """One version, as a town sees it."""
    values = {"tenant_id": tenant_id, "limit_id": limit_id}
    return select_one(connection, LimitVersion, _SQL["version"], values)


def limits_of_town(connection: Connection, tenant_id: int) -> list[LimitVersion]:
    """Where levels begin at sites without limits of a group; those of young trees stand last."""
    return select_all(connection, LimitVersion, _SQL["limits_of_town"], {"tenant_id": tenant_id})


def preview(connection: Connection, scope: Scope, numbers: LimitNumbers | None) -> Preview:
    """Which sites of a town would change their level; without numbers: if its own limits ended.

    Raises:
        NotFound: the town is not seen, or has no such group.
    """
    if scope.site_group_id is not None:
        site_group(connection, scope.site_group_id)
    meant = numbers or _outer(connection, scope)
    values = asdict(scope) | asdict(meant)
    rows = select_all(connection, Judged, _SQL["preview"], values)
    return Preview(concerned=len(rows), changes=[row for row in rows if row.before != row.after])


def set_limits(
    connection: Connection, scope: Scope, numbers: LimitNumbers | None, *, who: str, why: str
) -> LimitVersion:
    """A new version; without numbers what is further out holds from now on.

    What is said of the sites that it is about is decided again.

    Raises:
        NotFound: the town has no such group.
        InputError: the limits contradict each other, or nobody said why.
        NotAllowed: the role may not write for this tenant.
    """
    if scope.site_group_id is not None:
        site_group(connection, scope.site_group_id)
    limit_id = _add(connection, asdict(scope), numbers, who, why)
    found = version(connection, scope.tenant_id, limit_id)
    assert found is not None
    return found


def hub_limits(connection: Connection) -> list[LimitNumbers]:
    """Those of the hub, of young trees last; as the owner."""
    return select_all(connection, LimitNumbers, _SQL["of_hub"])


def set_hub_limits(
    connection: Connection, numbers: LimitNumbers, *, young: bool, who: str, why: str
) -> None:
    """A new version for towns and groups without limits of their own; as the owner.

    Raises:
        InputError: the limits contradict each other, or nobody said why.
    """
    _add(connection, {"tenant_id": None, "site_group_id": None, "young": young}, numbers, who, why)


def _add(
    connection: Connection,
    scope: Mapping[str, int | bool | None],
    numbers: LimitNumbers | None,
    who: str,
    why: str,
) -> int:
    if not why.strip():
        raise InputError("Say why.", de="Schreiben Sie dazu, warum.")
    given = dict.fromkeys(LimitNumbers.__dataclass_fields__) if numbers is None else asdict(numbers)
    values = {**scope, **given, "set_by": who, "why": why.strip()}
    with explained(_REFUSALS):
        limit_id = select_value(connection, int, _SQL["add"], values)
    assert limit_id is not None
    return limit_id


def _outer(connection: Connection, scope: Scope) -> LimitNumbers:
    values = asdict(scope) | {"of_group": scope.site_group_id is not None}
    row = select_one(connection, LimitVersion, _SQL["outer"], values)
    if row is None:
        raise NotFound("There is no such town.", de="Diesen Ort gibt es nicht.")
    assert row.numbers is not None, "the hub always has some"
    return row.numbers
