"""Forest stands in the portal: a page of all, a panel of each, cards on the overview."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Response

from regionhub.access import Viewer
from regionhub.levels import NO_DATA, Signal, State, Tone
from regionhub.store.database import Connection
from regionhub.web.portal.formats import Formats
from regionhub.web.portal.frame import Frame, open_town
from regionhub.web.portal.paging import PageNumber, listing
from regionhub.web.portal.parts import Card, CardQuestion, SitePanel, SiteQuestion, reason_text
from regionhub.web.portal.rendering import STREAM, Here, Page
from regionhub.web.portal.routing import one_of, page_router
from regionhub.web.portal.sparklines import Point, Sparkline, sparkline

from . import store
from .states import DROUGHT, DROUGHT_STATES, SIGNAL, SMOKE, SMOKE_STATES, STATES, WBI
from .store import ListedStand, Official, Rule, Stand, Town

_DAYS = 30
#: The smallest difference that fills a small chart: of the index, of a tree water deficit in µm.
_SPAN, _STEM_SPAN = 10.0, 100.0

_BERLIN = ZoneInfo("Europe/Berlin")

pages = page_router()


@dataclass(frozen=True, slots=True)
class Said:
    """What a signal says of a stand, in words."""

    state: State
    reason: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Depth:
    """Plant-available water at a depth (cm; None: nobody said how deep), % nFK, and its tone."""

    depth_cm: float | None
    nfk_pct: float | None
    tone: Tone


@dataclass(frozen=True, slots=True)
class Shown:
    """A forest stand as the page shows it; None of what nothing measures there."""

    stand: Stand
    state: State
    reason: str
    smoke: Said | None
    drought: Said | None
    depths: list[Depth]
    town: str
    wbi: State | None
    spark: Sparkline | None
    stem: Sparkline | None


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
    """Forest stands: smoke at the top, then what is most dangerous or dry."""
    with open_town(visit, page) as (connection, frame):
        one_of("ort", ort, map(str, frame.town_names))
        tenant_id = int(ort) if ort else None

        def read(limit: int, offset: int) -> list[ListedStand]:
            return store.stands(connection, tenant_id=tenant_id, limit=limit, offset=offset)

        listed = listing(read, lambda row: row.found, seite)
        drawn = _Drawn(page, frame, connection, listed.rows)
        smoking = store.stands(connection, tenant_id=tenant_id, smoking=True)
        alarmed = _Drawn(page, frame, connection, smoking)
        ranked = store.towns(connection) if frame.several and not ort else []
        official = drawn.official if ort or not frame.several else []
        rule = store.rule(connection)
    mapped = {"art": "forest", "ort": ort} if ort else {"art": "forest"}
    return page.show(
        "forest/page.html",
        **frame.values(),
        live=STREAM,
        stands=drawn.shown,
        smoking=alarmed.shown,
        listing=listed,
        ranked=[_ranked(town) for town in ranked],
        official=[
            OfficialDay(row, WBI[row.wbi]) for row in official if tenant_id in {None, row.tenant_id}
        ],
        legend=[state for one in (SMOKE, DROUGHT, SIGNAL) for state in _drawable(one)],
        map=f"/karte?{urlencode(mapped)}",
        rule=rule,
        chosen=ort,
    )


def _drawable(signal: Signal) -> list[State]:
    return [state for state in signal.states.values() if not state.absent]


class _Drawn:
    """Some stands in words and small charts; `official` is the index of their towns."""

    def __init__(
        self, page: Page, frame: Frame, connection: Connection, rows: Sequence[Stand]
    ) -> None:
        self._page, self._frame = page, frame
        self._end = datetime.now(UTC)
        self._start = self._end - timedelta(days=_DAYS)
        ids = [row.site_id for row in rows]
        self._index = defaultdict[int, list[Point]](list)
        for one in store.recent(connection, ids, start=self._start.date()):
            moment = datetime.combine(one.day, time(11), UTC)
            self._index[one.site_id].append((moment, one.fwi))
        self._stems = defaultdict[int, list[Point]](list)
        for hour in store.deficits(connection, ids, start=self._start):
            self._stems[hour.site_id].append((hour.time, hour.value))
        self._rule = store.rule(connection)
        self.official = store.official(connection)
        today = self._end.astimezone(_BERLIN).date()
        self._wbi = {row.tenant_id: WBI[row.wbi] for row in self.official if row.day == today}
        self.shown = [self._of(row) for row in rows]

    def _of(self, row: Stand) -> Shown:
        formats = self._page.formats
        return Shown(
            stand=row,
            state=STATES[row.state],
            reason=reason_text(SIGNAL, row.reason, None, formats),
            smoke=smoke_of(row, formats),
            drought=drought_of(row, formats),
            depths=depths_of(row, self._rule),
            town=self._frame.town(row.tenant_id),
            wbi=self._wbi.get(row.tenant_id),
            spark=self._spark(self._index[row.site_id], _SPAN),
            stem=self._spark(self._stems[row.site_id], _STEM_SPAN),
        )

    def _spark(self, points: Sequence[Point], span: float) -> Sparkline | None:
        return sparkline(points, start=self._start, end=self._end, span=span)


def smoke_of(row: Stand, formats: Formats) -> Said | None:
    """What is said of smoke at a stand; None without a sensor."""
    if row.smoke_state is None:
        return None
    reason = reason_text(SMOKE, row.smoke_reason, row.smoke_reason_since, formats)
    return Said(SMOKE_STATES[row.smoke_state], reason, row.smoke_since)


def drought_of(row: Stand, formats: Formats) -> Said | None:
    """What is said of drought at a stand; None where nothing measures it."""
    if row.drought_state is None:
        return None
    reason = reason_text(DROUGHT, row.drought_reason, row.drought_reason_since, formats)
    return Said(DROUGHT_STATES[row.drought_state], reason, row.drought_since)


def depths_of(row: Stand, rule: Rule) -> list[Depth]:
    """The water of a stand depth by depth, from the top."""

    def tone(nfk: float | None) -> Tone:
        if nfk is None:
            return DROUGHT_STATES[NO_DATA].tone
        code = "severe_drought" if nfk < rule.very_dry_nfk_pct else "drought"
        return DROUGHT_STATES[code if nfk < rule.dry_nfk_pct else "no_drought"].tone

    pairs = zip(row.depths_cm or (), row.depths_nfk_pct or (), strict=True)
    return [Depth(depth, nfk, tone(nfk)) for depth, nfk in pairs]


def _ranked(town: Town) -> Ranked:
    return Ranked(town, STATES[town.state or NO_DATA], WBI[town.wbi] if town.wbi else None)


def site_panel(question: SiteQuestion) -> SitePanel | None:
    """Smoke, drought and fire weather of a stand, the official index, and what they stand on."""
    site = question.site
    if site.kind != "forest":
        return None
    connection, formats = question.connection, question.formats
    row = next(iter(store.stands(connection, site_id=site.site_id)), None)
    if row is None:
        return None
    today = store.official(connection, site.tenant_id)[:1]
    rule = store.rule(connection)
    return SitePanel(
        hero="forest/hero.html",
        section="forest/why.html",
        values={
            "stand": row,
            "smoke": smoke_of(row, formats),
            "drought": drought_of(row, formats),
            "fire": STATES[row.state],
            "depths": depths_of(row, rule),
            "rule": rule,
            "soil": store.soil(connection, row.soil_texture) if row.soil_texture else None,
            "official": OfficialDay(today[0], WBI[today[0].wbi]) if today else None,
        },
    )


def cards(question: CardQuestion) -> list[Card]:
    """At how many forest stands there is smoke, drought, or a high index."""
    _ = question.gettext
    stands = _("von %(n)s Orten im Wald")

    def card(signal: Signal, label: str, *codes: str) -> Card:
        own = question.sites_by_state(signal.name)
        worst = next((code for code in codes if own[code]), codes[-1])
        return Card(
            count=sum(own[code] for code in codes),
            known=own.total() - own[NO_DATA],
            total=own.total(),
            label=label,
            explanation=stands % {"n": own.total()},
            path="/wald",
            tone=signal.states[worst].tone,
        )

    return [
        card(SMOKE, _("Rauch im Wald"), "smoke", "smoke_possible"),
        card(SIGNAL, _("hoher FWI im Wald"), "fire_very_high", "fire_high"),
        card(DROUGHT, _("trocken im Wald"), "severe_drought", "drought"),
    ]
