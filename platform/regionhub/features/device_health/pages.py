"""Device health in the portal: whether all that was installed is heard."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from fastapi import Response

from regionhub.access import Viewer
from regionhub.euis import read_dev_eui
from regionhub.features.device_health import store
from regionhub.features.device_health.states import FAULTS, STATES
from regionhub.features.device_health.store import (
    DeviceHealth,
    DeviceState,
    ListedDevice,
    Order,
)
from regionhub.levels import NO_DATA
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.paging import PageNumber, listing
from regionhub.web.portal.parts import Card, CardQuestion, SitePanel, SiteQuestion
from regionhub.web.portal.rendering import Here
from regionhub.web.portal.routing import one_of, page_router
from regionhub.web.portal.texts import mark

pages = page_router()


#: What the list can be ordered by, and the word for it.
ORDERS: dict[Order, str] = {
    "state": mark("Zustand"),
    "name": mark("Name"),
    "heard": mark("zuletzt gehört"),
    "battery": mark("Batterie"),
    "signal": mark("Empfang"),
    "loss": mark("Verlust 24 h"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A device as the table shows it; on the page of its site neither site nor town."""

    device: DeviceHealth
    sentence: str
    site: str | None = None
    town: str = ""


@pages.get("/geraete")
def device_list(
    page: Here,
    visit: Viewer,
    zustand: Literal["", DeviceState] = "",
    ort: str = "",
    suche: str = "",
    ordnung: Order = "state",
    seite: PageNumber = 1,
) -> Response:
    """All devices, those first that need somebody."""
    with open_town(visit, page) as (connection, frame):
        one_of("ort", ort, map(str, frame.town_names))
        counted = store.tallies(connection)

        def read(limit: int, offset: int) -> list[ListedDevice]:
            return store.health_page(
                connection,
                tenant_id=int(ort) if ort else None,
                state=zustand or None,
                word=_word(suche),
                order=ordnung,
                limit=limit,
                offset=offset,
            )

        listed = listing(read, lambda row: row.found, seite)
    counts = Counter[str]()
    for tally in counted:
        if ort in ("", str(tally.tenant_id)):
            counts[tally.state] += tally.devices
    return page.show(
        "device_health/page.html",
        **frame.values(),
        listing=listed,
        devices=[
            Shown(row, _sentence(row, page.language), row.site_name, frame.town(row.tenant_id))
            for row in listed.rows
        ],
        on_site=False,
        device_states=STATES,
        orders={key: page.gettext(label) for key, label in ORDERS.items()},
        total=sum(tally.devices for tally in counted),
        counts=counts,
        chosen={"state": zustand, "town": ort, "search": suche, "order": ordnung},
    )


def site_panel(question: SiteQuestion) -> SitePanel:
    """The devices at a site."""
    rows = store.device_health(question.connection, site_id=question.site.site_id)
    return SitePanel(
        section="device_health/site.html",
        values={
            "devices": [Shown(row, _sentence(row, question.language)) for row in rows],
            "on_site": True,
            "device_states": STATES,
        },
    )


def cards(question: CardQuestion) -> list[Card]:
    """How many devices are silent, and how many are heard and need somebody nevertheless."""
    _, states = question.gettext, Counter[str]()
    for tally in store.tallies(question.connection):
        if tally.active:
            states[tally.state] += tally.devices
    unknown = states["never"] + states[NO_DATA]
    found = []
    for label, codes in (
        (_("Geräte stumm"), ("silent",)),
        (_("Geräte ohne Werte"), ("no_values",)),
        (_("Geräte mit Mängeln"), FAULTS),
    ):
        count = sum(states[code] for code in codes)
        if codes != ("silent",) and not count:
            continue
        worst = next((code for code in codes if states[code]), codes[0])
        card = Card(
            count=count,
            known=states.total() - unknown,
            total=states.total(),
            label=label,
            explanation=_("von %(n)s Geräten") % {"n": states.total()},
            path=f"/geraete?zustand={worst}" if len(codes) == 1 else "/geraete",
            tone=STATES[worst].tone,
            gap=_("%(n)s noch nie gemeldet") % {"n": states["never"]},
        )
        found.append(card)
    return found


def _sentence(row: DeviceHealth, language: str) -> str:
    return row.sentence_en if language == "en" else row.sentence


def _word(search: str) -> str | None:
    """What is looked for: a part of a name or, however it is written, a DevEUI."""
    try:
        return read_dev_eui(search)
    except ValueError:
        return search.strip() or None
