"""Processing again and removing, in the API: replays, removals, retention."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request

from regionhub.access import Editor, Viewer
from regionhub.archive import retention, runs
from regionhub.archive.retention import Removal, Retention
from regionhub.archive.runs import Replay
from regionhub.errors import NotFound
from regionhub.web.api.paging import page
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Given, Items, Page
from regionhub.web.api.values import DevEui, Id, LetterReason, Limit, Line

replay_routes = router("/replays", tag="archive")
removal_routes = router("/removals", tag="archive")
retention_routes = router("/retention", tag="archive")

Before = Annotated[Id | None, Query(description="Older than this id; see `next`.")]


class NewReplay(Given):
    """Which waiting dead letters are processed again; what is not named does not choose."""

    reason: LetterReason | None = None
    dev_eui: DevEui | None = None
    source_id: Id | None = None
    why: Line = runs.BY_API


@replay_routes.get("")
def list_replays(
    request: Request, visit: Viewer, before: Before = None, limit: Limit = 50
) -> Page[Replay]:
    """What was worked on again, the newest first: who, when, why, and what became of it."""
    with visit.town() as town:
        rows = runs.runs(town, before=before, limit=limit + 1)
    return page(request, rows, limit, before="replay_id")


@replay_routes.post("", status_code=201)
def request_replay(new: NewReplay, visit: Editor) -> Replay:
    """Process waiting dead letters of your town again; begins within seconds. Rights: editor."""
    principal = visit.principal
    with visit.town() as town:
        return runs.request_run(
            town,
            tenant_id=principal.tenant_id,
            requested_by=principal.named,
            why=new.why,
            letter_reason=new.reason,
            dev_eui=new.dev_eui,
            source_id=new.source_id,
        )


@replay_routes.get("/{replay_id}")
def get_replay(replay_id: Id, visit: Viewer) -> Replay:
    """One replay, also while it runs."""
    with visit.town() as town:
        row = runs.run_of_town(town, replay_id)
    if row is None:
        raise NotFound("There is no such replay.")
    return row


@removal_routes.get("")
def list_removals(
    request: Request, visit: Viewer, before: Before = None, limit: Limit = 50
) -> Page[Removal]:
    """What retention removed, the last first."""
    with visit.town() as town:
        rows = retention.removals(town, before=before, limit=limit + 1)
    return page(request, rows, limit, before="removal_id")


@retention_routes.get("")
def list_retention(visit: Viewer) -> Items[Retention]:
    """How long your town keeps what."""
    with visit.town() as town:
        return Items(items=retention.retention_of_town(town))
