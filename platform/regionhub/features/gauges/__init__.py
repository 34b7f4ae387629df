"""Water levels: stages, rate of rise, curves."""

from __future__ import annotations

from regionhub.features.feature import Feature
from regionhub.features.gauges import (
    api,
    api_links,
    api_rating,
    pages,
    pages_night,
    pages_setup,
    pages_wall,
)
from regionhub.features.gauges.jobs import JOBS
from regionhub.features.gauges.states import SIGNAL
from regionhub.web.portal.parts import Entry
from regionhub.web.portal.texts import mark

FEATURE = Feature(
    name="gauges",
    package=__name__,
    signals=(SIGNAL,),
    routes=(api.routes, api_links.routes, api_rating.routes),
    pages=(pages.pages, pages_wall.pages, pages_night.pages, pages_setup.pages),
    navigation=(
        Entry(
            path="/pegel",
            label=mark("Pegel"),
            icon="M7 3v18M7 5h4M7 9h3M7 13h4M3 18c2-2 4-2 6 0s4 2 6 0 4-2 6 0",
        ),
    ),
    site_panel=pages.site_panel,
    site_charts=pages.site_charts,
    cards=pages.cards,
    jobs=JOBS,
)
