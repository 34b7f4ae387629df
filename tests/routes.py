"""Every route of the API, also those of features."""

from __future__ import annotations

from fastapi.routing import APIRoute

from regionhub.features import FEATURES
from regionhub.web.api.app import ROUTERS

ROUTES = [
    (method, route)
    for router in (*ROUTERS, *(router for feature in FEATURES for router in feature.routes))
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods or ())
]
