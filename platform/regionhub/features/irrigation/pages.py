"""Irrigation in the portal: the list of a crew, a panel on the page of a site, a card."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from fastapi import Response

from regionhub.access import Viewer
from regionhub.features.irrigation import limits, store
from regionhub.features.irrigation.states import SIGNAL, STATES
from regionhub.features.irrigation.store import (
    Irrigation,
    IrrigationLevel,
    Limits,
    ListedIrrigation,
)
from regionhub.features.irrigation.why import Why, why
from regionhub.features.irrigation.words import BASES, due_text
from regionhub.levels import NO_DATA, State, Tone
from regionhub.quantities import load_vocabulary
from regionhub.registry.places import SignalTally, signal_tallies
from regionhub.registry.sites import soil_textures
from regionhub.store.database import Connection
from regionhub.web.portal.charts import Band, Limit
from regionhub.web.portal.frame import Frame, open_town
from regionhub.web.portal.paging import Listing, PageNumber, listing
from regionhub.web.portal.parts import (
    Card,
    CardQuestion,
    SiteCharts,
    SitePanel,
    SiteQuestion,
    reason_text,
    urgency,
)
from regionhub.web.portal.rendering import STREAM, Here, Page
from regionhub.web.portal.routing import one_of, page_router
from regionhub.web.portal.sparklines import Point, Sparkline, sparkline

SOIL_DAYS = 14
#: Unit and decimals of what small charts show, as in the number beside them; in the order in which
#: sites are judged.
_CURVES = {
    "soil_water_tension": ("kPa", 0),
    "plant_available_water": ("% nFK", 0),
    "soil_moisture_vwc": ("Vol-%", 1),
}

#: Curves by site and quantity.
Recent = defaultdict[int, defaultdict[str, list[Point]]]

pages = page_router()


@dataclass(frozen=True, slots=True)
class Shown:
    """A tree or bed as the list shows it; `course` says what the small chart shows.

    `stress` is for how many days it lacked water in the newest season.
    """

    site: ListedIrrigation
    state: State
    reason: str
    spark: Sparkline | None
    course: str
    due: str
    stress: float = 0.0


@dataclass(frozen=True, slots=True)
class Town:
    """How many trees and beds of a town are on which level."""

    tenant_id: int
    name: str
    levels: Counter[str]


@pages.get("/bewaesserung")
def crew_list(
    page: Here,
    visit: Viewer,
    stufe: Literal["", IrrigationLevel] = "",
    ort: str = "",
    seite: PageNumber = 1,
    alle: Literal["", "1"] = "",
) -> Response:
    """What needs water, the most urgent first: the list of a town, or which towns have one.

    A list is shown a page at a time; `alle` is all of it, for printing.
    """
    with open_town(visit, page) as (connection, frame):
        one_of("ort", ort, map(str, frame.town_names))
        towns = _towns(frame, signal_tallies(connection, SIGNAL.name))
        town = _chosen(towns, ort)
        listed: Listing[Shown] | None = None
        if town is not None:

            def read(limit: int, offset: int) -> list[Shown]:
                rows = store.irrigation_page(
                    connection,
                    town.tenant_id,
                    level=stufe or None,
                    limit=None if alle else limit,
                    offset=offset,
                )
                return _shown(page, connection, rows)

            listed = listing(read, lambda one: one.site.found, 1 if alle else seite)
        held = [] if town is None else limits.limits_of_town(connection, town.tenant_id)
        textures = {row.soil_texture: row.name_de for row in soil_textures(connection)}
    counts = sum((one.levels for one in towns if town in (None, one)), Counter[str]())
    return page.show(
        "irrigation/page.html",
        **frame.values(),
        live=STREAM,
        total=counts.total(),
        counts=counts,
        towns=sorted(towns, key=lambda one: (-one.levels[stufe or "now"], one.name)),
        town=town,
        listing=listed,
        whole=bool(alle),
        levels=sorted(STATES.values(), key=urgency),
        limits=held,
        bases=BASES,
        rain_known=listed is not None and any(one.site.with_weather for one in listed.rows),
        textures=textures,
        chosen=stufe,
        season=store.newest_season(datetime.now(UTC)),
    )


def _towns(frame: Frame, counted: Sequence[SignalTally]) -> list[Town]:
    """The towns that have trees or beds."""
    levels: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for tally in counted:
        levels[tally.tenant_id][tally.state] += tally.sites
    return [
        Town(tenant_id, name, levels[tenant_id])
        for tenant_id, name in frame.town_names.items()
        if tenant_id in levels
    ]


def _chosen(towns: Sequence[Town], ort: str) -> Town | None:
    """The town whose list is shown; where there is one only, nobody has to choose it."""
    if len(towns) == 1 and not ort:
        return towns[0]
    return next((town for town in towns if str(town.tenant_id) == ort), None)


def _shown(page: Page, connection: Connection, rows: Sequence[ListedIrrigation]) -> list[Shown]:
    now = datetime.now(UTC)
    start = now - timedelta(days=SOIL_DAYS)
    recent: Recent = defaultdict(lambda: defaultdict(list))
    for day in store.recent_soil(connection, [row.site_id for row in rows], start=start):
        recent[day.site_id][day.quantity].append((day.bucket, day.value))
    stress = store.stress_days(
        connection, store.newest_season(now), site_ids=[row.site_id for row in rows]
    )
    days = {row.site_id: row.days for row in stress}
    found = []
    for row in rows:
        quantity = _judged_by(row, recent[row.site_id])
        unit, decimals = _CURVES[quantity]
        spark = sparkline(
            recent[row.site_id][quantity],
            start=start - timedelta(days=1),
            end=now,
            span=load_vocabulary().span(quantity),
        )
        course = spark.course.text(page.gettext, page.formats, unit, decimals) if spark else ""
        state = STATES[row.irrigation_level]
        reason = reason_text(SIGNAL, row.no_data_reason, row.reason_since, page.formats)
        stressed = days.get(row.site_id, 0.0)
        found.append(Shown(row, state, reason, spark, course, due_text(row, page), stressed))
    return found


def _judged_by(row: Irrigation, curves: Mapping[str, Sequence[Point]]) -> str:
    """The quantity of the number that the list shows; without a number, of what there was."""
    if row.tension_kpa is not None:
        return "soil_water_tension"
    if row.nfk_pct is not None:
        return "plant_available_water"
    return next((quantity for quantity in _CURVES if curves.get(quantity)), "soil_moisture_vwc")


def site_panel(question: SiteQuestion) -> SitePanel | None:
    """Level and sensors of a tree or bed."""
    site = question.site
    if site.kind not in {"tree", "bed"}:
        return None
    row = next(iter(store.irrigation(question.connection, site_id=site.site_id)), None)
    stands_on = None if row is None else why(question.connection, site.site_id)
    return SitePanel(
        hero="irrigation/hero.html",
        section=None if stands_on is None else "irrigation/why.html",
        values={
            "irrigation": row,
            "due": None if row is None else due_text(row, question),
            "why": stands_on,
            "days": [] if stands_on is None else _days(stands_on),
            "bases": BASES,
            "quantities": {
                name: one.names["en" if question.language == "en" else "de"]
                for name, one in load_vocabulary().quantities.items()
            },
        },
        facts=_facts(question),
    )


@dataclass(frozen=True, slots=True)
class Day:
    """What is forecast for a day."""

    day: date
    value: float
    low: float
    high: float


def _days(stands_on: Why) -> list[Day]:
    """The forecast by day, as a table; empty without one."""
    outlook = stands_on.outlook
    if outlook is None:
        return []
    first = outlook.made_at.astimezone(store.BERLIN).date()
    rows = zip(outlook.forecast, outlook.low, outlook.high, strict=True)
    return [Day(first + timedelta(days=number), *row) for number, row in enumerate(rows)]


def site_charts(question: SiteQuestion) -> SiteCharts | None:
    """The levels of a tree or bed in the charts of what they are decided on."""
    if question.site.kind not in {"tree", "bed"}:
        return None
    found = store.limits(question.connection, question.site.site_id)
    return SiteCharts(
        bands={one.quantity: bands(one) for one in found},
        limits={one.quantity: _limits(one, question.language) for one in found},
    )


def bands(limits: Limits) -> list[Band]:
    """The levels as grounds of a chart, from the lowest value to the highest."""
    edges = [limits.now, limits.soon, limits.wet]
    tones: list[Tone] = [STATES[code].tone for code in ("now", "soon", "good", "wet")]
    if limits.now > limits.wet:  # tension rises when soil dries
        edges.reverse()
        tones.reverse()
    ends = [None, *edges, None]
    return [Band(ends[i], ends[i + 1], tone) for i, tone in enumerate(tones)]


def _limits(limits: Limits, language: str) -> list[Limit]:
    values = {"now": limits.now, "soon": limits.soon, "wet": limits.wet}
    return [
        Limit(value, STATES[code].text(language), STATES[code].tone)
        for code, value in values.items()
    ]


def _facts(question: SiteQuestion) -> list[tuple[str, str]]:
    _, site = question.gettext, question.site
    facts = []
    if site.soil_texture:
        names = {row.soil_texture: row.name_de for row in soil_textures(question.connection)}
        facts.append((_("Bodenart (KA5)"), f"{site.soil_texture}, {names[site.soil_texture]}"))
    if site.planted_year:
        facts.append((_("Pflanzjahr"), str(site.planted_year)))
    season = store.newest_season(question.formats.now)
    for row in store.stress_days(question.connection, season, site_ids=[site.site_id]):
        days = _("%(days)s Tage auf „jetzt gießen“") % {
            "days": question.formats.number(row.days, 1)
        }
        facts.append((_("Trockenstress April bis September %(year)s") % {"year": season}, days))
    return facts


def cards(question: CardQuestion) -> list[Card]:
    """How many trees and beds need water now, and how many soon."""
    own = question.sites_by_state(SIGNAL.name)
    _ = question.gettext
    return [
        Card(
            count=own[state.code],
            known=own.total() - own[NO_DATA],
            total=own.total(),
            label=state.text(question.language),
            explanation=_("von %(n)s Bäumen und Beeten") % {"n": own.total()},
            path=f"/bewaesserung?stufe={state.code}",
            tone=state.tone,
        )
        for state in (STATES["now"], STATES["soon"])
    ]
