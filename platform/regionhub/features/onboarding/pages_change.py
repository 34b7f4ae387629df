"""Changing a device: its data, moving, swapping, taking it away, giving it up."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Response
from fastapi.responses import RedirectResponse

from regionhub.access import Editor, Visit
from regionhub.errors import BadValue, NotAllowed, RegionhubError
from regionhub.euis import read_dev_eui
from regionhub.features.onboarding.changing import before, change, shown
from regionhub.features.onboarding.forms import Form, Posted, parameter_values
from regionhub.features.onboarding.load import Town, site_named
from regionhub.features.onboarding.pages import open_place, profile_choice
from regionhub.features.onboarding.swap import swap_device
from regionhub.registry import devices, sites
from regionhub.registry.devices import Device
from regionhub.registry.installations import install, uninstall
from regionhub.web.api.registration import profile_of
from regionhub.web.api.schemas.sites import DeviceChanges, NewInstallation
from regionhub.web.api.values import Id
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router
from regionhub.web.portal.texts import mark
from regionhub.web.tables import faults
from regionhub.web.tables.faults import MENDABLE, Fault

pages = page_router()

_DEVICE = ("name", "serial", "profile_id", "interval_seconds")
_PLACE = ("mounting_height_cm", "depth_cm", "from_time")
#: What a form did to a device; faults say that it did nothing.
Done = list[Fault]


@pages.get("/geraete/{device_id}/aendern")
def change_form(page: Here, visit: Editor, device_id: Id) -> Response:
    """Everything that can be done with a device."""
    return _form(page, visit, device_id, Form())


@pages.post("/geraete/{device_id}/aendern")
def change_device(page: Here, visit: Editor, device_id: Id, typed: Posted) -> Response:
    """Change name, model, interval, parameters."""

    def act(town: Town, device: Device) -> Done:
        was = before(device, "device", _DEVICE)
        made = change(typed, was, "device", _DEVICE, DeviceChanges)
        if made.faults:
            return list(made.faults)
        profile = profile_of(town.profiles, str(made.values.get("profile_id", device.profile_id)))
        kept = device.parameters if profile.id == device.profile_id else {}
        given = parameter_values(profile, typed)
        values = {**made.values, "parameters": profile.read_parameters(kept | given)}
        devices.update_device(town.connection, device.device_id, values)
        return []

    return _act(page, visit, device_id, typed, act)


@pages.post("/geraete/{device_id}/umsetzen")
def move(page: Here, visit: Editor, device_id: Id, typed: Posted) -> Response:
    """Put it at another site."""

    def act(town: Town, device: Device) -> Done:
        name = " ".join(typed.get("standort", "").split())
        place = site_named(town, name)
        if place is None:
            german = f"Einen Standort „{name}“ gibt es nicht: legen Sie ihn zuerst an."
            return [Fault(field=_SITE, de=german, en=f"There is no site {name!r}.")]
        made = change(typed, {}, "installation", _PLACE, NewInstallation, site_id=place.site_id)
        if made.faults:
            return list(made.faults)
        values = dict(made.values)
        time = values.pop("from_time", None)
        install(town.connection, device.device_id, time=time, **values)  # type: ignore[arg-type]
        return []

    return _act(page, visit, device_id, typed, act)


@pages.post("/geraete/{device_id}/tauschen")
def swap(page: Here, visit: Editor, device_id: Id, typed: Posted) -> Response:
    """Put another device in its place; its page comes next."""
    new: list[Device] = []

    def act(town: Town, device: Device) -> Done:
        try:
            eui = read_dev_eui(typed.get("neue_deveui", ""))
        except BadValue as error:
            return [faults.of_value(_NEW, error)]
        new.append(swap_device(town, device.device_id, eui))
        return []

    answer = _act(page, visit, device_id, typed, act)
    return RedirectResponse(f"/geraete/{new[0].device_id}", 303) if new else answer


@pages.post("/geraete/{device_id}/ausbauen")
def take_away(page: Here, visit: Editor, device_id: Id) -> Response:
    """Take it away from its site."""

    def act(town: Town, device: Device) -> Done:
        uninstall(town.connection, device.device_id)
        return []

    return _act(page, visit, device_id, {}, act)


@pages.post("/geraete/{device_id}/aufgeben")
def give_up(page: Here, visit: Editor, device_id: Id) -> Response:
    """Delete a device that was never heard; of another one store nothing more."""
    deleted: list[bool] = []

    def act(town: Town, device: Device) -> Done:
        if device.site_id is not None:
            uninstall(town.connection, device.device_id)
        deleted.append(devices.delete_device(town.connection, device.device_id))
        return []

    answer = _act(page, visit, device_id, {}, act)
    return RedirectResponse("/geraete", 303) if deleted == [True] else answer


@pages.post("/geraete/{device_id}/wieder")
def take_back(page: Here, visit: Editor, device_id: Id) -> Response:
    """Store what it sends again."""

    def act(town: Town, device: Device) -> Done:
        devices.update_device(town.connection, device.device_id, {"active": True})
        return []

    return _act(page, visit, device_id, {}, act)


_SITE, _NEW = mark("Standort"), mark("DevEUI des neuen Geräts")


def own_device(town: Town, device_id: int) -> Device:
    """A device of the town itself.

    Raises:
        NotFound: this role sees no such device.
        NotAllowed: it is shared by another town.
    """
    device = devices.required_device(town.connection, device_id)
    if device.tenant_id != town.tenant_id:
        raise NotAllowed("This device belongs to another town.")
    return device


def _act(
    page: Page,
    visit: Visit,
    device_id: int,
    typed: dict[str, str],
    act: Callable[[Town, Device], Done],
) -> Response:
    """Do it; what is wrong stands in the form again."""
    try:
        with open_place(visit, page) as (town, _frame):
            device = own_device(town, device_id)
            with town.connection.transaction():
                found = act(town, device)
    except MENDABLE as error:
        if _is_hidden(error):
            raise
        found = [faults.of_error(error)]
    if found:
        return _form(page, visit, device_id, Form(typed, found))
    return RedirectResponse(f"/geraete/{device_id}", 303)


def _is_hidden(error: RegionhubError) -> bool:
    """Whether it says no more than that the device is not there, or not the town's."""
    return error.de is None


def _form(page: Page, visit: Visit, device_id: int, form: Form) -> Response:
    with open_place(visit, page) as (town, frame):
        device = own_device(town, device_id)
        places = [one for one in sites.sites(town.connection) if one.tenant_id == town.tenant_id]
    was = before(device, "device", _DEVICE)
    was |= {f"p_{name}": shown(value) for name, value in device.parameters.items()}
    typed = {**was, **form.typed}
    return page.show(
        "onboarding/change_device.html",
        **frame.values(),
        status=422 if form.faults else 200,
        device=device,
        form=Form(typed, form.faults),
        places=places,
        current=next((one for one in places if one.site_id == device.site_id), None),
        models=profile_choice(town.profiles),
        profile=town.profiles.get(typed["profile_id"]),
    )
