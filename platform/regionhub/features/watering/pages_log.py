"""The watering log in the portal: as a list, from a file, at a tree."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import Form, Response, UploadFile
from fastapi.responses import RedirectResponse

from regionhub.access import Editor, Viewer, Visit
from regionhub.errors import InputError, NotFound
from regionhub.features.watering.log import Entry, enter, named, undo, waterings
from regionhub.features.watering.log_files import Imported, import_log
from regionhub.features.watering.reactions import expected_rise
from regionhub.web.api.values import Id, Whole
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.parts import SitePanel, SiteQuestion
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router

pages = page_router()

PATH = "/giessen/protokoll"
MOST_BYTES = 700_000
_SHOWN, _SHOWN_AT_SITE = 200, 10


@pages.get(PATH)
def log_page(page: Here, visit: Viewer) -> Response:
    """What was poured last."""
    return _log(page, visit)


@pages.post(PATH)
def take_file(page: Here, visit: Editor, datei: UploadFile | None = None) -> Response:
    """Take the good rows of a file of waterings, and say what is wrong with the others."""
    content = b"" if datei is None else datei.file.read(MOST_BYTES + 1)
    principal = visit.principal
    try:
        _check_size(content)
        with visit.town() as town:
            done = import_log(
                town, principal.tenant_id, content, who=principal.display_name,
                now=datetime.now(UTC),
            )  # fmt: skip
    except InputError as error:
        return _log(page, visit, problem=page.said(error))
    return _log(page, visit, done=done)


def _check_size(content: bytes) -> None:
    if not content or len(content) > MOST_BYTES:
        raise InputError(
            f"Choose a file of at most {MOST_BYTES // 1000} kB.",
            de=f"Wählen Sie eine Datei mit höchstens {MOST_BYTES // 1000} kB aus.",
        )


@pages.post("/standorte/{site_id}/gegossen")
def enter_here(
    visit: Editor,
    site_id: Id,
    eintrag: Annotated[str, Form(max_length=40)],
    liter: Annotated[Whole, Form(ge=1, le=5000)],
) -> Response:
    """Enter a watering at the page of a tree; sent twice it is one.

    Raises:
        NotFound: the town has no such tree or bed.
    """
    try:
        watering_id = UUID(eintrag)
    except ValueError:
        raise InputError("This is no number of an entry.") from None
    now, principal = datetime.now(UTC), visit.principal
    entry = Entry(watering_id=watering_id, site_id=site_id, time=now, litres=liter)
    with visit.town() as town:
        [outcome] = enter(town, principal.tenant_id, [entry], who=principal.display_name,
                          source="portal", now=now)  # fmt: skip
    if outcome.became == "refused":
        raise NotFound("There is no such tree or bed.")
    return RedirectResponse(f"/standorte/{site_id}#gegossen", 303)


@pages.post(PATH + "/{watering_id}/zurueck")
def take_back(
    visit: Editor, watering_id: UUID, ziel: Annotated[Literal["", "standort"], Form()] = ""
) -> Response:
    """Take an entry back that was a mistake."""
    with visit.town() as town:
        done = undo(town, visit.principal.tenant_id, watering_id, by=visit.principal.display_name)
    return RedirectResponse(f"/standorte/{done.site_id}#gegossen" if ziel else PATH, 303)


def site_panel(question: SiteQuestion) -> SitePanel | None:
    """The waterings of a tree or bed, with what its sensor said."""
    if question.site.kind not in {"tree", "bed"}:
        return None
    found = waterings(question.connection, site_id=question.site.site_id, limit=_SHOWN_AT_SITE)
    values = {"waterings": found, "expected": expected_rise, "new_id": str(uuid4()),
              "watered_site": question.site}  # fmt: skip
    return SitePanel(section="watering/site.html", values=values)


def _log(page: Page, visit: Visit, *, done: Imported | None = None, problem: str = "") -> Response:
    with open_town(visit, page) as (connection, frame):
        found = waterings(connection, limit=_SHOWN)
        names = named(connection, [one.site_id for one in found])
    return page.show(
        "watering/log.html",
        **frame.values(),
        status=422 if problem else 200,
        waterings=found,
        names=names,
        expected=expected_rise,
        done=done,
        problem=problem,
        most=MOST_BYTES,
        may_enter=visit.principal.may("editor"),
    )
