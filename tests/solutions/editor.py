"""What Grafana's editor makes of a dashboard when somebody saves it, as observed with 12.4.0."""

from __future__ import annotations

import copy
from typing import Any

Json = dict[str, Any]


def saved(board: Json) -> Json:
    """The whole dashboard rewritten, although nothing is changed (tests/data/grafana/api/q01)."""
    after = copy.deepcopy(board)
    after["annotations"].setdefault("list", []).insert(
        0,
        {
            "builtIn": 1,
            "datasource": {"type": "grafana", "uid": "-- Grafana --"},
            "enable": True,
            "hide": True,
            "iconColor": "rgba(0, 211, 255, 1)",
            "name": "Annotations & Alerts",
            "type": "dashboard",
        },
    )
    after |= {"preload": False, "timepicker": {}, "version": 2, "id": 1583632738283520}
    after.setdefault("links", [])
    for panel in after["panels"]:
        panel.pop("repeatDirection", None)
        if panel.get("transparent") is False:
            del panel["transparent"]
        if panel["type"] == "text":
            for key in ("datasource", "interval", "maxDataPoints"):
                panel.pop(key, None)
        for step in (
            panel.get("fieldConfig", {}).get("defaults", {}).get("thresholds", {}).get("steps", [])
        ):
            if step.get("value", 0) is None:
                del step["value"]
    for variable in after["templating"]["list"]:
        for key in ("auto", "auto_count", "auto_min", "skipUrlSync"):
            variable.pop(key, None)
        variable["options"] = []
        if variable["type"] == "datasource":
            variable.pop("multi", None)
            variable["refresh"] = 1
        else:
            variable["regexApplyTo"] = "value"
            variable.get("current", {}).pop("selected", None)
    return after
