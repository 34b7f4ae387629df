"""When states changed, decided again for what was touched there: readings that came late, replays.

It may take minutes, and nobody waits for it: the decisions of today are made by then (`decide`),
and what it reads is not locked. A row of core.touched is some sites, each with the time to begin
at, and `until`, from which on `decide` knows already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regionhub.levels import Signal
from regionhub.signals.decide import Change, columns, write_changes
from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.statements import naming, queries

_SQL = queries(__package__, "history")


@dataclass(frozen=True, slots=True)
class _Part:
    """A site whose past is decided from a time to another; without one, that there was work."""

    site_id: int | None
    begins: datetime
    until: datetime


def rewrite_history(connection: Connection, signals: Sequence[Signal]) -> list[int] | None:
    """One step, in this transaction: the past of a few sites.

    One does so at a time, and leaves a second one without work; others may `decide` meanwhile.

    Args:
        connection: under the ingest role.
        signals: those whose decisions are kept.

    Returns:
        The sites that it was about; None if nothing waits, or another one is at it.
    """
    if not select_value(connection, bool, _SQL["lock"]):
        return None
    parts = select_all(connection, _Part, _SQL["claim"])
    if not parts:
        return None
    begins = {part.site_id: part.begins for part in parts if part.site_id is not None}
    values = columns(begins) | {"until": parts[0].until}
    # all is read before anything is written: others wait for locks no longer than needed
    found = [
        (signal, _changes(connection, signal, signal.decide, values))
        for signal in signals
        if signal.decide is not None
    ]
    for signal, changes in found:
        own = values | {"signal": signal.name}
        connection.execute(_SQL["lock_signals"], own)
        connection.execute(_SQL["forget"], own)
        write_changes(connection, signal, changes)
        connection.execute(_SQL["join"], own)
        connection.execute(_SQL["renew_since"], own)
    return sorted(begins)


def _changes(
    connection: Connection, signal: Signal, decide: str, values: dict[str, Any]
) -> list[Change]:
    statement = naming(_SQL["changes"], decide=decide)
    return select_all(connection, Change, statement, values | {"signal": signal.name})
