"""Device health in the API."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from regionhub.access import Viewer
from regionhub.features.device_health.store import DeviceHealth, device_health
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Items
from regionhub.web.api.values import Id

routes = router("/device-health", tag="devices")

AtSite = Annotated[Id | None, Query(alias="site", description="Only devices at this site now.")]


@routes.get("")
def list_health(visit: Viewer, site_id: AtSite = None) -> Items[DeviceHealth]:
    """How your devices are doing, with one sentence each; those first that need somebody."""
    with visit.town() as town:
        return Items(items=device_health(town, site_id=site_id))
