"""Installations put right for the past, with a trace of what they were.

What is decided from them follows: the change of the row touches the site (see `signals`), and
levels are views of it. Every function takes a connection under a town's role.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from regionhub.errors import Conflict, InputError, NotAllowed, NotFound
from regionhub.registry.installations import Installation
from regionhub.store.database import Connection, select_all, select_one
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

_SQL = queries(__package__, "installations")
_COLUMNS = ("site_id", "from_time", "to_time", "mounting_height_cm", "depth_cm")
_OVERLAPS = Conflict(
    "The device was installed elsewhere in that time: correct the other installation first.",
    de="In dieser Zeit war das Gerät woanders eingebaut: berichtigen Sie zuerst den anderen "
    "Einbau.",
)
_REFUSALS: Refusals = {
    pg.ExclusionViolation: _OVERLAPS,
    pg.CheckViolation: InputError(
        "An installation begins before it ends, and a depth is not negative.",
        de="Ein Einbau beginnt, bevor er endet, und eine Tiefe ist nicht negativ.",
    ),
    pg.ForeignKeyViolation: NotFound("There is no such site.", de="Diesen Standort gibt es nicht."),
    pg.InsufficientPrivilege: NotAllowed(
        "Installations of another town cannot be corrected.",
        de="Den Einbau von Geräten einer anderen Stadt können Sie nicht berichtigen.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What an installation was before somebody corrected it, or removed it."""

    correction_id: int
    device_id: int
    installation_id: int
    corrected_at: datetime
    corrected_by: str
    why: str
    site_id: int
    from_time: datetime
    to_time: datetime | None
    mounting_height_cm: float | None
    depth_cm: float | None
    removed: bool


def corrections(connection: Connection, device_id: int) -> list[Correction]:
    """What the installations of a device were before, the last correction first."""
    return select_all(connection, Correction, _SQL["corrections"], {"device_id": device_id})


def correct_installation(
    connection: Connection, installation_id: int, values: Mapping[str, Any], *, by: str, why: str
) -> Installation:
    """Put right what is given: site_id, from_time, to_time, mounting_height_cm, depth_cm.

    Args:
        connection: under the role of the town that owns it.
        installation_id: the installation.
        values: what it should have been from the beginning; None empties.
        by: who corrects it, for the trace.
        why: for the trace.

    Raises:
        NotFound: this role has no such installation, or no such site.
        InputError: it would begin or end in the future, or end before it begins.
        Conflict: the device was installed elsewhere in that time.
    """
    row = _own(connection, installation_id)
    changed = {column: values.get(column, getattr(row, column)) for column in _COLUMNS}
    ends = changed["to_time"]
    if changed["from_time"] is None or max(changed["from_time"], ends or _PAST) > datetime.now(UTC):
        raise InputError(
            "An installation begins and ends in the past; leave its end empty while it lasts.",
            de="Beginn und Ende liegen nicht in der Zukunft; das Ende bleibt leer, solange das "
            "Gerät dort ist.",
        )
    _note(connection, installation_id, by=by, why=why, removed=False)
    with explained(_REFUSALS):
        connection.execute(_SQL["correct"], changed | {"installation_id": installation_id})
    return _own(connection, installation_id)


def remove_installation(connection: Connection, installation_id: int, *, by: str, why: str) -> None:
    """Remove an installation that never was; what the device measured is of no site then.

    Raises:
        NotFound: this role has no such installation.
    """
    _own(connection, installation_id)
    _note(connection, installation_id, by=by, why=why, removed=True)
    connection.execute(_SQL["remove"], {"installation_id": installation_id})


_PAST = datetime.min.replace(tzinfo=UTC)


def _note(
    connection: Connection, installation_id: int, *, by: str, why: str, removed: bool
) -> None:
    values = {"installation_id": installation_id, "by": by, "why": why, "removed": removed}
    with explained(_REFUSALS):
        connection.execute(_SQL["note_correction"], values)


def _own(connection: Connection, installation_id: int) -> Installation:
    values = {"installation_id": installation_id}
    row = select_one(connection, Installation, _SQL["installation"], values)
    if row is None:
        raise NotFound("There is no such installation.", de="Diesen Einbau gibt es nicht.")
    return row
