"""The people of a town, for its admins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import Form, Response
from fastapi.responses import RedirectResponse

from regionhub import errors
from regionhub.access import Admin, Role, Visit, people
from regionhub.access.people import LINK_LIFETIME, Link, Person
from regionhub.levels import State, by_code
from regionhub.observability import get_logger
from regionhub.web.api.values import Id
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router
from regionhub.web.portal.texts import mark

pages = page_router()

ROLES: dict[Role, str] = {
    "viewer": mark("liest mit"),
    "editor": mark("bearbeitet Standorte und Geräte"),
    "admin": mark("verwaltet auch Personen und Schlüssel"),
}
STATES = by_code(
    State("locked", "gesperrt", "locked", "✕", "alarm", 0),
    State("invited", "noch ohne Kennwort", "no password yet", "…", "none", 1),
    State("active", "aktiv", "active", "✓", "good", 2),
)
Done = Literal["", "rolle", "gesperrt", "entsperrt", "abgemeldet"]
DONE = {
    "rolle": mark("Die Rolle ist geändert. Sie gilt ab sofort."),
    "gesperrt": mark("Die Person ist gesperrt und überall abgemeldet."),
    "entsperrt": mark("Die Person kann sich wieder anmelden, mit ihrem bisherigen Kennwort."),
    "abgemeldet": mark("Die Person ist auf allen Geräten abgemeldet."),
}
_ACTIONS: dict[str, tuple[Callable[..., None], str]] = {
    "sperren": (people.lock, "gesperrt"),
    "entsperren": (people.unlock, "entsperrt"),
    "abmelden": (people.end_sessions, "abgemeldet"),
}
_log = get_logger(__name__)


def state_of(person: Person) -> State:
    """Whether somebody can sign in."""
    if not person.active:
        return STATES["locked"]
    return STATES["active" if person.has_password else "invited"]


@pages.get("/personen")
def people_page(page: Here, visit: Admin) -> Response:
    """Everybody with an account of this town."""
    return _people(page, visit)


@pages.post("/personen")
def add_person(
    page: Here,
    visit: Admin,
    name: Annotated[str, Form(max_length=200)] = "",
    benutzername: Annotated[str, Form(max_length=200)] = "",
    rolle: Annotated[Role, Form()] = "viewer",
) -> Response:
    """Add somebody and show the link for the first password."""
    given = {"name": name.strip(), "login": benutzername.strip().lower(), "role": rolle}
    _ = page.gettext
    if not all(value and value.isprintable() for value in given.values()):
        return _people(page, visit, given, _("Bitte Name und Benutzername angeben."))
    try:
        with visit.access.accounts() as connection:
            link = people.invite(
                connection,
                tenant_id=visit.principal.tenant_id,
                login=given["login"],
                display_name=given["name"],
                role=rolle,
            )
            person = people.person_by_login(
                connection, tenant_id=visit.principal.tenant_id, login=given["login"]
            )
    except errors.Conflict:
        # it may be somebody of another town: nothing is said about whose it is
        return _people(page, visit, given, _("Dieser Benutzername ist vergeben."))
    _note(visit, person.account_id, "added")
    return _shown_link(page, visit, person, link)


@pages.get("/personen/{account_id}")
def person_page(page: Here, visit: Admin, account_id: Id, erledigt: Done = "") -> Response:
    """One person and what can be done."""
    return _person(page, visit, account_id, erledigt)


@pages.post("/personen/{account_id}/rolle")
def change_role(visit: Admin, account_id: Id, rolle: Annotated[Role, Form()]) -> Response:
    """Give another role."""
    _refuse_oneself(visit, account_id)
    with visit.access.accounts() as connection:
        people.set_role(
            connection, tenant_id=visit.principal.tenant_id, account_id=account_id, role=rolle
        )
    return _done(visit, account_id, "rolle")


@pages.post("/personen/{account_id}/link")
def make_link(page: Here, visit: Admin, account_id: Id) -> Response:
    """Make a one-time link for a new password and show it."""
    who = {"tenant_id": visit.principal.tenant_id, "account_id": account_id}
    with visit.access.accounts() as connection:
        person = people.person(connection, **who)
        link = (
            people.one_time_link(connection, **who)
            if person.active and not person.operator
            else None
        )
    if link is None:
        return _person(page, visit, account_id, "")
    _note(visit, account_id, "link")
    return _shown_link(page, visit, person, link)


@pages.post("/personen/{account_id}/{what}")
def act(
    visit: Admin, account_id: Id, what: Literal["sperren", "entsperren", "abmelden"]
) -> Response:
    """Lock, unlock or sign out."""
    action, done = _ACTIONS[what]
    if what == "sperren":
        _refuse_oneself(visit, account_id)
    with visit.access.accounts() as connection:
        action(connection, tenant_id=visit.principal.tenant_id, account_id=account_id)
    return _done(visit, account_id, done)


def _refuse_oneself(visit: Visit, account_id: int) -> None:
    """Nobody shuts themselves out, so a town keeps an admin.

    Raises:
        NotAllowed: it is one's own account.
    """
    if account_id == visit.principal.account_id:
        raise errors.NotAllowed("Another admin has to do that.")


def _done(visit: Visit, account_id: int, done: str) -> Response:
    _note(visit, account_id, done)
    return RedirectResponse(f"/personen/{account_id}?erledigt={done}", 303)


def _note(visit: Visit, account_id: int, what: str) -> None:
    _log.info("account_changed", account=account_id, what=what, by=visit.principal.account_id)


def _people(
    page: Page, visit: Visit, given: Mapping[str, str] | None = None, problem: str | None = None
) -> Response:
    with visit.access.accounts() as connection:
        found = people.people(connection, tenant_id=visit.principal.tenant_id)
    return page.show(
        "people.html",
        **_frame(page, visit),
        status=422 if problem else 200,
        people=[(person, state_of(person)) for person in found],
        given=given or {"name": "", "login": "", "role": "viewer"},
        problem=problem,
        days=LINK_LIFETIME.days,
    )


def _person(page: Page, visit: Visit, account_id: int, done: str) -> Response:
    with visit.access.accounts() as connection:
        person = people.person(
            connection, tenant_id=visit.principal.tenant_id, account_id=account_id
        )
    return page.show(
        "person.html",
        **_frame(page, visit),
        person=person,
        state=state_of(person),
        oneself=account_id == visit.principal.account_id,
        done=page.gettext(DONE[done]) if done else None,
        days=LINK_LIFETIME.days,
    )


def _shown_link(page: Page, visit: Visit, person: Person, link: Link) -> Response:
    return page.show(
        "person_link.html",
        **_frame(page, visit),
        person=person,
        until=link.until,
        address=str(page.request.url.replace(path=link.path, query="")),
    )


def _frame(page: Page, visit: Visit) -> dict[str, Any]:
    with open_town(visit, page) as (_connection, frame):
        return {**frame.values(), "roles": ROLES}
