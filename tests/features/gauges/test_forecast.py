"""Forecasts of a level on a river made of two reservoirs, whose rain is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.features.gauges.rivers import river
from typer.testing import CliRunner

from regionhub.cli.gauge import app
from regionhub.errors import InputError
from regionhub.features.gauges.forecast.bands import COVERAGE, corrected, least_width, scores
from regionhub.features.gauges.forecast.evaluate import evaluate, hourly
from regionhub.features.gauges.forecast.predictors import predictors


def test_a_model_beats_persistence_and_its_band_holds() -> None:
    skills = evaluate(river(4000), [1, 3], 0.7)
    for skill in skills.values():
        assert skill.model == "gradient boosting"
        assert skill.skill_over_persistence is not None
        assert skill.skill_over_persistence > 0.5
        assert skill.coverage_90_pct is not None
        assert 84 < skill.coverage_90_pct < 96
    assert skills[1].crps is not None
    assert skills[3].crps is not None
    assert skills[1].crps < skills[3].crps


def test_gauges_above_help() -> None:
    whole = river(3000)
    with_upstream = evaluate(whole.drop(columns="rain_mm"), [3], 0.7)[3]
    alone = evaluate(whole[["level"]], [3], 0.7)[3]
    assert with_upstream.skill_over_persistence is not None
    assert alone.skill_over_persistence is not None
    assert with_upstream.skill_over_persistence > alone.skill_over_persistence + 0.2


def test_little_history_gives_a_trend_and_says_so() -> None:
    skill = evaluate(river(24 * 50), [1, 6], 0.7)
    assert {one.model for one in skill.values()} == {"trend"}
    assert skill[6].skill_over_persistence == pytest.approx(0)
    assert skill[6].coverage_90_pct is not None
    assert skill[6].coverage_90_pct > 70


def test_a_quiet_year_shows_no_flood_and_gives_a_trend() -> None:
    flat = river(4000)
    flat["level"] = 30 + np.sin(np.arange(4000) / 4000)
    assert evaluate(flat, [1], 0.7)[1].model == "trend"


def test_forecasts_of_the_past_do_not_change_with_the_future() -> None:
    whole = river(1500)
    later = whole.copy()
    later.iloc[1000:] *= 3
    pd.testing.assert_frame_equal(predictors(whole)[:1000], predictors(later)[:1000])


def test_gaps_are_no_levels() -> None:
    gaps = river(3000)
    gaps.iloc[2500:2600, 0] = np.nan
    gaps = gaps.drop(gaps.index[2700:2750])
    skill = evaluate(gaps, [6], 0.7)[6]
    assert skill.n < 900 - 100 - 50
    assert skill.skill_over_persistence is not None
    assert skill.skill_over_persistence > 0


def test_quarter_hours_become_hours() -> None:
    times = pd.date_range("2026-03-01", periods=9, freq="15min", tz="UTC")
    quarters = pd.DataFrame({"level": np.arange(9.0), "rain_mm": 1.0}, index=times)
    table = hourly(quarters)
    assert list(table["level"]) == [0, 4, 8]
    assert list(table["rain_mm"]) == [1, 4, 4]


def test_a_band_that_is_too_narrow_is_widened() -> None:
    random = np.random.default_rng(5)
    came = random.normal(0, 1, 6000)
    narrow = np.tile([-0.3, -0.1, 0.0, 0.1, 0.3], (6000, 1))
    least = least_width(narrow)
    before = scores(narrow[:3000], came[:3000], least)
    said = corrected(narrow[3000:], before, 3, came[3000:], least)
    inside = (said[:, 0] <= came[3000:]) & (came[3000:] <= said[:, -1])
    assert inside.mean() == pytest.approx(COVERAGE, abs=0.03)


def test_too_little_is_refused() -> None:
    with pytest.raises(InputError, match="too few"):
        evaluate(river(80), [1], 0.7)
    late = river(300)
    late.index = [*late.index[:-1], late.index[-1] + pd.Timedelta(days=9999)]  # a slip of the year
    with pytest.raises(InputError, match=r"299 hours .* are in the first 70% of the time and 1 in"):
        evaluate(late, [1], 0.7)


def run(*arguments: str) -> object:
    result = CliRunner().invoke(app, ["evaluate", *arguments])
    if isinstance(result.exception, InputError):
        return result.exception.detail
    assert result.exit_code == 0, result.output
    return json.loads(result.output) if "--json" in arguments else result.output


def test_command(tmp_path: Path) -> None:
    file = tmp_path / "river.csv"
    river(1200).to_csv(file)
    answer = run(str(file), "--leads", "1,6", "--train", "0.6", "--json")
    assert isinstance(answer, dict)
    assert list(answer) == ["1", "6"]
    assert set(answer["1"]) >= {"skill_over_persistence", "coverage_90_pct", "crps", "n"}
    assert "trend" in str(run(str(file), "--leads", "1"))
    assert "--leads" in str(run(str(file), "--leads", "1,x"))
    assert "from 1 to 48" in str(run(str(file), "--leads", "0"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("time,stage\n2026-01-01T00:00Z,3\n", "no column level; its columns are time, stage"),
        ("time,level\n2026-01-01T00:00Z,high\n", "line 2, level: 'high' is no number"),
        ("time,level\nyesterday,3\n", "line 2, time: 'yesterday' is no time"),
        ("time,level\n2026-01-01T00:00Z,3\n2026-01-01T01:00+01:00,4\n", "comes twice"),
        ("time,level\n", "has no rows"),
        ("time,level\n2026-01-01T00:00Z,inf\n", "no finite number"),
    ],
)
def test_files_that_are_none(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "river.csv"
    file.write_text(text)
    assert says in str(run(str(file)))


def test_german_files(tmp_path: Path) -> None:
    file = tmp_path / "pegel.csv"
    table = river(200)
    table.to_csv(file, sep=";", decimal=",")
    answer = run(str(file), "--leads", "1", "--json")
    assert isinstance(answer, dict)
    assert answer["1"]["n"] > 0
