"""How ingest is doing, in the API: sources, fates of messages, profiles that do not fit."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query
from pydantic import Field

from regionhub.access import Viewer
from regionhub.archive.fates import FateCount, ingest_fates, silent_sources
from regionhub.archive.letters import listing
from regionhub.archive.letters.listing import DecodeErrors
from regionhub.problems import explain_source
from regionhub.registry import sources
from regionhub.web.api.points import End, Start
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Answer, Items
from regionhub.web.api.values import Id, period

source_routes = router("/sources", tag="ingest")
statistics_routes = router("/ingest/statistics")
decode_error_routes = router("/ingest/decode-errors", tag="ingest")

OfSource = Annotated[Id | None, Query(alias="source", description="Only of this source.")]
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(sources.Source):
    """A network server that the town is connected to; never a password."""

    silent_since: Annotated[
        datetime | None,
        Field(
            description="The last message of a source that is connected and gave none for more "
            "than two hours and twice the longest pause of the week before; null while they come."
        ),
    ]
    explanation_de: Annotated[
        str | None, Field(description="The problem and what to do, in one sentence.")
    ]
    explanation_en: str | None


class Statistics(Answer):
    """Fates of the messages in whole hours (UTC); every message has exactly one."""

    start: datetime = Field(serialization_alias="from", description="Start of the first hour.")
    end: datetime = Field(
        serialization_alias="to", description="End of the last hour, not included."
    )
    messages: int = Field(description="The sum.")
    items: list[FateCount]


@source_routes.get("")
def list_sources(visit: Viewer) -> Items[Source]:
    """The network servers your town is connected to, and how they are doing."""
    with visit.town() as town:
        rows = sources.sources(town)
        silent = silent_sources(town)
    return Items(items=[_explained(row, silent.get(row.source_id)) for row in rows])


@statistics_routes.get("")
def ingest_statistics(
    visit: Viewer, start: Start = None, end: End = None, source_id: OfSource = None
) -> Statistics:
    """How many messages ended how, by source, in whole hours (UTC) around the period."""
    start, end = period(start, end)
    start = start.replace(minute=0, second=0, microsecond=0)
    whole = end.replace(minute=0, second=0, microsecond=0)
    end = whole if whole == end else whole + _HOUR
    with visit.town() as town:
        rows = ingest_fates(town, start=start, end=end, source_id=source_id)
    return Statistics(start=start, end=end, messages=sum(row.messages for row in rows), items=rows)


@decode_error_routes.get("")
def list_decode_errors(visit: Viewer) -> Items[DecodeErrors]:
    """Messages that do not fit the profile of their device, by profile, the latest first."""
    with visit.town() as town:
        return Items(items=listing.decode_errors(town))


def _explained(source: sources.Source, silent_since: datetime | None) -> Source:
    return Source(
        **asdict(source),
        silent_since=silent_since,
        explanation_de=explain_source(source, "de"),
        explanation_en=explain_source(source, "en"),
    )
