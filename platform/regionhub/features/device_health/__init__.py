"""Whether all that was installed is heard and measures: one state and one sentence per device."""

from __future__ import annotations

from regionhub.features.device_health import api, pages
from regionhub.features.device_health.decide import decide
from regionhub.features.device_health.states import SIGNAL
from regionhub.features.feature import Feature
from regionhub.web.portal.parts import Entry
from regionhub.web.portal.texts import mark

FEATURE = Feature(
    name="device_health",
    package=__name__,
    signals=(SIGNAL,),
    decide=decide,
    routes=(api.routes,),
    pages=(pages.pages,),
    navigation=(
        Entry(
            path="/geraete",
            label=mark("Geräte"),
            icon="M9 10h6a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2z"
            "M12 10V6M8.500 5a5 5 0 0 1 7 0M10 14h4",
            lists_devices=True,
        ),
    ),
    site_panel=pages.site_panel,
    cards=pages.cards,
)
