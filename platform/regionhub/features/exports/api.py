"""Many series in one file, in the API."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response

from regionhub.access import Viewer, Visit
from regionhub.features.exports.collect import Choice
from regionhub.features.exports.files import Kind, export, file_name
from regionhub.series.datastreams import Resolution
from regionhub.sites import SiteKind
from regionhub.web.api.points import End, Start
from regionhub.web.api.routing import router
from regionhub.web.api.values import Id, QuantityName, period

routes = router("/export", tag="datastreams")

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            name: {"schema": {"type": "string"}}
            for name in (
                "text/csv",
                "application/geo+json",
                "application/vnd.apache.parquet",
                "application/octet-stream",
            )
        }
    }
}


@routes.get("", response_class=Response, responses=_ANSWERS)
def export_series(
    visit: Viewer,
    start: Start = None,
    end: End = None,
    resolution: Annotated[
        Resolution, Query(description="Means of hours (UTC) and days (Europe/Berlin), or raw.")
    ] = "hourly",
    format: Annotated[  # noqa: A002 - the name of the parameter
        Kind,
        Query(
            description="csv: a line for each value. csv-de (for Excel in German) and xlsx: a "
            "column for each series. parquet: the table of csv with types. geojson: sites with "
            "their newest values."
        ),
    ] = "csv",
    site: Annotated[list[Id], Query(description="Only of these sites.", max_length=250)] = [],  # noqa: B006
    kind: Annotated[SiteKind | None, Query(description="Only of sites of this kind.")] = None,
    quantity: Annotated[
        list[QuantityName],
        Query(description="Only these; needed for what devices say of themselves."),
    ] = [],  # noqa: B006
) -> Response:
    """Many series at once as a file: at most 250 series and 300,000 values.

    In csv-de and xlsx every series has a cell at every time: at most 6,000,000 of them.

    Readings that failed the quality tests are left out; `/datastreams/{id}/readings` has them all.
    """
    begin, finish = period(start, end)
    choice = Choice(start=begin, end=finish, resolution=resolution, site_ids=site, kind=kind,
                    quantities=quantity)  # fmt: skip
    return file_response(visit, choice, format)


def file_response(visit: Visit, choice: Choice, kind: Kind) -> Response:
    """The file as an answer.

    Raises:
        InputError: there is nothing to export, or too much for one file.
    """
    with visit.export() as town:
        made = export(town, choice, kind)
    name = file_name(choice.start, choice.end, made.ending)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(made.content, media_type=made.media_type, headers=headers)
