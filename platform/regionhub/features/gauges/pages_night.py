"""The sheet of a gauge: what the officer takes along on paper."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fastapi import Response

from regionhub.access import Viewer
from regionhub.errors import NotFound
from regionhub.features.gauges.night.views import BACK, curve_of
from regionhub.features.gauges.states import STATES
from regionhub.features.gauges.store import LevelRollup, crests, gauges, water_levels
from regionhub.registry.sites import required_site
from regionhub.web.api.values import Id
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Here
from regionhub.web.portal.routing import page_router

pages = page_router()


@pages.get("/pegel/{site_id}/blatt")
def sheet(page: Here, visit: Viewer, site_id: Id) -> Response:
    """A4: level, stage, crest, the drawing, and the newest hours as a table."""
    now = datetime.now(UTC)
    with open_town(visit, page) as (connection, frame):
        place = required_site(connection, site_id)
        if place.kind != "gauge":
            raise NotFound("There is no such gauge.")
        gauge = next(iter(gauges(connection, site_ids=[site_id])), None)
        levels = water_levels(
            connection, site_id, start=now - BACK, end=now + timedelta(hours=1), resolution="hourly"
        )
        curve = gauge and curve_of(connection, gauge, now)
        crest = next(iter(crests(connection, [site_id])), None)
    rows = [row for row in levels.rows if isinstance(row, LevelRollup)]
    return page.show(
        "gauges/sheet.html",
        **frame.values(),
        site=place,
        gauge=gauge,
        state=STATES[gauge.state if gauge else "no_data"],
        curve=curve,
        crest=crest,
        hours=sorted(rows, key=lambda row: row.time, reverse=True),
    )
