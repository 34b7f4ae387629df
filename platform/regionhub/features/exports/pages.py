"""Many series in one file, in the portal."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from fastapi import Response

from regionhub.access import Viewer, Visit
from regionhub.errors import InputError
from regionhub.features.exports.api import file_response
from regionhub.features.exports.collect import Choice
from regionhub.features.exports.files import Kind
from regionhub.series.datastreams import Resolution, quantities
from regionhub.sites import SiteKind
from regionhub.web.api.values import Id
from regionhub.web.portal.formats import BERLIN
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.parts import SitePanel, SiteQuestion
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import one_of, page_router
from regionhub.web.portal.texts import mark

pages = page_router()

_DAYS = 7
KINDS: dict[Kind, str] = {
    "xlsx": mark("Excel (.xlsx)"),
    "csv-de": mark("CSV für Excel: Semikolon, Komma, Ortszeit"),
    "csv": mark("CSV für Programme: eine Zeile je Wert, UTC"),
    "parquet": mark("Parquet: dieselbe Tabelle für große Auswertungen"),
    "geojson": mark("GeoJSON: Standorte mit ihren neuesten Werten"),
}
RESOLUTIONS: dict[Resolution, str] = {
    "hourly": mark("Stundenmittel"),
    "daily": mark("Tagesmittel"),
    "raw": mark("alle Messwerte"),
}


@pages.get("/export")
def export_page(page: Here, visit: Viewer) -> Response:
    """What can be chosen."""
    return _page(page, visit, {})


@pages.get("/export/datei")
def export_file(
    page: Here,
    visit: Viewer,
    von: date | Literal[""] = "",
    bis: date | Literal[""] = "",
    art: SiteKind | Literal[""] = "",
    groesse: str = "",
    standort: Id | None = None,
    mittel: Resolution = "hourly",
    format: Kind = "xlsx",  # noqa: A002 - the name of the parameter
) -> Response:
    """The file; where it cannot be made, the page again with the reason."""
    with visit.town() as town:
        one_of("groesse", groesse, (row.quantity for row in quantities(town)))
    last = bis or datetime.now(BERLIN).date()
    first = von or last - timedelta(days=_DAYS)
    typed = {"von": str(first), "bis": str(last), "art": art, "groesse": groesse,
             "mittel": mittel, "format": format}  # fmt: skip
    if first > last:
        _ = page.gettext
        return _page(page, visit, typed, _("Der Zeitraum endet, bevor er beginnt."))
    choice = Choice(
        start=_midnight(first),
        # the last day is in it
        end=_midnight(last + timedelta(days=1)),
        resolution=mittel,
        site_ids=() if standort is None else (standort,),
        kind=art or None,
        quantities=(groesse,) if groesse else (),
    )
    try:
        return file_response(visit, choice, format)
    except InputError as error:
        said = page.said(error)
        return _page(page, visit, typed, said)


def site_panel(question: SiteQuestion) -> SitePanel | None:
    """Files of all series of a site."""
    if not question.streams:
        return None
    values = {
        "site_id": question.site.site_id,
        "first": question.start.astimezone(BERLIN).date(),
        "last": question.end.astimezone(BERLIN).date(),
    }
    return SitePanel(section="exports/site.html", values=values)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BERLIN).astimezone(UTC)


def _page(page: Page, visit: Visit, typed: dict[str, str], problem: str = "") -> Response:
    with open_town(visit, page) as (connection, frame):
        known = quantities(connection)
    english = page.language == "en"
    today = datetime.now(BERLIN).date()
    usual = {"von": str(today - timedelta(days=_DAYS)), "bis": str(today), "art": "", "groesse": "",
             "mittel": "hourly", "format": "xlsx"}  # fmt: skip
    return page.show(
        "exports/page.html",
        **frame.values(),
        status=422 if problem else 200,
        problem=problem,
        typed=usual | typed,
        quantities=sorted((row.name_en if english else row.name_de, row.quantity) for row in known),
        kinds=KINDS,
        resolutions=RESOLUTIONS,
    )
