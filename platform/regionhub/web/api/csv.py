"""Readings as CSV (RFC 4180, UTF-8), sent while they are read."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Literal

from fastapi import Request

from regionhub.access import Visit
from regionhub.series.points import MOST_POINTS, Points
from regionhub.store.database import Connection
from regionhub.times import from_datetime, to_rfc3339

Lines = Iterator[str]
#: Reads a page of at most so many points that begins at a time.
Read = Callable[[Connection, datetime, int], Points[Any, Any]]

#: For the OpenAPI description of routes that also answer CSV.
DOCUMENTED: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "example": "time,value,quality,tests\r\n2026-05-01T06:00:00.000Z,21.5,1,0\r\n",
            }
        }
    }
}


def is_wanted(request: Request, given: Literal["json", "csv"] | None) -> bool:
    """Whether the caller wants CSV: by the parameter, else by the header Accept."""
    if given is not None:
        return given == "csv"
    accept = request.headers.get("accept", "").lower()
    return "text/csv" in accept and "json" not in accept


def lines(visit: Visit, points: Read, start: datetime, max_points: int | None) -> Lines:
    """Return the lines of a period, page by page.

    The first page is read at once, so that an error becomes a status. Each page has a transaction
    of its own: a slow reader never holds a connection.
    """

    def page(start: datetime, most: int) -> Points[Any, Any]:
        with visit.export() as town:
            return points(town, start, most)

    return _lines(page(start, max_points or MOST_POINTS), page)


def _lines(page: Points[Any, Any], points: Callable[[datetime, int], Points[Any, Any]]) -> Lines:
    names = page.columns
    yield _line(list(names))
    while True:
        # a part of the page at a time: one line would be one packet
        for begin in range(0, len(page.rows), 500):
            yield "".join(
                _line([_cell(getattr(row, name)) for name in names])
                for row in page.rows[begin : begin + 500]
            )
        if page.next_start is None:
            return
        page = points(page.next_start, MOST_POINTS)


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _cell(value: object) -> str:
    match value:
        case datetime():
            return to_rfc3339(from_datetime(value))
        case None:
            return ""
        case float() if not math.isfinite(value):
            return ""
        case _:
            return str(value)
