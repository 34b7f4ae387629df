"""Alert rules of a solution: what is asked, what is too much, and what somebody should do then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
#: Rules cannot use variables: the data source has this UID in every organisation.
DATA_SOURCE_UID = "pg"
#: Seconds between two looks, and how far a statement may look back.
EVERY_SECONDS, WINDOW_SECONDS = 60, 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Fires for each line of its statement whose value is above the limit.

    Args:
        name: within its solution; never changes.
        title: what it is called in Grafana.
        sql: columns time, thing, value; one row for each thing that can fire. A column `metric`
            would name the series and be no label, so that two things could not be told apart.
        above: the limit; the name of a parameter of the solution, or a number.
        hold: how long it has to be so, such as "5m".
        summary: one line; `{{ $labels.thing }}` is the thing, `{{ $values.B }}` its value.
        advice: what somebody should do, and what it is not.
        page: of the portal.
        panel: id of the panel of the solution's dashboard that shows it.
    """

    name: str
    title: str
    sql: str
    above: float | str
    hold: str
    summary: str
    advice: str
    page: str
    panel: int


def as_json(
    rule: Rule, *, solution: str, board: str, parameters: Mapping[str, str], portal_url: str
) -> Json:
    """The rule as Grafana takes it."""
    limit = rule.above
    above = float(parameters[limit]) if isinstance(limit, str) else limit
    link = f" {portal_url.rstrip('/')}{rule.page}" if portal_url else ""
    return {
        "uid": f"{solution}-{rule.name}",
        "title": rule.title,
        "folderUID": "standard",
        "ruleGroup": solution,
        "condition": "C",
        "for": rule.hold,
        # no row: nothing that could fire, such as a town without gauges
        "noDataState": "OK",
        "execErrState": "Error",
        "labels": {"solution": solution},
        "annotations": {
            "summary": rule.summary,
            "description": f"{rule.advice}{link}",
            "__dashboardUid__": board,
            "__panelId__": str(rule.panel),
        },
        "data": [_query(rule.sql), _last(), _threshold(above)],
    }


def _query(sql: str) -> Json:
    return {
        "refId": "A",
        "relativeTimeRange": {"from": WINDOW_SECONDS, "to": 0},
        "datasourceUid": DATA_SOURCE_UID,
        "model": {
            "refId": "A",
            "rawSql": sql,
            "rawQuery": True,
            "format": "time_series",
            "editorMode": "code",
        },
    }


def _last() -> Json:
    return {
        "refId": "B",
        "datasourceUid": "__expr__",
        "model": {
            "refId": "B",
            "type": "reduce",
            "expression": "A",
            "reducer": "last",
            "settings": {"mode": "dropNN"},
        },
    }


def _threshold(above: float) -> Json:
    return {
        "refId": "C",
        "datasourceUid": "__expr__",
        "model": {
            "refId": "C",
            "type": "threshold",
            "expression": "B",
            "conditions": [{"evaluator": {"type": "gt", "params": [above]}}],
        },
    }
