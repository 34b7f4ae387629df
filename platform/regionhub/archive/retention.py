"""How long each town keeps what, and removing what is older, over the owner's connection.

Nothing goes silently: what is removed is counted in core.removal, by town, and for dead letters by
source, reason and outcome.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from regionhub.errors import InputError
from regionhub.store.database import Connection, fetch_all
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

_SQL = queries(__package__, "retention")
KINDS = ("uplink", "reading", "dead_letter", "device_event", "ingest_fate")
_DAYS = {"d": 1, "w": 7, "y": 365}
_SPAN = re.compile(r"(\d{1,5})\s*([dwy])")
_REFUSALS: Refusals = {
    pg.CheckViolation: InputError(
        "too short: keep everything longer than a day, and readings at least 500 days, "
        "so that the rollups outlive them"
    ),
}


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


def retention(connection: Connection, tenant_id: int | None = None) -> list[dict[str, Any]]:
    """How long a town (or each) keeps what; `of_tenant` where it is not the default."""
    return fetch_all(connection, _SQL["effective"], {"tenant_id": tenant_id})


def set_retention(
    connection: Connection, *, what: str, keep: timedelta | None, tenant_id: int | None = None
) -> None:
    """Keep rows of one kind for this long, None for good: of one town, or by default.

    Raises:
        InputError: no such kind, or shorter than that kind of row must live.
    """
    _check_kind(what)
    with explained(_REFUSALS):
        statement = "set_default" if tenant_id is None else "set_tenant"
        connection.execute(_SQL[statement], {"what": what, "keep": keep, "tenant_id": tenant_id})


def unset_retention(connection: Connection, *, what: str, tenant_id: int) -> None:
    """Let a town keep rows of one kind as long as the default says.

    Raises:
        InputError: no such kind.
    """
    _check_kind(what)
    connection.execute(_SQL["unset_tenant"], {"what": what, "tenant_id": tenant_id})


def apply_retention(connection: Connection) -> list[dict[str, Any]]:
    """Remove what is older than its town keeps it; returns what was removed and noted."""
    removed = []
    for statement, values in (
        ("remove_series", {"what": "uplink"}),
        ("remove_series", {"what": "reading"}),
        ("remove_reading_versions", {}),
        ("remove_dead_letters", {}),
        ("remove_device_events", {}),
    ):
        removed += fetch_all(connection, _SQL[statement], values)
    connection.execute(_SQL["fold_ingest_fates"])
    connection.execute(_SQL["delete_expired_sessions"])
    return removed


def _check_kind(what: str) -> None:
    if what not in KINDS:
        raise InputError(f"{what!r} is not kept by retention: use one of {', '.join(KINDS)}")
