"""A new version comes to many towns, some of which changed their dashboards in Grafana's editor."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from typing import Any

from tests.grafana.state import Json
from tests.solutions.conftest import Region
from tests.solutions.editor import saved
from tests.town import Town
from tests.world import World

from regionhub.features.solutions import store
from regionhub_dashboards.clone.canonical import digest
from regionhub_dashboards.solutions import SOLUTIONS

#: REGIONHUB_TEST_TOWNS=59 is the drill before a release.
TOWNS = int(os.environ.get("REGIONHUB_TEST_TOWNS", "12"))
Newer = Callable[..., None]


def panel(board: Json, number: int) -> Json:
    return next(dict(each) for each in board["panels"] if each["id"] == number)


def retitle(board: Json, number: int, title: str) -> None:
    next(each for each in board["panels"] if each["id"] == number)["title"] = title


def _without(board: Json, number: int) -> None:
    board["panels"] = [each for each in board["panels"] if each["id"] != number]


def _moved(board: Json, number: int) -> None:
    """To the top; the editor pushes all others down."""
    for each in board["panels"]:
        each["gridPos"]["y"] = 0 if each["id"] == number else each["gridPos"]["y"] + 9


def _added(board: Json, _: int) -> None:
    grid = {"x": 0, "y": 200, "w": 8, "h": 4}
    board["panels"].append({"id": 8, "type": "text", "title": "Eigenes", "gridPos": grid})


#: What ten towns do to panel 3, which the new version leaves as it is, or to 5, which it changes,
#: and whether that is a conflict.
EDITS: list[tuple[Callable[[Json, int], Any], int, bool]] = [
    (lambda board, number: retitle(board, number, "Stadt"), 3, False),
    (lambda board, number: retitle(board, number, "Stadt"), 5, True),
    (_moved, 3, False),
    (_moved, 5, False),
    (_without, 3, False),
    (_without, 5, True),
    (_added, 0, False),
    (lambda board, number: board.update(description="Stadt"), 0, False),
    (lambda board, number: retitle(board, number, "Stadt"), 7, False),
    (lambda board, number: None, 0, False),
]


def _new_version(board: Json) -> None:
    retitle(board, 5, "Neu")
    _without(board, 6)
    grid = {"x": 0, "y": 90, "w": 24, "h": 5}
    board["panels"].append({"id": 8, "type": "text", "title": "Hinzu", "gridPos": grid})


def test_edits_stay_in_all_towns_and_go_back(region: Region, world_of: World, newer: Newer) -> None:
    towns = [world_of.town() for _ in range(TOWNS)]
    parameters = SOLUTIONS["flood"].manifest.read_parameters({})
    for town in towns:
        store.want(region.owner, town.tenant_id, "flood", parameters, by="test")
    slugs = [town.slug for town in towns]
    assert all(done.outcome.complete for done in region.cloner.settle(slugs))
    changed = dict(zip([town.slug for town in towns], EDITS, strict=False))
    for town in towns:
        if town.slug in changed:
            _edit(region, town, *changed[town.slug][:2])
    before = {town.slug: copy.deepcopy(region.board(town, "pegel")) for town in towns}

    newer("flood", _new_version)
    outcomes = {
        done.tenant.slug: done.outcome for done in region.cloner.settle(slugs, upgrade=["flood"])
    }
    for town in towns:
        _check(region.board(town, "pegel"), before[town.slug], changed.get(town.slug))
        conflicts = [each for each in outcomes[town.slug].changes if each.kind == "conflict"]
        assert bool(conflicts) == (town.slug in changed and changed[town.slug][2])
        assert len(conflicts) <= 1
    writes = region.writes()
    list(region.cloner.settle(slugs, upgrade=["flood"]))
    assert region.writes() == writes

    for town in towns:
        region.run(town).roll_back(["flood"])
        assert digest(region.board(town, "pegel")) == digest(before[town.slug])


def _edit(region: Region, town: Town, change: Callable[[Json, int], Any], number: int) -> None:
    board = region.org(town).boards["pegel"]
    after = saved(board.newest)
    change(after, number)
    board.versions.append(after | {"version": len(board.versions) + 1, "id": board.number})


def _check(
    board: Json, before: Json, edit: tuple[Callable[[Json, int], Any], int, bool] | None
) -> None:
    titles = {each["id"]: each["title"] for each in board["panels"]}
    kept = {each["id"]: each["title"] for each in before["panels"]}
    change, number, conflict = edit or (None, 0, False)
    assert titles[8] == "Hinzu"
    assert 6 not in titles
    for each in (1, 2, 3, 4, 7):
        assert titles.get(each) == kept.get(each)
    assert titles.get(5) == (kept.get(5) if conflict else "Neu")
    assert ("Eigenes" in titles.values()) == (change is _added)
    if change is _moved:
        assert panel(board, number)["gridPos"] == panel(before, number)["gridPos"]
    assert board["description"] == before["description"]
