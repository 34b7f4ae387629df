"""The towns that the caller sees."""

from __future__ import annotations

from typing import Any

from regionhub.access import Viewer
from regionhub.registry import sites
from regionhub.web.api.routing import router
from regionhub.web.api.schemas import Items, Town

routes = router("/towns")


@routes.get("", response_model=Items[Town])
def list_towns(visit: Viewer) -> Any:
    """Your town; for an account of the region every town that shares with it."""
    with visit.town() as town:
        return {"items": sites.tenants(town)}
