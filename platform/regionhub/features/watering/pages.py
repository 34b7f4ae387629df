"""Watering at a desk: what is due, planning the rounds of a day, crews, the sheet to print."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Form, Response
from fastapi.responses import RedirectResponse

from regionhub.access import Editor, Viewer, Visit
from regionhub.errors import InputError
from regionhub.features.watering import rounds as plans
from regionhub.web.api.values import Id, Whole
from regionhub.web.portal.forms import read_number
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router

pages = page_router()

PATH = "/giessen"
#: How many of the due ones a page shows before they are planned.
_SHOWN = 200


@pages.get(PATH)
def overview(page: Here, visit: Viewer, geplant: Literal["", "1"] = "") -> Response:
    """The rounds of today, what is due, and the crews."""
    return _overview(page, visit, planned=bool(geplant))


@pages.post(PATH + "/planen")
def plan(page: Here, visit: Editor) -> Response:
    """Divide what is due today among the crews."""
    try:
        with visit.town() as town:
            plans.plan_day(
                town, visit.principal.tenant_id, plans.today(datetime.now(UTC)),
                by=visit.principal.named,
            )  # fmt: skip
    except InputError as error:
        return _overview(page, visit, problem=page.said(error))
    return RedirectResponse(PATH + "?geplant=1", 303)


@pages.post(PATH + "/kolonnen")
def save_crew(
    page: Here,
    visit: Editor,
    name: Annotated[str, Form(min_length=1, max_length=60)],
    tank: Annotated[Whole, Form(ge=0, le=1_000_000)],
    breite: Annotated[str, Form(max_length=20)],
    laenge: Annotated[str, Form(max_length=20)],
    depot: Annotated[str, Form(max_length=120)] = "",
) -> Response:
    """Make a crew, or change the one of this name."""
    try:
        with visit.town() as town:
            plans.save_crew(
                town,
                visit.principal.tenant_id,
                name=name.strip() or name,
                tank_litres=tank,
                depot=depot.strip(),
                latitude=_degrees("Breite", breite),
                longitude=_degrees("Länge", laenge),
            )
    except InputError as error:
        return _overview(page, visit, problem=page.said(error))
    return RedirectResponse(PATH + "#kolonnen", 303)


@pages.post(PATH + "/kolonnen/{crew_id}/ruhen")
def retire_crew(crew_id: Id, visit: Editor) -> Response:
    """Plan no more rounds for a crew."""
    with visit.town() as town:
        plans.retire_crew(town, visit.principal.tenant_id, crew_id)
    return RedirectResponse(PATH + "#kolonnen", 303)


def _degrees(label: str, written: str) -> float:
    value = read_number(written, label=label, example="51,3967")
    if value is None:
        raise InputError(
            f"{label}: write degrees such as 51.3967",
            de=f"{label}: Hier fehlt eine Zahl in Grad wie 51,3967.",
        )
    return value


def _overview(page: Page, visit: Visit, *, planned: bool = False, problem: str = "") -> Response:
    day, tenant_id = plans.today(datetime.now(UTC)), visit.principal.tenant_id
    with open_town(visit, page) as (connection, frame):
        found = plans.rounds(connection, tenant_id, day)
        crews = plans.crews(connection, tenant_id)
        due = plans.due(connection, tenant_id, day)
    listed = {stop.site_id for one in found for stop in one.stops}
    later = [one for one in due if one.site_id not in listed]
    return page.show(
        "watering/plan.html",
        **frame.values(),
        status=422 if problem else 200,
        problem=problem,
        planned=planned,
        rounds=found,
        crews=[crew for crew in crews if crew.active],
        due=due,
        nowhere=[one for one in later if one.latitude is None] if found else [],
        later=later[:_SHOWN],
        more=max(0, len(later) - _SHOWN),
        litres=sum(one.litres for one in due),
        may_plan=visit.principal.may("editor"),
    )
