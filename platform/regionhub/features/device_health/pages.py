"""Device health in the portal: whether all that was installed is heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fastapi import Response

from regionhub.access import Viewer
from regionhub.euis import read_dev_eui
from regionhub.features.device_health import store
from regionhub.features.device_health.states import STATES, WEAK
from regionhub.features.device_health.store import DeviceHealth, DeviceState, ListedDevice
from regionhub.series.datastreams import quantities
from regionhub.store.database import Connection
from regionhub.web.portal.formats import Formats
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.paging import PageNumber, listing
from regionhub.web.portal.parts import Card, CardQuestion, SitePanel, SiteQuestion
from regionhub.web.portal.rendering import Here
from regionhub.web.portal.routing import one_of, page_router
from regionhub.web.portal.texts import Translate

pages = page_router()


@dataclass(frozen=True, slots=True)
class Shown:
    """A device as the table shows it; on the page of its site neither site nor town.

    `missing` says what it gives no values of, and since when.
    """

    device: DeviceHealth
    missing: str
    site: str | None = None
    town: str = ""


@pages.get("/geraete")
def device_list(
    page: Here,
    visit: Viewer,
    zustand: Literal["", DeviceState] = "",
    ort: str = "",
    suche: str = "",
    seite: PageNumber = 1,
) -> Response:
    """All devices, silent ones first."""
    with open_town(visit, page) as (connection, frame):
        one_of("ort", ort, map(str, frame.town_names))
        counted = store.tallies(connection)

        def read(limit: int, offset: int) -> list[ListedDevice]:
            return store.health_page(
                connection,
                tenant_id=int(ort) if ort else None,
                state=zustand or None,
                word=_word(suche),
                limit=limit,
                offset=offset,
            )

        listed = listing(read, lambda row: row.found, seite)
        missing = _missing(connection, listed.rows, page.formats, page.gettext)
    counts = Counter[str]()
    for tally in counted:
        if ort in ("", str(tally.tenant_id)):
            counts[tally.state] += tally.devices
    return page.show(
        "device_health/page.html",
        **frame.values(),
        listing=listed,
        devices=[
            Shown(row, missing.get(row.device_id, ""), row.site_name, frame.town(row.tenant_id))
            for row in listed.rows
        ],
        on_site=False,
        device_states=STATES,
        weak=WEAK,
        total=sum(tally.devices for tally in counted),
        counts=counts,
        chosen={"state": zustand, "town": ort, "search": suche},
    )


def site_panel(question: SiteQuestion) -> SitePanel:
    """The devices at a site."""
    rows = store.device_health(question.connection, site_id=question.site.site_id)
    missing = _missing(question.connection, rows, question.formats, question.gettext)
    return SitePanel(
        section="device_health/site.html",
        values={
            "devices": [Shown(row, missing.get(row.device_id, "")) for row in rows],
            "on_site": True,
            "device_states": STATES,
            "weak": WEAK,
        },
    )


def cards(question: CardQuestion) -> list[Card]:
    """How many devices are silent, and how many are heard while their probe gives nothing."""
    _, states = question.gettext, Counter[str]()
    for tally in store.tallies(question.connection):
        if tally.active:
            states[tally.state] += tally.devices
    found = []
    for code, label in (("silent", _("Geräte stumm")), ("no_values", _("Geräte ohne Werte"))):
        if code == "silent" or states[code]:
            card = Card(
                count=states[code],
                known=states.total() - states["never"],
                total=states.total(),
                label=label,
                explanation=_("von %(n)s Geräten") % {"n": states.total()},
                path=f"/geraete?zustand={code}",
                tone=STATES[code].tone,
                gap=_("%(n)s noch nie gemeldet") % {"n": states["never"]},
            )
            found.append(card)
    return found


def _missing(
    connection: Connection, rows: Sequence[DeviceHealth], formats: Formats, _: Translate
) -> dict[int, str]:
    """What devices give no values of though they are heard, and since when; by device."""
    if not any(row.state == "no_values" for row in rows):
        return {}
    english = formats.language == "en"
    names = {
        row.quantity: row.name_en if english else row.name_de for row in quantities(connection)
    }
    words = {}
    for row in rows:
        if row.state != "no_values" or row.missing_since is None:
            continue
        since = _("keine Werte %(since)s") % {"since": formats.since(row.missing_since)}
        what = ", ".join(names[quantity] for quantity in row.missing_quantities)
        words[row.device_id] = f"{since}: {what}" if what else since
    return words


def _word(search: str) -> str | None:
    """What is looked for: a part of a name or, however it is written, a DevEUI."""
    try:
        return read_dev_eui(search)
    except ValueError:
        return search.strip() or None
