"""Roads in the portal: a page of all, a panel on the page of each, a card on the overview."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import Response

from regionhub.access import Viewer
from regionhub.levels import NO_DATA, State
from regionhub.quantities import load_vocabulary
from regionhub.store.database import Connection
from regionhub.web.portal.charts import Limit
from regionhub.web.portal.frame import Frame, open_town
from regionhub.web.portal.paging import PageNumber, listing
from regionhub.web.portal.parts import (
    Card,
    CardQuestion,
    SiteCharts,
    SitePanel,
    SiteQuestion,
    reason_text,
)
from regionhub.web.portal.rendering import STREAM, Here, Page
from regionhub.web.portal.routing import one_of, page_router
from regionhub.web.portal.sparklines import Point, Sparkline, sparkline

from .states import SIGNAL, STATES
from .store import ListedRoad, Road, recent_surface, roads, thresholds

_SURFACE = "road_surface_temperature"
_SPAN = load_vocabulary().span(_SURFACE)
_HOURS = 24

pages = page_router()


@dataclass(frozen=True, slots=True)
class Shown:
    """A road spot as the page shows it."""

    road: Road
    state: State
    reason: str
    town: str
    spark: Sparkline | None


@pages.get("/strasse")
def list_page(page: Here, visit: Viewer, ort: str = "", seite: PageNumber = 1) -> Response:
    """Road spots: what is icy first."""
    with open_town(visit, page) as (connection, frame):
        one_of("ort", ort, map(str, frame.town_names))
        tenant_id = int(ort) if ort else None

        def read(limit: int, offset: int) -> list[ListedRoad]:
            return roads(connection, tenant_id=tenant_id, limit=limit, offset=offset)

        listed = listing(read, lambda row: row.found, seite)
        shown = _shown(page, frame, connection, listed.rows)
        limits = thresholds(connection)
    return page.show(
        "road/page.html",
        **frame.values(),
        live=STREAM,
        roads=shown,
        listing=listed,
        limits=limits,
        chosen=ort,
    )


def _shown(page: Page, frame: Frame, connection: Connection, rows: Sequence[Road]) -> list[Shown]:
    now = datetime.now(UTC)
    start = now - timedelta(hours=_HOURS)
    recent = defaultdict[int, list[Point]](list)
    for hour in recent_surface(connection, [row.site_id for row in rows], start=start):
        recent[hour.site_id].append((hour.time, hour.value))
    return [
        Shown(
            road=row,
            state=STATES[row.state],
            reason=reason_text(SIGNAL, row.reason, row.reason_since, page.formats),
            town=frame.town(row.tenant_id),
            spark=sparkline(recent[row.site_id], start=start, end=now, span=_SPAN, lines=[0.0]),
        )
        for row in rows
    ]


def site_panel(question: SiteQuestion) -> SitePanel | None:
    """Dew point, cooling and wetness of a road spot."""
    if question.site.kind != "road":
        return None
    row = next(iter(roads(question.connection, site_id=question.site.site_id)), None)
    return SitePanel(hero="road/hero.html", values={"road": row})


def site_charts(question: SiteQuestion) -> SiteCharts | None:
    """Where moisture freezes, in the chart of the surface."""
    _ = question.gettext
    if question.site.kind != "road":
        return None
    limit = Limit(
        thresholds(question.connection).ice_degc, _("Feuchte gefriert"), STATES["ice"].tone
    )
    return SiteCharts(limits={_SURFACE: [limit]})


def cards(question: CardQuestion) -> list[Card]:
    """On how many road spots there is ice, or may be soon."""
    _ = question.gettext
    own = question.sites_by_state(SIGNAL.name)
    return [
        Card(
            count=own["ice"] + own["ice_possible"],
            known=own.total() - own[NO_DATA],
            total=own.total(),
            label=_("Straßen glatt oder bald glatt"),
            explanation=_("von %(n)s Orten an Straßen") % {"n": own.total()},
            path="/strasse",
            tone=STATES["ice" if own["ice"] else "ice_possible"].tone,
        )
    ]
