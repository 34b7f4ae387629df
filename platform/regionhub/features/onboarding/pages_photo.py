"""The photo of a site."""

from __future__ import annotations

from fastapi import Response, UploadFile
from fastapi.responses import RedirectResponse

from regionhub.access import Editor, Viewer
from regionhub.errors import InputError, NotFound
from regionhub.features.onboarding.forms import Form
from regionhub.features.onboarding.pages import open_place
from regionhub.features.onboarding.pages_correct import own_site, show_site_form
from regionhub.features.onboarding.photos import delete_photo, photo, photo_time, save_photo
from regionhub.registry.trees import tree
from regionhub.web.api.values import Id
from regionhub.web.portal.parts import SitePanel, SiteQuestion
from regionhub.web.portal.rendering import Here
from regionhub.web.portal.routing import page_router
from regionhub.web.tables import faults

pages = page_router()


@pages.get("/standorte/{site_id}/foto")
def show_photo(visit: Viewer, site_id: Id) -> Response:
    """The picture.

    Raises:
        NotFound: there is none, or the site is another town's.
    """
    with visit.town() as town:
        found = photo(town, site_id)
    if found is None:
        raise NotFound("There is no photo.")
    headers = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
    return Response(found, media_type="image/jpeg", headers=headers)


@pages.post("/standorte/{site_id}/foto")
def take_photo(
    page: Here, visit: Editor, site_id: Id, foto: UploadFile | None = None, weg: str = ""
) -> Response:
    """Keep a photo in the place of the former one; with `weg` delete that."""
    content = b"" if foto is None else foto.file.read()
    try:
        with open_place(visit, page) as (town, _frame):
            own_site(town, site_id)
            if weg:
                delete_photo(town.connection, site_id)
            else:
                save_photo(town.connection, site_id, town.tenant_id, content, by=town.who)
    except InputError as error:
        return show_site_form(page, visit, site_id, Form({}, [faults.of_error(error)]))
    return RedirectResponse(f"/standorte/{site_id}", 303)


def site_panel(question: SiteQuestion) -> SitePanel | None:
    """The photo on the page of the site, and what the tree register says of it."""
    found = photo_time(question.connection, question.site.site_id)
    facts = _register_facts(question)
    if found is None:
        return SitePanel(facts=facts) if facts else None
    values = {"site_id": question.site.site_id, "photo_at": found}
    return SitePanel(section="onboarding/photo.html", values=values, facts=facts)


def _register_facts(question: SiteQuestion) -> list[tuple[str, str]]:
    _, found = question.gettext, tree(question.connection, question.site.site_id)
    facts = []
    if found is not None and found.species:
        facts.append((_("Baumart"), found.species))
    if found is not None and found.crown_m:
        width = question.formats.number(found.crown_m, 1)
        facts.append((_("Kronendurchmesser"), f"{width} m"))
    return facts
