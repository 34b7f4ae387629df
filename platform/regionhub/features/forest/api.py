"""Forest stands in the API."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import Query

from regionhub.access import Viewer
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Items
from regionhub.web.api.values import Id

from . import store
from .store import Stand, StandDay

routes = router("/forest")

Day = Annotated[date | None, Query(description="A day; the last sixty if both are left out.")]


@routes.get("")
def list_stands(visit: Viewer) -> Items[Stand]:
    """Forest stands with their Fire Weather Index of the newest noon, the most dangerous first."""
    with visit.town() as town:
        return Items(items=[*store.stands(town)])


@routes.get("/{site_id}/fire-weather")
def list_fire_days(
    visit: Viewer, site_id: Id, from_day: Day = None, to_day: Day = None
) -> Items[StandDay]:
    """Weather at noon and the codes of the Fire Weather Index System, day by day."""
    end = to_day or datetime.now(UTC).date()
    start = from_day or end - timedelta(days=60)
    with visit.town() as town:
        return Items(items=store.fire_days(town, site_id, start=start, end=end))
