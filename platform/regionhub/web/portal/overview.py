"""Overview: all sites on a map and in a table, what needs attention first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from fastapi import Response

from regionhub.access import Viewer
from regionhub.levels import State
from regionhub.registry.sites import Site, SiteKind, sites
from regionhub.signals.rows import SiteSignal, signals
from regionhub.store.database import Connection
from regionhub.web.portal import states
from regionhub.web.portal.formats import Formats
from regionhub.web.portal.frame import Frame, open_town
from regionhub.web.portal.parts import Card, Signals
from regionhub.web.portal.rendering import STREAM, Here, Page
from regionhub.web.portal.routing import one_of, page_router

#: Rows on the overview until somebody asks for all of them.
FIRST_ROWS = 100

pages = page_router()


@dataclass(frozen=True, slots=True)
class Place:
    """A site with the most urgent thing that is said about it."""

    site: Site
    state: State
    said: SiteSignal | None
    reason: str


@pages.get("/")
def overview(
    page: Here,
    visit: Viewer,
    art: Literal["", SiteKind] = "",
    zustand: str = "",
    ort: str = "",
    suche: str = "",
    alle: Literal["", "1"] = "",
) -> Response:
    """The overview."""
    one_of("zustand", zustand, page.signals.codes)
    with open_town(visit, page) as (connection, frame):
        one_of("ort", ort, map(str, frame.town_names))
        said = signals(connection)
        everything = places(sites(connection), said, page.signals, page.formats)
        cards = _cards(page, connection, said, everything)
    found = [
        place
        for place in everything
        if art in ("", place.site.kind)
        and zustand in ("", place.state.code)
        and ort in ("", str(place.site.tenant_id))
        and suche.strip().casefold() in place.site.name.casefold()
    ]
    _ = page.gettext
    present = {place.state.code for place in everything}
    known = [state for state in page.signals.states() if state.code in present]
    return page.show(
        "overview.html",
        **frame.values(),
        live=STREAM,
        total=len(everything),
        cards=cards,
        places=found,
        shown=found if alle else found[:FIRST_ROWS],
        points=[_point(place, page) for place in found if place.site.latitude is not None],
        towns=_towns(frame),
        kinds=[(kind, _(label)) for kind, label in states.KINDS.items()],
        state_options=[(state.code, state.text(page.language)) for state in known],
        legend=known,
        chosen={"kind": art, "state": zustand, "town": ort, "search": suche},
    )


def places(
    all_sites: list[Site], said: list[SiteSignal], words: Signals, formats: Formats
) -> list[Place]:
    """Every site with its most urgent signal, in the order of the signals."""
    first: dict[int, SiteSignal] = {}
    for row in said:
        first.setdefault(row.site_id, row)
    order = {site_id: number for number, site_id in enumerate(first)}
    found = []
    for site in sorted(
        all_sites, key=lambda site: (order.get(site.site_id, len(order)), site.name)
    ):
        about = first.get(site.site_id)
        if about is None:
            found.append(Place(site, states.NOTHING_SAID, None, ""))
        else:
            found.append(Place(site, words.state(about), about, words.reason(about, formats)))
    return found


def _cards(
    page: Page, connection: Connection, said: list[SiteSignal], everything: list[Place]
) -> list[Card]:
    _ = page.gettext
    cards = [
        card
        for part in page.renderer.parts
        if part.cards is not None
        for card in part.cards(connection, said, _)
    ]
    no_data = sum(place.state.code == "no_data" for place in everything)
    cards.append(
        Card(
            count=no_data,
            known=len(everything),
            total=len(everything),
            label=_("ohne Daten"),
            explanation=_("von %(n)s Standorten") % {"n": len(everything)},
            path="/?zustand=no_data",
            tone="none",
        )
    )
    return [card for card in cards if card.total]


def _point(place: Place, page: Page) -> dict[str, Any]:
    said, fmt = place.said, page.formats
    value = age = ""
    if said is not None and said.value is not None:
        value = f"{fmt.number(said.value, said.decimals or 0)} {said.unit}"
    if said is not None and said.time is not None:
        age = fmt.age(said.time)
    return {
        "id": place.site.site_id,
        "name": place.site.name,
        "kind": place.site.kind,
        "lat": place.site.latitude,
        "lon": place.site.longitude,
        "sign": place.state.sign,
        "tone": place.state.tone,
        "text": place.state.text(page.language),
        "value": value,
        "age": age,
        "reason": place.reason,
        "urgency": round(2 * (0.5 if place.state.level is None else place.state.level)),
    }


def _towns(frame: Frame) -> list[dict[str, Any]]:
    return [
        {"name": tenant.name, "lat": tenant.latitude, "lon": tenant.longitude}
        for tenant in frame.tenants
        if tenant.latitude is not None
    ]
