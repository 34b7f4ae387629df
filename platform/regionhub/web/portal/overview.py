"""Overview: what needs attention first, as figures, on a map and in a table.

A reader of several towns sees one row for each of them, and the sites of a town or of a choice a
page at a time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from fastapi import Response

from regionhub.access import Viewer
from regionhub.levels import NO_DATA, NOTHING_SAID, State
from regionhub.registry.places import Choice, Place, Tally, places, tallies
from regionhub.sites import SiteKind
from regionhub.store.database import Connection
from regionhub.web.portal import states
from regionhub.web.portal.frame import Frame, open_town
from regionhub.web.portal.paging import Listing, PageNumber, listing
from regionhub.web.portal.parts import Card, CardQuestion
from regionhub.web.portal.rendering import STREAM, Here, Page
from regionhub.web.portal.routing import one_of, page_router

pages = page_router()


@dataclass(frozen=True, slots=True)
class Shown:
    """A site as the table shows it."""

    place: Place
    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Town:
    """How many sites of a town are on which level."""

    tenant_id: int
    name: str
    sites: int
    levels: Counter[str]


@pages.get("/")
def overview(
    page: Here,
    visit: Viewer,
    art: Literal["", SiteKind] = "",
    zustand: str = "",
    ort: str = "",
    suche: str = "",
    seite: PageNumber = 1,
) -> Response:
    """The overview."""
    with open_town(visit, page) as (connection, frame):
        choice = chosen(page, frame, art=art, zustand=zustand, ort=ort, suche=suche)
        counted = tallies(connection)
        cards = _cards(page, connection, counted)
        listed = None
        if not frame.several or choice != Choice():
            listed = _listed(page, connection, choice, seite)
    towns = _towns(frame, counted) if listed is None else []
    present = {tally.state or NOTHING_SAID.code for tally in counted if tally.foremost}
    known = [state for state in page.signals.states() if state.code in present]
    filters = {"art": art, "zustand": zustand, "ort": ort, "suche": suche}
    return page.show(
        "overview.html",
        **frame.values(),
        live=STREAM,
        total=_sites(counted),
        cards=cards,
        listing=listed,
        towns=towns,
        levels=[level for level in states.LEVELS if any(town.levels[level.code] for town in towns)],
        map=f"/karte?{urlencode({name: text for name, text in filters.items() if text})}",
        kinds=[(kind, page.gettext(label)) for kind, label in states.KINDS.items()],
        state_options=[(state.code, state.text(page.language)) for state in known],
        legend=known,
        chosen=filters,
    )


def chosen(
    page: Page,
    frame: Frame,
    *,
    art: Literal["", SiteKind],
    zustand: str,
    ort: str,
    suche: str,
) -> Choice:
    """The sites that an address chooses.

    Raises:
        RequestValidationError: there is no such state or town.
    """
    one_of("zustand", zustand, page.signals.codes)
    one_of("ort", ort, map(str, frame.town_names))
    return Choice(
        kind=art or None,
        state=zustand or None,
        tenant_id=int(ort) if ort else None,
        word=suche.strip() or None,
    )


def shown(page: Page, place: Place) -> Shown:
    """A site with the words of its most urgent signal."""
    signals = page.signals
    return Shown(place, signals.state(place), signals.reason(place, page.formats))


def _listed(page: Page, connection: Connection, choice: Choice, number: int) -> Listing[Shown]:
    def read(limit: int, offset: int) -> Sequence[Shown]:
        return [
            shown(page, place) for place in places(connection, choice, limit=limit, offset=offset)
        ]

    return listing(read, lambda row: row.place.found, number)


def _cards(page: Page, connection: Connection, counted: Sequence[Tally]) -> list[Card]:
    _ = page.gettext
    question = CardQuestion(
        connection=connection, tallies=counted, language=page.language, gettext=_
    )
    cards = [
        card
        for part in page.renderer.parts
        if part.cards is not None
        for card in part.cards(question)
    ]
    total = _sites(counted)
    cards.append(
        Card(
            count=sum(one.sites for one in counted if one.foremost and one.state == NO_DATA),
            known=total,
            total=total,
            label=_("ohne Daten"),
            explanation=_("von %(n)s Standorten") % {"n": total},
            path=f"/?zustand={NO_DATA}",
            tone="none",
        )
    )
    return [card for card in cards if card.total]


def _sites(counted: Sequence[Tally]) -> int:
    return sum(tally.sites for tally in counted if tally.foremost)


def _towns(frame: Frame, counted: Sequence[Tally]) -> list[Town]:
    """Every town that has sites, the most urgent first."""
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for tally in counted:
        if tally.foremost:
            found[tally.tenant_id][states.level(tally.level, tally.state).code] += tally.sites
    towns = [
        Town(tenant_id, name, found[tenant_id].total(), found[tenant_id])
        for tenant_id, name in frame.town_names.items()
        if tenant_id in found
    ]
    urgent = [level.code for level in states.LEVELS if level.level]
    return sorted(towns, key=lambda town: ([-town.levels[code] for code in urgent], town.name))
