"""Installations put right for the past."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from fastapi.exceptions import RequestValidationError

from regionhub.access import Editor, Viewer
from regionhub.registry import corrections
from regionhub.registry.corrections import Correction
from regionhub.registry.devices import required_device
from regionhub.registry.installations import Installation, installations
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Items
from regionhub.web.api.schemas.sites import InstallationChanges
from regionhub.web.api.values import Id, Line

routes = router("/installations", tag="devices")
device_routes = router("/devices")


@device_routes.get("/{device_id}/installations")
def list_installations(device_id: Id, visit: Viewer) -> Items[Installation]:
    """Where a device is and was, the newest first."""
    with visit.town() as town:
        required_device(town, device_id)
        return Items(items=installations(town, device_id))


@device_routes.get("/{device_id}/installation-corrections")
def list_corrections(device_id: Id, visit: Viewer) -> Items[Correction]:
    """What the installations of a device were before somebody corrected them."""
    with visit.town() as town:
        required_device(town, device_id)
        return Items(items=corrections.corrections(town, device_id))


@routes.patch("/{installation_id}")
def correct_installation(
    installation_id: Id, changes: InstallationChanges, visit: Editor
) -> Installation:
    """Put right what an installation was from its beginning; needs a reason. Rights: editor.

    Levels, stages and what is decided from them follow, also for the past; what it was before is
    kept.
    """
    values = changes.model_dump(exclude_unset=True)
    why = values.pop("why", "")
    if not why:
        raise RequestValidationError([{"loc": ("body", "why"), "msg": "must say why"}])
    with visit.town() as town:
        return corrections.correct_installation(
            town, installation_id, values, by=visit.principal.named, why=why
        )


@routes.delete("/{installation_id}", status_code=204)
def remove_installation(
    installation_id: Id,
    visit: Editor,
    why: Annotated[Line, Query(description="Kept with what it was.")],
) -> None:
    """Remove an installation that never was. Rights: editor."""
    with visit.town() as town:
        corrections.remove_installation(town, installation_id, by=visit.principal.named, why=why)
