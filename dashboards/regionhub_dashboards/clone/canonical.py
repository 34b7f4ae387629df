"""One form for dashboards that say the same.

Grafana's editor rewrites a whole dashboard when somebody changes one word in it: observed with
12.4.0 that were 40 differences of which one was meant. What it adds or leaves out without changing
what is shown is taken away here, from what we render as from what we read back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

#: Of this server or of this moment, not of the dashboard.
_OWN = {"id", "version", "iteration", "uid", "schemaVersion", "gnetId", "revision"}
#: What is meant where nothing stands.
_TOP: Json = {
    "annotations": {"list": []},
    "description": "",
    "editable": True,
    "fiscalYearStartMonth": 0,
    "graphTooltip": 0,
    "links": [],
    "liveNow": False,
    "panels": [],
    "preload": False,
    "refresh": "",
    "tags": [],
    "templating": {"list": []},
    "timezone": "",
    "weekStart": "",
}
_PANEL: Json = {
    "collapsed": False,
    "description": "",
    "links": [],
    "options": {},
    "pluginVersion": None,
    "repeatDirection": "h",
    "title": "",
    "transformations": [],
    "transparent": False,
}
_VARIABLE: Json = {
    "allowCustomValue": True,
    "auto": False,
    "auto_count": 30,
    "auto_min": "10s",
    "definition": "",
    "description": "",
    "hide": 0,
    "includeAll": False,
    "label": "",
    "multi": False,
    "regex": "",
    "regexApplyTo": "value",
    "skipUrlSync": False,
    "sort": 0,
}
_ANNOTATION: Json = {"builtIn": 0, "hide": False, "enable": True, "iconColor": ""}
#: Kinds of panels that ask no data source, so that what is said of one has no meaning.
_SILENT = {"text", "row", "dashlist", "news"}


def canonical(board: Mapping[str, Any]) -> Json:
    """The dashboard in the one form; two that show the same are equal."""
    plain = json.loads(json.dumps(board))
    kept = {key: value for key, value in plain.items() if key not in _OWN}
    kept.pop("timepicker", None)  # the editor fills it with what is the default anyway
    kept["annotations"] = {
        "list": [
            _without(mark, _ANNOTATION)
            for mark in _list(kept, "annotations")
            if not mark.get("builtIn")
        ]
    }
    kept["templating"] = {"list": [_variable(each) for each in _list(kept, "templating")]}
    kept["panels"] = [_panel(panel) for panel in kept.get("panels") or []]
    return _without(_plain_numbers(kept), _TOP)


def digest(board: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical form."""
    text = json.dumps(canonical(board), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _list(board: Json, key: str) -> list[Json]:
    return list((board.get(key) or {}).get("list") or [])


def _without(part: Json, usual: Mapping[str, Any]) -> Json:
    """Leave out what is null or as usual."""
    return {
        key: value
        for key, value in part.items()
        if value is not None and not (key in usual and value == usual[key])
    }


def _panel(panel: Json) -> Json:
    kept = _without(panel, _PANEL)
    kept.pop("pluginVersion", None)  # the server's, written into whatever it saves
    if nested := panel.get("panels"):
        kept["panels"] = [_panel(each) for each in nested]
    else:
        kept.pop("panels", None)
    if panel.get("type") in _SILENT:
        for key in ("datasource", "interval", "maxDataPoints", "targets"):
            kept.pop(key, None)
    if config := _field_config(panel.get("fieldConfig") or {}):
        kept["fieldConfig"] = config
    else:
        kept.pop("fieldConfig", None)
    return kept


def _field_config(config: Json) -> Json:
    defaults = dict(config.get("defaults") or {})
    if steps := (defaults.get("thresholds") or {}).get("steps"):
        # the first step begins at minus infinity, written as null or left out
        clean = [_without(step, {}) for step in steps]
        defaults["thresholds"] = {**defaults["thresholds"], "steps": clean}
    whole = {"defaults": _without(defaults, {}), "overrides": config.get("overrides") or []}
    return {key: value for key, value in whole.items() if value}


def _variable(variable: Json) -> Json:
    """The choice somebody made last, and the list it was made from, are no part of it."""
    kept = _without(variable, _VARIABLE)
    for key in ("current", "options"):
        kept.pop(key, None)
    if variable.get("type") == "datasource":
        kept.pop("refresh", None)
    return kept


def _plain_numbers(value: Any) -> Any:
    """1.0 is written as 1: the server does so."""
    if isinstance(value, dict):
        return {key: _plain_numbers(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain_numbers(each) for each in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
