"""One site: what it measures now, and where its charts stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Response

from regionhub.access import Viewer
from regionhub.levels import NOTHING_SAID
from regionhub.registry.devices import Device, devices
from regionhub.series.datastreams import Latest, latest
from regionhub.signals.rows import signals
from regionhub.web.api.values import Id
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.parts import SitePanel, SiteQuestion
from regionhub.web.portal.rendering import STREAM, Here
from regionhub.web.portal.routing import page_router
from regionhub.web.portal.site_charts import RANGES, Range, ask, charts_of, label

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
    site_id: Id,
    zeitraum: Range = "24h",
) -> Response:
    """The page of a site."""
    _ = page.gettext
    with open_town(visit, page) as (connection, frame):
        question = ask(page, connection, site_id, zeitraum)
        panels = [
            panel
            for part in page.renderer.parts
            if part.site_panel is not None and (panel := part.site_panel(question)) is not None
        ]
        said = next(iter(signals(connection, site_id=site_id)), None)
        values = _newest(question, latest(connection, site_id=site_id))
        charts = charts_of(page, question)
        installed = devices(connection, site_id=site_id)
        facts = _facts(question, panels, installed)
    return page.show(
        "site.html",
        **frame.values(),
        live=f"{STREAM}?{urlencode({'site': site_id})}",
        site=question.site,
        said=said,
        state=page.signals.state(said) if said else NOTHING_SAID,
        reason=page.signals.reason(said, page.formats) if said else "",
        panels=panels,
        installed=installed,
        latest=values,
        charts=charts,
        ranges=[(key, _(text)) for key, (text, _length) in RANGES.items()],
        range=zeitraum,
        facts=facts,
    )


def _newest(question: SiteQuestion, rows: list[Latest]) -> list[Newest]:
    # a battery is heard less often than the soil around it: it is old when that is old
    fresh = {row.device_id for row in rows if row.theme != "device" and not row.stale}
    streams = {stream.datastream_id: stream for stream in question.streams}
    found = []
    for row in rows:
        stream = streams.get(row.datastream_id)
        name = row.quantity if stream is None else label(question, stream)
        stale = row.stale and (row.theme != "device" or row.device_id not in fresh)
        found.append(Newest(row, name, stale))
    return sorted(found, key=lambda one: one.label)


def _facts(
    question: SiteQuestion, panels: Sequence[SitePanel], installed: Sequence[Device]
) -> list[tuple[str, str]]:
    """What is known about a site, and only that."""
    _, fmt, place = question.gettext, question.formats, question.site
    facts: list[tuple[str, str]] = []
    if place.address:
        facts.append((_("Adresse"), place.address))
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
