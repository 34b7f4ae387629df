"""The completeness ledger in the API: frames expected, received, recovered and missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Generic, TypeVar

from fastapi import Query, Request
from pydantic import Field

from regionhub.access import Viewer
from regionhub.errors import InputError
from regionhub.features.completeness import store
from regionhub.features.completeness.store import Completeness, Gap, Session
from regionhub.web.api.paging import link
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Page
from regionhub.web.api.values import After, Id, Limit, Time, Whole, period

Row = TypeVar("Row")

routes = router("/completeness", tag="devices")
device_routes = router("/devices/{device_id}/completeness", tag="devices")

Start = Annotated[
    Time | None,
    Query(alias="from", description="Start, with its offset; 30 days before `to` if not given."),
]
End = Annotated[
    Time | None,
    Query(alias="to", description="End (not included), with its offset; now if not given."),
]


class InPeriod(Page[Row], Generic[Row]):
    """A page of a list for a period."""

    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to", description="Not included.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCompleteness(Completeness):
    """The ledger of a device with its sessions, the newest first."""

    start: Annotated[datetime, Field(serialization_alias="from")]
    end: Annotated[datetime, Field(serialization_alias="to", description="Not included.")]
    items: list[Session]
    next: Annotated[str | None, Field(description="Address of the following sessions.")] = None


@routes.get("")
def list_completeness(
    request: Request,
    visit: Viewer,
    start: Start = None,
    end: End = None,
    after: After = 0,
    limit: Limit = 100,
) -> InPeriod[Completeness]:
    """Frames of your devices in at most 400 days: expected, received, recovered and missing."""
    start, end = _period(start, end)
    with visit.town() as town:
        rows = store.devices(town, start=start, end=end, after=after, limit=limit + 1)
    key = {"after": rows[limit - 1].device_id} if len(rows) > limit else None
    following = _following(request, start, end, key)
    return InPeriod(items=rows[:limit], next=following, start=start, end=end)


@device_routes.get("")
def get_completeness(
    device_id: Id,
    request: Request,
    visit: Viewer,
    start: Start = None,
    end: End = None,
    before: Annotated[
        Time | None, Query(description="Sessions that began before this; see `next`.")
    ] = None,
    limit: Limit = 100,
) -> DeviceCompleteness:
    """Frames of one device in at most 400 days, and its sessions, the newest first."""
    start, end = _period(start, end)
    with visit.town() as town:
        found = store.device(town, device_id, start=start, end=end)
        rows = store.sessions(town, device_id, start=start, end=end, before=before, limit=limit + 1)
    key = {"before": rows[limit - 1].began_at.isoformat()} if len(rows) > limit else None
    following = _following(request, start, end, key)
    return DeviceCompleteness(
        **asdict(found), start=start, end=end, items=rows[:limit], next=following
    )


@device_routes.get("/gaps")
def list_gaps(
    device_id: Id,
    request: Request,
    visit: Viewer,
    start: Start = None,
    end: End = None,
    before: Annotated[
        Time | None, Query(description="Gaps that ended before this; see `next`.")
    ] = None,
    before_f_cnt: Annotated[
        Whole,
        Query(ge=0, le=2**32, description="Of gaps that ended then, those before; see `next`."),
    ] = 0,
    limit: Limit = 100,
) -> InPeriod[Gap]:
    """Runs of missing counters with the times of the frames around them, the newest first."""
    start, end = _period(start, end)
    with visit.town() as town:
        store.device(town, device_id, start=start, end=end)
        rows = store.gaps(
            town,
            device_id,
            start=start,
            end=end,
            before=None if before is None else (before, before_f_cnt),
            limit=limit + 1,
        )
    key: dict[str, object] | None = None
    if len(rows) > limit:
        last = rows[limit - 1]
        key = {"before": last.next_frame_at.isoformat(), "before_f_cnt": last.first_f_cnt}
    following = _following(request, start, end, key)
    return InPeriod(items=rows[:limit], next=following, start=start, end=end)


def _period(start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    start, end = period(start, end, store.USUAL_PERIOD)
    if end - start > store.LONGEST_PERIOD:
        raise InputError(
            f"A ledger covers at most {store.LONGEST_PERIOD.days} days: move `from` or `to`."
        )
    return start, end


def _following(
    request: Request, start: datetime, end: datetime, key: Mapping[str, object] | None
) -> str | None:
    if key is None:
        return None
    # the period is written down, so that pages of a period until "now" do not drift
    return link(request, {"from": start.isoformat(), "to": end.isoformat(), **key})
