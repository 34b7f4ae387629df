"""Every statement of every dashboard, run as the Grafana roles of two towns and of an empty one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

import pytest
from psycopg.errors import InsufficientPrivilege
from tests.dashboards.conftest import Grafana
from tests.dashboards.test_boards import UIDS
from tests.world import World

from regionhub_dashboards.kit.levels import IRRIGATION_LEVELS
from regionhub_dashboards.kit.lint import queries, variables
from regionhub_dashboards.kit.macros import TimeRange, expand, interval_ms
from regionhub_dashboards.kit.parts import MAX_DATA_POINTS
from regionhub_dashboards.kit.statements import MAX_LINES
from regionhub_dashboards.render import to_text
from regionhub_dashboards.solutions import SOLUTIONS

RANGES = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "60d": timedelta(days=60),
    "1y": timedelta(days=365),
    "5y": timedelta(days=5 * 365),
}
BOARDS = UIDS
#: Those for which the towns of these tests have something.
FILLED = ("bodenfeuchte", "datenqualitaet", "geraete", "pegel")
Boards = dict[str, dict[str, Any]]


def span(name: str) -> TimeRange:
    now = datetime.now(UTC)
    return TimeRange(now - RANGES[name], now)


def options(grafana: Grafana, slug: str, board: dict[str, Any]) -> dict[str, list[str]]:
    """What "Alle" of each variable stands for."""
    return {
        variable["name"]: [str(row["__value"]) for row in grafana.ask(slug, variable["query"])[1]]
        for variable in variables(board)
        if variable["type"] == "query"
    }


def assert_own(grafana: Grafana, slug: str, rows: list[dict[str, Any]], where: str) -> None:
    others = [town for town in grafana.towns if town != slug]
    for row in rows:
        text = " ".join(str(value).lower() for value in row.values())
        assert not any(other in text for other in others), f"{where} shows {row}"


@pytest.mark.parametrize("range_name", RANGES)
@pytest.mark.parametrize("uid", BOARDS)
def test_every_query_answers_with_the_own_town_only(
    grafana: Grafana, boards: Boards, uid: str, range_name: str
) -> None:
    when = span(range_name)
    for slug in grafana.towns:
        chosen = options(grafana, slug, boards[uid])
        assert uid not in FILLED or all(value != ["-1"] for value in chosen.values())
        for place, query in queries(boards[uid]):
            where = f"{uid}, {place}, {range_name}"
            names, rows = grafana.ask(slug, expand(query["rawSql"], when, chosen, MAX_DATA_POINTS))
            assert_own(grafana, slug, rows, where)
            if query["format"] == "time_series":
                assert names[0] == "time", where
                times = [row["time"] for row in rows]
                assert times == sorted(times), where
                points = ceil(when.milliseconds / interval_ms(when, MAX_DATA_POINTS)) + 2
                lines = {row["metric"] for row in rows}
                assert len(rows) <= points * max(1, len(lines)), where


@pytest.mark.parametrize("nothing", [[], [""]], ids=["nothing there", "option None"])
@pytest.mark.parametrize("uid", BOARDS)
def test_a_town_without_anything_gives_no_error(
    grafana: Grafana, boards: Boards, uid: str, nothing: list[str]
) -> None:
    offered = options(grafana, grafana.empty, boards[uid])
    assert all(value == ["-1"] for value in offered.values()), "an empty list is an error mark"
    chosen = dict.fromkeys(offered, nothing or ["-1"])
    for name in ("24h", "5y"):
        for place, query in queries(boards[uid]):
            rows = grafana.ask(
                grafana.empty, expand(query["rawSql"], span(name), chosen, MAX_DATA_POINTS)
            )[1]
            assert not any(row.get("value") for row in rows), place


@pytest.mark.parametrize("uid", BOARDS)
def test_the_ids_of_another_town_show_nothing(grafana: Grafana, boards: Boards, uid: str) -> None:
    own, other = grafana.towns
    foreign = options(grafana, other, boards[uid])
    for _, query in queries(boards[uid]):
        rows = grafana.ask(own, expand(query["rawSql"], span("24h"), foreign, MAX_DATA_POINTS))[1]
        assert_own(grafana, own, rows, uid)


@pytest.mark.parametrize("range_name", RANGES)
def test_lines_lie_in_the_band_of_the_town(
    grafana: Grafana, boards: Boards, range_name: str
) -> None:
    for uid, number in (("bodenfeuchte", 4), ("bodenfeuchte", 6), ("pegel", 5), ("geraete", 3)):
        panel = next(p for p in boards[uid]["panels"] if p["id"] == number)
        for slug, base in grafana.towns.items():
            chosen = options(grafana, slug, boards[uid])
            query = expand(panel["targets"][0]["rawSql"], span(range_name), chosen, MAX_DATA_POINTS)
            values = [r["value"] for r in grafana.ask(slug, query)[1] if r["value"] is not None]
            assert values, (uid, number, range_name)
            assert all(base <= value <= base + 100 for value in values), (uid, number, range_name)


def test_grafana_reads_views_and_nothing_else(grafana: Grafana) -> None:
    slug = next(iter(grafana.towns))
    for statement in ("select * from core.reading", "select * from auth.account"):
        with pytest.raises(InsufficientPrivilege):
            grafana.ask(slug, statement)
    for function in ("series", "buckets"):
        row = grafana.connection.execute(
            "select prosecdef from pg_proc p join pg_namespace n on n.oid = p.pronamespace "
            "where n.nspname = 'api' and p.proname = %s",
            [function],
        ).fetchone()
        assert row is not None
        assert not row["prosecdef"]


def _panel_rows(
    grafana: Grafana, boards: Boards, uid: str, number: int, **chosen: list[str]
) -> Any:
    slug = next(iter(grafana.towns))
    panel = next(p for p in boards[uid]["panels"] if p["id"] == number)
    values = options(grafana, slug, boards[uid]) | chosen
    return [
        grafana.ask(slug, expand(target["rawSql"], span("7d"), values, MAX_DATA_POINTS))[1]
        for target in panel["targets"]
    ]


def test_a_silent_sensor_leaves_a_gap_in_its_line(grafana: Grafana, boards: Boards) -> None:
    rows = _panel_rows(grafana, boards, "bodenfeuchte", 4)[0]
    gaps = [row for row in rows if row["value"] is None]
    assert {row["metric"].split()[1] for row in gaps} == {"Eiche"}
    assert len(gaps) == 1


def test_failed_readings_are_marks_and_no_points(grafana: Grafana, boards: Boards) -> None:
    slug = next(iter(grafana.towns))
    chosen = options(grafana, slug, boards["bodenfeuchte"])
    place, query = next(q for q in queries(boards["bodenfeuchte"]) if q[0].startswith("Annotation"))
    rows = grafana.ask(slug, expand(query["rawSql"], span("24h"), chosen, MAX_DATA_POINTS))[1]
    assert rows, place
    assert all("Linde" in row["text"] and "verworfen" in row["text"] for row in rows)


def test_the_stages_of_every_gauge_are_drawn(grafana: Grafana, boards: Boards) -> None:
    slug, base = next(iter(grafana.towns.items()))
    lines = _panel_rows(grafana, boards, "pegel", 5)[1]
    assert {(row["metric"], row["value"]) for row in lines} == {
        (f"{slug} Pegel Brücke: Stufe {number}", base + 10 + 20 * number) for number in (1, 2, 3)
    }


def test_the_big_number_has_stage_and_colour(grafana: Grafana, boards: Boards) -> None:
    rows = _panel_rows(grafana, boards, "pegel", 2)[0]
    assert [row["Pegel"].split(" · ")[1] for row in rows if row["Wasserstand"] is not None]
    assert all(row["Farbe"].startswith("#") for row in rows)


def test_half_days_and_days_begin_at_midnight_in_berlin(grafana: Grafana) -> None:
    slug = next(iter(grafana.towns))
    ask = "select api.step('2026-07-01 21:30+00', {}) as \"from\""
    for milliseconds, begins in (
        (3_600_000, "2026-07-01 21:00+00"),
        (43_200_000, "2026-07-01 10:00+00"),
        (86_400_000, "2026-06-30 22:00+00"),
    ):
        [row] = grafana.ask(slug, ask.format(milliseconds))[1]
        assert row["from"] == datetime.fromisoformat(begins)


def test_a_chart_of_many_shows_the_most_urgent(grafana: Grafana, boards: Boards) -> None:
    world = World(grafana.connection)
    town = world.town()
    for number in range(MAX_LINES + 5):
        tree = town.tree(f"Baum {number:02}", soil_texture="Sl3")
        dry = number > MAX_LINES
        town.sensor(tree, "soil_moisture_vwc", (world.ago(minutes=5), 9 if dry else 30))
    chosen = options(grafana, town.slug, boards["bodenfeuchte"])
    panel = next(panel for panel in boards["bodenfeuchte"]["panels"] if panel["id"] == 4)
    query = expand(panel["targets"][0]["rawSql"], span("24h"), chosen, MAX_DATA_POINTS)
    lines = {row["metric"]: row["value"] for row in grafana.ask(town.slug, query)[1]}
    assert len(lines) == MAX_LINES
    assert sorted(lines.values())[:5] == [9, 9, 9, 9, 30]


def test_sites_without_a_value_have_no_data_and_stand_last(
    grafana: Grafana, boards: Boards
) -> None:
    rows = _panel_rows(grafana, boards, "bodenfeuchte", 2)[0]
    assert rows[-1]["Standort"].endswith("Beet")
    assert rows[-1]["Stufe"] == max(level.value for level in IRRIGATION_LEVELS)
    assert rows[-1]["Hinweis"] == "kein Sensor eingebaut"


def test_a_series_shared_as_hourly_rollup_is_shown_hourly(grafana: Grafana) -> None:
    """The function falls back to the finest rollup the reader may see, and to nothing else."""
    giver, taker = grafana.towns
    stream = grafana.ask(
        giver, "select datastream_id from api.datastream where quantity = 'distance' limit 1"
    )[1][0]["datastream_id"]
    ask = f"select * from api.series({stream}, now() - interval '1 day', now(), 600000)"
    assert grafana.ask(taker, ask)[1] == []
    to = grafana.town(taker)
    with to.world.granted(stream, to, "hourly"):
        rows = grafana.ask(taker, ask)[1]
        assert 22 <= len(rows) <= 25
        assert all(row["value"] is not None and row["time"].minute == 0 for row in rows)


def test_stale_gauge_shows_no_level(grafana: Grafana, boards: Boards) -> None:
    rows = _panel_rows(grafana, boards, "pegel", 3)[0]
    assert {row["Pegel"].split()[-1]: row["Stufe"] is None for row in rows} == {
        "Brücke": False,
        "Wehr": True,
    }


def test_irrigation_levels_are_the_rows_of_the_database(grafana: Grafana, boards: Boards) -> None:
    slug = next(iter(grafana.towns))
    rows = grafana.ask(
        slug, "select need, label_de, colour from api.irrigation_level order by need"
    )[1]
    assert [(v.value, v.label, v.colour) for v in IRRIGATION_LEVELS] == [
        tuple(row.values()) for row in rows
    ]
    text = to_text(boards["bodenfeuchte"])
    for row in rows:
        assert row["colour"] in text
        assert row["label_de"] in text


RULES = {f"{name}-{rule.name}": rule for name, each in SOLUTIONS.items() for rule in each.rules}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_asks_for_lines_of_the_own_town(grafana: Grafana, name: str) -> None:
    assert len(name) <= 40, "Grafana takes no longer UID"
    for slug in (*grafana.towns, grafana.empty):
        names, rows = grafana.ask(slug, RULES[name].sql)
        assert names == ["time", "thing", "value"]
        assert_own(grafana, slug, rows, name)
        things = [row["thing"] for row in rows]
        assert len(things) == len(set(things)), "one alert for each"
        assert all(isinstance(row["value"], float) for row in rows)


def test_a_reached_stage_is_above_the_limit_of_its_rule(grafana: Grafana) -> None:
    slug = next(iter(grafana.towns))
    rule = RULES["flood-stufe"]
    values = {row["thing"].split()[-1]: row["value"] for row in grafana.ask(slug, rule.sql)[1]}
    assert values["Brücke"] > float(rule.above)
    assert "Wehr" not in values, "what is not known is no stage"
