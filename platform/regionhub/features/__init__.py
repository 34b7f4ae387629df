"""One complete folder for each decision or face; see `feature.py`.

To add one: make its folder, import it and name it here (docs/features.md). The order is that of the
navigation, of the cards on the overview, and in which the views are made.
"""

from __future__ import annotations

from regionhub.features import (
    alarms,
    completeness,
    device_health,
    device_profiles,
    exports,
    feeds,
    forest,
    gauges,
    inbox,
    irrigation,
    observations,
    onboarding,
    road,
    solutions,
    watering,
)
from regionhub.features.feature import Feature

FEATURES: tuple[Feature, ...] = (
    feeds.FEATURE,  # the weather, on which others stand
    irrigation.FEATURE,
    watering.FEATURE,
    gauges.FEATURE,
    forest.FEATURE,
    road.FEATURE,
    alarms.FEATURE,
    observations.FEATURE,
    completeness.FEATURE,
    device_health.FEATURE,
    exports.FEATURE,
    onboarding.FEATURE,
    device_profiles.FEATURE,
    inbox.FEATURE,
    solutions.FEATURE,
)
