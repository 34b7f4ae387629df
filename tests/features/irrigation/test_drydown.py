"""Forecasts of the dry-down on soil that dries as the model says, and on soil that does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.world import World
from typer.testing import CliRunner

from regionhub.cli.irrigation import app
from regionhub.errors import InputError
from regionhub.features.irrigation.drydown import (
    Days,
    Refusal,
    forecasts,
    ranges,
    season_demand,
)
from regionhub.features.irrigation.evaluate import evaluate
from regionhub.features.irrigation.soils import soils

WILTING = 15.3


def soil(years: int = 2, seed: int = 3, noise: float = 0.1) -> pd.DataFrame:
    """Days of soil in which each rain of over 8 mm is seen, hourly rows at noon."""
    random = np.random.default_rng(seed)
    days = 365 * years
    rain = np.where(random.random(days) < 0.12, random.gamma(2, 8, days), 0.0)
    demand = season_demand(np.asarray(np.arange(days) % 365 + 1, float))
    water = np.empty(days)
    now = 30.0
    for day in range(days):
        now -= (now - WILTING) * demand[day] / 30
        now = min(now + 0.5 * max(rain[day] - 4, 0), 36.0)
        water[day] = now + random.normal(0, noise)
    times = pd.date_range("2024-01-01T11:00Z", periods=days, freq="D", name="time")
    return pd.DataFrame({"value": water, "rain_mm": rain}, index=times)


def as_days(value: list[float], unit: str = "%") -> Days:
    numbers = np.array(value, float)
    return Days(numbers, None, np.ones(len(numbers)), unit)


def test_better_than_no_change_and_the_range_holds() -> None:
    result = evaluate(soil(), lead=7, unit="%", wilting_point=WILTING)
    assert result.spells >= 10
    assert result.forecasts >= 40
    assert result.improvement_pct is not None
    assert result.improvement_pct > 60
    assert result.range_coverage_pct is not None
    assert 75 <= result.range_coverage_pct < 100


def test_in_its_first_season_too() -> None:
    table = soil(1)
    result = evaluate(table.loc["2024-04":"2024-09"], lead=7, unit="%", wilting_point=WILTING)
    assert result.improvement_pct is not None
    assert result.improvement_pct > 50
    assert result.range_coverage_pct is not None
    assert result.range_coverage_pct >= 75


@pytest.mark.parametrize("wilting", [2.0, 25.0, 36.0])
def test_a_sensor_that_is_off_by_some_percent_says_as_much(wilting: float) -> None:
    """Soil is known badly: what was measured decides where it stops to dry."""
    known = evaluate(soil(), lead=7, unit="%", wilting_point=WILTING)
    wrong = evaluate(soil(), lead=7, unit="%", wilting_point=wilting)
    assert known.improvement_pct is not None
    assert wrong.improvement_pct == pytest.approx(known.improvement_pct, abs=10)
    assert wrong.range_coverage_pct is not None
    assert wrong.range_coverage_pct >= 75


def test_water_that_arrives_slowly_ends_a_spell() -> None:
    days = as_days([26, 25.5, 25, 25.6, 26.2, 26.8, 26.7, 26.5, 26.4])
    assert days.dry_run().tolist() == [1, 2, 3, 4, 0, 1, 2, 3, 4]
    assert days.refusal(4) is Refusal.RISING


def test_one_spell_counts_once_though_it_began_before_the_season() -> None:
    times = pd.date_range("2024-03-01T11:00Z", periods=90, freq="D")
    table = pd.DataFrame({"value": np.linspace(35, 20, 90), "rain_mm": 0.0}, index=times)
    assert evaluate(table, lead=7, unit="%", wilting_point=WILTING).spells == 1


@pytest.mark.parametrize("value", [0.0, 0.05, 5.0, 900.0, 1e4])
def test_tension_stays_one(value: float) -> None:
    days = as_days([value] * 40, "kPa")
    said = forecasts(days, 0.0, np.ones((40, 14)))
    low, high = ranges(days, said)
    for ends in (said[-1], low[-1], high[-1]):
        assert ((ends >= 0) & (ends <= 10_001)).all()
    assert (low[-1] <= high[-1]).all()


def test_tension() -> None:
    table = soil()
    table["value"] = np.exp((40 - table["value"]) / 5)
    result = evaluate(table, lead=7, unit="kPa", wilting_point=WILTING)
    assert result.improvement_pct is not None
    assert result.improvement_pct > 40


def test_what_was_known_then_is_all_that_counts() -> None:
    table = soil()
    until = 500
    later = table.copy()
    later.iloc[until + 1 :] = [5.0, 0.0]
    for column in (0, 6):
        whole, cut = (forecast_of(one)[: until + 1, column] for one in (table, later))
        np.testing.assert_array_equal(whole, cut)


def forecast_of(table: pd.DataFrame) -> np.ndarray:
    days = Days(table["value"].to_numpy(), table["rain_mm"].to_numpy(), np.ones(len(table)), "%")
    middle = forecasts(days, WILTING, np.ones((len(table), 7)))
    low, high = ranges(days, middle)
    return np.hstack([middle, low, high])


def test_a_forecast_falls_to_the_floor_and_no_further() -> None:
    said = forecasts(as_days([26, 25, 24, 23.2]), WILTING, np.ones((4, 900)))[-1]
    assert (np.diff(said) <= 0).all()
    assert said[-1] == pytest.approx(WILTING, abs=2)  # not yet learnt: the wilting point
    wet = forecasts(as_days([16, 15.9, 15.8, 15.7]), WILTING, np.ones((4, 900)))[-1]
    assert 0 < wet[-1] < 15.7
    at_once = forecasts(as_days([16, 15.9, 15.8, 15.7]), WILTING, np.full((4, 3), 1e6))[-1]
    assert (at_once >= 0).all()


def test_faster_days_give_a_faster_forecast() -> None:
    slow = forecasts(as_days([26, 25.9, 25.8, 25.7]), WILTING, np.ones((4, 7)))[-1]
    fast = forecasts(as_days([28, 27.2, 26.4, 25.7]), WILTING, np.ones((4, 7)))[-1]
    assert fast[-1] < slow[-1] - 0.4


@pytest.mark.parametrize(
    ("value", "refusal"),
    [
        ([25, 24.8, 24.6, 24.4], None),
        ([25, 24.8, float("nan"), 24.4], Refusal.GAP),
        ([25, 24.8, 27.0, 26.9], Refusal.RISING),
        ([25, 24.8], Refusal.TOO_SHORT),
    ],
)
def test_refusals(value: list[float], refusal: Refusal | None) -> None:
    days = as_days(value)
    assert days.refusal(len(value) - 1) == refusal
    said = forecasts(days, WILTING, np.ones((len(value), 1)))[-1, 0]
    assert np.isnan(said) == (refusal is not None)


def test_rain_refuses() -> None:
    days = Days(np.array([25, 24.8, 24.6, 24.4]), np.array([0, 0, 3.0, 0]), np.ones(4), "%")
    assert days.refusal(3) is Refusal.TOO_SHORT


def test_midsummer_asks_more_than_winter() -> None:
    summer, winter = season_demand(np.array([172.0, 355.0]))
    assert summer == pytest.approx(1, abs=0.01)
    assert 0.3 < winter < 0.5


def test_soils_are_those_of_the_database(world: World) -> None:
    rows = world.owner.execute(
        "select soil_texture, field_capacity_pct, wilting_point_pct from api.soil_texture"
    ).fetchall()
    assert rows
    assert {tuple(row.values()) for row in rows} == {
        (one.texture, one.field_capacity, one.wilting_point) for one in soils().values()
    }


def test_command(tmp_path: Path) -> None:
    file = tmp_path / "soil.csv"
    soil(1).to_csv(file)
    result = CliRunner().invoke(app, ["evaluate", str(file), "--lead-days", "5", "--json"])
    assert result.exit_code == 0, result.output
    assert list(json.loads(result.output)) == [
        *("spells", "forecasts", "mae", "mae_no_change", "improvement_pct", "range_coverage_pct")
    ]
    assert "dry spells" in CliRunner().invoke(app, ["evaluate", str(file)]).output


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (["--texture", "Sand"], "there is no texture class 'Sand'"),
        (["--unit", "cbar"], "neither % nor kPa"),
    ],
)
def test_wrong_options(tmp_path: Path, option: list[str], says: str) -> None:
    file = tmp_path / "soil.csv"
    soil(1).to_csv(file)
    error = CliRunner().invoke(app, ["evaluate", str(file), *option]).exception
    assert isinstance(error, InputError)
    assert says in error.detail


def test_a_series_without_rain_or_values(tmp_path: Path) -> None:
    table = soil(1).drop(columns="rain_mm")
    assert evaluate(table, lead=7, unit="%", wilting_point=WILTING).forecasts > 0
    table["value"] = np.nan
    with pytest.raises(InputError, match="no value"):
        evaluate(table, lead=7, unit="%", wilting_point=WILTING)


@pytest.mark.parametrize(
    ("column", "unit", "change", "says"),
    [
        ("value", "%", lambda one: one / 100, "between 0 and 1"),
        ("value", "kPa", lambda one: -one, "without a minus"),
        ("value", "%", lambda one: one.mask(one.index.day == 3, -9999.0), "-9999, which cannot be"),
        ("value", "%", lambda one: one.mask(one.index.day == 3, 101.0), "101, which cannot be"),
        ("value", "kPa", lambda one: one.mask(one.index.day == 3, 65535.0), "65535, which cannot"),
        ("rain_mm", "%", lambda one: one.mask(one.index.day == 3, -99.9), "rain_mm of 2024-01-03"),
    ],
)
def test_what_cannot_be_is_refused(
    column: str, unit: str, change: Callable[[pd.Series], pd.Series], says: str
) -> None:
    table = soil(1)
    table[column] = change(table[column])
    with pytest.raises(InputError, match=says):
        evaluate(table, lead=7, unit=unit, wilting_point=WILTING)


def test_files_of_other_loggers_say_the_same(tmp_path: Path) -> None:
    def outcome(text: str) -> str:
        file = tmp_path / "soil.csv"
        file.write_bytes(text.encode("utf-8-sig"))
        result = CliRunner().invoke(app, ["evaluate", str(file), "--json"])
        assert result.exit_code == 0, result.exception
        return result.output

    table = soil(1)
    plain = table.to_csv()
    header, *rows = plain.splitlines()
    assert outcome("\n".join([header.upper(), *reversed(rows), rows[0]])) == outcome(plain)
    for separator in ";\t":
        assert outcome(table.to_csv(sep=separator, decimal=",")) == outcome(plain)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("time,value\n2024-07-01,25,5\n2024-07-02,25,4\n", "need semicolons"),
        ("time,value\n2024-07-01,25\n2024-07-01,24\n", "twice with different values"),
        ("time,value\n01.07.2024,25\n", "such as 2026-07-14"),
    ],
)
def test_files_that_say_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "soil.csv"
    file.write_text(text)
    error = CliRunner().invoke(app, ["evaluate", str(file)]).exception
    assert isinstance(error, InputError)
    assert says in error.detail


def test_measured_evapotranspiration_is_used() -> None:
    table = soil()
    number = pd.DatetimeIndex(table.index).day_of_year.to_numpy(float)
    table["et0_mm"] = 4 * season_demand(number) ** 2
    with_et0 = evaluate(table, lead=7, unit="%", wilting_point=WILTING)
    without = evaluate(table.drop(columns="et0_mm"), lead=7, unit="%", wilting_point=WILTING)
    assert with_et0.mae == pytest.approx(without.mae, rel=0.02)
    table["et0_mm"] = 0.0
    still = evaluate(table, lead=7, unit="%", wilting_point=WILTING)
    assert still.mae_no_change is not None
    assert still.mae is not None
    assert still.mae > 0.8 * still.mae_no_change  # no demand, no loss
