"""Datastreams and their readings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request, Response

from regionhub.access import Viewer
from regionhub.series import datastreams
from regionhub.series.datastreams import Datastream, Latest
from regionhub.series.points import Points, Reading, Rollup, readings
from regionhub.store.database import Connection
from regionhub.web.api import csv
from regionhub.web.api.paging import page
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
from regionhub.web.api.schemas.base import Items, Page
from regionhub.web.api.values import After, Id, Limit, QuantityName, period

routes = router("/datastreams")
latest_routes = router("/latest", tag="datastreams")

AtSite = Annotated[Id | None, Query(alias="site", description="Only at this site.")]


class Readings(Period):
    """A period of a datastream, in order of time."""

    datastream_id: int
    unit: str
    items: list[Reading] | list[Rollup]


@routes.get("")
def list_datastreams(
    request: Request,
    visit: Viewer,
    site_id: AtSite = None,
    device_id: Annotated[
        Id | None, Query(alias="device", description="Only of this device.")
    ] = None,
    after: After = 0,
    limit: Limit = 100,
) -> Page[Datastream]:
    """Datastreams of your town, and those that others share with it."""
    with visit.town() as town:
        rows = datastreams.datastreams(
            town, site_id=site_id, device_id=device_id, after=after, limit=limit + 1
        )
    return page(request, rows, limit, after="datastream_id")


@routes.get("/{datastream_id}")
def get_datastream(datastream_id: Id, visit: Viewer) -> Datastream:
    """One datastream."""
    with visit.town() as town:
        return datastreams.datastream(town, datastream_id)


@routes.get("/{datastream_id}/readings", response_model=Readings, responses=csv.DOCUMENTED)
def list_readings(
    datastream_id: Id,
    request: Request,
    visit: Viewer,
    start: Start = None,
    end: End = None,
    resolution: Choice = "auto",
    max_points: MaxPoints = 2000,
    format: Format = None,  # noqa: A002 - the name of the parameter
) -> Readings | Response:
    """Readings of a period, in order of time, as JSON or CSV.

    A named resolution comes in pages of max_points; as CSV it comes whole. With `auto`, 422 says
    when even daily values are too many.
    """
    begin, finish = period(start, end)

    def read(town: Connection, from_time: datetime, most: int) -> Points[Reading, Rollup]:
        return readings(
            town,
            datastream_id,
            start=from_time,
            end=finish,
            resolution=resolution,
            max_points=most,
        )

    if csv.is_wanted(request, format):
        return csv_response(
            csv.lines(visit, read, begin, max_points if resolution == "auto" else None),
            f"datastream-{datastream_id}.csv",
        )
    with visit.town() as town:
        stream = datastreams.datastream(town, datastream_id)
        found = readings(
            town, stream, start=begin, end=finish, resolution=resolution, max_points=max_points
        )
    return Readings(
        datastream_id=datastream_id,
        unit=stream.unit,
        resolution=found.resolution,
        start=begin,
        end=finish,
        items=found.rows,
        next=following(request, found, finish),
    )


@latest_routes.get("")
def list_latest(
    visit: Viewer,
    site_id: AtSite = None,
    quantity: Annotated[QuantityName | None, Query(description="Only this quantity.")] = None,
) -> Items[Latest]:
    """The newest reading of every datastream, with coordinates for a map."""
    with visit.town() as town:
        return Items(items=datastreams.latest(town, site_id=site_id, quantity=quantity))
