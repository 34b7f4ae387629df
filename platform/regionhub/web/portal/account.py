"""One's own account: password and sessions; and the page that a one-time link leads to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from regionhub import errors
from regionhub.access import Access, Viewer, Visit
from regionhub.access.passwords import SHORTEST
from regionhub.access.people import LINK_PATH, Person, link_holder, person
from regionhub.web.api.errors import headers_of
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.login import refusal
from regionhub.web.portal.people import ROLES
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router
from regionhub.web.portal.texts import mark

pages = page_router()

Done = Literal["", "kennwort", "sitzungen"]
DONE = {
    "kennwort": mark("Ihr Kennwort ist geändert. Auf anderen Geräten sind Sie abgemeldet."),
    "sitzungen": mark("Auf allen anderen Geräten sind Sie abgemeldet."),
}
Password = Annotated[str, Form(max_length=1000)]


@dataclass(frozen=True, slots=True)
class _Refused:
    status: int
    text: str
    headers: dict[str, str]


@pages.get("/konto")
def account(page: Here, visit: Viewer, erledigt: Done = "") -> Response:
    """Who is signed in, and how to change the password."""
    return _account(page, visit, done=DONE.get(erledigt, ""))


@pages.post("/konto/kennwort")
def change_password(
    page: Here,
    visit: Viewer,
    kennwort: Password = "",
    neu: Password = "",
    wiederholt: Password = "",
) -> Response:
    """Replace one's own password."""
    _own(visit)
    if neu != wiederholt:
        return _account(page, visit, refused=_differ(page))
    try:
        visit.access.change_password(page.request, visit.principal, kennwort, neu)
    except (
        errors.InputError,
        errors.NotSignedIn,
        errors.TooManyAttempts,
        errors.Busy,
    ) as error:
        return _account(page, visit, refused=_refused(page, error))
    return RedirectResponse("/konto?erledigt=kennwort", 303)


@pages.post("/konto/sitzungen")
def sign_out_elsewhere(page: Here, visit: Viewer) -> Response:
    """End all sessions but this one."""
    _own(visit)
    visit.access.end_other_sessions(page.request, visit.principal)
    return RedirectResponse("/konto?erledigt=sitzungen", 303)


@pages.get(LINK_PATH + "{token}")
def link_form(page: Here, request: Request, token: str) -> Response:
    """Ask for a new password; looking at the page does not use the link up."""
    return _link(page, request, token)


@pages.post(LINK_PATH + "{token}")
def set_password(
    page: Here, request: Request, token: str, neu: Password = "", wiederholt: Password = ""
) -> Response:
    """Set the password; the link works no more."""
    access: Access = request.app.state.access
    if neu != wiederholt:
        return _link(page, request, token, refused=_differ(page))
    try:
        access.set_password(request, token, neu)
    except (errors.InputError, errors.Busy) as error:
        return _link(page, request, token, refused=_refused(page, error))
    except errors.NotFound:
        return _link(page, request, token)
    response = RedirectResponse("/anmelden?gesetzt=ja", 303)
    # whoever was signed in here before may be somebody else
    access.clear_cookie(response)
    return response


def _own(visit: Visit) -> Person:
    """The account of somebody who is signed in.

    Raises:
        NotAllowed: it is a key that asks.
    """
    principal = visit.principal
    if principal.account_id is None:
        raise errors.NotAllowed("A key has no account.")
    with visit.access.accounts() as connection:
        return person(connection, tenant_id=principal.tenant_id, account_id=principal.account_id)


def _account(
    page: Page, visit: Visit, *, done: str = "", refused: _Refused | None = None
) -> Response:
    own = _own(visit)
    with open_town(visit, page) as (_connection, frame):
        pass
    return page.show(
        "account.html",
        **frame.values(),
        status=refused.status if refused else 200,
        headers=refused.headers if refused else None,
        problem=refused.text if refused else None,
        done=page.gettext(done) if done else None,
        person=own,
        roles=ROLES,
        shortest=SHORTEST,
    )


def _link(page: Page, request: Request, token: str, refused: _Refused | None = None) -> Response:
    access: Access = request.app.state.access
    with access.accounts() as connection:
        holder = link_holder(connection, token)
    status = refused.status if refused else 200
    return page.show(
        "set_password.html",
        status=status if holder else 404,
        headers=refused.headers if refused else None,
        problem=refused.text if refused else None,
        holder=holder,
        token=token,
        shortest=SHORTEST,
    )


def _differ(page: Page) -> _Refused:
    _ = page.gettext
    return _Refused(422, _("Die beiden neuen Kennwörter sind nicht gleich."), {})


def _refused(page: Page, error: errors.RegionhubError) -> _Refused:
    _ = page.gettext
    if isinstance(error, errors.InputError):
        words = _("Das neue Kennwort braucht mindestens %(number)s Zeichen.")
        return _Refused(422, words % {"number": SHORTEST}, {})
    if isinstance(error, errors.NotSignedIn):
        # the session goes on: it is not the one that is refused
        return _Refused(422, _("Das bisherige Kennwort stimmt nicht."), {})
    status, said = refusal(page, error)
    return _Refused(status, said, headers_of(error))
