"""How long each town keeps what, removing what is older, and what was removed.

Nothing goes silently: what is removed is counted in core.removal, by town, and for dead letters by
source, reason and outcome.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Literal, get_args

from pydantic import Field

from regionhub.archive.letters.listing import LetterOutcome
from regionhub.errors import InputError
from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.readers import unhindered
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

_SQL = queries(__package__, "retention")
Kind = Literal["uplink", "reading", "dead_letter", "device_event", "ingest_fate"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_DAYS = {"d": 1, "w": 7, "y": 365}
_SPAN = re.compile(r"(\d{1,5})\s*([dwy])")
_REFUSALS: Refusals = {
    pg.CheckViolation: InputError(
        "too short: keep everything longer than a day, and readings at least 500 days, "
        "so that the rollups outlive them"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long a town keeps what."""

    tenant_id: int
    what: Kind
    keep_days: Annotated[int | None, Field(description="Null: for good.")]
    of_tenant: Annotated[
        bool, Field(description="The town's own choice; else the default of the hub.")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class TownRetention:
    """As the operator sets it; `tenant` is the slug, `keep` None for good."""

    tenant: str
    what: Kind
    keep: timedelta | None
    of_tenant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What retention removed."""

    removal_id: int
    tenant_id: int
    what: str
    source_id: int | None
    reason: str | None
    outcome: Annotated[
        LetterOutcome | None, Field(description="Of dead letters; null: never processed.")
    ]
    removed: Annotated[int, Field(description="Rows.")]
    messages: Annotated[int, Field(description="Messages, copies included.")]
    oldest: datetime
    newest: datetime
    removed_at: datetime


def read_span(text: str) -> timedelta | None:
    """Read "90d", "8w" or "2y" (years of 365 days); None for "forever".

    Raises:
        InputError: it is no such span.
    """
    if text == "forever":
        return None
    match = _SPAN.fullmatch(text.strip().lower())
    if match is None:
        raise InputError(f"{text!r} is no span: write 90d, 8w, 2y or forever")
    return timedelta(days=int(match[1]) * _DAYS[match[2]])


def retention_of_town(connection: Connection) -> list[Retention]:
    """How long the towns of this reader keep what, under a town's role."""
    return select_all(connection, Retention, _SQL["retention_of_town"])


def removals(
    connection: Connection, *, before: int | None = None, limit: int = 20
) -> list[Removal]:
    """What was removed, the last first, under a town's role."""
    return select_all(connection, Removal, _SQL["removals"], {"before": before, "limit": limit})


def retention(connection: Connection, tenant_id: int | None = None) -> list[TownRetention]:
    """How long a town (or each) keeps what, as the owner."""
    return select_all(connection, TownRetention, _SQL["effective"], {"tenant_id": tenant_id})


def set_retention(
    connection: Connection, *, what: str, keep: timedelta | None, tenant_id: int | None = None
) -> None:
    """Keep rows of one kind for this long, None for good: of one town, or by default; as the owner.

    Raises:
        InputError: no such kind, or shorter than that kind of row must live.
    """
    _check_kind(what)
    with explained(_REFUSALS):
        statement = "set_default" if tenant_id is None else "set_tenant"
        connection.execute(_SQL[statement], {"what": what, "keep": keep, "tenant_id": tenant_id})


def unset_retention(connection: Connection, *, what: str, tenant_id: int) -> None:
    """Let a town keep rows of one kind as long as the default says; as the owner.

    Raises:
        InputError: no such kind.
    """
    _check_kind(what)
    connection.execute(_SQL["unset_tenant"], {"what": what, "tenant_id": tenant_id})


def apply_retention(connection: Connection) -> list[Removal]:
    """Remove what is older than its town keeps it, as the owner; returns what was noted.

    Raises:
        StoreBusy: somebody held a table for a minute; what was removed until then is.
    """
    removed: list[Removal] = []
    for statement, values in (
        ("remove_series", {"what": "uplink"}),
        ("remove_series", {"what": "reading"}),
        ("remove_reading_versions", {}),
        ("remove_dead_letters", {}),
        ("remove_device_events", {}),
    ):
        # whole chunks go with a lock that nobody reads beside
        removed += unhindered(
            connection, partial(select_all, connection, Removal, _SQL[statement], values)
        )
    connection.execute(_SQL["fold_ingest_fates"])
    connection.execute(_SQL["delete_expired_sessions"])
    return removed


def _check_kind(what: str) -> None:
    if what not in KINDS:
        raise InputError(f"{what!r} is not kept by retention: use one of {', '.join(KINDS)}")


def kept_since(connection: Connection, tenant_id: int, what: Kind) -> datetime | None:
    """What is older of a town is removed; None if all is kept. As the owner."""
    values = {"tenant_id": tenant_id, "what": what}
    return select_value(connection, datetime, _SQL["kept_since"], values)
