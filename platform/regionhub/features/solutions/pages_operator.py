"""Setting up a town in the portal, for who operates the hub.

Each step is a form of its own, and what is done is read from the database: so an interrupted town
is gone on with wherever it stands. Towns and their network servers are made under the operator's
role in the database, everything else under the roles that do it elsewhere.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from regionhub.access import Operator, people
from regionhub.errors import InputError
from regionhub.features.solutions import new_town, store
from regionhub.features.solutions.operator import (
    PARAMETER,
    found_town,
    hub_of,
    inside,
    offered,
    read_text,
    show_once,
    show_town,
    show_towns,
)
from regionhub.registry.broker_access import pushing_source, renew_access
from regionhub.registry.tenants import slug_of
from regionhub.web.api.registration import profiles_seen
from regionhub.web.api.values import Id
from regionhub.web.portal.forms import read_number
from regionhub.web.portal.rendering import Here
from regionhub.web.portal.routing import page_router
from regionhub.web.portal.texts import mark

pages = page_router()

PATH = "/betreiber"
#: The whole request may have a megabyte.
_MOST_BYTES = 900_000
Text = Annotated[str, Form(max_length=200)]


@pages.get(PATH)
def towns_page(page: Here, visit: Operator) -> Response:
    """All towns, and the form that begins a new one."""
    return show_towns(page, visit)


@pages.post(PATH)
def begin(
    page: Here,
    visit: Operator,
    name: Text = "",
    ags: Text = "",
    kurzname: Text = "",
    breite: Text = "",
    laenge: Text = "",
    teilen: Annotated[bool, Form()] = False,
) -> Response:
    """Make the town, or go on with the one that is there."""
    typed = {"name": name, "ags": ags, "kurzname": kurzname, "breite": breite, "laenge": laenge}
    try:
        called = read_text("Name", name)
        with hub_of(page).towns.transaction() as connection:
            town, _ = new_town.make_town(
                connection,
                slug=kurzname.strip() or slug_of(called),
                name=called,
                ags="".join(ags.split()),
                latitude=read_number(breite, label="Breite", example="51,39"),
                longitude=read_number(laenge, label="Länge", example="8,06"),
                share=teilen,
            )
    except InputError as error:
        return show_towns(page, visit, typed={**typed, "teilen": teilen}, problem=page.said(error))
    return RedirectResponse(f"{PATH}/{town.slug}", 303)


@pages.get(PATH + "/{slug}")
def town_page(page: Here, visit: Operator, slug: str, wie: str = "") -> Response:
    """How far a town is, and each step; with the solutions of the town `wie`."""
    return show_town(page, visit, found_town(page, slug), follow=wie)


@pages.post(PATH + "/{slug}/person")
def invite(
    page: Here, visit: Operator, slug: str, name: Text = "", benutzername: Text = ""
) -> Response:
    """The first person; the link is shown once."""
    town = found_town(page, slug)
    try:
        given = {"login": read_text("Benutzername", benutzername), "name": read_text("Name", name)}
        with visit.access.accounts() as connection:
            link = new_town.invite_first(connection, town.tenant_id, **given)
    except InputError as error:
        typed = {"name": name, "benutzername": benutzername}
        return show_town(page, visit, town, typed=typed, problem=("person", page.said(error)))
    if link is None:
        return RedirectResponse(f"{PATH}/{slug}", 303)
    return show_once(page, visit, town, link=link, person=given)


@pages.post(PATH + "/{slug}/link/{account_id}")
def renew_link(page: Here, visit: Operator, slug: str, account_id: Id) -> Response:
    """Another link for who has set no password yet."""
    town = found_town(page, slug)
    who = {"tenant_id": town.tenant_id, "account_id": account_id}
    with visit.access.accounts() as connection:
        person = people.person(connection, **who)
        if person.has_password or not person.active:
            return RedirectResponse(f"{PATH}/{slug}", 303)
        link = people.one_time_link(connection, **who)
    given = {"login": person.login, "name": person.display_name}
    return show_once(page, visit, town, link=link, person=given)


@pages.post(PATH + "/{slug}/netz")
def connect(page: Here, visit: Operator, slug: str, art: Text = "") -> Response:
    """The network server with its user at the hub's broker, whose password is shown once."""
    town, hub = found_town(page, slug), hub_of(page)
    if art not in hub.networks:
        problem = page.gettext(mark("Wählen Sie die Art des Netzwerkservers aus."))
        return show_town(page, visit, town, problem=("netz", problem))
    try:
        with hub.towns.transaction() as connection:
            if pushing_source(connection, tenant_id=town.tenant_id) is not None:
                return RedirectResponse(f"{PATH}/{slug}", 303)
            access = new_town.connect_network(
                connection, town.tenant_id, hub.networks[art], hub.broker
            )
    except InputError as error:
        return show_town(page, visit, town, problem=("netz", page.said(error)))
    return show_once(page, visit, town, access=access)


