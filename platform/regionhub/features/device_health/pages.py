"""Device health in the portal: whether all that was installed is heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fastapi import Response

from regionhub.access import Viewer
from regionhub.euis import read_dev_eui
from regionhub.features.device_health.states import STATES, WEAK
from regionhub.features.device_health.store import DeviceHealth, DeviceState, device_health
from regionhub.registry.signals import SiteSignal
from regionhub.registry.sites import sites
from regionhub.store.database import Connection
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.parts import Card, SitePanel, SiteQuestion
from regionhub.web.portal.rendering import Here
from regionhub.web.portal.routing import one_of, page_router
from regionhub.web.portal.texts import Translate

pages = page_router()


@dataclass(frozen=True, slots=True)
class Shown:
    """A device as the table shows it; on the page of its site neither site nor town."""

    device: DeviceHealth
    site: str | None = None
    town: str = ""


@pages.get("/geraete")
def device_list(
    page: Here,
    visit: Viewer,
    zustand: Literal["", DeviceState] = "",
    ort: str = "",
    suche: str = "",
) -> Response:
    """All devices, silent ones first."""
    with open_town(visit, page) as (connection, frame):
        one_of("ort", ort, map(str, frame.town_names))
        rows = device_health(connection)
        names = {row.site_id: row.name for row in sites(connection)}
    shown = [
        Shown(
            row, None if row.site_id is None else names.get(row.site_id), frame.town(row.tenant_id)
        )
        for row in rows
    ]
    word = _word(suche)
    chosen = [
        one
        for one in shown
        if zustand in ("", one.device.state)
        and ort in ("", str(one.device.tenant_id))
        and word in _searched(one)
    ]
    return page.show(
        "device_health/page.html",
        **frame.values(),
        devices=chosen,
        on_site=False,
        device_states=STATES,
        weak=WEAK,
        total=len(rows),
        counts=Counter(row.state for row in rows),
        chosen={"state": zustand, "town": ort, "search": suche},
    )


def site_panel(question: SiteQuestion) -> SitePanel:
    """The devices at a site."""
    rows = device_health(question.connection, site_id=question.site.site_id)
    return SitePanel(
        section="device_health/site.html",
        values={
            "devices": [Shown(row) for row in rows],
            "on_site": True,
            "device_states": STATES,
            "weak": WEAK,
        },
    )


def cards(connection: Connection, _said: Sequence[SiteSignal], _: Translate) -> list[Card]:
    """How many devices are silent."""
    active = [row for row in device_health(connection) if row.active]
    silent = sum(row.state == "silent" for row in active)
    return [
        Card(
            count=silent,
            label=_("Geräte stumm"),
            explanation=_("von %(n)s Geräten") % {"n": len(active)},
            path="/geraete?zustand=silent",
            tone="warn" if silent else "good",
        )
    ]


def _word(search: str) -> str:
    """What is looked for: a part of a name or, however it is written, a DevEUI."""
    try:
        return read_dev_eui(search)
    except ValueError:
        return search.strip().casefold()


def _searched(shown: Shown) -> str:
    device = shown.device
    return " ".join((device.name, device.dev_eui, device.profile_id, shown.site or "")).casefold()
