"""One site: what it measures now and what it measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Path, Response

from regionhub.access import Viewer
from regionhub.errors import NotFound
from regionhub.levels import State
from regionhub.quantities import load_vocabulary
from regionhub.readings import Quality
from regionhub.registry.devices import Device, devices
from regionhub.registry.signals import SiteSignal, signals
from regionhub.registry.sites import site
from regionhub.series.datastreams import Datastream, Latest, datastreams, latest
from regionhub.series.points import Reading, Rollup, readings
from regionhub.web.portal import states
from regionhub.web.portal.charts import MOST_POINTS, STEP, Chart, Curve, Value, csv_file
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.parts import SitePanel, SiteQuestion
from regionhub.web.portal.rendering import STREAM, Here, Page
from regionhub.web.portal.routing import page_router
from regionhub.web.portal.texts import Translate, mark

Range = Literal["24h", "7t", "60t"]
RANGES: dict[Range, tuple[str, timedelta]] = {
    "24h": (mark("24 Stunden"), timedelta(hours=24)),
    "7t": (mark("7 Tage"), timedelta(days=7)),
    "60t": (mark("60 Tage"), timedelta(days=60)),
}

pages = page_router()


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest value of a datastream as the table shows it."""

    reading: Latest
    label: str
    stale: bool


@pages.get("/standorte/{site_id}")
def site_page(
    page: Here,
    visit: Viewer,
    site_id: Annotated[int, Path(ge=1, le=2**31 - 1)],
    zeitraum: Range = "24h",
) -> Response:
    """The page of a site."""
    _ = page.gettext
    now = datetime.now(UTC)
    with open_town(visit, page) as (connection, frame):
        place = site(connection, site_id)
        if place is None:
            raise NotFound("There is no such site.")
        question = SiteQuestion(
            connection=connection,
            site=place,
            streams=datastreams(connection, site_id=site_id),
            start=now - RANGES[zeitraum][1],
            end=now,
            language=page.language,
            formats=page.formats,
            gettext=_,
        )
        panels = [
            panel
            for part in page.renderer.parts
            if part.site_panel is not None and (panel := part.site_panel(question)) is not None
        ]
        said = next(iter(signals(connection, site_id=site_id)), None)
        values = _newest(question, latest(connection, site_id=site_id))
        charts = _charts(question, panels)
        installed = devices(connection, site_id=site_id)
        facts = _facts(question, panels, installed)
    return page.show(
        "site.html",
        **frame.values(),
        live=f"{STREAM}?{urlencode({'site': site_id})}",
        site=place,
        said=said,
        state=_state(page, said),
        reason=page.signals.reason(said, page.formats) if said else "",
        panels=panels,
        installed=installed,
        latest=values,
        charts=charts,
        curves=[
            chart.for_browser(question.start, question.end)
            | {"label": chart.label(_, question.formats)}
            for chart in charts
        ],
        words={
            "suspect": states.FLAGS[Quality.SUSPECT].text(page.language),
            "fail": states.FLAGS[Quality.FAIL].text(page.language),
        },
        ranges=[(key, _(text)) for key, (text, _length) in RANGES.items()],
        range=zeitraum,
        facts=facts,
    )


def _state(page: Page, said: SiteSignal | None) -> State:
    return states.NOTHING_SAID if said is None else page.signals.state(said)


def _newest(question: SiteQuestion, rows: list[Latest]) -> list[Newest]:
    # a battery is heard less often than the soil around it: it is old when that is old
    fresh = {row.device_id for row in rows if row.theme != "device" and not row.stale}
    streams = {stream.datastream_id: stream for stream in question.streams}
    found = []
    for row in rows:
        stream = streams.get(row.datastream_id)
        if stream and stream.installed_since and row.time < stream.installed_since:
            continue  # what a sensor measured before belongs to another site
        label = row.quantity if stream is None else _label(question, stream)
        stale = row.stale and (row.theme != "device" or row.device_id not in fresh)
        found.append(Newest(row, label, stale))
    return sorted(found, key=lambda one: one.label)


def _label(question: SiteQuestion, stream: Datastream) -> str:
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


def _charts(question: SiteQuestion, panels: Sequence[SitePanel]) -> list[Chart]:
    """Those of the features first, then one for each quantity; the device itself is left out."""
    drawn = {quantity for panel in panels for quantity in panel.drawn}
    groups = defaultdict(list)
    for stream in question.streams:
        if stream.theme != "device" and stream.quantity not in drawn:
            groups[stream.quantity].append(stream)
    own = [chart for panel in panels for chart in panel.charts]
    return own + [_quantity_chart(question, panels, group) for group in groups.values()]


def _quantity_chart(
    question: SiteQuestion, panels: Sequence[SitePanel], streams: list[Datastream]
) -> Chart:
    first = streams[0]
    name = first.name_en if question.language == "en" else first.name_de
    span = load_vocabulary().span(first.quantity)
    chart = Chart(name, first.symbol, first.decimals, span=span)
    for stream in streams:
        # what a sensor measured before belongs to another site
        start = max(question.start, stream.installed_since or question.start)
        found = readings(
            question.connection, stream, start=start, end=question.end, max_points=MOST_POINTS
        )
        interval = STEP.get(found.resolution, timedelta(seconds=stream.interval_seconds))
        if found.resolution != "raw":
            chart.resolution = found.resolution
        label = _where(stream, question.gettext) or stream.device_name
        chart.curves.append(Curve(label, [_value(row) for row in found.rows], interval))
        path = f"/api/v1/datastreams/{stream.datastream_id}/readings"
        chart.files.append(csv_file(path, question.start, question.end, label))
    for panel in panels:
        chart.bands += panel.bands.get(first.quantity, ())
        chart.limits += panel.limits.get(first.quantity, ())
    return chart


def _value(row: Reading | Rollup) -> Value:
    if isinstance(row, Rollup):
        return Value(row.time, row.avg, low=row.min, high=row.max)
    return Value(row.time, row.value, row.quality)


def _facts(
    question: SiteQuestion, panels: Sequence[SitePanel], installed: Sequence[Device]
) -> list[tuple[str, str]]:
    """What is known about a site, and only that."""
    _, fmt, place = question.gettext, question.formats, question.site
    facts: list[tuple[str, str]] = []
    if place.latitude is not None:
        where = _("%(latitude)s N, %(longitude)s O") % {
            "latitude": fmt.number(place.latitude, 5),
            "longitude": fmt.number(place.longitude, 5),
        }
        facts.append((_("Lage (WGS 84)"), where))
    facts += [fact for panel in panels for fact in panel.facts]
    facts += [_installation(device, question) for device in installed]
    if place.note:
        facts.append((_("Notiz"), place.note))
    return facts


def _installation(device: Device, question: SiteQuestion) -> tuple[str, str]:
    _, fmt = question.gettext, question.formats
    parts = []
    if device.mounting_height_cm is not None:
        height = fmt.number(device.mounting_height_cm)
        parts.append(_("%(height)s cm über Pegelnull") % {"height": height})
    if device.depth_cm is not None:
        parts.append(_("%(depth)s cm tief") % {"depth": fmt.number(device.depth_cm)})
    if device.installed_since is not None:
        parts.append(_("seit %(day)s") % {"day": fmt.day(device.installed_since)})
    return _("Einbau %(device)s") % {"device": device.name}, ", ".join(parts)
