"""The towns that the caller sees."""

from __future__ import annotations

from typing import Any

from regionhub.access import Viewer
from regionhub.api.routing import router
from regionhub.api.schemas import Items, Town
from regionhub.store import sites

routes = router("/towns")


@routes.get("", response_model=Items[Town])
def list_towns(visit: Viewer) -> Any:
    """Your town; for an account of the region every town that shares with it."""
    with visit.town() as town:
        return {"items": sites.tenants(town)}
