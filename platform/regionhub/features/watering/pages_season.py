"""The report of a season: as a page, on paper, and as a file for a German Excel."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query, Response

from regionhub.access import Viewer
from regionhub.features.watering import season as seasons
from regionhub.features.watering.season import SeasonTree
from regionhub.web.api.values import Whole
from regionhub.web.portal.formats import Formats
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router

pages = page_router()

Year = Annotated[Whole, Query(ge=2000, le=2100)]
#: What a spreadsheet would take for a formula.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@pages.get("/giessen/saison")
def report(page: Here, visit: Viewer, jahr: Year | None = None) -> Response:
    """Litres, turns, savings against fixed watering, and who stayed dry."""
    now, tenant_id = datetime.now(UTC), visit.principal.tenant_id
    newest = seasons.newest_season(now)
    with open_town(visit, page) as (connection, frame):
        found = seasons.season(connection, tenant_id, newest if jahr is None else jahr, now)
        known = seasons.years(connection, tenant_id)
    return page.show(
        "watering/season.html",
        **frame.values(),
        season=found,
        years=sorted({newest, found.year, *known}, reverse=True),
        months=[
            (page.formats.month(datetime(found.year, one.month, 1, tzinfo=UTC)), one)
            for one in found.months
        ],
    )


@pages.get("/giessen/saison.csv")
def report_file(page: Here, visit: Viewer, jahr: Year | None = None) -> Response:
    """The same for each tree: semicolons and commas, as a German Excel opens them."""
    year = seasons.newest_season(datetime.now(UTC)) if jahr is None else jahr
    with visit.town() as town:
        rows = seasons.season_trees(town, visit.principal.tenant_id, year)
    name = f"giessen-{visit.principal.tenant_slug}-{year}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(_file(page, rows), media_type="text/csv; charset=utf-8", headers=headers)


def _file(page: Page, rows: list[SeasonTree]) -> bytes:
    _, formats = page.gettext, page.formats
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(
        [_("Standort"), _("Baumart"), _("Adresse"), _("Pflanzjahr"), _("Gänge"), _("Liter"),
         _("zuletzt gegossen"), _("Stresstage")]
    )  # fmt: skip
    for row in rows:
        writer.writerow(_line(row, formats))
    return out.getvalue().encode("utf-8-sig")


def _line(row: SeasonTree, formats: Formats) -> list[str]:
    texts = (row.name, row.species or "", row.address or "")
    return [
        *("'" + text if text.startswith(_FORMULAS) else text for text in texts),
        "" if row.planted_year is None else str(row.planted_year),
        str(row.turns),
        f"{row.litres:.0f}",
        formats.day(row.last),
        f"{row.stress_days or 0:.1f}".replace(".", ","),
    ]
