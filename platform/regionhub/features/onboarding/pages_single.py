"""Registering one device or one site by a form."""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import RedirectResponse

from regionhub.access import Editor, Visit
from regionhub.features.onboarding.drafts import Needed
from regionhub.features.onboarding.forms import Form, Posted, form_draft
from regionhub.features.onboarding.load import load
from regionhub.features.onboarding.pages import open_place, profile_choice
from regionhub.features.onboarding.pages_server import offered, register
from regionhub.registry import sites
from regionhub.registry.sites import soil_textures
from regionhub.web.api.registration import profiles_seen
from regionhub.web.portal.frame import Frame
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router

pages = page_router()

#: On these pages a browser may ask for the position and the camera.
MAY_ASK_THE_PHONE = {
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(self)",
}
#: Of Südwestfalen.
_MIDDLE = (51.2, 8.1)


@pages.get("/anlegen/geraet")
def device_form(page: Here, visit: Editor, deveui: str = "", profil: str = "") -> Response:
    """The form of a device."""
    return show_form(
        page, visit, "device", Form({"dev_eui": deveui[:200], "profile_id": profil[:80]})
    )


@pages.get("/anlegen/geraet/parameter")
def parameters(page: Here, visit: Editor, profile_id: str = "") -> Response:
    """What has to be known of a device of a model; a part of the form."""
    with visit.town() as town:
        profile = profiles_seen(page.request.app.state, town).get(profile_id)
    return page.show("onboarding/parameters.html", profile=profile, form=Form())


@pages.post("/anlegen/geraet")
def register_device(page: Here, visit: Editor, typed: Posted) -> Response:
    """Register a device and install it."""
    return _register(page, visit, "device", typed)


@pages.get("/anlegen/standort")
def site_form(page: Here, visit: Editor) -> Response:
    """The form of a site."""
    return show_form(page, visit, "site", Form())


@pages.post("/anlegen/standort")
def register_site(page: Here, visit: Editor, typed: Posted) -> Response:
    """Register a site without a device."""
    return _register(page, visit, "site", typed)


def _register(page: Page, visit: Visit, kind: Needed, typed: Posted) -> Response:
    with open_place(visit, page) as (town, _frame):
        loaded = load(town, [form_draft(typed, town.profiles, kind)])
    [row] = loaded.rows
    if not loaded.written:
        return show_form(page, visit, kind, Form(typed, row.faults))
    if row.device is not None:
        register(page, visit, typed.get("netzserver", ""), loaded.wanted)
        return RedirectResponse(f"/geraete/{row.device.device_id}", 303)
    assert row.site is not None
    return RedirectResponse(f"/standorte/{row.site.site_id}", 303)


def show_form(page: Page, visit: Visit, kind: Needed, form: Form) -> Response:
    """The form of a site or a device, with what was typed and what is wrong with it."""
    with open_place(visit, page) as (town, frame):
        places = sites.sites(town.connection)
        soils = soil_textures(town.connection)
        servers = offered(town.connection, visit)
    return page.show(
        f"onboarding/{kind}.html",
        **frame.values(),
        headers=MAY_ASK_THE_PHONE,
        centre=centre_of(frame, visit),
        status=422 if form.faults else 200,
        form=form,
        places=[place for place in places if place.tenant_id == visit.principal.tenant_id],
        soils=soils,
        servers=servers,
        models=profile_choice(town.profiles),
        profile=town.profiles.get(form.value("profile_id")),
    )


def centre_of(frame: Frame, visit: Visit) -> tuple[float, float]:
    """Where the map of a form begins: at the town, else in the middle of the region."""
    for town in frame.tenants:
        if town.tenant_id == visit.principal.tenant_id and town.latitude and town.longitude:
            return town.latitude, town.longitude
    return _MIDDLE
