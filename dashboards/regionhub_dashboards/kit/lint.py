"""What a dashboard must hold to. Returns sentences, one per fault."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from regionhub_dashboards.kit.macros import TimeRange, expand
from regionhub_dashboards.kit.parts import DATASOURCE_TYPE, MAX_DATA_POINTS

Json = dict[str, Any]

_DATASOURCE = {"type": DATASOURCE_TYPE, "uid": "${ds}"}
_GERMAN = re.compile(
    r"\b(der|die|das|des|dem|den|und|ist|sind|nicht|je|aus|wie|wo|was|im|in)\b", re.IGNORECASE
)
_WITHOUT_SOURCE = {"row", "text"}
_READS = re.compile(r"\b(?:from|join)\s+(?:lateral\s+)?([a-z_][\w.]*|\()", re.IGNORECASE)
_NAMED = re.compile(
    r"(?:\bwith|\),)\s*([a-z_]\w*)\s+as\s+(?:(?:not\s+)?materialized\s+)?\(", re.IGNORECASE
)
_EXTRACT = re.compile(r"\bextract\s*\(\s*\w+\s+from\b", re.IGNORECASE)
_FORBIDDEN = re.compile(r"\b(core|auth|public|information_schema)\.|\bpg_\w+", re.IGNORECASE)
#: A town named in a statement; to join by towns is something else.
_CHOOSES = re.compile(
    r"\b(tenant_id|slug|ags)(::\w+)?\s*(=|<>|in\b|like\b)\s*(any\b\s*)?[\s(]*(\d|'|array|\$)",
    re.IGNORECASE,
)
_COMMENT_OR_TEXT = re.compile(r"--.*|'(?:[^']|'')*'")


def problems(board: Json) -> list[str]:
    """Every fault of one dashboard."""
    uid = board.get("uid", "?")
    return [f"{uid}: {fault}" for check in _CHECKS for fault in check(board)]


def queries(board: Json) -> Iterator[tuple[str, Json]]:
    """Every query of a dashboard with the name of its place: panels, then marks."""
    for panel in board.get("panels") or []:
        for target in panel.get("targets") or []:
            yield f"Panel {panel.get('id')} {target.get('refId')}", target
    for mark in _annotations(board):
        if "target" in mark:
            yield f"Annotation {mark.get('name')}", mark["target"]


def variables(board: Json) -> list[Json]:
    """List the variables."""
    return list((board.get("templating") or {}).get("list") or [])


def _annotations(board: Json) -> list[Json]:
    return list((board.get("annotations") or {}).get("list") or [])


def _head(board: Json) -> Iterator[str]:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", board.get("uid") or ""):
        yield "the UID is missing or not usable"
    if board.get("id") is not None:
        yield "a numeric id ties it to one Grafana"
    if board.get("timezone") != "Europe/Berlin" or board.get("weekStart") != "monday":
        yield "the time zone or the start of the week is not set"
    if not any(
        re.fullmatch(rf"template:{board.get('uid')}@\d+\.\d+\.\d+", tag)
        for tag in board.get("tags") or []
    ):
        yield "the tag template:<uid>@<version> is missing"


def _datasource(board: Json) -> Iterator[str]:
    users = list(queries(board))
    users += [
        (f"panel {panel.get('id')}", panel)
        for panel in board.get("panels") or []
        if panel["type"] != "row"
    ]
    users += [(f"annotation {mark.get('name')}", mark) for mark in _annotations(board)]
    for variable in variables(board):
        if variable["type"] != "datasource":
            users.append((f"variable {variable['name']}", variable))
        elif variable["name"] != "ds" or variable.get("hide") != 2:
            yield "the data source variable is not the hidden ds"
    for place, user in users:
        if user.get("datasource") != _DATASOURCE:
            yield f"{place} does not take its data from ${{ds}}"


def _panels(board: Json) -> Iterator[str]:
    for panel in board.get("panels") or []:
        name = f"panel {panel.get('id')}"
        if not panel.get("title"):
            yield f"{name} has no title"
        if panel["type"] == "row":
            continue
        description = panel.get("description") or ""
        if not (description.endswith(".") and _GERMAN.search(description)):
            yield f"{name} has no German description that is a sentence"
        if panel["type"] in _WITHOUT_SOURCE:
            continue
        if not panel.get("targets"):
            yield f"{name} asks nothing"
        if not ((panel.get("fieldConfig") or {}).get("defaults") or {}).get("unit"):
            yield f"{name} has no unit"
        if panel.get("maxDataPoints") != MAX_DATA_POINTS or not panel.get("interval"):
            yield f"{name} leaves its resolution to the width of a window"


def _grid(board: Json) -> Iterator[str]:
    seen: set[int] = set()
    taken: dict[tuple[int, int], int] = {}
    for panel in board.get("panels") or []:
        number, grid = panel.get("id"), panel.get("gridPos") or {}
        if not isinstance(number, int) or number in seen:
            yield f"panel id {number} is missing or taken"
            continue
        seen.add(number)
        x, y, w, h = (int(grid.get(key, 0)) for key in "xywh")
        if w < 1 or h < 1 or x < 0 or x + w > 24:
            yield f"panel {number} does not fit into the 24 columns"
        cells = [(column, row) for column in range(x, x + w) for row in range(y, y + h)]
        for other in sorted({taken[cell] for cell in cells if cell in taken}):
            yield f"panels {other} and {number} overlap"
        taken.update(dict.fromkeys(cells, number))


def _sql(board: Json) -> Iterator[str]:
    defined = {variable["name"] for variable in variables(board)}
    span = TimeRange(datetime.now(UTC) - timedelta(days=7), datetime.now(UTC))
    statements = [(place, query.get("rawSql") or "") for place, query in queries(board)]
    statements += [
        (f"Variable {variable['name']}", str(variable["query"]))
        for variable in variables(board)
        if variable["type"] == "query"
    ]
    for place, sql in statements:
        try:
            expand(sql, span, {name: ["1"] for name in defined}, MAX_DATA_POINTS)
        except ValueError as error:
            yield f"{place}: {error}"
        bare = _EXTRACT.sub("extract(", _COMMENT_OR_TEXT.sub(" ", sql))
        reads = {found for found in _READS.findall(bare) if found != "("}
        reads -= set(_NAMED.findall(bare))
        for relation in sorted(reads):
            if not relation.startswith("api."):
                yield f"{place} reads {relation}, not a view of schema api"
        if _FORBIDDEN.search(bare):
            yield f"{place} names something outside schema api"
        if _CHOOSES.search(sql):
            yield f"{place} chooses a town; the database role does that"


_CHECKS = (_head, _datasource, _panels, _grid, _sql)
