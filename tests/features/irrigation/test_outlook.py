"""When water will be due: from the history of a site, of its group, or from the weather."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Event
from types import SimpleNamespace
from typing import Any, LiteralString

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.town import Town
from tests.world import World

from regionhub.features.irrigation import jobs
from regionhub.features.irrigation.jobs import make_outlook
from regionhub.features.irrigation.outlook import (
    AHEAD_DAYS,
    Ground,
    History,
    Weather,
    drying,
    estimate,
)
from regionhub.features.irrigation.outlook_store import due_towns
from regionhub.features.irrigation.store import BERLIN

GROUND = Ground(
    field_capacity=31.5,
    wilting_point=15.3,
    porosity=40.9,
    residual=7.284,
    alpha=0.06835,
    n=1.20501,
    root_m3=1.2,
    pit_m2=4,
    crown_m2=6,
)
TODAY = date(2026, 7, 14)
YESTERDAY = TODAY - timedelta(days=1)
NOTHING = np.full(AHEAD_DAYS, np.nan)


def history(values: list[float], unit: Any = "%", coldest: float | None = 18.0) -> History:
    days = np.full(60, np.nan)
    days[-len(values) :] = values
    return History(last_day=YESTERDAY, unit=unit, values=days, coldest=coldest)


def falling(last: float, count: int = 30) -> list[float]:
    """Towards 15 % with 30 days."""
    return [15 + (last - 15) * float(np.exp(day / 30)) for day in range(count - 1, -1, -1)]


def weather(rain: float = 0.0, et0: float = 4.0) -> Weather:
    ahead = NOTHING.copy()
    ahead[0] = rain
    return Weather(
        past_rain=np.zeros(60), past_et0=np.full(60, 4.0), rain=ahead, et0=np.full(14, et0)
    )


def said(some: History, limit: float | None = 20.2, sky: Weather | None = None) -> Any:
    return drying(some, GROUND, limit, sky, 1.0)


def test_a_range_of_days_about_the_day_on_which_the_limit_is_passed() -> None:
    # from 22 % to 20.2 % towards 15 % with 30 days: 8.9 days
    found = said(history(falling(22.0)))
    assert found.due_state == "range"
    assert found.due_from <= TODAY + timedelta(days=8)
    assert found.due_to is None or found.due_to >= TODAY + timedelta(days=8)
    assert found.due_from > TODAY


def test_later_than_two_weeks() -> None:
    assert said(history(falling(29.0))).due_state == "later"


@pytest.mark.parametrize(
    ("some", "limit", "reason"),
    [
        (history([*falling(22.0), 22.5, 27.0]), 20.2, "rising"),
        (history([*falling(22.0), float("nan"), 21.0]), 20.2, "gap"),
        (history([20.0, 24.0, 23.8]), 20.2, "rising"),
        (history(falling(22.0), coldest=0.5), 20.2, "frost"),
        (history(falling(22.0)), None, "soil_texture_missing"),
    ],
)
def test_why_nothing_can_be_said(some: History, limit: float | None, reason: str) -> None:
    found = said(some, limit)
    assert (found.due_state, found.due_reason, found.due_from) == ("unpredictable", reason, None)


def test_tension_rises_to_its_limit() -> None:
    values = [20 * float(np.exp(0.05 * day)) for day in range(25)]
    found = said(history(values, "kPa"), 81.0)
    # ln(81 / 66.4) / 0.05: 4 days
    assert found.due_from <= TODAY + timedelta(days=4)
    assert found.due_to is None or found.due_to >= TODAY + timedelta(days=3)


def test_air_that_demands_more_is_sooner_and_rain_is_later() -> None:
    some = history(falling(22.0))
    usual, hot, wet = (
        said(some, sky=sky) for sky in (weather(), weather(et0=8.0), weather(rain=40.0))
    )
    assert hot.due_from < usual.due_from
    assert wet.due_state == "later" or wet.due_from > usual.due_from
    assert wet.forecast[-1] > usual.forecast[-1]


@given(
    value=st.floats(0.5, 1000),
    litres=st.floats(0, 500),
    unit=st.sampled_from(["%", "kPa"]),
)
def test_water_makes_no_soil_drier(value: float, litres: float, unit: Any) -> None:
    if unit == "%":
        value = 10 + value / 30
    [after] = GROUND.wetter(np.array([value]), unit, np.array([litres]))
    assert after >= value - 1e-9 if unit == "%" else after <= value * (1 + 1e-9)


def test_the_balance_falls_without_rain_and_rises_with_water() -> None:
    none = np.zeros(60)
    dry = estimate(GROUND, 30, weather(), none, TODAY)
    poured = none.copy()
    poured[-1] = 80
    assert 0 <= dry.available_pct < 30
    assert dry.outlook.due_from == TODAY
    watered = estimate(GROUND, 30, weather(), poured, TODAY)
    # 80 l of 194 l
    assert watered.available_pct == pytest.approx(dry.available_pct + 41, abs=4)
    rainy = replace(weather(), past_rain=np.full(60, 8.0))
    assert estimate(GROUND, 30, rainy, none, TODAY).available_pct > 60


class TestJob:
    @pytest.fixture
    def town(self, world: World) -> Town:
        return world.town("arnsberg")

    def measure(self, world: World, town: Town, site: int, values: list[float]) -> None:
        """Each value four times on its day, the last one yesterday."""
        points = [
            (
                datetime(*day.timetuple()[:3], hour, tzinfo=BERLIN),
                value,
            )
            for back, value in enumerate(reversed(values), 1)
            for day in [self.today(world) - timedelta(days=back)]
            for hour in (1, 7, 13, 19)
        ]
        points += [(world.ago(minutes=minutes), values[-1]) for minutes in (5, 65)]
        town.device(site, interval_seconds=21600).readings("soil_moisture_vwc", sorted(points))

    def today(self, world: World) -> date:
        return world.now.astimezone(BERLIN).date()

    def run(self, world: World, town: Town) -> None:
        world.decide()
        make_outlook(world.owner, town.tenant_id, self.today(world))

    def test_it_waits_for_history_and_is_made_again_after_it(
        self, world: World, town: Town
    ) -> None:
        self.measure(world, town, town.tree(), falling(22.0))
        self.run(world, town)
        task: dict[str, Any] = {"task": "history", "label_de": "x", "label_en": "x", "total": 9}
        world.put("core.progress", "task", **task, done=1, updated_at=world.ago(minutes=-1))
        world.owner.execute("delete from core.irrigation_run")
        with world.acting("ingest") as ingest:
            assert due_towns(ingest) == []
        self.run(world, town)
        later = {"updated_at": world.ago(minutes=-2), "finished_at": world.ago(minutes=-2)}
        world.put("core.progress", "task", **task, done=9, **later)
        assert due_towns(world.owner) == [town.tenant_id]

    def test_of_a_site_and_of_those_that_it_speaks_for(self, world: World, town: Town) -> None:
        group = world.add("core.site_group", tenant_id=town.tenant_id, name="Linden")
        own, other = (town.tree(site_group_id=group["site_group_id"]) for _ in range(2))
        apart = town.tree()
        self.measure(world, town, own, falling(22.0))
        assert town.row("irrigation_need", site_id=own)["due_reason"] == "not_made"
        assert due_towns(world.owner) == [town.tenant_id]

        self.run(world, town)
        assert due_towns(world.owner) == []
        mine, its = (town.row("irrigation_need", site_id=site) for site in (own, other))
        assert (mine["state"], mine["due_state"]) == ("soon", "range")
        assert mine["due_from"] > self.today(world)
        assert (its["basis"], its["due_from"], its["due_to"]) == (
            "group",
            mine["due_from"],
            mine["due_to"],
        )
        none = town.row("irrigation_need", site_id=apart)
        assert (none["due_state"], none["due_reason"]) == ("unpredictable", "no_sensor")

    def test_what_came_of_a_forecast_is_kept(self, world: World, town: Town) -> None:
        tree = town.tree()
        self.measure(world, town, tree, falling(22.0))
        made_on = self.today(world) - timedelta(days=3)
        forecast = {"site_id": tree, "tenant_id": town.tenant_id, "made_on": str(made_on)}
        world.add("core.irrigation_forecast", **forecast, lead_days=3, value=22, low=21, high=23)
        self.run(world, town)

        rows = town.select("select * from api.irrigation_forecast order by made_on, lead_days")
        assert [(row["lead_days"], row["came"]) for row in rows] == [
            (3, 22.0),
            (3, None),
            (7, None),
        ]

    def test_an_estimate_is_called_so_and_has_no_value(self, world: World, town: Town) -> None:
        tree = town.tree()
        said = {"basis": "estimate", "due_state": "later", "with_weather": True}
        world.add(
            "core.irrigation_outlook",
            site_id=tree,
            tenant_id=town.tenant_id,
            made_at=world.ago(hours=1),
            estimate_pct=22.8,
            **said,
        )
        row = town.row("irrigation", site_id=tree)
        assert (row["irrigation_level"], row["basis"], row["litres"]) == ("now", "estimate", 125)
        assert (row["nfk_pct"], row["sensors"]) == (None, 0)
        signal = town.row("irrigation_signal", site_id=tree)
        assert (signal["reason"], signal["value"], signal["unit"]) == ("estimated", None, None)

        # a device takes its place, whether it says something or not
        town.device(tree)
        assert town.row("irrigation_need", site_id=tree)["basis"] is None


def test_what_is_forecast_is_for_the_own_town(world: World) -> None:
    town, other = world.town(), world.town()
    of = {"tenant_id": town.tenant_id, "site_id": town.tree()}
    said: dict[str, Any] = {"due_state": "later", "basis": "measured", "with_weather": False}
    world.add("core.irrigation_outlook", **of, made_at=world.now, **said)
    values = {"value": 22, "low": 21, "high": 23}
    world.add("core.irrigation_forecast", **of, made_on="2026-08-14", lead_days=3, **values)
    views: tuple[LiteralString, ...] = (
        "select site_id from api.irrigation_outlook",
        "select site_id from api.irrigation_forecast",
    )
    for view in views:
        assert town.select(view) == [{"site_id": of["site_id"]}]
        assert other.select(view) == []


def test_a_town_that_fails_keeps_no_other_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = world.town("bad"), world.town("good")
    for town in (bad, good):
        town.tree()
    made: list[int] = []

    def make(_connection: Any, tenant_id: int, _today: date) -> None:
        if tenant_id == bad.tenant_id:
            raise ValueError("a fault of ours")
        made.append(tenant_id)

    monkeypatch.setattr(jobs, "make_outlook", make)
    monkeypatch.setattr(jobs, "due_towns", lambda _connection: [bad.tenant_id, good.tenant_id])

    class Data:
        def transaction(self) -> Any:
            return nullcontext(world.owner)

    work: Any = SimpleNamespace(database=Data(), stopping=Event())
    with pytest.raises(ValueError, match="a fault of ours"):
        jobs.make_outlooks(work)
    assert made == [good.tenant_id]
