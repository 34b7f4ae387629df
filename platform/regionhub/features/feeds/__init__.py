"""What is fetched from elsewhere, and the weather at a place from whatever stands near."""

from __future__ import annotations

from regionhub.features.feature import Feature
from regionhub.features.feeds import api, pages
from regionhub.features.feeds.jobs import JOBS
from regionhub.features.feeds.problems import figures

FEATURE = Feature(
    name="feeds",
    package=__name__,
    routes=(api.feed_routes, api.warning_routes, api.fire_danger_routes, api.forecast_routes),
    pages=(pages.pages,),
    words={"feed": pages.STATES, "official_warning": pages.SEVERITIES},
    notices=pages.notices,
    site_panel=pages.site_panel,
    jobs=JOBS,
    figures=figures,
)
