"""What is fetched from elsewhere, and the weather at a place from whatever stands near."""

from __future__ import annotations

from regionhub.features.feature import Feature
from regionhub.features.feeds import api

FEATURE = Feature(
    name="feeds",
    package=__name__,
    routes=(api.feed_routes, api.warning_routes, api.fire_danger_routes, api.forecast_routes),
)
