"""The towns that the caller sees."""

from __future__ import annotations

from regionhub.access import Viewer
from regionhub.registry.tenants import Tenant, tenants
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Items

routes = router("/towns")


@routes.get("")
def list_towns(visit: Viewer) -> Items[Tenant]:
    """Your town; for an account of the region every town that shares with it."""
    with visit.town() as town:
        return Items(items=tenants(town))
