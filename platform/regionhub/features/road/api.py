"""Roads in the API."""

from __future__ import annotations

from regionhub.access import Viewer
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Items

from .store import Road, roads

routes = router("/roads")


@routes.get("")
def list_roads(visit: Viewer) -> Items[Road]:
    """Road spots: what is icy first, the coldest first."""
    with visit.town() as town:
        return Items(items=[*roads(town)])
