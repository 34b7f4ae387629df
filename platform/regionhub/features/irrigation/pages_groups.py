"""Groups of trees and beds in the portal: their soil, who belongs to them, whose sensors speak."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Form, Response
from fastapi.responses import RedirectResponse

from regionhub.access import Editor, Viewer, Visit
from regionhub.errors import InputError, NotAllowed
from regionhub.features.irrigation import groups
from regionhub.registry import site_groups as kept
from regionhub.registry.sites import soil_textures
from regionhub.store.database import Connection
from regionhub.web.api.values import Id
from regionhub.web.portal.forms import read_number
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.paging import PageNumber, listing
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router

PATH = "/bewaesserung/gruppen"
_EMPTY = dict.fromkeys(("name", "boden", "wurzelraum", "baumscheibe", "notiz"), "")
Line = Annotated[str, Form(max_length=120)]
Note = Annotated[str, Form(max_length=2000)]

pages = page_router()


def _fields(
    name: Line, boden: Line = "", wurzelraum: Line = "", baumscheibe: Line = "", notiz: Note = ""
) -> dict[str, str]:
    """The form of a group, as it was filled in."""
    return {
        "name": name,
        "boden": boden,
        "wurzelraum": wurzelraum,
        "baumscheibe": baumscheibe,
        "notiz": notiz,
    }


Fields = Annotated[dict[str, str], Depends(_fields)]


@pages.get(PATH)
def group_list(page: Here, visit: Viewer) -> Response:
    """The groups of all towns that the reader sees, and a form for a new one."""
    return _list(page, visit)


@pages.post(PATH)
def create_group(page: Here, visit: Editor, given: Fields) -> Response:
    """Make a group in one's own town, and show it."""
    try:
        values = _values(given)
        with visit.town() as connection:
            made = kept.create_site_group(connection, visit.principal.tenant_id, values)
    except InputError as error:
        return _list(page, visit, given=given, problem=page.said(error))
    return RedirectResponse(f"{PATH}/{made.site_group_id}", 303)


@pages.get(PATH + "/{site_group_id}")
def one_group(
    page: Here, visit: Viewer, site_group_id: Id, suche: str = "", seite: PageNumber = 1
) -> Response:
    """A group with its members; editors find trees that are to join by name or address."""
    return _group(page, visit, site_group_id, word=suche.strip(), number=seite)


@pages.post(PATH + "/{site_group_id}")
def change_group(page: Here, visit: Editor, site_group_id: Id, given: Fields) -> Response:
    """Change what is said of a group."""
    try:
        values = _values(given)
        with visit.town() as connection:
            kept.update_site_group(connection, site_group_id, values)
    except InputError as error:
        return _group(page, visit, site_group_id, given=given, problem=page.said(error))
    return RedirectResponse(f"{PATH}/{site_group_id}", 303)


@pages.post(PATH + "/{site_group_id}/dazu")
def join_group(
    visit: Editor, site_group_id: Id, standort: Annotated[list[Id] | None, Form()] = None
) -> Response:
    """Let the trees that were chosen belong to a group."""
    with visit.town() as connection:
        groups.join(connection, _own(connection, visit, site_group_id), standort or [])
    return RedirectResponse(f"{PATH}/{site_group_id}", 303)


@pages.post(PATH + "/{site_group_id}/heraus")
def leave_group(visit: Editor, site_group_id: Id, standort: Annotated[Id, Form()]) -> Response:
    """Let a tree belong to its group no more."""
    with visit.town() as connection:
        groups.leave(connection, _own(connection, visit, site_group_id).site_group_id, standort)
    return RedirectResponse(f"{PATH}/{site_group_id}", 303)


@pages.post(PATH + "/{site_group_id}/loeschen")
def delete_group(page: Here, visit: Editor, site_group_id: Id) -> Response:
    """Delete a group that nothing belongs to."""
    try:
        with visit.town() as connection:
            kept.delete_site_group(connection, site_group_id)
    except InputError as error:
        return _group(page, visit, site_group_id, problem=page.said(error))
    return RedirectResponse(PATH, 303)


def _list(
    page: Page, visit: Visit, *, given: Mapping[str, str] = _EMPTY, problem: str = ""
) -> Response:
    with open_town(visit, page) as (connection, frame):
        found = kept.site_groups(connection)
        textures = _textures(connection)
    return page.show(
        "irrigation/groups.html",
        **frame.values(),
        town_names=frame.town_names,
        status=422 if problem else 200,
        groups=found,
        textures=textures,
        given=given,
        problem=problem,
        may_change=visit.principal.may("editor"),
    )


def _group(
    page: Page,
    visit: Visit,
    site_group_id: int,
    *,
    word: str = "",
    number: int = 1,
    given: Mapping[str, str] | None = None,
    problem: str = "",
) -> Response:
    with open_town(visit, page) as (connection, frame):
        group = kept.site_group(connection, site_group_id)
        may_change = _may_change(visit, group)

        def read(limit: int, offset: int) -> list[groups.Member]:
            return groups.members(connection, site_group_id, limit=limit, offset=offset)

        members = listing(read, lambda one: one.found, number)
        found = groups.candidates(connection, group, word) if word and may_change else []
        textures = _textures(connection)
    return page.show(
        "irrigation/group.html",
        **frame.values(),
        town_names=frame.town_names,
        status=422 if problem else 200,
        group=group,
        listing=members,
        word=word,
        candidates=found,
        most=groups.MOST_CANDIDATES,
        textures=textures,
        given=_given(page, group) if given is None else given,
        problem=problem,
        may_change=may_change,
    )


def _own(connection: Connection, visit: Visit, site_group_id: int) -> kept.SiteGroup:
    group = kept.site_group(connection, site_group_id)
    if not _may_change(visit, group):
        raise NotAllowed("This group belongs to another town.")
    return group


def _may_change(visit: Visit, group: kept.SiteGroup) -> bool:
    return visit.principal.may("editor") and group.tenant_id == visit.principal.tenant_id


def _textures(connection: Connection) -> dict[str, str]:
    return {row.soil_texture: row.name_de for row in soil_textures(connection)}


def _given(page: Page, group: kept.SiteGroup) -> dict[str, str]:
    """The fields of the form, as they were kept."""
    return {
        "name": group.name,
        "boden": group.soil_texture or "",
        "wurzelraum": _written(page, group.root_volume_m3),
        "baumscheibe": _written(page, group.pit_area_m2),
        "notiz": group.note or "",
    }


def _written(page: Page, value: float | None) -> str:
    return "" if value is None else page.formats.number(value, 2)


def _values(given: Mapping[str, str]) -> dict[str, Any]:
    name = given["name"].strip()
    if not name:
        raise InputError("The group needs a name.", de="Die Gruppe braucht einen Namen.")
    return {
        "name": name,
        "soil_texture": given["boden"] or None,
        "root_volume_m3": read_number(given["wurzelraum"], label="Wurzelraum"),
        "pit_area_m2": read_number(given["baumscheibe"], label="Baumscheibe"),
        "note": given["notiz"].strip() or None,
    }
