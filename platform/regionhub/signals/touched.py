"""What has to be decided again: noted in the transaction that changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regionhub.store.arrays import Integers, Times
from regionhub.store.database import Connection, select_all, select_one, select_value
from regionhub.store.statements import queries

_SQL = queries(__package__, "touched")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whether a row waits to be decided, and how many sites wait for their past."""

    now: bool
    past: int


@dataclass(frozen=True, slots=True)
class Lag:
    """How far decisions are behind.

    `seconds` is how long the oldest change has waited that nothing was decided from yet, `past`
    how many sites wait for the part of it that only says when something was.
    """

    seconds: float
    past: int


@dataclass(frozen=True, slots=True)
class _Site:
    site_id: int


def touch_devices(connection: Connection, begins_ns: Mapping[int, int]) -> None:
    """Let what is said about the sites of these devices be decided again.

    Args:
        connection: under the ingest role.
        begins_ns: by device the time from which on its readings changed, ns.
    """
    if begins_ns:
        columns = {
            "devices": Integers(list(begins_ns)),
            "times": Times(list(begins_ns.values())),
        }
        connection.execute(_SQL["touch_devices"], columns)


def touch_sites(connection: Connection, site_ids: Sequence[int]) -> int:
    """Let all that is said about these sites be decided again; returns the row that says so."""
    touched_id = select_value(connection, int, _SQL["touch_sites"], {"sites": list(site_ids)})
    assert touched_id is not None
    return touched_id


def touch_stray_devices(connection: Connection) -> None:
    """Let all that is said about devices that have never been at a site be decided again."""
    connection.execute(_SQL["touch_stray_devices"])


def all_sites(connection: Connection) -> list[int]:
    """Every site of every town."""
    return [row.site_id for row in select_all(connection, _Site, _SQL["sites"])]


def waiting(connection: Connection, touched_id: int = 0) -> Waiting:
    """Whether this row waits, and how many sites wait for their past."""
    found = select_one(connection, Waiting, _SQL["waiting"], {"touched_id": touched_id})
    assert found is not None
    return found


def lag(connection: Connection) -> Lag:
    """How far decisions are behind."""
    found = select_one(connection, Lag, _SQL["lag"])
    assert found is not None
    return found
