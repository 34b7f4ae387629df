"""Datastreams, their readings, and the newest ones for a map."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse

from regionhub.access import Viewer
from regionhub.errors import NotFound
from regionhub.series import points
from regionhub.store.database import Connection
from regionhub.web.api import csv
from regionhub.web.api.paging import link, page
from regionhub.web.api.routing import router
from regionhub.web.api.schemas import Datastream, Items, Latest, Page, Readings
from regionhub.web.api.values import After, Id, Limit, Time, Word, period

routes = router("/datastreams")
latest_routes = router("/latest", tag="datastreams")

AtSite = Annotated[Id | None, Query(alias="site", description="Only at this site.")]
Start = Annotated[
    Time | None,
    Query(alias="from", description="Start, with its offset; 24 hours before `to` if not given."),
]
End = Annotated[
    Time | None,
    Query(alias="to", description="End (not included), with its offset; now if not given."),
]
Choice = Annotated[
    Literal["auto", "raw", "hourly", "daily"],
    Query(description="auto: the finest that stays within max_points."),
]
MaxPoints = Annotated[int, Query(ge=10, le=points.MOST_POINTS, description="Points in one answer.")]
Format = Annotated[
    Literal["json", "csv"] | None,
    Query(description="json or csv; if not given, what the header Accept asks for."),
]


@routes.get("", response_model=Page[Datastream])
def list_datastreams(
    request: Request,
    visit: Viewer,
    site_id: AtSite = None,
    device_id: Annotated[
        Id | None, Query(alias="device", description="Only of this device.")
    ] = None,
    after: After = 0,
    limit: Limit = 100,
) -> Any:
    """Datastreams of your town, and those that others share with it."""
    with visit.town() as town:
        rows = points.datastreams(
            town, site_id=site_id, device_id=device_id, after=after, limit=limit + 1
        )
    return page(request, rows, limit, after="datastream_id")


@routes.get("/{datastream_id}", response_model=Datastream)
def get_datastream(datastream_id: Id, visit: Viewer) -> Any:
    """One datastream."""
    with visit.town() as town:
        return _datastream(town, datastream_id)


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
) -> Any:
    """Readings of a period, in order of time, as JSON or CSV.

    A named resolution comes in pages of max_points; as CSV it comes whole. With `auto`, 422 says
    when even daily values are too many.
    """
    start, end = period(start, end)

    def read(from_time: datetime, most: int) -> points.Points:
        with visit.town() as town:
            return points.readings(
                town,
                datastream_id,
                start=from_time,
                end=end,
                resolution=resolution,
                max_points=most,
            )

    if csv.is_wanted(request, format):
        return csv_response(
            csv.lines(read, start, max_points if resolution == "auto" else None),
            f"datastream-{datastream_id}.csv",
        )
    with visit.town() as town:
        unit = _datastream(town, datastream_id)["unit"]
    found = read(start, max_points)
    return {
        "datastream_id": datastream_id,
        "unit": unit,
        **answer(request, found, start, end),
    }


def answer(
    request: Request, found: points.Points, start: datetime, end: datetime
) -> dict[str, Any]:
    """Return what all answers with points have; `bucket` is called time, as it is one."""
    items = [
        {"time" if name == "bucket" else name: value for name, value in row.items()}
        for row in found.rows
    ]
    following = None
    if found.next_start is not None:
        # the end is written down, so that pages of a period until "now" do not drift
        times = {"from": found.next_start.isoformat(), "to": end.isoformat()}
        following = link(request, times)
    return {
        "resolution": found.resolution,
        "start": start,
        "end": end,
        "items": items,
        "next": following,
    }


def csv_response(lines: csv.Lines, name: str) -> Response:
    """Return a file that is sent while it is read."""
    return StreamingResponse(
        lines,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@latest_routes.get("", response_model=Items[Latest])
def list_latest(
    visit: Viewer,
    site_id: AtSite = None,
    quantity: Annotated[Word | None, Query(description="Only this quantity.")] = None,
) -> Any:
    """The newest reading of every datastream, with coordinates for a map."""
    with visit.town() as town:
        return {"items": points.latest(town, site_id=site_id, quantity=quantity)}


def _datastream(town: Connection, datastream_id: int) -> dict[str, Any]:
    row = points.datastream(town, datastream_id)
    if row is None:
        raise NotFound("There is no such datastream.")
    return row
