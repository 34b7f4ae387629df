"""Alarms in the API: what is open, what happened, and acknowledging."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query, Request, Response

from regionhub.access import Editor, Viewer, Visit
from regionhub.features.alarms import store
from regionhub.features.alarms.cap import cap_draft
from regionhub.features.alarms.store import AlarmRow, Message, Step
from regionhub.registry.sites import site
from regionhub.registry.tenants import tenants
from regionhub.store.database import Connection
from regionhub.web.api.paging import page
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Answer, Page
from regionhub.web.api.values import Id, Limit

routes = router("/alarms")

Before = Annotated[Id | None, Query(description="Older than this id; see `next`.")]
CAP = "application/cap+xml"


class AlarmDetail(Answer):
    """An alarm, what happened to it, and who was told."""

    alarm: AlarmRow
    steps: list[Step]
    messages: list[Message]


@routes.get("")
def list_alarms(
    request: Request,
    visit: Viewer,
    open: Annotated[  # noqa: A002 - the word of the field
        bool | None, Query(description="Only what is open, or only what is over.")
    ] = None,
    site_id: Annotated[Id | None, Query(description="Only at this site.")] = None,
    before: Before = None,
    limit: Limit = 100,
) -> Page[AlarmRow]:
    """Alarms of your town, the newest first; with `open=true` the most urgent first, in one."""
    with visit.town() as town:
        rows = store.alarms(town, open=open, site_id=site_id, before=before, limit=limit + 1)
    return Page(items=rows) if open else page(request, rows, limit, before="alarm_id")


@routes.get("/{alarm_id}")
def get_alarm(alarm_id: Id, visit: Viewer) -> AlarmDetail:
    """One alarm with its log."""
    with visit.town() as town:
        return AlarmDetail(
            alarm=store.alarm(town, alarm_id),
            steps=store.steps(town, alarm_id),
            messages=store.messages(town, alarm_id),
        )


@routes.post("/{alarm_id}/acknowledgement")
def acknowledge_alarm(alarm_id: Id, visit: Editor) -> AlarmRow:
    """Say that somebody takes care: nobody else of its chain is told. Rights: editor."""
    with visit.town() as town:
        return store.acknowledge(town, alarm_id, who=visit.principal.display_name)


@routes.get(
    "/{alarm_id}/cap",
    response_class=Response,
    responses={200: {"content": {CAP: {"schema": {"type": "string"}}}}},
)
def get_cap_draft(alarm_id: Id, request: Request, visit: Viewer) -> Response:
    """A CAP 1.2 message as a draft for the control centre, which alone warns the public."""
    return cap_response(alarm_id, request, visit)


def cap_response(alarm_id: int, request: Request, visit: Visit) -> Response:
    """The draft as a file.

    Raises:
        NotFound: there is no such alarm.
    """
    with visit.town() as town:
        alarm = store.alarm(town, alarm_id)
        text = cap_draft(
            alarm,
            sender=request.url.hostname or "regionhub",
            town=_town_name(town, alarm.tenant_id),
            position=_position(town, alarm.site_id),
            now=datetime.now(UTC),
        )
    name = f'attachment; filename="alarm-{alarm_id}-entwurf.xml"'
    return Response(text, media_type=CAP, headers={"Content-Disposition": name})


def _town_name(town: Connection, tenant_id: int) -> str:
    return next((one.name for one in tenants(town) if one.tenant_id == tenant_id), "")


def _position(town: Connection, site_id: int | None) -> tuple[float, float] | None:
    found = None if site_id is None else site(town, site_id)
    if found is None or found.latitude is None or found.longitude is None:
        return None
    return found.latitude, found.longitude
