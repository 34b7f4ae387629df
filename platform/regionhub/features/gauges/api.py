"""Gauges in the API."""

from __future__ import annotations

from datetime import datetime

from fastapi import Request, Response

from regionhub.access import Viewer
from regionhub.features.gauges import store
from regionhub.features.gauges.forecast.store import GaugeForecast, gauge_forecast
from regionhub.features.gauges.store import Crest, Gauge, Level, LevelRollup
from regionhub.series.points import Points
from regionhub.store.database import Connection
from regionhub.web.api import csv
from regionhub.web.api.points import (
    Choice,
    End,
    Format,
    MaxPoints,
    Period,
    Start,
    csv_response,
    following,
)
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Items
from regionhub.web.api.values import Id, period

routes = router("/gauges")


class Levels(Period):
    """Levels of a gauge in a period, in order of time."""

    site_id: int
    items: list[Level] | list[LevelRollup]


@routes.get("")
def list_gauges(visit: Viewer) -> Items[Gauge]:
    """Gauges with newest level, rate of rise and stage, the highest stage first."""
    with visit.town() as town:
        return Items(items=store.gauges(town))


@routes.get("/crests")
def list_crests(visit: Viewer) -> Items[Crest]:
    """The highest level of each gauge in its running or last event."""
    with visit.town() as town:
        return Items(items=store.crests(town))


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
) -> Levels | Response:
    """Levels of a gauge above its zero, in order of time; paging and CSV as with readings."""
    begin, finish = period(start, end)

    def read(town: Connection, from_time: datetime, most: int) -> Points[Level, LevelRollup]:
        return store.water_levels(
            town, site_id, start=from_time, end=finish, resolution=resolution, max_points=most
        )

    if csv.is_wanted(request, format):
        return csv_response(
            csv.lines(visit, read, begin, max_points if resolution == "auto" else None),
            f"gauge-{site_id}.csv",
        )
    with visit.town() as town:
        found = read(town, begin, max_points)
    return Levels(
        site_id=site_id,
        resolution=found.resolution,
        start=begin,
        end=finish,
        items=found.rows,
        next=following(request, found, finish),
    )


@routes.get("/{site_id}/forecast")
def get_forecast(site_id: Id, visit: Viewer) -> GaugeForecast:
    """The next hours of a gauge that you see with a band, and what such forecasts were worth."""
    with visit.town() as town:
        return gauge_forecast(town, site_id)
