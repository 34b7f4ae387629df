"""Calibrations of devices."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from regionhub.access import Editor, Viewer
from regionhub.archive import calibrations
from regionhub.archive.calibrations import CalibrationRecord
from regionhub.registry.devices import required_device
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Answer, Given, Items
from regionhub.web.api.values import Id, Line, Time, Word

routes = router("/devices")


class NewCalibration(Given):
    """From `valid_from` on a value is factor * raw + added."""

    quantity: Word
    position: str = Field(default="", max_length=80)
    valid_from: Time
    factor: Annotated[float, Field(ge=0.001, le=1000)] = 1.0
    added: Annotated[float, Field(ge=-1e6, le=1e6, description="In the unit of the quantity.")] = 0
    why: Line


class MadeCalibration(Answer):
    """The id by which it can be taken back."""

    calibration_id: int


@routes.get("/{device_id}/calibrations")
def list_calibrations(device_id: Id, visit: Viewer) -> Items[CalibrationRecord]:
    """Calibrations of a device, the last one first."""
    with visit.town() as town:
        required_device(town, device_id)
        return Items(items=calibrations.calibrations(town, device_id))


@routes.post("/{device_id}/calibrations", status_code=201)
def calibrate_device(device_id: Id, new: NewCalibration, visit: Editor) -> MadeCalibration:
    """Calibrate a datastream from a moment on. Rights: editor.

    What is stored since then is decoded again within seconds to minutes; what it was stays as a
    version, and the bytes with their uplinks.
    """
    with visit.town() as town:
        required_device(town, device_id)
        made = calibrations.calibrate(
            town,
            device_id,
            tenant_id=visit.principal.tenant_id,
            quantity=new.quantity,
            position=new.position,
            valid_from=new.valid_from,
            factor=new.factor,
            added=new.added,
            by=visit.principal.named,
            why=new.why,
        )
    return MadeCalibration(calibration_id=made)


@routes.delete("/{device_id}/calibrations/{calibration_id}", status_code=204)
def withdraw_calibration(device_id: Id, calibration_id: Id, visit: Editor) -> None:
    """Take a calibration back: values are again what they were without it. Rights: editor."""
    with visit.town() as town:
        required_device(town, device_id)
        calibrations.withdraw(
            town,
            device_id,
            calibration_id,
            tenant_id=visit.principal.tenant_id,
            by=visit.principal.named,
        )
