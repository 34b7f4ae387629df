"""`regionhub forest fwi`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from regionhub.cli.forest import app
from regionhub.errors import InputError

HEAD = "date,temperature_degc,relative_humidity_pct,wind_kmh,rain_mm\n"
DAYS = (
    "2026-04-13,17,42,25,0\n2026-04-14,20,21,25,2.4\n2026-04-15,8.5,,17,0\n2026-04-16,6.5,25,6,0\n"
)


def run(tmp_path: Path, text: str, *options: str) -> str:
    file = tmp_path / "noon.csv"
    file.write_text(text)
    result = CliRunner().invoke(app, ["fwi", str(file), *options])
    if isinstance(result.exception, InputError):
        return result.exception.detail
    assert result.exit_code == 0, result.output
    return result.output


def test_json(tmp_path: Path) -> None:
    days = json.loads(run(tmp_path, HEAD + DAYS, "--json"))
    assert [day["date"] for day in days] == [f"2026-04-{day}" for day in range(13, 17)]
    assert days[0] == {
        "date": "2026-04-13", "ffmc": 87.693, "dmc": 8.5451, "dc": 19.014,
        "isi": 10.8537, "bui": 8.4904, "fwi": 10.0964, "uncertain": False,
    }  # fmt: skip
    assert days[2]["fwi"] is None
    assert days[3]["fwi"] is not None


def test_start(tmp_path: Path) -> None:
    dry = json.loads(run(tmp_path, HEAD + DAYS, "--json", "--start", "90,40,300"))
    assert dry[0]["dc"] == pytest.approx(304.014)
    assert "three numbers" in run(tmp_path, HEAD + DAYS, "--start", "85,6")
    assert "FFMC is 0 to 101" in run(tmp_path, HEAD + DAYS, "--start", "185,6,15")


def test_table(tmp_path: Path) -> None:
    assert "10.1" in run(tmp_path, HEAD + DAYS)


def test_a_day_is_the_one_that_is_written(tmp_path: Path) -> None:
    rows = "2026-05-01T00:00+02:00,17,42,25,0\n2026-04-30T00:00+02:00,17,42,25,0\n"
    days = json.loads(run(tmp_path, HEAD + rows, "--json"))
    assert [day["date"] for day in days] == ["2026-04-30", "2026-05-01"]
    twice = "2026-05-01 06:00,17,42,25,0\n2026-05-01 12:00,17,42,25,0\n"
    assert "comes twice" in run(tmp_path, HEAD + twice)


def test_more_cells_than_columns(tmp_path: Path) -> None:
    assert "more cells" in run(tmp_path, HEAD + "2026-04-13,17,42,25,0,9,9\n")


@pytest.mark.parametrize(
    "day",
    [
        "2026-04-13,17,142,25,0",
        "2026-04-13,17,42,-1,0",
        "2026-04-13,17,42,1e6,0",
        "2026-04-13,17,42,25,1e300",
    ],
)
def test_impossible_weather(tmp_path: Path, day: str) -> None:
    assert "2026-04-13: impossible weather" in run(tmp_path, HEAD + day + "\n")
