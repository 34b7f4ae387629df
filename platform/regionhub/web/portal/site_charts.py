"""The charts of a site: their curves for chart.js, loaded after the page, and their tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import orjson
from fastapi import Query, Response

from regionhub.access import Viewer
from regionhub.errors import NotFound
from regionhub.quantities import load_vocabulary
from regionhub.readings import Quality
from regionhub.registry.sites import site
from regionhub.series.datastreams import Datastream, Resolution, datastreams
from regionhub.series.points import MOST_POINTS, Reading, Rollup, readings
from regionhub.store.database import Connection
from regionhub.web.api.values import Id, Whole
from regionhub.web.portal import states
from regionhub.web.portal.charts import STEP, Chart, Curve, Curves, Value, csv_file
from regionhub.web.portal.drawing import Picture, drawing
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.parts import SiteCharts, SiteQuestion
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import one_of, page_router
from regionhub.web.portal.texts import Translate, mark

Range = Literal["24h", "7t", "60t"]
RANGES: dict[Range, tuple[str, timedelta]] = {
    "24h": (mark("24 Stunden"), timedelta(hours=24)),
    "7t": (mark("7 Tage"), timedelta(days=7)),
    "60t": (mark("60 Tage"), timedelta(days=60)),
}
TABLE_ROWS = 300

pages = page_router()


def ask(page: Page, connection: Connection, site_id: int, chosen: Range) -> SiteQuestion:
    """What panels and charts are asked about a site and a range.

    Raises:
        NotFound: the reader sees no such site.
    """
    place = site(connection, site_id)
    if place is None:
        raise NotFound("There is no such site.")
    now = datetime.now(UTC)
    return SiteQuestion(
        connection=connection,
        site=place,
        streams=datastreams(connection, site_id=site_id),
        start=now - RANGES[chosen][1],
        end=now,
        language=page.language,
        formats=page.formats,
        gettext=page.gettext,
    )


def charts_of(page: Page, question: SiteQuestion) -> list[Chart]:
    """Those of the features first, then one for each quantity; the device itself is left out."""
    added = [
        found
        for part in page.renderer.parts
        if part.site_charts is not None and (found := part.site_charts(question)) is not None
    ]
    drawn_already = {quantity for one in added for quantity in one.drawn}
    groups = defaultdict(list)
    for stream in question.streams:
        if stream.theme != "device" and stream.quantity not in drawn_already:
            groups[stream.quantity].append(stream)
    own = [chart for one in added for chart in one.charts]
    return own + [_quantity_chart(question, added, group) for group in groups.values()]


@pages.get("/standorte/{site_id}/kurven")
def curves(
    page: Here,
    visit: Viewer,
    site_id: Id,
    zeitraum: Range = "24h",
    breite: Annotated[Whole, Query(ge=100, le=4000)] = 800,
) -> Response:
    """The curves of all charts of a site for a screen that has `breite` columns for them."""
    with visit.town() as connection:
        question = ask(page, connection, site_id, zeitraum)
        found = [
            _drawn(chart, Picture.of(question.start, question.end + chart.ahead, breite), page)
            for chart in charts_of(page, question)
        ]
    words = {
        "suspect": states.FLAGS[Quality.SUSPECT].text(page.language),
        "fail": states.FLAGS[Quality.FAIL].text(page.language),
    }
    body = orjson.dumps({"charts": found, "words": words}, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


@pages.get("/standorte/{site_id}/werte")
def table(page: Here, visit: Viewer, site_id: Id, kurve: str, zeitraum: Range = "24h") -> Response:
    """The newest values of a chart as a table: a page that the page of the site takes a part of."""
    with open_town(visit, page) as (connection, frame):
        question = ask(page, connection, site_id, zeitraum)
        charts = {chart.name: chart for chart in charts_of(page, question)}
        one_of("kurve", kurve, charts)
        chart = charts.get(kurve)
        if chart is None:
            raise NotFound("There is no such chart.")
        found = chart.read()
    return page.show(
        "values.html",
        **frame.values(),
        site=question.site,
        chart=chart,
        several_curves=found.several,
        rollup=found.rollup(page.gettext),
        rows=found.newest(TABLE_ROWS),
        count=found.count,
        range=zeitraum,
        range_name=page.gettext(RANGES[zeitraum][0]),
    )


def label(question: SiteQuestion, stream: Datastream) -> str:
    """Name of a series: quantity, then depth or position."""
    name = stream.name_en if question.language == "en" else stream.name_de
    where = _where(stream, question.gettext)
    return f"{name}, {where}" if where else name


def _where(stream: Datastream, _: Translate) -> str:
    """Where a sensor sits: its position, else the depth it was installed at."""
    if stream.position:
        return _("Position %(name)s") % {"name": stream.position.replace("_", " ")}
    if stream.depth_cm is not None and stream.theme != "device":
        return _("%(depth)s cm tief") % {"depth": f"{stream.depth_cm:g}"}
    return ""


def _drawn(chart: Chart, picture: Picture, page: Page) -> dict[str, object]:
    """A chart for chart.js, with the sentences that depend on what was measured."""
    found = chart.read()
    made = drawing(chart, found, picture)
    return made.sent | {
        "name": chart.name,
        "label": made.label(page.gettext, page.formats),
        "rollup": found.rollup(page.gettext),
        "note": _note(page, made.hidden),
    }


def _note(page: Page, hidden: int) -> str:
    if not hidden:
        return ""
    return page.ngettext(
        "%(num)s unplausibler Wert liegt außerhalb des Diagramms. Er steht in der Tabelle.",
        "%(num)s unplausible Werte liegen außerhalb des Diagramms. Sie stehen in der Tabelle.",
        hidden,
    )


def _quantity_chart(
    question: SiteQuestion, added: Sequence[SiteCharts], streams: list[Datastream]
) -> Chart:
    first = streams[0]
    labels = [_where(stream, question.gettext) or stream.device_name for stream in streams]
    return Chart(
        name=first.quantity,
        title=first.name_en if question.language == "en" else first.name_de,
        unit=first.symbol,
        decimals=first.decimals,
        span=load_vocabulary().span(first.quantity),
        read=lambda: _curves(question, streams, labels),
        limits=[limit for one in added for limit in one.limits.get(first.quantity, ())],
        bands=[band for one in added for band in one.bands.get(first.quantity, ())],
        files=[
            csv_file(
                f"/api/v1/datastreams/{stream.datastream_id}/readings",
                question.start,
                question.end,
                name if len(streams) > 1 else "",
            )
            for stream, name in zip(streams, labels, strict=True)
        ],
    )


def _curves(question: SiteQuestion, streams: Sequence[Datastream], labels: Sequence[str]) -> Curves:
    resolution: Resolution = "raw"
    found = []
    for stream, name in zip(streams, labels, strict=True):
        # what a sensor measured before belongs to another site
        start = max(question.start, stream.installed_since or question.start)
        points = readings(
            question.connection, stream, start=start, end=question.end, max_points=MOST_POINTS
        )
        interval = STEP.get(points.resolution, timedelta(seconds=stream.interval_seconds))
        found.append(Curve(name, [_value(row) for row in points.rows], interval))
        if points.resolution != "raw":
            resolution = points.resolution
    return Curves(found, resolution)


def _value(row: Reading | Rollup) -> Value:
    if isinstance(row, Rollup):
        return Value(row.time, row.avg, low=row.min, high=row.max)
    return Value(row.time, row.value, row.quality)
