"""Quantities, and the kinds of devices that measure them."""

from __future__ import annotations

from fastapi import Request

from regionhub.access import Viewer
from regionhub.profiles import DeviceProfile
from regionhub.series.datastreams import QuantityInfo, quantities
from regionhub.web.api.registration import profiles_seen
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Items
from regionhub.web.api.schemas.profiles import Profile, ProfileParameter

quantity_routes = router("/quantities", tag="vocabulary")
profile_routes = router("/device-profiles", tag="vocabulary")


@quantity_routes.get("")
def list_quantities(visit: Viewer) -> Items[QuantityInfo]:
    """Everything that can be measured, with its one unit."""
    with visit.town() as town:
        return Items(items=quantities(town))


@profile_routes.get("")
def list_profiles(request: Request, visit: Viewer) -> Items[Profile]:
    """The kinds of devices that this hub understands, and those that your town taught it."""
    with visit.town() as town:
        profiles = profiles_seen(request.app.state, town)
    return Items(items=[_profile(profile) for profile in profiles.values()])


def _profile(profile: DeviceProfile) -> Profile:
    return Profile(
        profile_id=profile.id,
        vendor=profile.vendor,
        model=profile.model,
        name=profile.name,
        description_de=profile.description.de,
        description_en=profile.description.en,
        use_de=None if profile.use is None else profile.use.de,
        use_en=None if profile.use is None else profile.use.en,
        mounting_de=None if profile.mounting is None else profile.mounting.de,
        mounting_en=None if profile.mounting is None else profile.mounting.en,
        datasheet=profile.datasheet,
        decoder=profile.decoder,
        interval_seconds=round(profile.interval_minutes * 60),
        quantities=sorted({mapping.quantity for mapping in profile.measurements}),
        parameters=[
            ProfileParameter(
                name=name,
                type=parameter.type,
                default=parameter.default,
                values=parameter.values,
                min=parameter.min,
                max=parameter.max,
                description_de=parameter.description.de,
                description_en=parameter.description.en,
            )
            for name, parameter in profile.parameters.items()
        ],
    )
