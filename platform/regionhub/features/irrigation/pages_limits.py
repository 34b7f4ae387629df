"""The limits of irrigation in the portal: what holds, who said so, and changing it after a look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import Form, Response
from fastapi.responses import RedirectResponse

from regionhub.access import Admin, Viewer, Visit
from regionhub.errors import InputError, NotFound
from regionhub.features.irrigation.limits import (
    LimitNumbers,
    Preview,
    Scope,
    preview,
    set_limits,
    versions,
)
from regionhub.features.irrigation.states import STATES
from regionhub.registry.site_groups import site_groups
from regionhub.web.portal.forms import read_number
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import one_of, page_router
from regionhub.web.portal.texts import mark

#: Fields of the form, by their columns.
_FIELDS = {
    "jetzt": ("now_nfk_pct", mark("jetzt gießen unter, % nFK")),
    "bald": ("soon_nfk_pct", mark("bald gießen unter, % nFK")),
    "nass": ("wet_nfk_pct", mark("nass ab, % nFK")),
    "ziel": ("target_nfk_pct", mark("auffüllen bis, % nFK")),
    "jetzt_kpa": ("now_kpa", mark("jetzt gießen über, kPa")),
    "bald_kpa": ("soon_kpa", mark("bald gießen über, kPa")),
    "nass_kpa": ("wet_kpa", mark("nass unter, kPa")),
}
Field = Annotated[str, Form(max_length=200)]

pages = page_router()


@pages.get("/bewaesserung/grenzen")
def limits_page(
    page: Here, visit: Viewer, ort: str = "", gesetzt: Literal["", "1"] = ""
) -> Response:
    """Which limits hold and held in a town."""
    return _show(page, visit, ort=ort, saved=bool(gesetzt))


@pages.post("/bewaesserung/grenzen")
def change_limits(
    page: Here,
    visit: Admin,
    schritt: Annotated[Literal["vorschau", "setzen"], Form()],
    gruppe: Field = "",
    alter: Annotated[Literal["aelter", "jung"], Form()] = "aelter",
    jetzt: Field = "",
    bald: Field = "",
    nass: Field = "",
    ziel: Field = "",
    jetzt_kpa: Field = "",
    bald_kpa: Field = "",
    nass_kpa: Field = "",
    ende: Field = "",
    warum: Field = "",
) -> Response:
    """Show what a change would do, or make it."""
    given = {name: value for name, value in locals().items() if isinstance(value, str)}
    try:
        scope = Scope(
            tenant_id=visit.principal.tenant_id,
            site_group_id=_group(gruppe),
            young=alter == "jung",
        )
        numbers = None if ende else _numbers(given)
        with visit.town() as connection:
            if schritt == "setzen":
                who = visit.principal.named
                set_limits(connection, scope, numbers, who=who, why=warum)
                return RedirectResponse("/bewaesserung/grenzen?gesetzt=1", 303)
            seen = preview(connection, scope, numbers)
    except InputError as error:
        return _show(page, visit, given=given, problem=page.said(error))
    return _show(page, visit, given=given, seen=seen)


def _show(
    page: Page,
    visit: Visit,
    *,
    ort: str = "",
    given: Mapping[str, str] | None = None,
    problem: str | None = None,
    seen: Preview | None = None,
    saved: bool = False,
) -> Response:
    own = visit.principal.tenant_id
    with open_town(visit, page) as (connection, frame):
        one_of("ort", ort, map(str, frame.town_names))
        tenant_id = int(ort) if ort else own
        rows = versions(connection, tenant_id)
        if not rows:  # the hub always has some
            raise NotFound("There is no such town.", de="Diesen Ort gibt es nicht.")
        groups = [one for one in site_groups(connection) if one.tenant_id == own]
    held = [row for row in rows if row.replaced_at is None]
    values = dict.fromkeys((*_FIELDS, "gruppe", "alter", "ende", "warum"), "")
    if given is None:
        usual = next(
            row for row in reversed(held) if row.scope != "group" and not row.young and row.numbers
        )
        values |= {
            name: page.formats.number(getattr(usual, column), 1)
            for name, (column, _) in _FIELDS.items()
        }
    return page.show(
        "irrigation/limits.html",
        **frame.values(),
        status=422 if problem else 200,
        tenant_id=tenant_id,
        town_name=frame.town_names.get(tenant_id, ""),
        held=held,
        former=[row for row in rows if row.replaced_at is not None],
        may_set=visit.principal.may("admin") and tenant_id == own,
        groups=[(one.site_group_id, one.name) for one in groups],
        fields=[(name, label) for name, (_, label) in _FIELDS.items()],
        given=values | dict(given or {}),
        problem=problem,
        preview=seen,
        levels=STATES,
        saved=saved,
    )


def _group(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or int(text) >= 2**31:
        raise InputError("There is no such group.", de="Diese Gruppe gibt es nicht.")
    return int(text)


def _numbers(given: Mapping[str, str]) -> LimitNumbers:
    return LimitNumbers(
        **{column: _number(given[name], label) for name, (column, label) in _FIELDS.items()}
    )


def _number(text: str, label: str) -> float:
    """A limit, to one decimal."""
    value = read_number(text, label=label)
    if value is None or not 0 < value <= 1500:
        raise InputError(f"{label}: a number", de=f"{label}: hier fehlt eine Zahl über 0.")
    return round(value, 1)
