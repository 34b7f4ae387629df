"""Whether all that was installed is heard: state, battery, radio, lost frames."""

from __future__ import annotations

from regionhub.features.device_health import api, pages
from regionhub.features.device_health.states import STATES
from regionhub.features.feature import Feature
from regionhub.web.portal.parts import Entry
from regionhub.web.portal.texts import mark

FEATURE = Feature(
    name="device_health",
    package=__name__,
    words={"device": STATES},
    routes=(api.routes,),
    pages=(pages.pages,),
    navigation=(
        Entry(
            path="/geraete",
            label=mark("Geräte"),
            icon="M9 10h6a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2z"
            "M12 10V6M8.500 5a5 5 0 0 1 7 0M10 14h4",
            covers=("/vollstaendigkeit",),
        ),
    ),
    site_panel=pages.site_panel,
    cards=pages.cards,
)
