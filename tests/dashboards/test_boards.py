"""Structure of the dashboards: SDK round trip, linter, levels, determinism."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from regionhub.features import FEATURES
from regionhub_dashboards.kit.lint import problems
from regionhub_dashboards.kit.macros import TimeRange, expand, interval_ms
from regionhub_dashboards.render import dashboards, to_text, write

Board = dict[str, Any]
UIDS = ["bodenfeuchte", "datenqualitaet", "geraete", "pegel", "region", "wald", "winterdienst"]
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_dashboards_without_a_fault(boards: dict[str, Board]) -> None:
    assert list(boards) == UIDS
    assert [fault for board in boards.values() for fault in problems(board)] == []


def test_the_sdk_reads_what_it_wrote(boards: dict[str, Board]) -> None:
    for board in boards.values():
        plain = json.loads(to_text(board))
        again = json.loads(json.dumps(Dashboard.from_json(plain), cls=JSONEncoder))
        assert again == plain


def test_writing_twice_gives_the_same_bytes(boards: dict[str, Board], tmp_path: Path) -> None:
    first = {path.name: path.read_bytes() for path in write(boards, tmp_path / "a")}
    second = {path.name: path.read_bytes() for path in write(boards, tmp_path / "b")}
    assert first == second
    assert list(first) == [f"{uid}.json" for uid in UIDS]


def test_the_region_has_a_german_name_for_every_signal(boards: dict[str, Board]) -> None:
    [panel] = [p for p in boards["region"]["panels"] if p["title"] == "Neu dringend"]
    sql = panel["targets"][0]["rawSql"]
    for feature in FEATURES:
        for signal in feature.signals:
            assert re.search(rf"when '{signal.name}' then '[A-ZÄÖÜ]", sql), signal.name


def test_why_frames_are_not_counted_is_said_in_german(boards: dict[str, Board]) -> None:
    [panel] = [p for p in boards["datenqualitaet"]["panels"] if p["id"] == 2]
    [mapping] = [
        override["properties"][0]["value"][0]
        for override in panel["fieldConfig"]["overrides"]
        if override["matcher"]["options"] == "Nicht bewertbar"
    ]
    assert {word: entry["text"] for word, entry in mapping["options"].items()} == {
        "no_frames": "nichts empfangen",
        "no_counter": "ohne Paketzähler",
        "one_frame": "nur ein Paket",
        "stuck_counter": "Zähler steht still",
        "jumping_counter": "Zähler springt zurück",
    }


@pytest.mark.parametrize(
    ("days", "minutes"),
    [(1 / 24, 10), (1, 10), (7, 15), (30, 60), (90, 180), (365, 720), (1826, 1440)],
)
def test_interval_ladder_is_that_of_grafana(days: float, minutes: int) -> None:
    assert interval_ms(TimeRange(NOW - timedelta(days=days), NOW), 600) == minutes * 60_000


def test_macros_expand_as_in_grafana() -> None:
    span = TimeRange(NOW - timedelta(hours=1), NOW)
    sql = "$__timeFilter(r.time) $__timeFrom() $__timeTo() $__interval_ms ${site:sqlstring}"
    assert expand(sql, span, {"site": ["1", "O'Hara"]}, 600) == (
        "r.time BETWEEN '2026-07-01T11:00:00Z' AND '2026-07-01T12:00:00Z' "
        "'2026-07-01T11:00:00Z' '2026-07-01T12:00:00Z' 600000 '1','O''Hara'"
    )


@pytest.mark.parametrize("sql", ["$site", "${town:sqlstring}", "${site}", "$__timeGroup(t, '5m')"])
def test_unknown_macros_and_bare_variables_are_refused(sql: str) -> None:
    with pytest.raises(ValueError, match=r"not"):
        expand(sql, TimeRange(NOW - timedelta(hours=1), NOW), {"site": []}, 600)


def _panel(board: Board) -> Board:
    return next(panel for panel in board["panels"] if panel["type"] == "timeseries")


def _set_sql(sql: str) -> Callable[[Board], None]:
    return lambda board: _panel(board)["targets"][0].update(rawSql=sql)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda b: b.update(uid="x" * 41), "UID"),
        (lambda b: b.update(id=7), "numeric id"),
        (lambda b: b.update(timezone="browser"), "time zone"),
        (lambda b: b.update(tags=[]), "tag template"),
        (lambda b: b["templating"]["list"][0].update(hide=0), "hidden ds"),
        (lambda b: b["templating"]["list"][1].update(datasource={"uid": "pg"}), "${ds}"),
        (lambda b: _panel(b)["targets"][0].update(datasource={"uid": "pg"}), "${ds}"),
        (lambda b: _panel(b).update(title=""), "no title"),
        (lambda b: _panel(b).update(description="Water level over time."), "German"),
        (lambda b: _panel(b)["fieldConfig"]["defaults"].pop("unit"), "no unit"),
        (lambda b: _panel(b).update(targets=[]), "asks nothing"),
        (lambda b: _panel(b).pop("maxDataPoints"), "resolution"),
        (lambda b: _panel(b).update(id=b["panels"][0]["id"]), "missing or taken"),
        (lambda b: _panel(b)["gridPos"].update(x=0, y=0, w=24), "overlap"),
        (lambda b: _panel(b)["gridPos"].update(x=20, w=12), "24 columns"),
        (_set_sql("select time from core.reading"), "schema api"),
        (_set_sql("select time from reading"), "not a view"),
        (_set_sql("with place as (select 1) select time from reading, place"), "reads reading"),
        (
            _set_sql("with place as (select 1 from core.site) select 1 from place"),
            "reads core.site",
        ),
        (_set_sql("select pg_sleep(9) from api.reading"), "schema api"),
        (_set_sql("select time from api.reading where tenant_id = 3"), "town"),
        (_set_sql("select time from api.tenant where slug in ('olpe')"), "town"),
        (_set_sql("select time from api.reading where x = ${town:sqlstring}"), "not defined"),
    ],
)
def test_the_linter_finds(
    boards: dict[str, Board], spoil: Callable[[Board], object], said: str
) -> None:
    board = copy.deepcopy(boards["pegel"])
    spoil(board)
    found = problems(board)
    assert found
    assert any(said in fault for fault in found), found


def test_every_line_chart_breaks_over_gaps(boards: dict[str, Board]) -> None:
    for board in boards.values():
        for panel in board["panels"]:
            custom = panel.get("fieldConfig", {}).get("defaults", {}).get("custom", {})
            if panel["type"] == "timeseries" and custom.get("drawStyle") != "bars":
                assert custom["spanNulls"] == 3 * 3600 * 1000


def test_maps_name_their_tiles(boards: dict[str, Board]) -> None:
    maps = [p for board in boards.values() for p in board["panels"] if p["type"] == "geomap"]
    assert len(maps) == 3
    for panel in maps:
        assert "Farben von dringend" in panel["description"]
        assert panel["options"]["layers"][0]["config"]["showLegend"] is False
        base = panel["options"]["basemap"]
        assert base["type"] == "xyz"
        assert all(part in base["config"]["url"] for part in ("{x}", "{y}", "{z}"))
        assert base["config"]["attribution"]


def test_the_columns_that_matter_are_seen_at_1280_pixels(boards: dict[str, Board]) -> None:
    """Beside the menu a table of full width has about 1200 pixels; its first columns count."""
    for uid, number, last in (
        ("pegel", 3, "Gemessen"),
        ("bodenfeuchte", 2, "Gemessen"),
        ("geraete", 2, "Verlust"),
        ("datenqualitaet", 2, "Letzte Lücke"),
        ("region", 2, "Still"),
        ("wald", 1, "Gemessen"),
        ("winterdienst", 1, "Gemessen"),
    ):
        [panel] = [p for p in boards[uid]["panels"] if p["id"] == number]
        assert panel["gridPos"]["w"] == 24
        widths = {
            override["matcher"]["options"]: prop["value"]
            for override in panel["fieldConfig"]["overrides"]
            for prop in override["properties"]
            if prop["id"] == "custom.width"
        }
        seen = list(widths)[: list(widths).index(last) + 1]
        assert sum(widths[name] for name in seen) <= 1200, uid


def test_every_table_says_something_of_no_rows(boards: dict[str, Board]) -> None:
    for board in boards.values():
        for panel in board["panels"]:
            if panel["type"] == "table":
                assert panel["fieldConfig"]["defaults"]["noValue"], (board["uid"], panel["id"])


def test_a_link_leads_to_the_portal() -> None:
    boards = dashboards("", "", "https://hub.example")
    assert {board["links"][0]["url"] for board in boards.values()} == {"https://hub.example"}
    assert not any(board.get("links") for board in dashboards("", "").values())
