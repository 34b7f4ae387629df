"""The watering log and the rounds in the API."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field

from regionhub.access import Editor, Viewer
from regionhub.features.watering.log import Outcome, Watering, enter, undo, waterings
from regionhub.features.watering.rounds import Round, rounds, today
from regionhub.features.watering.schemas import GivenEntry
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Answer, Given, Items
from regionhub.web.api.values import Id, Limit, Time

routes = router("/waterings", tag="irrigation")
round_routes = router("/watering-rounds", tag="irrigation")

Day = Annotated[date | None, Query(description="In Germany; today if left out.")]


class GivenEntries(Given):
    """Several waterings."""

    entries: list[GivenEntry] = Field(min_length=1, max_length=1000)


class Entered(Answer):
    """What became of each, in the same order."""

    outcomes: list[Outcome]


@routes.get("")
def list_waterings(
    visit: Viewer,
    site: Annotated[Id | None, Query(description="Of one tree or bed.")] = None,
    start: Annotated[
        Time | None, Query(alias="from", description="Start, with its offset.")
    ] = None,
    end: Annotated[
        Time | None, Query(alias="to", description="End (not included), with its offset.")
    ] = None,
    limit: Limit = 200,
) -> Items[Watering]:
    """The watering log, the newest first; a period includes its start and not its end."""
    with visit.town() as town:
        return Items(items=waterings(town, site_id=site, start=start, end=end, limit=limit))


@routes.post("")
def enter_waterings(given: GivenEntries, visit: Editor) -> Entered:
    """Write waterings down, each once however often it is sent. Rights: editor."""
    principal = visit.principal
    with visit.town() as town:
        outcomes = enter(
            town,
            principal.tenant_id,
            [one.entry() for one in given.entries],
            who=principal.display_name,
            source="api",
            now=datetime.now(UTC),
        )
    return Entered(outcomes=outcomes)


@routes.delete("/{watering_id}")
def undo_watering(watering_id: UUID, visit: Editor) -> Watering:
    """Take a watering back that was entered by mistake; it stays as undone. Rights: editor."""
    with visit.town() as town:
        return undo(town, visit.principal.tenant_id, watering_id, by=visit.principal.display_name)


@round_routes.get("")
def list_rounds(visit: Viewer, day: Day = None) -> Items[Round]:
    """The rounds of a day with their stops in driving order."""
    with visit.town() as town:
        wanted = today(datetime.now(UTC)) if day is None else day
        return Items(items=rounds(town, visit.principal.tenant_id, wanted))
