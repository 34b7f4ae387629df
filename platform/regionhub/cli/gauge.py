"""`regionhub gauge`: try the forecast of a water level on a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from regionhub.cli.series_file import read_series
from regionhub.errors import InputError
from regionhub.features.gauges.forecast.evaluate import evaluate
from regionhub.features.gauges.forecast.skill import Skill

app = typer.Typer(help="Gauges: try the forecast of a water level.", no_args_is_help=True)
_MOST_HOURS = 48


@app.callback()
def _group() -> None:
    """Gauges: try the forecast of a water level."""


@app.command("evaluate")
def evaluate_file(
    file: Annotated[
        Path,
        typer.Argument(help="Hourly CSV with time,level and, if known, rain_mm and upstream_1 ..."),
    ],
    leads: Annotated[str, typer.Option(help="Hours ahead, separated by commas.")] = "1,3,6,12",
    train: Annotated[
        float, typer.Option(min=0.05, max=0.95, help="Share of the time to train on.")
    ] = 0.7,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Learn from the first part and forecast the rest with what was known then: how good was it."""
    series = read_series(file, index="time", required=["level"], optional=["rain_mm", "upstream_"])
    skills = evaluate(series, _hours(leads), train)
    if as_json:
        answer = {str(lead): asdict(skill) for lead, skill in skills.items()}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
    else:
        Console(highlight=False).print(_table(skills))


def _hours(text: str) -> list[int]:
    try:
        hours = [int(part) for part in text.split(",")]
    except ValueError as error:
        raise InputError(f"--leads {text!r} is not a list of hours such as 1,3,6,12") from error
    if not all(1 <= hour <= _MOST_HOURS for hour in hours):
        raise InputError(f"--leads {text!r}: from 1 to {_MOST_HOURS} hours")
    return list(dict.fromkeys(hours))


def _table(skills: dict[int, Skill]) -> Table:
    table = Table("hours ahead", "skill over persistence", "in the 90 % band", "CRPS", "n", "model")
    for lead, skill in skills.items():
        table.add_row(
            str(lead),
            _figure(skill.skill_over_persistence, ".2f"),
            _figure(skill.coverage_90_pct, ".1f", " %"),
            _figure(skill.crps, ".4g"),
            f"{skill.n:,}",
            skill.model,
        )
    return table


def _figure(value: float | None, style: str, unit: str = "") -> str:
    return "–" if value is None else f"{value:{style}}{unit}"
