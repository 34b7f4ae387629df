"""The completeness ledger: frames expected, received, recovered and missing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request

from regionhub.access import Viewer
from regionhub.errors import InputError, NotFound
from regionhub.features.completeness import store as completeness
from regionhub.web.api.paging import link
from regionhub.web.api.routing import router
from regionhub.web.api.schemas import Completeness, DeviceCompleteness, Gap, InPeriod
from regionhub.web.api.values import After, Id, Limit, Time, period

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


@routes.get("", response_model=InPeriod[Completeness])
def list_completeness(
    request: Request,
    visit: Viewer,
    start: Start = None,
    end: End = None,
    after: After = 0,
    limit: Limit = 100,
) -> Any:
    """Frames of your devices in at most 400 days: expected, received, recovered and missing."""
    start, end = _period(start, end)
    with visit.town() as town:
        rows = completeness.devices(town, start=start, end=end, after=after, limit=limit + 1)
    key = {"after": rows[limit - 1]["device_id"]} if len(rows) > limit else None
    return _page(request, start, end, rows[:limit], key)


@device_routes.get("", response_model=DeviceCompleteness)
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
) -> Any:
    """Frames of one device in at most 400 days, and its sessions, the newest first."""
    start, end = _period(start, end)
    with visit.town() as town:
        found = completeness.device(town, device_id, start=start, end=end)
        if found is None:
            raise NotFound("There is no such device.")
        rows = completeness.sessions(
            town, device_id, start=start, end=end, before=before, limit=limit + 1
        )
    key = {"before": rows[limit - 1]["began_at"].isoformat()} if len(rows) > limit else None
    return found | _page(request, start, end, rows[:limit], key)


@device_routes.get("/gaps", response_model=InPeriod[Gap])
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
        int, Query(ge=0, le=2**32, description="Of gaps that ended then, those before; see `next`.")
    ] = 0,
    limit: Limit = 100,
) -> Any:
    """Runs of missing counters with the times of the frames around them, the newest first."""
    start, end = _period(start, end)
    with visit.town() as town:
        if completeness.device(town, device_id, start=start, end=end) is None:
            raise NotFound("There is no such device.")
        rows = completeness.gaps(
            town,
            device_id,
            start=start,
            end=end,
            before=None if before is None else (before, before_f_cnt),
            limit=limit + 1,
        )
    key = None
    if len(rows) > limit:
        last = rows[limit - 1]
        key = {"before": last["next_frame_at"].isoformat(), "before_f_cnt": last["first_f_cnt"]}
    return _page(request, start, end, rows[:limit], key)


def _period(start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    start, end = period(start, end, completeness.USUAL_PERIOD)
    if end - start > completeness.LONGEST_PERIOD:
        raise InputError(
            f"A ledger covers at most {completeness.LONGEST_PERIOD.days} days: move `from` or `to`."
        )
    return start, end


def _page(
    request: Request,
    start: datetime,
    end: datetime,
    rows: list[dict[str, Any]],
    key: dict[str, object] | None,
) -> dict[str, Any]:
    # the period is written down, so that pages of a period until "now" do not drift
    times = {"from": start.isoformat(), "to": end.isoformat()}
    following = None if key is None else link(request, times | key)
    return {"start": start, "end": end, "items": rows, "next": following}
