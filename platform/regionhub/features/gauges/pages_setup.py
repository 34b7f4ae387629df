"""What a gauge is judged by, in the portal: river, discharge, and stages over time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import Form, Response
from fastapi.responses import RedirectResponse

from regionhub.access import Admin, Editor, Viewer, Visit
from regionhub.errors import InputError, NotAllowed, NotFound
from regionhub.features.gauges.rating.curves import (
    NewCurve,
    enter_curve,
    rating_curves,
    remove_curve,
)
from regionhub.features.gauges.rating.table import read_points
from regionhub.features.gauges.river.links import link_changes, links, put_link, remove_link
from regionhub.registry.references import (
    BEGINNING,
    correct_references,
    gauge_references,
    reference_corrections,
)
from regionhub.registry.sites import required_site, sites
from regionhub.sites import GaugeDatum
from regionhub.web.api.values import Id
from regionhub.web.portal.forms import read_number
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router

pages = page_router()
_HERE = "/pegel/{site_id}/angaben"
_BERLIN = ZoneInfo("Europe/Berlin")
#: What is corrected or entered here stays below this, in cm, m³/s or minutes.
_MOST = 1e6

Text = Annotated[str, Form(max_length=2000)]
Table = Annotated[str, Form(max_length=20_000)]
#: What the form of a correction names, and the column.
_NAMED = {
    "pegelnull": "gauge_zero_m",
    "stufe_1": "stage_1_cm",
    "stufe_2": "stage_2_cm",
    "stufe_3": "stage_3_cm",
}


@pages.get(_HERE)
def setup_page(page: Here, visit: Viewer, site_id: Id) -> Response:
    """Links to gauges above, rating curves, zero and stages over time."""
    return _page(page, visit, site_id)


@pages.post("/pegel/{site_id}/oberhalb")
def link_gauges(
    page: Here, visit: Admin, site_id: Id, oberhalb: Annotated[Id, Form()], minuten: Text = ""
) -> Response:
    """Say that a gauge lies above this one, or correct the travel time."""
    try:
        minutes = _minutes(minuten)
        with visit.town() as connection:
            by = visit.principal.named
            put_link(connection, site_id, oberhalb, minutes=minutes, by=by)
    except (InputError, NotAllowed) as error:
        return _page(page, visit, site_id, problem=error)
    return _done(site_id)


@pages.post("/pegel/{site_id}/oberhalb/{upstream_site_id}")
def unlink_gauges(visit: Admin, site_id: Id, upstream_site_id: Id) -> Response:
    """Take a link away."""
    with visit.town() as connection:
        remove_link(connection, site_id, upstream_site_id, by=visit.principal.named)
    return _done(site_id)


@pages.post("/pegel/{site_id}/kurve")
def add_curve(
    page: Here,
    visit: Editor,
    site_id: Id,
    punkte: Table = "",
    ohne_abfluss: Text = "",
    seit: Text = "",
    quelle: Text = "",
    warum: Text = "",
) -> Response:
    """Enter a rating curve."""
    try:
        new = NewCurve(
            points=read_points(punkte),
            zero_flow_cm=read_number(ohne_abfluss, below=_MOST),
            from_time=_day(seit),
            source=quelle.strip() or None,
            why=warum.strip() or None,
        )
        with visit.town() as connection:
            enter_curve(connection, site_id, new, by=visit.principal.named)
    except (InputError, NotAllowed) as error:
        return _page(page, visit, site_id, problem=error, punkte=punkte)
    return _done(site_id)


@pages.post("/pegel/{site_id}/kurve/{curve_id}")
def drop_curve(visit: Editor, site_id: Id, curve_id: Id) -> Response:
    """Take a rating curve away."""
    with visit.town() as connection:
        remove_curve(connection, site_id, curve_id)
    return _done(site_id)


@pages.post("/pegel/{site_id}/berichtigen")
def correct_past(
    page: Here,
    visit: Editor,
    site_id: Id,
    pegelnull: Text = "",
    system: Annotated[GaugeDatum | Literal[""], Form()] = "",
    stufe_1: Text = "",
    stufe_2: Text = "",
    stufe_3: Text = "",
    von: Text = "",
    bis: Text = "",
    warum: Text = "",
) -> Response:
    """Put right zero or stages of a time in the past; what is left empty stays."""
    given = dict(zip(_NAMED, (pegelnull, stufe_1, stufe_2, stufe_3), strict=True))
    try:
        values = _corrected(given, system, warum)
        with visit.town() as connection:
            correct_references(
                connection,
                site_id,
                values,
                start=_day(von),
                end=_day(bis),
                by=visit.principal.named,
                why=warum.strip(),
            )
    except (InputError, NotAllowed) as error:
        return _page(page, visit, site_id, problem=error)
    return _done(site_id)


def _minutes(text: str) -> float | None:
    """A travel time; nothing is none.

    Raises:
        InputError: it is none.
    """
    minutes = read_number(text, below=_MOST)
    if minutes is not None and not 0 <= minutes <= 14_400:
        raise InputError(
            "a travel time is between 0 and 14400 minutes",
            de="Die Laufzeit liegt zwischen 0 und 14400 Minuten (zehn Tagen).",
        )
    return minutes


def _corrected(given: Mapping[str, str], datum: str, why: str) -> dict[str, float | str | None]:
    """What the form of a correction names, by column.

    Raises:
        InputError: nothing is named, or nobody says why, or something is no number.
    """
    values: dict[str, float | str | None] = {
        _NAMED[name]: read_number(text, below=_MOST) for name, text in given.items() if text.strip()
    }
    if datum:
        values["gauge_datum"] = datum
    if not values or not why.strip():
        raise InputError(
            "what is corrected and why", de="Geben Sie an, was berichtigt wird und warum."
        )
    return values


def _day(text: str) -> datetime | None:
    """Midnight in Germany of a day, or a moment of it; nothing is none.

    Raises:
        InputError: it is none.
    """
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=_BERLIN)
    except ValueError:
        raise InputError(
            f"{text} is no day", de=f"„{text}“ ist kein Tag: zum Beispiel 2026-11-24."
        ) from None


def _done(site_id: int) -> Response:
    return RedirectResponse(_HERE.format(site_id=site_id), 303)


def _page(
    page: Page,
    visit: Visit,
    site_id: int,
    problem: InputError | NotAllowed | None = None,
    punkte: str = "",
) -> Response:
    german = page.language == "de" and problem is not None and problem.de
    with open_town(visit, page) as (connection, frame):
        place = required_site(connection, site_id)
        if place.kind != "gauge":
            raise NotFound("There is no such gauge.")
        found = sites(connection, kind="gauge")
        linked = links(connection, site_id=site_id)
        values = {
            "links": linked,
            "changes": link_changes(connection, site_id)[:20],
            "names": {gauge.site_id: gauge.name for gauge in found},
            "others": [gauge for gauge in found if gauge.site_id != site_id],
            "curves": rating_curves(connection, site_id),
            "references": gauge_references(connection, site_id),
            "corrections": reference_corrections(connection, site_id),
        }
    return page.show(
        "gauges/setup.html",
        status=422 if problem else 200,
        **frame.values(),
        **values,
        site=place,
        own=place.tenant_id == visit.principal.tenant_id,
        beginning=BEGINNING,
        problem=(german or problem.detail) if problem else "",
        points=punkte,
    )
