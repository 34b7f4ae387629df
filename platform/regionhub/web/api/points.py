"""Periods of a series: what requests for points give, and what answers with points have."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from regionhub.series.datastreams import Resolution
from regionhub.series.points import MOST_POINTS, Points
from regionhub.web.api import csv
from regionhub.web.api.paging import link
from regionhub.web.api.schemas.base import Answer
from regionhub.web.api.values import Time, Whole

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
MaxPoints = Annotated[Whole, Query(ge=10, le=MOST_POINTS, description="Points in one answer.")]
Format = Annotated[
    Literal["json", "csv"] | None,
    Query(description="json or csv; if not given, what the header Accept asks for."),
]


class Period(Answer):
    """What all answers with points have."""

    resolution: Resolution = Field(description="The resolution that was used.")
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to", description="Not included.")
    next: str | None = Field(default=None, description="Address of the following page.")


def following(request: Request, found: Points[Any, Any], end: datetime) -> str | None:
    """The address of the page after this one."""
    if found.next_start is None:
        return None
    # the end is written down, so that pages of a period until "now" do not drift
    return link(request, {"from": found.next_start.isoformat(), "to": end.isoformat()})


def csv_response(lines: csv.Lines, name: str) -> Response:
    """Return a file that is sent while it is read."""
    return StreamingResponse(
        lines,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
