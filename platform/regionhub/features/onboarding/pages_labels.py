"""Reading the label of a device into the form, and printing labels."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form as FormField
from fastapi import Response
from fastapi.responses import RedirectResponse

from regionhub.access import Editor, Viewer
from regionhub.errors import InputError, NotFound
from regionhub.features.onboarding.forms import Form
from regionhub.features.onboarding.labels import LABEL_PATH, LONGEST, code, read_label
from regionhub.features.onboarding.pages_single import show_form
from regionhub.registry.devices import devices, own_device
from regionhub.registry.sites import sites
from regionhub.web.api.values import DevEui, Id
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.paging import PageNumber, listing
from regionhub.web.portal.rendering import Here
from regionhub.web.portal.routing import page_router
from regionhub.web.tables import faults

pages = page_router()


@pages.post("/anlegen/geraet/etikett")
def take_label(
    page: Here, visit: Editor, etikett: Annotated[str, FormField(max_length=LONGEST)] = ""
) -> Response:
    """The form of a device, filled with what its label says.

    Posted, because a label may hold keys: they belong into no address and no log.
    """
    try:
        label = read_label(etikett)
    except InputError as error:
        return show_form(page, visit, "device", Form({}, [faults.of_error(error)]))
    typed = {
        "dev_eui": label.dev_eui,
        "serial": label.serial or "",
        "join_eui": label.join_eui or "",
    }
    return show_form(page, visit, "device", Form(typed))


@pages.get("/etiketten")
def label_sheet(
    page: Here, visit: Viewer, standort: Id | None = None, seite: PageNumber = 1
) -> Response:
    """Labels of all devices of the town or of those at a site; a code takes some milliseconds."""
    with open_town(visit, page) as (connection, frame):
        names = {site.site_id: site.name for site in sites(connection)}
        found = [
            device
            for device in devices(connection, site_id=standort)
            if device.active and device.tenant_id == visit.principal.tenant_id
        ]
    listed = listing(
        lambda limit, offset: found[offset : offset + limit], lambda _: len(found), seite
    )
    base = page.request.url
    shown = [
        (device, names.get(device.site_id or 0, ""),
         code(str(base.replace(path=f"{LABEL_PATH}{device.dev_eui}", query=""))))
        for device in listed.rows
    ]  # fmt: skip
    return page.show("onboarding/labels.html", **frame.values(), labels=shown, listing=listed)


@pages.get(LABEL_PATH + "{dev_eui}")
def open_label(visit: Viewer, dev_eui: DevEui) -> Response:
    """Where the code on a label leads to: the page of the device.

    Raises:
        NotFound: this town has no such device.
    """
    with visit.town() as town:
        device = own_device(town, visit.principal.tenant_id, dev_eui)
    if device is None:
        raise NotFound("There is no such device.")
    return RedirectResponse(f"/geraete/{device.device_id}", 303)
