"""Irrigation in the API."""

from __future__ import annotations

from regionhub.access import Viewer
from regionhub.features.irrigation.store import Irrigation, irrigation
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Items

routes = router("/irrigation")


@routes.get("")
def list_irrigation(visit: Viewer) -> Items[Irrigation]:
    """Trees and beds with their irrigation level, the most urgent first."""
    with visit.town() as town:
        return Items(items=irrigation(town))
