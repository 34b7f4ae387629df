"""Device profiles of the hub and of towns: written, imported, mapped, tried, without a restart."""

from __future__ import annotations

from regionhub.features.device_profiles import api, pages, pages_edit, pages_map
from regionhub.features.feature import Feature
from regionhub.web.portal.parts import Entry
from regionhub.web.portal.texts import mark

FEATURE = Feature(
    name="device_profiles",
    package=__name__,
    routes=(api.routes,),
    # what has a name of its own comes before the ids of profiles
    pages=(pages_map.pages, pages_edit.pages, pages.pages),
    navigation=(
        Entry(
            path="/profile",
            label=mark("Geräteprofile"),
            icon="M5 4h14v16H5zM9 9h6M9 13h6",
            covers=("/profile/",),
            role="editor",
        ),
    ),
)
