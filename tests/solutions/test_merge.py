"""The one form of dashboards, and what becomes of a town's edits when a new version comes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.solutions.editor import saved

from regionhub_dashboards.clone.canonical import canonical, digest
from regionhub_dashboards.clone.merge import merge
from regionhub_dashboards.clone.panels import FIRST_OWN_ID
from regionhub_dashboards.render import dashboards

RECORDED = Path(__file__).parents[1] / "data" / "grafana" / "api"
Json = dict[str, Any]


def recorded(name: str) -> Json:
    content: Json = json.loads((RECORDED / f"{name}.json").read_text("utf-8"))
    return content


@cache
def _boards() -> str:
    return json.dumps(dashboards("https://tiles.example/{z}/{x}/{y}.png", "©"))


def board(uid: str = "pegel") -> Json:
    made: Json = json.loads(_boards())[uid]
    return made


def numbers(of: Json) -> list[int]:
    return [panel["id"] for panel in of["panels"]]


def panel(of: Json, number: int) -> Json:
    [found] = [each for each in of["panels"] if each["id"] == number]
    return dict(found)


def test_one_word_changed_in_the_editor_is_one_difference() -> None:
    edit = recorded("q01-pegel-after-ui-edit-12.4-v1")
    sent, after = canonical(edit["sent"]), canonical(edit["after_ui_edit"])
    assert {key for key in sent | after if sent.get(key) != after.get(key)} == {"description"}


@pytest.mark.parametrize("uid", ["bodenfeuchte", "geraete", "pegel"])
def test_what_is_read_back_is_what_was_sent(uid: str) -> None:
    both = recorded(f"f31-{uid}-sent-stored")
    assert digest(both["sent"]) == digest(both["stored"])


@pytest.mark.parametrize("uid", json.loads(_boards()))
def test_saving_without_a_change_is_no_difference(uid: str) -> None:
    assert canonical(saved(board(uid))) == canonical(board(uid))
    assert canonical(canonical(board(uid))) == canonical(board(uid))


def test_what_shows_something_else_is_a_difference() -> None:
    spoils: list[Callable[[Json], object]] = [
        lambda b: b["panels"][1].update(transparent=True),
        lambda b: b["panels"][1].update(repeatDirection="v"),
        lambda b: b["templating"]["list"][1].update(multi=False),
        lambda b: b["templating"]["list"][1].update(hide=2),
        lambda b: b.update(links=[{"title": "Wetter", "url": "https://wetter.example"}]),
        lambda b: b.update(timezone="utc"),
        lambda b: b["panels"][0]["options"].update(content="anders"),
        lambda b: b["panels"][4]["fieldConfig"]["defaults"].update(unit="lengthm"),
    ]
    for spoil in spoils:
        other = board()
        spoil(other)
        assert digest(other) != digest(board())


EDITS = ("keep", "change", "move", "remove")


def change(panels: list[Json], number: int, word: str) -> None:
    for each in panels:
        if each["id"] == number:
            each["title"] = f"{each['title']} {word}"


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_edits_stay_the_rest_is_new_and_conflicts_are_those_planted(data: st.DataObject) -> None:
    base = board(data.draw(st.sampled_from(sorted(json.loads(_boards())))))
    ids = numbers(base)
    local = {n: data.draw(st.sampled_from(EDITS), label=f"town {n}") for n in ids}
    upstream = {n: data.draw(st.sampled_from(EDITS), label=f"new {n}") for n in ids}
    own = data.draw(st.integers(0, 3))
    live, new = saved(base), copy.deepcopy(base)
    highest = max(ids)
    for number in ids:
        _edit(live, number, local[number], "(Stadt)", 400)
        _edit(new, number, upstream[number], "(neu)", 800)
    for number in range(own):
        live["panels"].insert(
            0,
            {
                "id": highest + 1 + number,
                "type": "text",
                "title": f"Eigenes {number}",
                "gridPos": {"x": 0, "y": 2 * number, "w": 24, "h": 2},
            },
        )
    new["panels"].append(
        {
            "id": highest + 1,
            "type": "text",
            "title": "Ganz neu",
            "gridPos": {"x": 0, "y": 900, "w": 6, "h": 3},
        }
    )
    merged = merge(base, live, new)
    result = {each["id"]: each for each in merged.board["panels"]}
    conflicts = {
        number
        for number in ids
        if (local[number] == "change" and upstream[number] in {"change", "remove"})
        or (local[number] == "remove" and upstream[number] == "change")
    }
    assert {conflict.part.split()[1] for conflict in merged.conflicts} == {
        str(number) for number in conflicts
    }
    for number in ids:
        there = number in result
        if local[number] == "remove":
            assert not there
        elif upstream[number] == "remove":
            assert there == (local[number] == "change")
        else:
            title = result[number]["title"]
            assert ("(Stadt)" in title) == (local[number] == "change")
            assert ("(neu)" in title) == (
                upstream[number] == "change" and local[number] != "change"
            )
            if local[number] == "move":
                assert result[number]["gridPos"]["y"] >= 400
            elif upstream[number] == "move":
                assert result[number]["gridPos"]["y"] >= 800
    titles = [each["title"] for each in merged.board["panels"]]
    assert titles.count("Ganz neu") == 1
    assert sum(title.startswith("Eigenes") for title in titles) == own
    assert result[highest + 1]["title"] == "Ganz neu", "the template's panels keep their ids"
    assert len(result) == len(titles), "every id once"
    _assert_apart(merged.board)
    again = merge(new, saved(merged.board), new)
    assert digest(again.board) == digest(merged.board)
    assert not again.conflicts


def _edit(of: Json, number: int, how: str, word: str, below: int) -> None:
    for place, each in enumerate(of["panels"]):
        if each["id"] != number:
            continue
        if how == "change":
            each["title"] = f"{each['title']} {word}"
        elif how == "move":
            each["gridPos"] = {**each["gridPos"], "y": each["gridPos"]["y"] + below}
        elif how == "remove":
            del of["panels"][place]
        return


def _assert_apart(of: Json) -> None:
    cells: set[tuple[int, int]] = set()
    for each in of["panels"]:
        grid = each["gridPos"]
        covered = {
            (x, y)
            for x in range(grid["x"], grid["x"] + grid["w"])
            for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert not covered & cells
        cells |= covered


def test_an_untouched_dashboard_becomes_the_new_one() -> None:
    new = board()
    new["panels"][2]["title"] = "Neu"
    new["title"] = "Pegelstände"
    new["templating"]["list"].append({"name": "neu", "type": "custom", "query": "a,b"})
    merged = merge(board(), saved(board()), new)
    assert digest(merged.board) == digest(new)
    assert merged.board["uid"] == "pegel"
    assert not merged.conflicts


def test_what_is_no_panel_is_merged_by_its_name() -> None:
    live, new = saved(board()), board()
    live["title"], new["title"] = "Unsere Pegel", "Pegelstände"
    live["description"] = "Unsere"
    live["tags"].append("feuerwehr")
    live["links"] = [{"title": "Wetter", "url": "https://wetter.example"}]
    live["templating"]["list"].append({"name": "eigene", "type": "custom", "query": "a"})
    new["links"] = [{"title": "Portal", "url": "https://hub.example"}]
    new["tags"] = ["regionhub", "template:pegel@9.0.0"]
    new["time"] = {"from": "now-2d", "to": "now"}
    merged = merge(board(), live, new)
    assert [str(conflict) for conflict in merged.conflicts] == [
        "Titel: von der Kommune und in der neuen Fassung geändert; das der Kommune bleibt"
    ]
    assert merged.board["title"] == "Unsere Pegel"
    assert merged.board["description"] == "Unsere"
    assert merged.board["time"]["from"] == "now-2d"
    assert merged.board["tags"] == ["regionhub", "template:pegel@9.0.0", "feuerwehr"]
    assert [link["title"] for link in merged.board["links"]] == ["Wetter", "Portal"]
    assert [v["name"] for v in merged.board["templating"]["list"]] == ["ds", "gauge", "eigene"]


def test_panels_in_a_collapsed_row_stay_there() -> None:
    live, new = saved(board()), board()
    last = live["panels"].pop()
    live["panels"].append(
        {
            "id": 20,
            "type": "row",
            "title": "Karte und mehr",
            "collapsed": True,
            "gridPos": {"x": 0, "y": 99, "w": 24, "h": 1},
            "panels": [last],
        }
    )
    change(new["panels"], last["id"], "(neu)")
    merged = merge(board(), live, new)
    [row] = [each for each in merged.board["panels"] if each["type"] == "row"]
    assert [each["title"] for each in row["panels"]] == ["Karte (neu)"]
    assert not merged.conflicts


def test_panels_without_an_id_of_their_own_are_not_lost() -> None:
    live = saved(board())
    grid = {"x": 0, "y": 200, "w": 6, "h": 2}
    live["panels"] += [
        {"type": "text", "title": "ohne", "gridPos": grid},
        {"id": 1, "type": "text", "title": "doppelt", "gridPos": grid},
    ]
    titles = {each["title"]: each["id"] for each in merge(board(), live, board()).board["panels"]}
    assert titles["ohne"] >= FIRST_OWN_ID
    assert titles["doppelt"] >= FIRST_OWN_ID
    assert titles["Hinweis"] == 1
