"""Which trees and beds need water."""

from __future__ import annotations

from regionhub.features.feature import Feature
from regionhub.features.irrigation import (
    api,
    api_limits,
    pages,
    pages_groups,
    pages_limits,
    schedule,
)
from regionhub.features.irrigation.states import SIGNAL
from regionhub.web.portal.parts import Entry
from regionhub.web.portal.texts import mark

FEATURE = Feature(
    name="irrigation",
    package=__name__,
    signals=(SIGNAL,),
    routes=(api.routes, api_limits.routes),
    pages=(pages.pages, pages_limits.pages, pages_groups.pages),
    navigation=(
        Entry(
            path="/bewaesserung",
            label=mark("Bewässerung"),
            icon="M12 3c4 5 6.500 8 6.500 11.500a6.500 6.500 0 0 1-13 0C5.500 11 8 8 12 3z",
        ),
    ),
    site_panel=pages.site_panel,
    site_charts=pages.site_charts,
    cards=pages.cards,
    jobs=(schedule.JOB,),
)
