"""Devices, and where they are installed."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request

from regionhub.access import Editor, Viewer
from regionhub.errors import NotFound
from regionhub.registry import devices, installations
from regionhub.registry.devices import Device
from regionhub.store.database import Connection
from regionhub.web.api.paging import page
from regionhub.web.api.registration import profile_of, profiles_seen, register_device
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Page
from regionhub.web.api.schemas.sites import DeviceChanges, NewDevice, NewInstallation
from regionhub.web.api.values import After, Id, Limit

routes = router("/devices")

AtSite = Annotated[Id | None, Query(alias="site", description="Only devices at this site now.")]


@routes.get("")
def list_devices(
    request: Request, visit: Viewer, site_id: AtSite = None, after: After = 0, limit: Limit = 100
) -> Page[Device]:
    """Devices of your town, and those whose datastreams others share with it."""
    with visit.town() as town:
        rows = devices.devices(town, site_id=site_id, after=after, limit=limit + 1)
    return page(request, rows, limit, after="device_id")


@routes.post("", status_code=201)
def create_device(new: NewDevice, request: Request, visit: Editor) -> Device:
    """Register a device; its messages are stored within seconds. Rights: editor.

    A DevEUI is registered once in the whole hub: 409 if somebody has it already.
    """
    with visit.town() as town:
        profiles = profiles_seen(request.app.state, town)
        return register_device(town, visit.principal.tenant_id, new, profiles)


@routes.get("/{device_id}")
def get_device(device_id: Id, visit: Viewer) -> Device:
    """One device."""
    with visit.town() as town:
        return _device(town, device_id)


@routes.patch("/{device_id}")
def change_device(device_id: Id, changes: DeviceChanges, request: Request, visit: Editor) -> Device:
    """Change what is named. Parameters that are not named stay. Rights: editor."""
    values = changes.model_dump(exclude_unset=True)
    with visit.town() as town:
        if "parameters" in values or "profile_id" in values:
            devices.lock_device(town, device_id)
            row = _device(town, device_id)
            chosen = values.get("profile_id", row.profile_id)
            profile = profile_of(profiles_seen(request.app.state, town), chosen)
            kept = row.parameters if profile.id == row.profile_id else {}
            values["parameters"] = profile.read_parameters(kept | values.get("parameters", {}))
        return devices.update_device(town, device_id, values)


@routes.post("/{device_id}/installation", status_code=201)
def install_device(device_id: Id, new: NewInstallation, visit: Editor) -> Device:
    """Put a device at a site; where it was before ends at that moment. Rights: editor."""
    with visit.town() as town:
        return installations.install(
            town,
            device_id,
            site_id=new.site_id,
            time=new.from_time,
            mounting_height_cm=new.mounting_height_cm,
            depth_cm=new.depth_cm,
        )


@routes.delete("/{device_id}/installation")
def remove_device(device_id: Id, visit: Editor) -> Device:
    """Take a device away from its site, from now on. Rights: editor."""
    with visit.town() as town:
        return installations.uninstall(town, device_id)


def _device(town: Connection, device_id: int) -> Device:
    row = devices.device(town, device_id)
    if row is None:
        raise NotFound("There is no such device.")
    return row
