"""What the organisation of a town should be like, and whether it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from regionhub.features.solutions.store import DatabaseServer
from regionhub_dashboards.clone.canonical import Json
from regionhub_dashboards.kit.parts import DATASOURCE_TYPE, MIN_INTERVAL
from regionhub_dashboards.kit.rules import DATA_SOURCE_UID, EVERY_SECONDS, as_json
from regionhub_dashboards.solutions import Solution

#: The folder that towns look at, and the one that is theirs: UID, title, what roles may do.
STANDARD, OWN = "standard", "eigene"
FOLDERS = (
    (STANDARD, "Standard", {("Viewer", 1), ("Editor", 1)}),
    (OWN, "Eigene", {("Viewer", 1), ("Editor", 2)}),
)
PREFERENCES = {
    "theme": "light",
    "timezone": "Europe/Berlin",
    "weekStart": "monday",
    "language": "de-DE",
}
#: Names of the hub's contact points begin so.
RECEIVER = "regionhub "
_GRAFANA_MODES = {"disable", "require", "verify-ca", "verify-full"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """What the hub tells Grafana.

    Args:
        database: host and port at which Grafana reaches the database.
        ssl_mode: how; what Grafana does not know is as good as "disable".
        portal_url: where the portal is; empty: dashboards have no link to it.
        tile_url: background tiles of the maps.
        attribution: the credit shown on the maps.
    """

    database: str
    ssl_mode: str = "disable"
    portal_url: str = ""
    tile_url: str = ""
    attribution: str = ""


def data_source(hub: Hub, server: DatabaseServer, role: str) -> Json:
    """The one data source of an organisation, without its password."""
    return {
        "uid": DATA_SOURCE_UID,
        "name": "regionhub",
        "type": DATASOURCE_TYPE,
        "access": "proxy",
        "url": hub.database,
        "user": role,
        "isDefault": True,
        "jsonData": {
            "database": server.database,
            "sslmode": hub.ssl_mode if hub.ssl_mode in _GRAFANA_MODES else "disable",
            "postgresVersion": server.version // 10000 * 100,
            "timescaledb": server.timescale,
            "timeInterval": MIN_INTERVAL,
            "maxOpenConns": 4,
            "maxIdleConns": 2,
            # what a reader sets for a session ends with it
            "connMaxLifetime": 300,
        },
    }


def rule_group(
    solution: Solution, parameters: Mapping[str, str], *, portal_url: str
) -> Json | None:
    """The alert rules of a solution; None: it has none."""
    name = solution.manifest.name
    if not solution.rules or solution.uid is None:
        return None
    return {
        "title": name,
        "folderUid": STANDARD,
        "interval": EVERY_SECONDS,
        "rules": [
            as_json(
                rule,
                solution=name,
                board=solution.uid,
                parameters=parameters,
                portal_url=portal_url,
            )
            for rule in solution.rules
        ],
    }


def contact_points(solution: str, parameters: Mapping[str, str]) -> list[Json]:
    """Where the alerts of a solution go; empty where the town named nothing."""
    settings = {
        "email": ("email", {"addresses": parameters.get("email"), "singleEmail": True}),
        "webhook": ("webhook", {"url": parameters.get("webhook"), "httpMethod": "POST"}),
    }
    return [
        {
            "uid": f"{solution}-{parameter}",
            "name": f"{RECEIVER}{solution}",
            "type": kind,
            "settings": values,
            "disableResolveMessage": False,
        }
        for parameter, (kind, values) in settings.items()
        if parameters.get(parameter)
    ]


def policies(tree: Json, solutions: list[str]) -> Json:
    """The tree with a branch for each of these solutions; other branches stay as they are."""
    others = [
        route
        for route in tree.get("routes") or []
        if not str(route.get("receiver", "")).startswith(RECEIVER)
    ]
    ours = [
        {
            "receiver": f"{RECEIVER}{name}",
            "object_matchers": [["solution", "=", name]],
            "group_by": ["alertname"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "12h",
        }
        for name in solutions
    ]
    return {key: value for key, value in tree.items() if key != "provenance"} | {
        "routes": [*ours, *others]
    }


def same_policies(tree: Json, wanted: Json) -> bool:
    """Whether nothing has to be written."""
    return covers({"routes": tree.get("routes") or []}, {"routes": wanted["routes"]})


def covers(there: Any, wanted: Any) -> bool:
    """Whether what is there has all that is wanted; servers add more."""
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(
            key in there and covers(there[key], value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(there, list)
            and len(there) == len(wanted)
            and all(covers(one, other) for one, other in zip(there, wanted, strict=True))
        )
    return bool(there == wanted)
