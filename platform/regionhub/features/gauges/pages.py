"""Gauges in the portal: a page of all, a panel on the page of each, a card on the overview."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from fastapi import Response

from regionhub.access import Viewer
from regionhub.features.gauges.echoes import false_echoes
from regionhub.features.gauges.forecast.panel import AHEAD, forecast_curve, forecast_values
from regionhub.features.gauges.night.curve import Ahead
from regionhub.features.gauges.night.views import curve_of, gauges_above, without_echoes
from regionhub.features.gauges.states import SIGNAL, STATES
from regionhub.features.gauges.store import (
    RAIN_KM,
    Gauge,
    LevelRollup,
    ListedGauge,
    crests,
    gauges,
    gauges_page,
    rain_near,
    recent_levels,
    water_levels,
)
from regionhub.levels import NO_DATA, State
from regionhub.quantities import load_vocabulary
from regionhub.readings import Quality
from regionhub.registry.references import GaugeReference, gauge_references
from regionhub.series.points import MOST_POINTS
from regionhub.sites import DEFAULT_DATUM
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
from regionhub.web.portal.texts import Translate

_SPAN = load_vocabulary().span("water_level")
#: On a page, each with a curve of its own.
_CARDS = 50

pages = page_router()


@dataclass(frozen=True, slots=True)
class Shown:
    """A gauge as the page shows it: what its state is called, and what a single reading says."""

    gauge: Gauge
    state: State
    label: str | None
    unconfirmed: State | None
    reason: str
    town: str
    spark: Sparkline | None


@pages.get("/pegel")
def board(page: Here, visit: Viewer, ort: str = "", seite: PageNumber = 1) -> Response:
    """Gauges, those first that rise, then by stage."""
    now = datetime.now(UTC)
    start = now - timedelta(hours=24)
    with open_town(visit, page) as (connection, frame):
        one_of("ort", ort, map(str, frame.town_names))
        tenant_id = int(ort) if ort else None

        def read(limit: int, offset: int) -> list[ListedGauge]:
            return gauges_page(connection, tenant_id=tenant_id, limit=limit, offset=offset)

        listed = listing(read, lambda row: row.found, seite, most=_CARDS)
        recent = without_echoes(
            recent_levels(connection, [row.site_id for row in listed.rows], start=start)
        )
    shown = [
        Shown(
            gauge=row,
            state=STATES[row.state],
            label=_label(row, page.gettext),
            unconfirmed=STATES.get(f"stage_{row.unconfirmed_stage}"),
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


def _label(row: Gauge, _: Translate) -> str | None:
    """What the state of a gauge is called where its own word would say too much or too little."""
    if row.stale:
        return _("keine aktuellen Daten") if row.time else None
    if row.state == NO_DATA:
        return _("Stufe unbekannt")
    if row.bound == "at_least" and row.stage:
        return _("mindestens Stufe %(stage)s") % {"stage": row.stage}
    return None


def site_panel(question: SiteQuestion) -> SitePanel | None:
    """Level, rate of rise, curve and crest of a gauge; what comes from above and as rain."""
    connection, site_id = question.connection, question.site.site_id
    if question.site.kind != "gauge":
        return None
    gauge = next(iter(gauges(connection, site_ids=[site_id])), None)
    forecast = forecast_values(question)
    ahead = [
        Ahead(lead.time, lead.p05_cm, lead.p50_cm, lead.p95_cm)
        for lead in (forecast.found.leads if forecast else ())
    ]
    return SitePanel(
        hero="gauges/hero.html",
        section="gauges/section.html",
        values={
            "site_id": site_id,
            "gauge": gauge,
            "unconfirmed": gauge and STATES.get(f"stage_{gauge.unconfirmed_stage}"),
            "curve": gauge and curve_of(connection, gauge, question.end, ahead=ahead),
            "crest": next(iter(crests(connection, [site_id])), None),
            "above": gauges_above(connection, site_id),
            "rain": rain_near(connection, site_id),
            "km": RAIN_KM,
            "forecast": forecast,
        },
        facts=_facts(question),
    )


def site_charts(question: SiteQuestion) -> SiteCharts | None:
    """The water level of a gauge with its stages, instead of what its sensors measure."""
    _, site = question.gettext, question.site
    if site.kind != "gauge":
        return None
    limits = []
    held = [r for r in gauge_references(question.connection, site.site_id) if _holds(r, question)]
    for stage, level in held[0].stages if held else ():
        label = _("Stufe %(stage)s: %(value)s cm") % {"stage": stage, "value": f"{level:g}"}
        limits.append(Limit(level, label, STATES[f"stage_{stage}"].tone))
    path = f"/api/v1/gauges/{site.site_id}/levels"
    chart = Chart(
        name="wasserstand",
        title=_("Wasserstand"),
        unit="cm",
        decimals=0,
        span=_SPAN,
        ahead=AHEAD,
        read=lambda: _curves(question),
        limits=limits,
        files=[csv_file(path, question.start, question.end)],
    )
    return SiteCharts(
        charts=[chart],
        drawn=frozenset(stream.quantity for stream in question.streams if stream.measures_level),
    )


def _holds(reference: GaugeReference, question: SiteQuestion) -> bool:
    """Whether this is what held at the end of the period."""
    begun, over = reference.from_time, reference.to_time
    return begun <= question.end and (over is None or question.end < over)


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
        if found.resolution == "raw":
            _doubt_echoes(curve)
        stream = streams.get(datastream_id)
        name = stream.device_name if stream else _("früherer Sensor")
        usual = timedelta(seconds=stream.interval_seconds) if stream else timedelta(hours=1)
        curves.append(Curve(name, curve, STEP.get(found.resolution, usual)))
    if (coming := forecast_curve(question)) is not None:
        curves.append(coming)
    return Curves(curves, found.resolution)


def _doubt_echoes(curve: list[Value]) -> None:
    believed = [
        None if value.quality in {Quality.FAIL, Quality.MISSING} else value.value for value in curve
    ]
    for place in np.flatnonzero(false_echoes([value.time for value in curve], believed)):
        curve[place] = curve[place]._replace(quality=Quality.SUSPECT, doubted=True)


def _facts(question: SiteQuestion) -> list[tuple[str, str]]:
    _, fmt, site = question.gettext, question.formats, question.site
    facts = []
    if site.gauge_zero_m is not None:
        height = fmt.height(site.gauge_zero_m, site.gauge_datum or DEFAULT_DATUM)
        facts.append((_("Pegelnullpunkt"), height))
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
