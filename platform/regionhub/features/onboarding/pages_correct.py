"""Putting right where a device was installed, and changing a site."""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import RedirectResponse

from regionhub.access import Editor, Visit
from regionhub.errors import NotAllowed, NotFound
from regionhub.features.onboarding.changing import before, change
from regionhub.features.onboarding.columns import FIELDS
from regionhub.features.onboarding.forms import Form, Posted
from regionhub.features.onboarding.load import Town
from regionhub.features.onboarding.pages import open_place
from regionhub.features.onboarding.pages_change import own_device
from regionhub.features.onboarding.pages_single import MAY_ASK_THE_PHONE, centre_of
from regionhub.registry import corrections, sites
from regionhub.registry.installations import Installation, installations
from regionhub.registry.sites import Site
from regionhub.web.api.schemas.sites import InstallationChanges, SiteChanges
from regionhub.web.api.values import Id
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router
from regionhub.web.portal.texts import mark
from regionhub.web.tables import faults
from regionhub.web.tables.faults import MENDABLE, Fault

pages = page_router()

_PLACE = ("from_time", "to_time", "mounting_height_cm", "depth_cm")
_SITE = tuple(one.key for one in FIELDS if one.part == "site" and one.key != "position")
_WHY = mark("Warum")
_NO_REASON = Fault(field=_WHY, de="fehlt: die Berichtigung bleibt nachlesbar", en="is missing")


@pages.get("/geraete/{device_id}/einbau/{installation_id}")
def correct_form(page: Here, visit: Editor, device_id: Id, installation_id: Id) -> Response:
    """The form that puts an installation right."""
    return _correct_form(page, visit, device_id, installation_id, Form())


@pages.post("/geraete/{device_id}/einbau/{installation_id}")
def correct(
    page: Here, visit: Editor, device_id: Id, installation_id: Id, typed: Posted
) -> Response:
    """Put it right, or remove it."""
    why = " ".join(typed.get("warum", "").split())
    try:
        with open_place(visit, page) as (town, _frame):
            row = _installation(town, device_id, installation_id)
            made = change(typed, before(row, "installation", _PLACE), "installation", _PLACE,
                          InstallationChanges)  # fmt: skip
            found = [*made.faults, *([] if why else [_NO_REASON])]
            if not found and typed.get("entfernen"):
                corrections.remove_installation(town.connection, installation_id, by=town.who,
                                                why=why)  # fmt: skip
            elif not found:
                corrections.correct_installation(town.connection, installation_id, made.values,
                                                 by=town.who, why=why)  # fmt: skip
    except MENDABLE as error:
        if error.de is None:
            raise
        found = [faults.of_error(error)]
    if found:
        return _correct_form(page, visit, device_id, installation_id, Form(typed, found))
    return RedirectResponse(f"/geraete/{device_id}", 303)


@pages.get("/standorte/{site_id}/aendern")
def site_form(page: Here, visit: Editor, site_id: Id) -> Response:
    """The form of a site that is there."""
    return show_site_form(page, visit, site_id, Form())


@pages.post("/standorte/{site_id}/aendern")
def change_site(page: Here, visit: Editor, site_id: Id, typed: Posted) -> Response:
    """Change what was typed."""
    try:
        with open_place(visit, page) as (town, _frame):
            made = change(typed, before(own_site(town, site_id), "site", _SITE), "site", _SITE,
                          SiteChanges)  # fmt: skip
            if not made.faults:
                sites.update_site(town.connection, site_id, made.values)
        found = list(made.faults)
    except MENDABLE as error:
        if error.de is None:
            raise
        found = [faults.of_error(error)]
    if found:
        return show_site_form(page, visit, site_id, Form(typed, found))
    return RedirectResponse(f"/standorte/{site_id}", 303)


@pages.post("/standorte/{site_id}/loeschen")
def delete_site(page: Here, visit: Editor, site_id: Id) -> Response:
    """Delete a site at which nothing was ever installed."""
    try:
        with open_place(visit, page) as (town, _frame):
            own_site(town, site_id)
            sites.delete_site(town.connection, site_id)
    except MENDABLE as error:
        if error.de is None:
            raise
        return show_site_form(page, visit, site_id, Form({}, [faults.of_error(error)]))
    return RedirectResponse("/", 303)


def _installation(town: Town, device_id: int, installation_id: int) -> Installation:
    own_device(town, device_id)
    for row in installations(town.connection, device_id):
        if row.installation_id == installation_id:
            return row
    raise NotFound("There is no such installation.")


def own_site(town: Town, site_id: int) -> Site:
    """A site of the town itself.

    Raises:
        NotFound: this role sees no such site.
        NotAllowed: it is shared by another town.
    """
    row = sites.site(town.connection, site_id)
    if row is None:
        raise NotFound("There is no such site.")
    if row.tenant_id != town.tenant_id:
        raise NotAllowed("This site belongs to another town.")
    return row


def _correct_form(
    page: Page, visit: Visit, device_id: int, installation_id: int, form: Form
) -> Response:
    with open_place(visit, page) as (town, frame):
        row = _installation(town, device_id, installation_id)
        device = own_device(town, device_id)
        place = sites.site(town.connection, row.site_id)
    return page.show(
        "onboarding/correct.html",
        **frame.values(),
        status=422 if form.faults else 200,
        device=device,
        site=place,
        form=Form({**before(row, "installation", _PLACE), **form.typed}, form.faults),
    )


def show_site_form(page: Page, visit: Visit, site_id: int, form: Form) -> Response:
    """The form of a site that is there, with what was typed and what is wrong with it."""
    with open_place(visit, page) as (town, frame):
        place = own_site(town, site_id)
        soils = sites.soil_textures(town.connection)
    return page.show(
        "onboarding/change_site.html",
        **frame.values(),
        status=422 if form.faults else 200,
        headers=MAY_ASK_THE_PHONE,
        centre=(place.latitude, place.longitude) if place.latitude else centre_of(frame, visit),
        site=place,
        soils=soils,
        form=Form({**before(place, "site", _SITE), **form.typed}, form.faults),
    )
