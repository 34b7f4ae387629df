"""Panels of a dashboard by their ids: what each shows, where it stands, in which row it lies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from regionhub_dashboards.clone.canonical import Json

#: Panels of a template have smaller ids.
FIRST_OWN_ID = 1000
_PLACE = {"gridPos", "panels"}


def numbered(board: Mapping[str, Any]) -> Json:
    """A copy in which every panel has an id of its own; Grafana takes others, too."""
    copy: Json = json.loads(json.dumps(board))
    seen: set[int] = set()
    lacking = []
    for panel, _ in _each(copy.get("panels") or []):
        number = panel.get("id")
        if isinstance(number, int) and number not in seen:
            seen.add(number)
        else:
            lacking.append(panel)
    for number, panel in enumerate(lacking, max([FIRST_OWN_ID - 1, *seen]) + 1):
        panel["id"] = number
    return copy


def renumbered(base: Json, town: Json, new: Json, board: Json) -> Json:
    """Give a panel of the town another id if the new version wants its id for another panel.

    The editor numbers a new panel one above the highest, which is what the next version takes.

    Args:
        base: canonical, as are `town` and `new`.
        town: of `board`.
        new: the version to come.
        board: as it stands.
    """
    before, own, wanted = contents(base), contents(town), contents(new)
    taken = [
        number
        for number, panel in own.items()
        if number in wanted and number not in before and panel != wanted[number]
    ]
    if not taken:
        return board
    highest = max([FIRST_OWN_ID - 1, *own, *wanted])
    numbers = {number: highest + place for place, number in enumerate(taken, 1)}
    copy: Json = json.loads(json.dumps(board))
    for panel, _ in list(_each(copy.get("panels") or [])):
        panel["id"] = numbers.get(panel["id"], panel["id"])
    return copy


def contents(board: Json) -> dict[int, Json]:
    """What each panel shows, without its place."""
    return {
        panel["id"]: {key: value for key, value in panel.items() if key not in _PLACE}
        for panel, _ in _each(board.get("panels") or [])
    }


def places(board: Json) -> dict[int, Json]:
    """Where each panel stands."""
    return {
        panel["id"]: panel.get("gridPos") or {} for panel, _ in _each(board.get("panels") or [])
    }


def rows(board: Json) -> dict[int, int]:
    """In which collapsed row each panel lies; those that lie in one."""
    return {panel["id"]: row for panel, row in _each(board.get("panels") or []) if row is not None}


def _each(panels: Iterable[Json], row: int | None = None) -> Iterator[tuple[Json, int | None]]:
    """Panels with the collapsed row that they lie in."""
    for panel in panels:
        yield panel, row
        yield from _each(panel.get("panels") or [], panel.get("id"))


def arranged(panels: Mapping[int, tuple[Json, Json, int | None]]) -> list[Json]:
    """Panels of a dashboard from what each shows, its place and its row.

    A panel that would cover another one is pushed down; where none does, nothing moves.
    """
    whole = {
        number: {**panel, "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8} | (grid or {})}
        for number, (panel, grid, _) in panels.items()
    }
    inside: dict[int | None, list[Json]] = {}
    for number in sorted(whole, key=lambda number: _reading_order(whole[number])):
        row = panels[number][2]
        _settle(whole[number], inside.setdefault(row if row in whole else None, []))
    for row, within in inside.items():
        if row is not None:
            whole[row]["panels"] = sorted(within, key=_reading_order)
    return sorted(inside.get(None, []), key=_reading_order)


def _settle(panel: Json, others: list[Json]) -> None:
    while covered := [each for each in others if _overlap(each["gridPos"], panel["gridPos"])]:
        below = max(each["gridPos"]["y"] + each["gridPos"]["h"] for each in covered)
        panel["gridPos"] = {**panel["gridPos"], "y": below}
    others.append(panel)


def _reading_order(panel: Json) -> tuple[int, int, int]:
    grid = panel["gridPos"]
    return grid["y"], grid["x"], panel["id"]


def _overlap(one: Json, other: Json) -> bool:
    return bool(
        one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    )
