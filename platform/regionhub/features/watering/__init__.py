"""Who waters what: rounds of crews, with and without a network, the log, the season."""

from __future__ import annotations

from regionhub.features.feature import Feature
from regionhub.features.watering import api, pages, pages_log, pages_phone, pages_season
from regionhub.features.watering.jobs import JOBS
from regionhub.web.portal.parts import Entry
from regionhub.web.portal.texts import mark

FEATURE = Feature(
    name="watering",
    package=__name__,
    routes=(api.routes, api.round_routes),
    pages=(pages.pages, pages_log.pages, pages_phone.pages, pages_season.pages),
    navigation=(
        Entry(
            path="/giessen",
            label=mark("Gießen"),
            icon="M4 10h9v9H4zM13 12l6-4v3M4 10l2-4h5l2 4M19 14v1M19 18v1",
            covers=("/giessen/",),
        ),
    ),
    site_panel=pages_log.site_panel,
    jobs=JOBS,
)
