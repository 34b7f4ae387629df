"""What gauges remember: stages and zeros of their time, crests, and the hours to the next stage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.hub import Hub
from tests.town import Town
from tests.world import Resolution, World

from regionhub.errors import Conflict, InputError, NotAllowed
from regionhub.features.gauges.rating.curves import NewCurve, enter_curve, rating_curves
from regionhub.features.gauges.rating.table import read_points
from regionhub.features.gauges.store import Crest, Level, crests, gauges, water_levels
from regionhub.registry.references import (
    correct_references,
    gauge_references,
    reference_corrections,
)
from regionhub.registry.sites import update_site

STAGES: dict[str, Any] = {"stage_1_cm": 100, "stage_2_cm": 200, "stage_3_cm": 300}
EVERY = timedelta(minutes=10)


def measured(town: Town, levels: Sequence[float], **columns: Any) -> int:
    """A gauge with levels each ten minutes, the last one five minutes ago."""
    site = town.gauge(**columns)
    newest = town.world.ago(minutes=5)
    points = [(newest - EVERY * back, level) for back, level in enumerate(reversed(levels))]
    town.sensor(site, "water_level", *points)
    return site


def crest_of(town: Town, site: int) -> Crest:
    with town.acting() as connection:
        [crest] = crests(connection, [site])
    return crest


class TestCrest:
    def test_of_a_running_event(self, world: World) -> None:
        town = world.town()
        site = measured(town, [50, 90, 120, 180, 240, 260, 255, 230, 210, 190], **STAGES)
        crest = crest_of(town, site)
        assert (crest.crest_cm, crest.crest_stage, crest.event_to) == (255, 2, None)
        # of 240, 260, 255 the middle one: two readings agree on it
        assert crest.crest_time == world.ago(minutes=5) - 4 * EVERY
        assert crest.event_from == world.ago(minutes=5) - 7 * EVERY

    def test_of_a_shared_gauge_from_what_is_shared_reading_by_reading(self, world: World) -> None:
        town, reader = world.town(), world.town()
        site = town.gauge()
        shared: list[tuple[int, Resolution | None]] = [(0, "raw"), (100, "hourly"), (200, None)]
        for higher, resolution in shared:
            levels = [20.0, 25, 40, 45, 44, 30, 25]
            points = [(world.ago(minutes=65) + EVERY * n, v + higher) for n, v in enumerate(levels)]
            sensor = town.sensor(site, "water_level", *points)
            if resolution is not None:
                world.grant(sensor.stream("water_level"), reader, resolution)
        assert crest_of(reader, site).crest_cm == 44
        assert crest_of(town, site).crest_cm == 244

    @pytest.mark.parametrize("echo", [400.0, 999.0])
    @pytest.mark.parametrize("place", range(14))
    def test_an_echo_never_becomes_one(self, world: World, echo: float, place: int) -> None:
        town = world.town()
        levels = [50, 90, 120, 130, 150, 160, 160, 150, 140, 120, 90, 80, 80, 80.0]
        levels[place] = echo
        crest = crest_of(town, measured(town, levels, **STAGES))
        assert crest.crest_cm in {150, 160}

    def test_of_the_last_event_by_the_stages_of_that_time(self, world: World) -> None:
        town = world.town()
        flood = [50.0] * 6 + [150.0, 230, 240, 240, 150] + [50.0] * 30
        site = measured(town, flood, gauge_zero_m=180, **STAGES)
        with town.acting() as connection:
            update_site(connection, site, {"stage_1_cm": 10, "gauge_zero_m": 170})
        crest = crest_of(town, site)
        assert (crest.crest_cm, crest.crest_stage, crest.crest_m_nhn) == (240, 2, 182.4)

    def test_without_stages_it_is_the_highest_of_a_week(self, world: World) -> None:
        town = world.town()
        moved = crest_of(town, measured(town, [20, 25, 40, 45, 44, 30, 25]))
        assert (moved.crest_cm, moved.event_from, moved.crest_stage) == (44, None, None)
        assert crest_of(town, measured(town, [20, 25, 22, 20, 25, 25])).crest_cm is None
        assert crest_of(town, town.gauge()).crest_cm is None


class TestHours:
    def test_to_the_next_stage_at_the_rate_of_now(self, world: World) -> None:
        town = world.town()
        site = measured(town, [110 + 5 * n for n in range(10)], **STAGES)
        row = town.row("gauge", site_id=site)
        assert (row["stage"], row["next_stage"], row["next_stage_cm"]) == (1, 2, 200)
        assert row["slope_cm_per_hour"] == 30
        assert row["hours_to_next_stage"] == pytest.approx(45 / 30, abs=0.01)
        assert row["next_stage_at"] == pytest.approx(
            row["time"] + timedelta(hours=1.5), abs=timedelta(minutes=1)
        )

    def test_an_echo_as_the_newest_reading_does_not_shorten_them(self, world: World) -> None:
        town = world.town()
        site = measured(town, [110 + 5 * n for n in range(9)] + [195.0], **STAGES)
        assert town.row("gauge", site_id=site)["hours_to_next_stage"] > 1

    @pytest.mark.parametrize(
        "levels",
        [
            [150.0] * 10,
            [150 - n for n in range(10)],
            [110 + 0.1 * n for n in range(10)],  # rises, but is further away than a day
            [310 + 5 * n for n in range(10)],  # nothing above the highest one
            [150.0],
        ],
    )
    def test_there_are_none(self, world: World, levels: list[float]) -> None:
        town = world.town()
        row = town.row("gauge", site_id=measured(town, levels, **STAGES))
        assert row["hours_to_next_stage"] is None

    def test_an_old_level_has_none(self, world: World) -> None:
        town = world.town()
        site = town.gauge(**STAGES)
        old = world.ago(hours=3)
        points = [(old - EVERY * back, 190.0 - 5 * back) for back in range(9)]
        town.sensor(site, "water_level", *points)
        assert town.row("gauge", site_id=site)["hours_to_next_stage"] is None


class TestReferences:
    def test_a_change_today_does_not_rewrite_last_year(self, world: World) -> None:
        town = world.town()
        site = town.gauge(gauge_zero_m=180, **STAGES)
        then = world.ago(days=300)
        town.sensor(site, "water_level", *((then + n * EVERY, 150.0) for n in range(3)))
        before = states(town, site)
        with town.acting() as connection:
            update_site(
                connection,
                site,
                {"gauge_zero_m": 179.5, "stage_1_cm": 160, "stage_2_cm": 210},
            )
        assert states(town, site) == before
        assert "stage_1" in before
        with town.acting() as connection:
            [now, past] = gauge_references(connection, site)
            found = water_levels(connection, site, start=then, end=world.now, resolution="raw").rows
        assert (past.gauge_zero_m, past.stages) == (180, [(1, 100), (2, 200), (3, 300)])
        assert (now.gauge_zero_m, now.stages) == (179.5, [(1, 160), (2, 210), (3, 300)])
        assert past.to_time == now.from_time
        assert {getattr(row, "level_m_nhn", None) for row in found} == {181.5}

    def test_a_height_says_above_what_it_is_and_above_nn_is_none_above_nhn(
        self, world: World
    ) -> None:
        town = world.town()
        site = town.gauge(gauge_zero_m=180, gauge_datum="NN", **STAGES)
        then = world.ago(days=300)
        town.sensor(site, "water_level", (then, 150.0), (world.ago(minutes=1), 250.0))
        row = town.row("gauge", site_id=site)
        assert (row["gauge_zero_m"], row["gauge_datum"], row["level_m_nhn"]) == (180, "NN", None)
        with town.acting() as connection:
            update_site(connection, site, {"gauge_zero_m": 180.03, "gauge_datum": "DHHN92"})
            correct_references(
                connection,
                site,
                {"gauge_zero_m": 180.01, "gauge_datum": "NHN"},
                start=world.ago(days=310),
                end=world.ago(days=290),
                by="anna",
                why="read from the old plan",
            )
            rows = gauge_references(connection, site)
            [trace] = reference_corrections(connection, site)
            found = water_levels(connection, site, start=then, end=world.now, resolution="raw").rows
            [gauge] = gauges(connection, site_ids=[site])
        assert [(row.gauge_zero_m, row.gauge_datum) for row in rows] == [
            (180.03, "DHHN92"),
            (180, "NN"),
            (180.01, "NHN"),
            (180, "NN"),
        ]
        assert trace.gauge_datum == "NN"
        assert [
            (level.level_m_nhn, level.gauge_datum) for level in found if isinstance(level, Level)
        ] == [
            (181.51, "NHN"),
            (None, "NN"),
        ]
        assert (gauge.level_m_nhn, gauge.gauge_datum) == (182.53, "DHHN92")

    def test_it_holds_from_then_on(self, world: World) -> None:
        town = world.town()
        site = measured(town, [150.0] * 5, **STAGES)
        with town.acting() as connection:
            [gauge] = gauges(connection, site_ids=[site])
        assert gauge.stage == 1
        with town.acting() as connection:
            update_site(connection, site, {"stage_1_cm": 160})
        with town.acting() as connection:
            [gauge] = gauges(connection, site_ids=[site])
        assert (gauge.stage, gauge.since) == (0, world.now)

    def test_the_past_is_corrected_by_name_and_with_a_trace(self, world: World) -> None:
        town = world.town()
        site = town.gauge(gauge_zero_m=180, **STAGES)
        then = world.ago(days=300)
        town.sensor(site, "water_level", *((then + n * EVERY, 150.0) for n in range(3)))
        assert "stage_1" in states(town, site)
        span = {"start": world.ago(days=400), "end": world.ago(days=200)}
        with town.acting() as connection:
            correct_references(
                connection, site, {"stage_1_cm": 155.0}, **span, by="anna", why="typing error"
            )
        assert "stage_1" not in states(town, site)
        with town.acting() as connection:
            rows = gauge_references(connection, site)
            assert [row.stage_1_cm for row in rows] == [100, 155, 100]
            assert [row.gauge_zero_m for row in rows] == [180] * 3
            [trace] = reference_corrections(connection, site)
            assert (trace.corrected_by, trace.why, trace.stage_1_cm) == (
                "anna",
                "typing error",
                100,
            )
            correct_references(
                connection, site, {"stage_1_cm": 90.0}, start=None, end=None, by="b", why="all"
            )
            assert {row.stage_1_cm for row in gauge_references(connection, site)} == {90}
            [gauge] = gauges(connection, site_ids=[site])
        assert gauge.stage_1_cm == 90

    def test_what_cannot_be_corrected(self, world: World) -> None:
        town, other = world.town(), world.town()
        site = town.gauge(**STAGES)
        later = datetime.now(world.now.tzinfo) + timedelta(days=1)
        why: dict[str, Any] = {"by": "anna", "why": "x"}
        for span in (
            {"start": later, "end": None},
            {"start": world.ago(days=1), "end": world.ago(days=2)},
            {"start": None, "end": later},
        ):
            with pytest.raises(InputError), town.acting() as connection:
                correct_references(connection, site, {"stage_1_cm": 1.0}, **span, **why)
        with pytest.raises(InputError, match="rise"), town.acting() as connection:
            correct_references(connection, site, {"stage_1_cm": 250.0}, start=None, end=None, **why)
        stream = town.sensor(site, "water_level", (world.ago(minutes=5), 30.0))
        [row] = world.select(
            "select datastream_id from core.datastream where device_id = %s", stream.device_id
        )
        world.grant(row["datastream_id"], other, "raw")
        with pytest.raises(NotAllowed), other.acting() as connection:
            correct_references(connection, site, {"stage_1_cm": 1.0}, start=None, end=None, **why)


def states(town: Town, site: int) -> list[str]:
    rows = town.select("select state from api.signal_change where site_id = %s order by at", site)
    return [row["state"] for row in rows]


class TestRating:
    def test_discharge_now_and_then(self, world: World) -> None:
        town = world.town()
        site = measured(town, [50.0] * 5)
        curve = NewCurve(points=[(0, 0), (100, 4)], from_time=world.ago(days=400))
        with town.acting() as connection:
            enter_curve(connection, site, curve, by="anna")
            assert gauges(connection, site_ids=[site])[0].discharge_m3s == 2
            steeper = NewCurve(points=[(0, 0), (100, 8)], from_time=world.ago(minutes=30))
            with pytest.raises(Conflict, match="say why"):
                enter_curve(connection, site, steeper, by="anna")
        with town.acting() as connection:
            enter_curve(
                connection,
                site,
                NewCurve(points=steeper.points, from_time=steeper.from_time, why="new bed"),
                by="anna",
            )
            rows = water_levels(
                connection, site, start=world.ago(days=1), end=world.now, resolution="raw"
            ).rows
            assert [getattr(row, "discharge_m3s", None) for row in rows] == [2, 2, 4, 4, 4]
            assert [c.to_time for c in rating_curves(connection, site)] == [
                None,
                steeper.from_time,
            ]

    def test_outside_of_the_curve_it_says_so(self, world: World) -> None:
        town = world.town()
        curve = NewCurve(points=[(10, 1), (100, 8)], from_time=world.ago(days=1))
        said = []
        for level in (5.0, 10.0, 100.0, 150.0):
            site = measured(town, [level] * 4)
            with town.acting() as connection:
                enter_curve(connection, site, curve, by="anna")
            said.append(town.row("gauge", site_id=site)["discharge_missing"])
        assert said == ["below_curve", None, None, "above_curve"]
        without = town.row("gauge", site_id=measured(town, [50.0] * 4))
        assert without["discharge_missing"] == "no_curve"

    @pytest.mark.parametrize("coefficient", [0.01, 1.0, 5.0])
    @pytest.mark.parametrize(("exponent", "level"), [(1, 20), (1.5, 33), (1.7, 200), (3, 400)])
    def test_a_power_law_is_one_between_two_points(
        self, world: World, coefficient: float, exponent: float, level: float
    ) -> None:
        def flow(at: float) -> float:
            return float(coefficient * ((at - 10) / 100) ** exponent)

        [row] = world.select(
            "select api.discharge_m3s(array[20, 400], %s::float8[], 'power', 10, %s) as q",
            [flow(20), flow(400)],
            level,
        )
        assert row["q"] == pytest.approx(flow(level), abs=1e-4)

    @pytest.mark.parametrize(
        "points",
        [
            [(1.0, 1.0)],
            [(1.0, 1.0), (1.0, 2.0)],
            [(1.0, 2.0), (2.0, 1.0)],
            [(1.0, -1.0), (2.0, 1.0)],
            [(1.0, float("nan")), (2.0, 1.0)],
        ],
    )
    def test_what_is_no_curve(self, world: World, points: list[tuple[float, float]]) -> None:
        town = world.town()
        site = town.gauge()
        with town.acting() as connection, pytest.raises(InputError):
            enter_curve(connection, site, NewCurve(points=points), by="anna")

    def test_a_table_as_people_paste_it(self) -> None:
        text = "Wasserstand cm;Abfluss m³/s\n10;0,5\n\n20\t1.25\n30 2\n"
        assert read_points(text) == [(10, 0.5), (20, 1.25), (30, 2)]
        for wrong in ("10;0,5\nviel;mehr", "10;1;2", "10", "1e5;2"):
            with pytest.raises(InputError, match="Line"):
                read_points(wrong)


def test_in_the_api(hub: Hub) -> None:
    client: httpx.Client = hub.signed_in(hub.a.editor)
    site = f"/api/v1/sites/{hub.a.gauge}"
    answer = client.patch(f"{site}/references", json={"stage_1_cm": 150})
    assert answer.status_code == 422
    answer = client.patch(f"{site}/references", json={"stage_1_cm": 150, "why": "survey"})
    assert [row["stage_1_cm"] for row in answer.json()["items"]] == [150]
    [trace] = client.get(f"{site}/reference-corrections").json()["items"]
    assert (trace["why"], trace["stage_1_cm"]) == ("survey", 200)
    curves = f"/api/v1/gauges/{hub.a.gauge}/rating-curves"
    made = client.post(curves, json={"csv": "0;0\n600;30", "why": "measured"})
    assert made.status_code == 201
    for wrong in ({}, {"csv": "x"}, {"csv": "1;1\n2;2", "points": [{"level_cm": 1}]}):
        assert client.post(curves, json=wrong).status_code == 422
    assert len(client.get(curves).json()["items"]) == 2
    assert client.delete(f"{curves}/{made.json()['curve_id']}").status_code == 204
    own = client.get("/api/v1/gauges/crests").json()["items"]
    assert {row["site_id"] for row in own} == {hub.a.gauge, hub.a.upper}
