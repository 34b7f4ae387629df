"""Irrigation in the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query

from regionhub.access import Viewer
from regionhub.features.irrigation.store import (
    Irrigation,
    Stress,
    irrigation,
    newest_season,
    stress_days,
)
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Items

routes = router("/irrigation")

Year = Annotated[
    int | None,
    Query(ge=2000, le=2100, description="Of the season; that which has begun last if left out."),
]


@routes.get("")
def list_irrigation(visit: Viewer) -> Items[Irrigation]:
    """Trees and beds with their irrigation level, the most urgent first."""
    with visit.town() as town:
        return Items(items=irrigation(town))


@routes.get("/stress-days")
def list_stress_days(visit: Viewer, year: Year = None) -> Items[Stress]:
    """Trees and beds that lacked water in a season (April to September), those longest first."""
    with visit.town() as town:
        season = newest_season(datetime.now(UTC)) if year is None else year
        return Items(items=stress_days(town, season))
