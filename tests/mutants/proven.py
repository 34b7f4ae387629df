"""Views and functions of which the tests near them notice whatever condition is left out.

A run of `make mutants ARGS="--near --conditions --of <room or view>"` has shown it. `.ci/run` tries
those of one room, of another one each day. What is not here may have conditions that no test needs.
"""

from __future__ import annotations

PROVEN = frozenset(
    {
        "api.adoption",
        "api.datastream",
        "api.dead_letter",
        "api.device",
        "api.device_health",
        "api.device_label",
        "api.frame_event",
        "api.granted_datastream",
        "api.installation",
        "api.installation_correction",
        "api.own_device",
        "api.profile",
        "api.profile_version",
        "api.reading",
        "api.reading_daily",
        "api.reading_hourly",
        "api.reading_origin",
        "api.reading_version",
        "api.removal",
        "api.replay",
        "api.retention",
        "api.road_signal",
        "api.site_group",
        "api.site_label",
        "api.source",
        "api.tenant",
        "api.tree",
        "api.uplink",
        "api.watering",
        "api.watering_pause",
        "api.watering_round",
        "api.watering_stop",
    }
)
