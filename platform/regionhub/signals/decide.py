"""Decide again about what was touched, and remember when states changed.

Whoever changes what decisions stand on (ingest, a replay, somebody who moves a sensor) adds a row
to core.touched in the same transaction. A step takes such rows and what got too old meanwhile, and
asks the function of each signal. What changed more than an hour ago is decided in two parts: the
last hour and the newest decision here and now, the changes of state before it in `history`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from regionhub.levels import Signal
from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.statements import naming, queries

_SQL = queries(__package__, "decide")
#: Devices and sites that one step takes, changes that one statement writes.
_MOST = 500
_HISTORY_AFTER = timedelta(hours=1)
#: Sites whose past is decided in one step.
_HISTORY_SITES = 10


@dataclass(frozen=True, slots=True)
class Begin:
    """A site, and the time from which on it is decided again; without one, that there was work."""

    site_id: int | None
    begins: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """When a site came into which state; without a time, that there is none."""

    site_id: int
    tenant_id: int
    at: datetime | None
    state: str | None
    level: int | None


def decide(connection: Connection, signals: Sequence[Signal]) -> list[int] | None:
    """One step, in this transaction: what was touched lately, the oldest first, and what is due.

    A second one waits for the first.

    Args:
        connection: under the ingest role.
        signals: those whose decisions are kept.

    Returns:
        The sites that it was about; None if nothing waits.
    """
    connection.execute(_SQL["lock"])
    found = select_all(connection, Begin, _SQL["claim"], {"most": _MOST})
    found += select_all(connection, Begin, _SQL["due"], {"most": _MOST})
    if not found:
        return None
    begins: dict[int, datetime] = {}
    for row in found:
        _put(begins, row)
    if begins:
        _decide_sites(connection, signals, _earlier(connection, signals, begins))
    return sorted(begins)


def _put(begins: dict[int, datetime], row: Begin) -> None:
    if row.site_id is not None:
        begins[row.site_id] = min(row.begins, begins.get(row.site_id, row.begins))


def _earlier(
    connection: Connection, signals: Sequence[Signal], begins: Mapping[int, datetime]
) -> dict[int, datetime]:
    """The same sites, with the times from which on what is said of them may change."""
    found = dict(begins)
    for signal in signals:
        if signal.begin is not None:
            statement = naming(_SQL["begin"], begin=signal.begin)
            for row in select_all(connection, Begin, statement, columns(begins)):
                _put(found, row)
    return found


def _decide_sites(
    connection: Connection, signals: Sequence[Signal], begins: Mapping[int, datetime]
) -> None:
    now = select_value(connection, datetime, _SQL["now"])
    assert now is not None
    horizon = now - _HISTORY_AFTER
    if past := {site: time for site, time in begins.items() if time < horizon}:
        values = columns(past) | {"until": horizon, "size": _HISTORY_SITES}
        connection.execute(_SQL["keep_history"], values)
    lately = columns({site: max(time, horizon) for site, time in begins.items()})
    for signal in signals:
        _decide(connection, signal, lately)


def columns(begins: Mapping[int, datetime]) -> dict[str, Any]:
    """Parameters of the statements about some sites, each with its time to begin at."""
    sites = sorted(begins)
    return {"site_ids": sites, "begins": [begins[site] for site in sites]}


def write_changes(connection: Connection, signal: Signal, found: Sequence[Change]) -> None:
    """Keep changes of state of times of which nothing is kept."""
    changes = [row for row in found if row.at is not None]
    for start in range(0, len(changes), _MOST):
        some = changes[start : start + _MOST]
        values = {
            "signal": signal.name,
            "site_ids": [row.site_id for row in some],
            "tenant_ids": [row.tenant_id for row in some],
            "ats": [row.at for row in some],
            "states": [row.state for row in some],
            "levels": [row.level for row in some],
        }
        connection.execute(_SQL["write_changes"], values)


def _decide(connection: Connection, signal: Signal, sites: dict[str, Any]) -> None:
    if signal.decide is None:
        return
    values = sites | {"signal": signal.name}
    statement = naming(_SQL["decide"], decide=signal.decide)
    found = select_all(connection, Change, statement, values)
    decided = sorted({row.site_id for row in found})
    connection.execute(_SQL["forget"], values | {"decided": decided})
    connection.execute(_SQL["forget_changes"], values)
    write_changes(connection, signal, found)