@pages.post(PATH + "/{slug}/netz/kennwort")
def renew_password(page: Here, visit: Operator, slug: str) -> Response:
    """Another password for the network server, if the first one was lost."""
    town = found_town(page, slug)
    with hub_of(page).towns.transaction() as connection:
        source_id = pushing_source(connection, tenant_id=town.tenant_id)
        if source_id is None:
            return RedirectResponse(f"{PATH}/{slug}", 303)
        access = renew_access(connection, source_id=source_id)
    return show_once(page, visit, town, access=access)


async def _choice(request: Request) -> tuple[list[str], dict[str, str]]:
    """Which solutions, and parameters by name."""
    form = [each for each in (await request.form()).multi_items() if isinstance(each[1], str)]
    parameters = {
        name.removeprefix(PARAMETER): value
        for name, value in form
        if name.startswith(PARAMETER) and isinstance(value, str)
    }
    return [
        value for name, value in form if name == "loesung" and isinstance(value, str)
    ], parameters


@pages.post(PATH + "/{slug}/loesungen")
def adopt(
    page: Here,
    visit: Operator,
    slug: str,
    choice: Annotated[tuple[list[str], dict[str, str]], Depends(_choice)],
) -> Response:
    """Let the town use these solutions; `regionhub work` brings them into Grafana."""
    town = found_town(page, slug)
    names, typed = choice
    known = offered(page, visit)
    of_any = {each.name for name in names if name in known for each in known[name].parameters}
    given = {name: value for name, value in typed.items() if name in of_any}
    try:
        _check_some(names)
        with inside(page, visit, town) as connection:
            used = store.own_adoptions(connection)
            parameters = new_town.chosen(
                known, {name: {} for name in names}, {each.solution for each in used}, given
            )
            by = visit.principal.display_name
            new_town.adopt(connection, town.tenant_id, known, parameters, by=by)
    except InputError as error:
        problem = ("loesungen", page.said(error))
        return show_town(page, visit, town, problem=problem, choice=choice)
    return RedirectResponse(f"{PATH}/{slug}#loesungen", 303)


@pages.post(PATH + "/{slug}/standorte")
def take_file(page: Here, visit: Operator, slug: str, datei: UploadFile | None = None) -> Response:
    """Register the good rows of a file, and say what is wrong with the others."""
    town = found_town(page, slug)
    try:
        content = _content(datei)
        with inside(page, visit, town) as connection:
            taken = hub_of(page).take_file(
                connection,
                town.tenant_id,
                profiles_seen(page.request.app.state, connection),
                visit.principal.named,
                content,
                page.language,
            )
    except InputError as error:
        return show_town(page, visit, town, problem=("standorte", page.said(error)))
    return show_town(page, visit, town, taken=taken)


def _check_some(names: list[str]) -> None:
    if not names:
        raise InputError(
            "choose at least one solution", de="Wählen Sie mindestens eine Lösung aus."
        )


def _content(file: UploadFile | None) -> bytes:
    content = b"" if file is None else file.file.read(_MOST_BYTES + 1)
    if not content or len(content) > _MOST_BYTES:
        raise InputError(
            f"choose a file of at most {_MOST_BYTES // 1000} kB",
            de=f"Wählen Sie eine Datei von höchstens {_MOST_BYTES // 1000} kB aus.",
        )
    return content
