"""Forest stands in the portal: a page of all, a panel of each, a card on the overview."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from fastapi import Response

from regionhub.access import Viewer
from regionhub.levels import NO_DATA, State
from regionhub.store.database import Connection
from regionhub.web.portal.frame import Frame, open_town
from regionhub.web.portal.paging import PageNumber, listing
from regionhub.web.portal.parts import Card, CardQuestion, SitePanel, SiteQuestion, reason_text
from regionhub.web.portal.rendering import STREAM, Here, Page
from regionhub.web.portal.routing import one_of, page_router
from regionhub.web.portal.sparklines import Point, Sparkline, sparkline

from . import store
from .states import SIGNAL, STATES, WBI
from .store import ListedStand, Official, Stand, Town

_DAYS = 30
#: The smallest difference of the index that fills a small chart.
_SPAN = 10.0

pages = page_router()


@dataclass(frozen=True, slots=True)
class Shown:
    """A forest stand as the page shows it."""

    stand: Stand
    state: State
    reason: str
    town: str
    spark: Sparkline | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A town in the ranking, with its class and the official index of today in words."""

    town: Town
    state: State
    wbi: State | None


@dataclass(frozen=True, slots=True)
class OfficialDay:
    """The official index of a day in words."""

    row: Official
    state: State


@pages.get("/wald")
def list_page(page: Here, visit: Viewer, ort: str = "", seite: PageNumber = 1) -> Response:
    """Forest stands, the most dangerous fire weather first."""
    with open_town(visit, page) as (connection, frame):
        one_of("ort", ort, map(str, frame.town_names))
        tenant_id = int(ort) if ort else None

        def read(limit: int, offset: int) -> list[ListedStand]:
            return store.stands(connection, tenant_id=tenant_id, limit=limit, offset=offset)

        listed = listing(read, lambda row: row.found, seite)
        shown = _shown(page, frame, connection, listed.rows)
        ranked = store.towns(connection) if frame.several and not ort else []
        official = store.official(connection, tenant_id) if ort or not frame.several else []
    return page.show(
        "forest/page.html",
        **frame.values(),
        live=STREAM,
        stands=shown,
        listing=listed,
        ranked=[_ranked(town) for town in ranked],
        official=[OfficialDay(row, WBI[row.wbi]) for row in official],
        chosen=ort,
    )


def _shown(page: Page, frame: Frame, connection: Connection, rows: Sequence[Stand]) -> list[Shown]:
    now = datetime.now(UTC)
    start = now - timedelta(days=_DAYS)
    curves = defaultdict[int, list[Point]](list)
    for one in store.recent(connection, [row.site_id for row in rows], start=start.date()):
        curves[one.site_id].append((datetime.combine(one.day, time(11), UTC), one.fwi))
    return [
        Shown(
            stand=row,
            state=STATES[row.state],
            reason=reason_text(SIGNAL, row.reason, None, page.formats),
            town=frame.town(row.tenant_id),
            spark=sparkline(curves[row.site_id], start=start, end=now, span=_SPAN),
        )
        for row in rows
    ]


def _ranked(town: Town) -> Ranked:
    return Ranked(town, STATES[town.state or NO_DATA], WBI[town.wbi] if town.wbi else None)


def site_panel(question: SiteQuestion) -> SitePanel | None:
    """The codes of a stand, the weather that they follow from, and the official index."""
    site = question.site
    if site.kind != "forest":
        return None
    connection = question.connection
    row = next(iter(store.stands(connection, site_id=site.site_id)), None)
    today = store.official(connection, site.tenant_id)[:1]
    return SitePanel(
        hero="forest/hero.html",
        values={
            "stand": row,
            "class_of": STATES[row.state] if row else None,
            "official": OfficialDay(today[0], WBI[today[0].wbi]) if today else None,
        },
    )


def cards(question: CardQuestion) -> list[Card]:
    """At how many forest stands the index is high."""
    _ = question.gettext
    own = question.sites_by_state(SIGNAL.name)
    return [
        Card(
            count=own["fire_high"] + own["fire_very_high"],
            known=own.total() - own[NO_DATA],
            total=own.total(),
            label=_("Waldstandorte mit hohem FWI"),
            explanation=_("von %(n)s Waldstandorten") % {"n": own.total()},
            path="/wald",
            tone=STATES["fire_very_high" if own["fire_very_high"] else "fire_high"].tone,
        )
    ]
