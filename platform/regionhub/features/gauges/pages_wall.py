"""Gauges on the wall of a fire station: dark, large, and loud when it is old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fastapi import Response

from regionhub.access import Viewer
from regionhub.features.gauges.states import STATES
from regionhub.features.gauges.store import Gauge, gauges
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Here
from regionhub.web.portal.routing import page_router

#: What can be read from the other side of a room.
_MOST = 12
#: With no level newer than this the whole wall says so.
_OLD = timedelta(minutes=45)

pages = page_router()


@pages.get("/pegel/wand")
def wall(page: Here, visit: Viewer) -> Response:
    """What rises first, then the highest stage."""
    now = datetime.now(UTC)
    with open_town(visit, page) as (connection, frame):
        found = sorted(gauges(connection), key=_urgency)
    newest = max((row.time for row in found if row.time is not None), default=None)
    return page.show(
        "gauges/wall.html",
        **frame.values(),
        gauges=[(row, STATES[row.state], frame.town(row.tenant_id)) for row in found[:_MOST]],
        more=max(0, len(found) - _MOST),
        newest=newest,
        old=bool(found) and (newest is None or now - newest > _OLD),
    )


def _urgency(gauge: Gauge) -> tuple[bool, float, float, str]:
    stage = -1.0 if gauge.stage is None else float(gauge.stage)
    doubted = (gauge.unconfirmed_stage or 0) - 0.5
    rise = 0.0 if gauge.stale else gauge.slope_cm_per_hour or 0.0
    return not (gauge.rises or gauge.unconfirmed_stage), -max(stage, doubted), -rise, gauge.name
