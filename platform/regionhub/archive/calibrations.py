"""Calibrations: what a sensor measures wrong, put right from a moment on.

A value becomes factor * raw + added, in the unit of its quantity, where a codec's answer becomes
readings: in ingest, and in replays. So what is stored already follows by a replay of the device,
which is asked for in the same transaction; the former values stay as versions, the bytes in the
uplinks, and without the calibration the same replay gives the raw values again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from regionhub.archive.runs import request_replay
from regionhub.devices import Calibration
from regionhub.errors import InputError, NotAllowed, NotFound
from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries
from regionhub.times import from_datetime

_SQL = queries(__package__, "calibrations")
_MOST_ADDED = 1e6
_REFUSALS: Refusals = {
    pg.CheckViolation: InputError(
        "A factor lies between 0.001 and 1000, and somebody has to say why.",
        de="Der Faktor liegt zwischen 0,001 und 1000, und der Grund darf nicht fehlen.",
    ),
    pg.InsufficientPrivilege: NotAllowed(
        "Devices of another town cannot be calibrated.",
        de="Geräte einer anderen Stadt können Sie nicht kalibrieren.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRecord:
    """A calibration of a datastream, for the record; withdrawn ones hold no more."""

    calibration_id: int
    device_id: int
    quantity: str
    position: str
    valid_from: datetime
    factor: float
    added: Annotated[float, Field(description="In the unit of the quantity.")]
    calibrated_at: datetime
    calibrated_by: str
    why: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _InForce:
    device_id: int
    quantity: str
    position: str
    valid_from: datetime
    factor: float
    added: float


def in_force(connection: Connection) -> Mapping[int, tuple[Calibration, ...]]:
    """By device the calibrations that hold, the newest first; under the role of ingest."""
    found: dict[int, tuple[Calibration, ...]] = {}
    for row in select_all(connection, _InForce, _SQL["in_force"]):
        since = from_datetime(row.valid_from)
        one = Calibration(row.quantity, row.position, since, row.factor, row.added)
        found[row.device_id] = (*found.get(row.device_id, ()), one)
    return found


def calibrations(connection: Connection, device_id: int) -> list[CalibrationRecord]:
    """All of a device, the last one first; under a town's role."""
    return select_all(connection, CalibrationRecord, _SQL["calibrations"], {"device_id": device_id})


def calibrate(
    connection: Connection,
    device_id: int,
    *,
    tenant_id: int,
    quantity: str,
    position: str,
    valid_from: datetime,
    factor: float,
    added: float,
    by: str,
    why: str,
) -> int:
    """Calibrate a datastream from a moment on; returns the id.

    Raises:
        NotFound: the town has no such device, or that never measured such a thing.
        InputError: it would begin in the future, or a number is out of its range.
    """
    if valid_from > datetime.now(UTC):
        raise InputError(
            "A calibration cannot begin in the future.",
            de="Eine Kalibrierung kann nicht in der Zukunft beginnen.",
        )
    if not abs(added) <= _MOST_ADDED:
        raise InputError(
            "An offset lies between -1,000,000 and 1,000,000.",
            de="Der Versatz liegt zwischen −1.000.000 und 1.000.000.",
        )
    values = {
        "device_id": device_id,
        "tenant_id": tenant_id,
        "quantity": quantity,
        "position": position,
        "valid_from": valid_from,
        "factor": factor,
        "added": added,
        "by": by,
        "why": why,
    }
    dev_eui = select_value(connection, str, _SQL["own_stream"], values)
    if dev_eui is None:
        raise NotFound(
            "There is no such datastream of yours.",
            de="Diese Größe hat das Gerät noch nicht gemessen.",
        )
    with explained(_REFUSALS):
        made = select_value(connection, int, _SQL["calibrate"], values)
    assert made is not None
    request_replay(
        connection, tenant_id=tenant_id, dev_eui=dev_eui, since=valid_from, by=by, why=why
    )
    return made


def withdraw(
    connection: Connection, device_id: int, calibration_id: int, *, tenant_id: int, by: str
) -> None:
    """Undo a calibration: values are again what they were without it.

    Raises:
        NotFound: the town has no such one in force.
    """
    values = {
        "device_id": device_id,
        "calibration_id": calibration_id,
        "tenant_id": tenant_id,
        "by": by,
    }
    since = select_value(connection, datetime, _SQL["withdraw"], values)
    if since is None:
        raise NotFound(
            "There is no such calibration.", de="Diese Kalibrierung gibt es nicht (mehr)."
        )
    dev_eui = select_value(connection, str, _SQL["dev_eui"], values)
    assert dev_eui is not None
    request_replay(
        connection,
        tenant_id=tenant_id,
        dev_eui=dev_eui,
        since=since,
        by=by,
        why="Kalibrierung zurückgenommen",
    )
