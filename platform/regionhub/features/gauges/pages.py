"""Gauges in the portal: a page of all, a panel on the page of each, a card on the overview."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import Response

from regionhub.access import Viewer
from regionhub.features.gauges.states import SIGNAL, STATES
from regionhub.features.gauges.store import (
    Gauge,
    LevelRollup,
    ListedGauge,
    gauges,
    gauges_page,
    recent_levels,
    water_levels,
)
from regionhub.levels import NO_DATA, State
from regionhub.quantities import load_vocabulary
from regionhub.series.points import MOST_POINTS
from regionhub.web.portal.charts import STEP, Chart, Curve, Curves, Limit, Value, csv_file
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.paging import PageNumber, listing
from regionhub.web.portal.parts import (
    Card,
    CardQuestion,
    SiteCharts,
    SitePanel,
    SiteQuestion,
    reason_text,
)
from regionhub.web.portal.rendering import STREAM, Here
from regionhub.web.portal.routing import one_of, page_router
from regionhub.web.portal.sparklines import Sparkline, sparkline

_SPAN = load_vocabulary().span("water_level")

pages = page_router()


@dataclass(frozen=True, slots=True)
class Shown:
    """A gauge as the page shows it."""

    gauge: Gauge
    state: State
    reason: str
    town: str
    spark: Sparkline | None


@pages.get("/pegel")
def board(page: Here, visit: Viewer, ort: str = "", seite: PageNumber = 1) -> Response:
    """Gauges, the highest stage first."""
    now = datetime.now(UTC)
    start = now - timedelta(hours=24)
    with open_town(visit, page) as (connection, frame):
        one_of("ort", ort, map(str, frame.town_names))
        tenant_id = int(ort) if ort else None

        def read(limit: int, offset: int) -> list[ListedGauge]:
            return gauges_page(connection, tenant_id=tenant_id, limit=limit, offset=offset)

        listed = listing(read, lambda row: row.found, seite)
        recent = defaultdict(list)
        for level in recent_levels(connection, [row.site_id for row in listed.rows], start=start):
            recent[level.site_id].append((level.time, level.level_cm))
    shown = [
        Shown(
            gauge=row,
            state=STATES[row.state],
            reason=reason_text(SIGNAL, row.reason, row.reason_since, page.formats),
            town=frame.town(row.tenant_id),
            spark=sparkline(
                recent[row.site_id], start=start, end=now, span=_SPAN, lines=row.stages, height=72
            ),
        )
        for row in listed.rows
    ]
    return page.show(
        "gauges/page.html",
        **frame.values(),
        live=STREAM,
        gauges=shown,
        listing=listed,
        chosen=ort,
    )


def site_panel(question: SiteQuestion) -> SitePanel | None:
    """Level, rate of rise and stages of a gauge."""
    if question.site.kind != "gauge":
        return None
    gauge = next(iter(gauges(question.connection, site_id=question.site.site_id)), None)
    return SitePanel(
        hero="gauges/hero.html",
        values={"gauge": gauge},
        facts=_facts(question),
    )


def site_charts(question: SiteQuestion) -> SiteCharts | None:
    """The water level of a gauge with its stages, instead of what its sensors measure."""
    _, site = question.gettext, question.site
    if site.kind != "gauge":
        return None
    limits = []
    for stage, level in site.stages:
        label = _("Stufe %(stage)s: %(value)s cm") % {"stage": stage, "value": f"{level:g}"}
        limits.append(Limit(level, label, STATES[f"stage_{stage}"].tone))
    path = f"/api/v1/gauges/{site.site_id}/levels"
    chart = Chart(
        name="wasserstand",
        title=_("Wasserstand"),
        unit="cm",
        decimals=0,
        span=_SPAN,
        read=lambda: _curves(question),
        limits=limits,
        files=[csv_file(path, question.start, question.end)],
    )
    return SiteCharts(
        charts=[chart],
        drawn=frozenset(stream.quantity for stream in question.streams if stream.measures_level),
    )


def _curves(question: SiteQuestion) -> Curves:
    _, site = question.gettext, question.site
    found = water_levels(
        question.connection,
        site.site_id,
        start=question.start,
        end=question.end,
        max_points=MOST_POINTS,
    )
    streams = {stream.datastream_id: stream for stream in question.streams}
    values = defaultdict(list)
    for row in found.rows:
        if isinstance(row, LevelRollup):
            value = Value(row.time, row.avg_cm, low=row.min_cm, high=row.max_cm)
        else:
            value = Value(row.time, row.level_cm, row.quality)
        values[row.datastream_id].append(value)
    curves = []
    for datastream_id, curve in values.items():
        stream = streams.get(datastream_id)
        name = stream.device_name if stream else _("früherer Sensor")
        usual = timedelta(seconds=stream.interval_seconds) if stream else timedelta(hours=1)
        curves.append(Curve(name, curve, STEP.get(found.resolution, usual)))
    return Curves(curves, found.resolution)


def _facts(question: SiteQuestion) -> list[tuple[str, str]]:
    _, fmt, site = question.gettext, question.formats, question.site
    facts = []
    if site.gauge_zero_m is not None:
        zero = _("%(height)s m ü. NHN") % {"height": fmt.number(site.gauge_zero_m, 2)}
        facts.append((_("Pegelnullpunkt"), zero))
    if site.stages:
        levels = " / ".join(fmt.number(level) for _stage, level in site.stages)
        facts.append((_("Stufen"), f"{levels} cm"))
    return facts


def cards(question: CardQuestion) -> list[Card]:
    """How many gauges have reached a stage."""
    _ = question.gettext
    own = [tally for tally in question.tallies if tally.signal == SIGNAL.name]
    total = sum(tally.sites for tally in own)
    unknown = Counter[str | None]()
    for tally in own:
        if tally.level is None:
            unknown[tally.state] += tally.sites
    gap = _("%(known)s von %(total)s mit Daten") % {
        "known": total - unknown[NO_DATA],
        "total": total,
    }
    if unknown["no_stages"]:
        gap += ", " + _("%(n)s ohne Stufen") % {"n": unknown["no_stages"]}
    return [
        Card(
            count=sum(tally.sites for tally in own if tally.level),
            known=total - unknown.total(),
            total=total,
            label=_("Pegel ab Stufe 1"),
            explanation=_("von %(n)s Pegeln") % {"n": total},
            path="/pegel",
            tone=STATES["stage_3"].tone,
            gap=gap,
        )
    ]
