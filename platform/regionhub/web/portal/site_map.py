"""The points of the overview's map, loaded after the page, and what a popup says."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import orjson
from fastapi import Response

from regionhub.access import Viewer
from regionhub.errors import NotFound
from regionhub.levels import State
from regionhub.registry.places import Points, place, points
from regionhub.registry.tenants import Tenant
from regionhub.sites import SiteKind
from regionhub.web.api.values import Id
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.overview import chosen, shown
from regionhub.web.portal.parts import urgency
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router

#: About a metre.
_DECIMALS = 5

pages = page_router()


@pages.get("/karte")
def all_points(
    page: Here,
    visit: Viewer,
    art: Literal["", SiteKind] = "",
    zustand: str = "",
    ort: str = "",
    suche: str = "",
) -> Response:
    """The sites that the overview shows for the same choice, column by column."""
    with open_town(visit, page) as (connection, frame):
        choice = chosen(page, frame, art=art, zustand=zustand, ort=ort, suche=suche)
        found = points(connection, choice)
    return _json(_columns(page, found) | {"towns": _towns(frame.tenants)})


@pages.get("/karte/{site_id}")
def one_point(page: Here, visit: Viewer, site_id: Id) -> Response:
    """What the popup of a site says: the same as its row in the table."""
    with visit.town() as connection:
        found = place(connection, site_id)
    if found is None:
        raise NotFound("There is no such site.")
    site, fmt = shown(page, found), page.formats
    value = age = ""
    if found.value is not None:
        value = f"{fmt.number(found.value, found.decimals or 0)} {found.unit}"
    if found.time is not None:
        age = fmt.age(found.time)
    return _json(
        {
            "id": site_id,
            "name": found.name,
            "text": site.state.text(page.language),
            "value": ", ".join(filter(None, (value, age))),
            "reason": site.reason,
        }
    )


def _columns(page: Page, found: Points) -> dict[str, Any]:
    """The points with the words of their states; `state` and `kind` are places in those lists."""
    keys = list(zip(found.signals, found.states, strict=True))
    kinds = sorted(set(found.kinds))
    # the least urgent first: what is drawn later lies above
    known = sorted(
        {(key, page.signals.named(*key)) for key in set(keys)},
        key=lambda one: urgency(one[1]),
        reverse=True,
    )
    place_of = {key: number for number, (key, _state) in enumerate(known)}
    kind_of = {kind: number for number, kind in enumerate(kinds)}
    return {
        "states": [_words(state, page.language) for _key, state in known],
        "kinds": kinds,
        "id": found.site_ids,
        "name": found.names,
        "lat": np.round(found.latitudes, _DECIMALS),
        "lon": np.round(found.longitudes, _DECIMALS),
        "kind": [kind_of[kind] for kind in found.kinds],
        "state": [place_of[key] for key in keys],
    }


def _words(state: State, language: str) -> dict[str, str]:
    return {"sign": state.sign, "tone": state.tone, "text": state.text(language)}


def _towns(tenants: list[Tenant]) -> list[dict[str, Any]]:
    return [
        {"name": tenant.name, "lat": tenant.latitude, "lon": tenant.longitude}
        for tenant in tenants
        if tenant.latitude is not None
    ]


def _json(body: dict[str, Any]) -> Response:
    written = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(written, media_type="application/json", headers={"Cache-Control": "no-store"})
