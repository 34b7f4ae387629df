"""Quantities, and the kinds of devices that measure them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from regionhub.access import Viewer
from regionhub.profiles import DeviceProfile
from regionhub.series import points
from regionhub.web.api.routing import router
from regionhub.web.api.schemas import Items, Profile, QuantityInfo

quantity_routes = router("/quantities", tag="vocabulary")
profile_routes = router("/device-profiles", tag="vocabulary")


@quantity_routes.get("", response_model=Items[QuantityInfo])
def list_quantities(visit: Viewer) -> Any:
    """Everything that can be measured, with its one unit."""
    with visit.town() as town:
        return {"items": points.quantities(town)}


@profile_routes.get("", response_model=Items[Profile])
def list_profiles(request: Request, visit: Viewer) -> Any:  # noqa: ARG001 - for those signed in
    """The kinds of devices that this hub understands."""
    profiles: Mapping[str, DeviceProfile] = request.app.state.profiles
    return {"items": [_profile(profile) for profile in profiles.values()]}


def _profile(profile: DeviceProfile) -> dict[str, Any]:
    return {
        "profile_id": profile.id,
        "vendor": profile.vendor,
        "model": profile.model,
        "name": profile.name,
        "description_de": profile.description.de,
        "description_en": profile.description.en,
        "interval_seconds": round(profile.interval_minutes * 60),
        "quantities": sorted({mapping.quantity for mapping in profile.measurements}),
        "parameters": [
            {
                "name": name,
                "type": parameter.type,
                "default": parameter.default,
                "values": parameter.values,
                "min": parameter.min,
                "max": parameter.max,
                "description_de": parameter.description.de,
                "description_en": parameter.description.en,
            }
            for name, parameter in profile.parameters.items()
        ],
    }
