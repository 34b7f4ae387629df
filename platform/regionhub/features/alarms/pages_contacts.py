"""Who is told, in the portal: contacts, chains, trying them, exercises."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from regionhub.access import Admin, Visit
from regionhub.errors import Conflict, InputError, NoKey
from regionhub.features.alarms import contacts
from regionhub.features.alarms.api_rules import Clock
from regionhub.observability import get_logger
from regionhub.sealing import Secrets
from regionhub.web.api.values import Id, Whole
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router

pages = page_router()
_HERE = "/alarme/empfaenger"
_log = get_logger(__name__)

Text = Annotated[str, Form(max_length=2000)]


@pages.get(_HERE)
def contacts_page(page: Here, visit: Admin) -> Response:
    """Contacts, chains and the exercise."""
    return _page(page, visit)


@pages.post(_HERE)
def add_contact(
    page: Here,
    request: Request,
    visit: Admin,
    name: Text = "",
    adresse: Text = "",
    ruhe_von: Text = "",
    ruhe_bis: Text = "",
) -> Response:
    """Add somebody."""
    _ = page.gettext
    secrets: Secrets = request.app.state.secrets
    detail = ""
    try:
        with visit.town() as connection:
            contacts.create_contact(
                connection,
                visit.principal.tenant_id,
                name=name,
                address=adresse,
                secrets=secrets,
                quiet_from=_clock(ruhe_von),
                quiet_to=_clock(ruhe_bis),
            )
        return _done(visit, "contact_added")
    except Conflict:
        problem = _("Diesen Namen gibt es schon.")
    except NoKey as error:
        problem = _("Der Hub kann noch keine Adressen versiegeln: Das richtet sein Betreiber ein.")
        detail = error.detail
    except InputError as error:
        problem = _("So kann dorthin nichts gesendet werden. Bitte prüfen Sie die Adresse.")
        detail = error.detail
    return _page(
        page, visit, problem, detail, {"name": name, "ruhe_von": ruhe_von, "ruhe_bis": ruhe_bis}
    )


@pages.post(_HERE + "/{contact_id}/loeschen")
def remove_contact(visit: Admin, contact_id: Id) -> Response:
    """Remove somebody from all chains."""
    with visit.town() as connection:
        contacts.delete_contact(connection, contact_id)
    return _done(visit, "contact_removed")


@pages.post("/alarme/ketten")
def add_chain(
    page: Here,
    visit: Admin,
    name: Text = "",
    minuten: Annotated[Whole, Form(ge=1, le=1440)] = 10,
) -> Response:
    """Make a chain."""
    _ = page.gettext
    try:
        with visit.town() as connection:
            contacts.create_chain(connection, visit.principal.tenant_id, name=name, minutes=minuten)
    except InputError:
        problem = _("Bitte geben Sie der Kette einen Namen, den es noch nicht gibt.")
        return _page(page, visit, problem)
    return _done(visit, "chain_added")


@pages.post("/alarme/ketten/{chain_id}/stufe")
def put_step(
    visit: Admin,
    chain_id: Id,
    empfaenger: Annotated[Id, Form()],
    stufe: Annotated[Whole, Form(ge=0, le=9)] = 1,
) -> Response:
    """Put somebody at a step; step 0 takes them out."""
    with visit.town() as connection:
        if stufe:
            contacts.put_step(connection, chain_id, step=stufe, contact_id=empfaenger)
        else:
            contacts.remove_step(connection, chain_id, empfaenger)
    return _done(visit, "chain_changed")


@pages.post("/alarme/ketten/{chain_id}/{what}")
def change_chain(
    page: Here, visit: Admin, chain_id: Id, what: Literal["probe", "loeschen"]
) -> Response:
    """Set off a trial alarm, or remove a chain that no rule uses."""
    _ = page.gettext
    if what == "probe":
        with visit.town() as connection:
            alarm_id = contacts.try_chain(connection, chain_id, who=visit.principal.display_name)
        return RedirectResponse(f"/alarme/{alarm_id}", 303)
    try:
        with visit.town() as connection:
            contacts.delete_chain(connection, chain_id)
    except Conflict:
        return _page(page, visit, _("Regeln benutzen diese Kette noch."))
    return _done(visit, "chain_removed")


@pages.post("/alarme/uebung")
def set_exercise(visit: Admin, stunden: Annotated[Whole, Form(ge=0, le=72)] = 0) -> Response:
    """Begin an exercise of so many hours, or end it."""
    with visit.town() as connection:
        if stunden:
            who = visit.principal.display_name
            contacts.begin_exercise(connection, visit.principal.tenant_id, hours=stunden, who=who)
        else:
            contacts.end_exercise(connection, visit.principal.tenant_id)
    return _done(visit, "exercise")


def _clock(text: str) -> Clock | None:
    """A time of day; nothing is none.

    Raises:
        InputError: it is none.
    """
    if not text:
        return None
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise InputError("quiet hours are times of day such as 22:00") from None


def _done(visit: Visit, what: str) -> Response:
    _log.info("alarms_set_up", what=what, by=visit.principal.account_id)
    return RedirectResponse(_HERE, 303)


def _page(
    page: Page,
    visit: Visit,
    problem: str = "",
    detail: str = "",
    given: dict[str, str] | None = None,
) -> Response:
    with open_town(visit, page) as (connection, frame):
        found = contacts.contacts(connection)
        chains = contacts.chains(connection)
        exercise = contacts.exercise(connection, visit.principal.tenant_id)
    return page.show(
        "alarms/contacts.html",
        **frame.values(),
        status=422 if problem else 200,
        contacts=found,
        chains=chains,
        exercise=exercise,
        problem=problem,
        detail=detail,
        given=given or {"name": "", "ruhe_von": "", "ruhe_bis": ""},
    )
