"""The fire weather index against the published series and single values."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from math import isfinite
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regionhub.features.forest.fwi import SPRING, Codes, Noon, advance
from regionhub.features.forest.fwi_season import follow

REFERENCE = Path(__file__).parents[2] / "data" / "reference"
DRY = Noon(temperature=20, humidity=40, wind=10, rain=0)


def standard_series() -> list[dict[str, float]]:
    with (REFERENCE / "fwi_standard_series.csv").open() as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def test_standard_series() -> None:
    codes = SPRING
    rows = standard_series()
    assert len(rows) == 24
    for row in rows:
        noon = Noon(
            temperature=row["temp_c"],
            humidity=row["rh_pct"],
            wind=row["wind_kmh"],
            rain=row["rain_mm_24h"],
        )
        day = advance(codes, noon, int(row["month"]))
        codes = day.codes
        got = {
            "ffmc": codes.ffmc, "dmc": codes.dmc, "dc": codes.dc,
            "isi": day.isi, "bui": day.bui, "fwi": day.fwi,
        }  # fmt: skip
        for name, value in got.items():
            assert value == pytest.approx(row[name], abs=0.0501), (row["month"], row["day"], name)
            assert value == pytest.approx(row[f"{name}_cffdrs"], abs=0.25)


@pytest.mark.parametrize("case", ["fwi_step_start", "fwi_step_rain_0_5_no_ffmc_rain"])
def test_single_steps(case: str) -> None:
    with (REFERENCE / "check_values.csv").open() as file:
        row = next(row for row in csv.DictReader(file) if row["id"] == case)
    given_, expected = json.loads(row["input_json"]), json.loads(row["expected"])
    noon = Noon(
        temperature=given_["temp"],
        humidity=given_["rh"],
        wind=given_["wind_kmh"],
        rain=given_["rain"],
    )
    day = advance(Codes(*given_["prev_ffmc_dmc_dc"]), noon, given_["month"])
    assert [day.codes.ffmc, day.codes.dmc, day.codes.dc, day.isi, day.bui, day.fwi] == (
        pytest.approx(list(expected.values()), abs=0.001)
    )


@given(
    st.floats(0, 101),
    st.floats(0, 1000),
    st.floats(0, 2000),
    st.floats(-40, 50),
    st.floats(0, 100),
    st.floats(0, 200),
    st.floats(0, 400),
    st.integers(1, 12),
)
def test_any_weather_gives_indices(
    ffmc: float, dmc: float, dc: float, t: float, h: float, w: float, r: float, month: int
) -> None:
    day = advance(Codes(ffmc, dmc, dc), Noon(temperature=t, humidity=h, wind=w, rain=r), month)
    assert 0 <= day.codes.ffmc <= 101
    assert all(
        isfinite(x) and x >= 0 for x in (day.codes.dmc, day.codes.dc, day.isi, day.bui, day.fwi)
    )


def days(*noons: Noon | None) -> list[tuple[date, Noon | None]]:
    return [(date(2026, 5, 1) + timedelta(days=n), noon) for n, noon in enumerate(noons)]


def test_a_missing_day_carries_the_codes_on() -> None:
    whole = list(follow(days(DRY, DRY)))
    with_gap = list(follow([*days(DRY, None), (date(2026, 5, 3), DRY)]))
    assert with_gap[1].day is None
    assert with_gap[2].day == whole[1].day
    assert not any(day.uncertain for day in with_gap)


@pytest.mark.parametrize("written", [True, False])
def test_after_three_missing_days_codes_are_uncertain_until_rain(written: bool) -> None:
    rain = Noon(temperature=12, humidity=90, wind=5, rain=11)
    noons = days(DRY, None, None, None, DRY, rain, rain, DRY)
    if not written:
        noons = [(when, noon) for when, noon in noons if noon]
    seen = {day.date.day: day.uncertain for day in follow(noons)}
    assert [seen[n] for n in (1, 5, 6, 7, 8)] == [False, True, True, False, False]
    assert seen.get(4, True)
    assert not seen.get(3, False)


def test_after_a_winter_the_codes_start_anew() -> None:
    summer, spring = (date(2025, 9, 30), DRY), (date(2026, 4, 1), DRY)
    alone = next(follow([spring]))
    assert list(follow([(date(2025, 9, 29), DRY), summer, spring]))[-1].day == alone.day


def test_dates_must_rise() -> None:
    with pytest.raises(ValueError, match="does not come after"):
        list(follow([(date(2026, 5, 2), DRY), (date(2026, 5, 2), DRY)]))
