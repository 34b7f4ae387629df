"""Decide again about what was touched, and remember when states changed.

Whoever changes what decisions stand on (ingest, a replay, somebody who moves a sensor) adds a row
to core.touched in the same transaction. A step takes such rows and what got too old meanwhile, and
asks the function of each signal. What changed more than an hour ago is decided in two parts: the
last hour and the newest decision here and now, the changes of state before it in `history`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
class Claimed:
    """A row of core.touched; `times` are those of the devices, then of the sites."""

    device_ids: list[int]
    site_ids: list[int]
    times: list[datetime]


@dataclass(frozen=True, slots=True)
class Begin:
    """A site, and the time from which on it is decided again."""

    site_id: int
    begins: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """When a site came into which state."""

    site_id: int
    tenant_id: int
    ats: list[datetime]
    states: list[str]
    levels: list[int | None]


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
    claimed = select_all(connection, Claimed, _SQL["claim"], {"most": _MOST})
    begins = {row.site_id: row.begins for row in _touched(connection, claimed)}
    for row in select_all(connection, Begin, _SQL["due"], {"most": _MOST}):
        begins[row.site_id] = min(row.begins, begins.get(row.site_id, row.begins))
    if not begins:
        return [] if claimed else None  # of devices that are installed nowhere
    now = select_value(connection, datetime, _SQL["now"])
    assert now is not None
    horizon = now - _HISTORY_AFTER
    sites = [Begin(site_id, begins[site_id]) for site_id in sorted(begins)]
    if past := [site for site in sites if site.begins < horizon]:
        values = columns(past) | {"until": horizon, "size": _HISTORY_SITES}
        connection.execute(_SQL["keep_history"], values)
    lately = columns([Begin(site.site_id, max(site.begins, horizon)) for site in sites])
    for signal in signals:
        _decide(connection, signal, lately)
    return sorted(begins)


def columns(sites: Iterable[Begin]) -> dict[str, Any]:
    """Parameters of the statements about some sites."""
    sites = list(sites)
    return {
        "site_ids": [site.site_id for site in sites],
        "begins": [site.begins for site in sites],
    }


def write_changes(connection: Connection, signal: Signal, found: Sequence[Changes]) -> None:
    """Keep changes of state whose times nothing is kept of."""
    rows = [
        (row.site_id, row.tenant_id, *change)
        for row in found
        for change in zip(row.ats, row.states, row.levels, strict=True)
    ]
    names = ("site_ids", "tenant_ids", "ats", "states", "levels")
    for start in range(0, len(rows), _MOST):
        portion = zip(*rows[start : start + _MOST], strict=True)
        values = dict(zip(names, map(list, portion), strict=True))
        connection.execute(_SQL["write_changes"], values | {"signal": signal.name})


def _touched(connection: Connection, claimed: Sequence[Claimed]) -> list[Begin]:
    values: dict[str, Any] = {
        "device_ids": [device for row in claimed for device in row.device_ids],
        "device_times": [time for row in claimed for time in row.times[: len(row.device_ids)]],
        "site_ids": [site for row in claimed for site in row.site_ids],
        "site_times": [time for row in claimed for time in row.times[len(row.device_ids) :]],
    }
    return select_all(connection, Begin, _SQL["sites"], values) if claimed else []


def _decide(connection: Connection, signal: Signal, sites: dict[str, Any]) -> None:
    values = sites | {"signal": signal.name}
    found = select_all(connection, Changes, naming(_SQL["decide"], decide=signal.decide), values)
    decided = [row.site_id for row in found]
    connection.execute(_SQL["forget"], values | {"decided": decided})
    connection.execute(_SQL["forget_changes"], values)
    write_changes(connection, signal, found)
