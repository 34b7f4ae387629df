"""When states changed, decided again for what was touched there: readings that came late, replays.

It may take minutes, and nobody waits for it: the decisions of today are made by then (`decide`),
and what it reads is not locked. A row of core.touched is some sites, each with the time to begin
at, and `until`, from which on `decide` knows already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from regionhub.levels import Signal
from regionhub.signals.decide import Begin, Changes, columns, write_changes
from regionhub.store.database import Connection, select_all, select_one, select_value
from regionhub.store.statements import naming, queries

_SQL = queries(__package__, "history")


@dataclass(frozen=True, slots=True)
class _Claimed:
    site_ids: list[int]
    times: list[datetime]
    until: datetime


@dataclass(frozen=True, slots=True)
class _Change:
    site_id: int
    tenant_id: int
    at: datetime
    state: str
    level: int | None


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
    claimed = select_one(connection, _Claimed, _SQL["claim"])
    if claimed is None:
        return None
    touched = {"site_ids": claimed.site_ids, "times": claimed.times}
    sites = select_all(connection, Begin, _SQL["sites"], touched)
    if sites:
        values = columns(sites) | {"until": claimed.until}
        # all is read before anything is written: others wait for locks no longer than needed
        found = [(signal, _changes(connection, signal, values)) for signal in signals]
        for signal, changes in found:
            own = values | {"signal": signal.name}
            connection.execute(_SQL["lock_signals"], own)
            connection.execute(_SQL["forget"], own)
            write_changes(connection, signal, changes)
            connection.execute(_SQL["join"], own)
            connection.execute(_SQL["renew_since"], own)
    return claimed.site_ids


def _changes(connection: Connection, signal: Signal, values: dict[str, object]) -> list[Changes]:
    rows = select_all(
        connection,
        _Change,
        naming(_SQL["changes"], decide=signal.decide),
        values | {"signal": signal.name},
    )
    rows.sort(key=lambda row: (row.site_id, row.at))
    return [
        Changes(
            site_id,
            tenant_id,
            [row.at for row in found],
            [row.state for row in found],
            [row.level for row in found],
        )
        for (site_id, tenant_id), group in groupby(rows, lambda row: (row.site_id, row.tenant_id))
        for found in [list(group)]
    ]
