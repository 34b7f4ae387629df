"""How ingest is doing: sources, fates of messages, dead letters."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import Query, Request

from regionhub.access import Viewer
from regionhub.archive import fates as operations
from regionhub.problems import LANGUAGES, explain_source
from regionhub.web.api.paging import page
from regionhub.web.api.points import End, Start
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Items, Page
from regionhub.web.api.schemas.operations import DeadLetter, DecodeErrors, Source, Statistics
from regionhub.web.api.values import Id, Word, period

dead_letter_routes = router("/dead-letters", tag="ingest")
statistics_routes = router("/ingest/statistics")
decode_error_routes = router("/ingest/decode-errors", tag="ingest")
source_routes = router("/sources", tag="ingest")

OfSource = Annotated[Id | None, Query(alias="source", description="Only of this source.")]
_HOUR = timedelta(hours=1)


@dead_letter_routes.get("", response_model=Page[DeadLetter])
def list_dead_letters(
    request: Request,
    visit: Viewer,
    source_id: OfSource = None,
    reason: Annotated[Word | None, Query(description="Only with this reason.")] = None,
    state: Annotated[
        Literal["waiting", "resolved"] | None,
        Query(description="Only those that wait, or that were processed later; both if not given."),
    ] = None,
    before: Annotated[
        int | None, Query(ge=1, le=2**63 - 1, description="Older than this id; see `next`.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Rows on a page.")] = 50,
) -> Any:
    """Messages that could not pass, the newest first."""
    with visit.town() as town:
        rows = operations.dead_letters(
            town,
            source_id=source_id,
            reason=reason,
            resolved=None if state is None else state == "resolved",
            before=before,
            limit=limit + 1,
        )
    for row in rows:
        body = bytes(row.pop("body"))
        row["body_text"] = body.decode("utf-8", "replace")
        row["body_base64"] = base64.b64encode(body).decode()
    return page(request, rows, limit, before="dead_letter_id")


@statistics_routes.get("", response_model=Statistics)
def ingest_statistics(
    visit: Viewer, start: Start = None, end: End = None, source_id: OfSource = None
) -> Any:
    """How many messages ended how, by source, in whole hours (UTC) around the period."""
    start, end = period(start, end)
    start = start.replace(minute=0, second=0, microsecond=0)
    whole = end.replace(minute=0, second=0, microsecond=0)
    end = whole if whole == end else whole + _HOUR
    with visit.town() as town:
        rows = operations.ingest_fates(town, start=start, end=end, source_id=source_id)
    return {
        "start": start,
        "end": end,
        "messages": sum(row["messages"] for row in rows),
        "items": rows,
    }


@decode_error_routes.get("", response_model=Items[DecodeErrors])
def list_decode_errors(visit: Viewer) -> Any:
    """Messages that do not fit the profile of their device, by profile, the latest first."""
    with visit.town() as town:
        return {"items": operations.decode_errors(town)}


@source_routes.get("", response_model=Items[Source])
def list_sources(visit: Viewer) -> Any:
    """The network servers your town is connected to, and how they are doing."""
    with visit.town() as town:
        rows = operations.sources(town)
    for row in rows:
        for language in LANGUAGES:
            row[f"explanation_{language}"] = explain_source(row, language)
    return {"items": rows}
