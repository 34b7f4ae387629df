"""What is decided for sites: irrigation and water levels."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import Request

from regionhub.access import Viewer
from regionhub.registry import sites
from regionhub.series import points
from regionhub.web.api import csv
from regionhub.web.api.routes.datastreams import (
    Choice,
    End,
    Format,
    MaxPoints,
    Start,
    answer,
    csv_response,
)
from regionhub.web.api.routing import router
from regionhub.web.api.schemas import Gauge, Irrigation, Items, Levels
from regionhub.web.api.values import Id, period

routes = router("/gauges")
irrigation_routes = router("/irrigation")


@irrigation_routes.get("", response_model=Items[Irrigation])
def list_irrigation(visit: Viewer) -> Any:
    """Trees and beds with their irrigation level, the most urgent first."""
    with visit.town() as town:
        return {"items": sites.irrigation(town)}


@routes.get("", response_model=Items[Gauge])
def list_gauges(visit: Viewer) -> Any:
    """Gauges with newest level, rate of rise and stage, the highest stage first."""
    with visit.town() as town:
        return {"items": sites.gauges(town)}


@routes.get("/{site_id}/levels", response_model=Levels, responses=csv.DOCUMENTED)
def list_levels(
    site_id: Id,
    request: Request,
    visit: Viewer,
    start: Start = None,
    end: End = None,
    resolution: Choice = "auto",
    max_points: MaxPoints = 2000,
    format: Format = None,  # noqa: A002 - the name of the parameter
) -> Any:
    """Levels of a gauge above its zero, in order of time; paging and CSV as with readings."""
    start, end = period(start, end)

    def read(from_time: datetime, most: int) -> points.Points:
        with visit.town() as town:
            return points.water_levels(
                town, site_id, start=from_time, end=end, resolution=resolution, max_points=most
            )

    if csv.is_wanted(request, format):
        return csv_response(
            csv.lines(read, start, max_points if resolution == "auto" else None),
            f"gauge-{site_id}.csv",
        )
    return {"site_id": site_id, **answer(request, read(start, max_points), start, end)}
