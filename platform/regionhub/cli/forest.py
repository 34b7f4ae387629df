"""`regionhub forest`: the indices of fire weather from a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, TypedDict

import orjson
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from regionhub.cli.series_file import read_series
from regionhub.errors import InputError
from regionhub.features.forest.fwi import SPRING, Codes, Noon
from regionhub.features.forest.fwi_season import SeasonDay, follow

app = typer.Typer(help="Forest: fire weather from a file.", no_args_is_help=True)
_COLUMNS = ("temperature_degc", "relative_humidity_pct", "wind_kmh", "rain_mm")
#: More wind in km/h, or rain in mm a day, was never measured on land: a slip of the unit.
_MOST_WIND, _MOST_RAIN = 400, 2000
_START = f"{SPRING.ffmc:g},{SPRING.dmc:g},{SPRING.dc:g}"


class FwiRow(TypedDict):
    """One day as it is printed; None where the weather of the day is missing."""

    date: date
    ffmc: float | None
    dmc: float | None
    dc: float | None
    isi: float | None
    bui: float | None
    fwi: float | None
    uncertain: bool


@app.callback()
def _group() -> None:
    """Forest: fire weather from a file."""


@app.command("fwi")
def fire_weather(
    file: Annotated[Path, typer.Argument(help=f"CSV of noon values: date,{','.join(_COLUMNS)}.")],
    start: Annotated[
        str, typer.Option(help="FFMC, DMC and DC of the day before the first.")
    ] = _START,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the Canadian fire weather indices of each day.

    A day with an empty cell, or that is left out, carries the codes of the day before on; after
    more than two such days the codes are uncertain until 20 mm of rain have fallen, after more than
    52 they start anew.
    """
    codes = _codes(start)
    table = read_series(file, index="date", required=_COLUMNS, days=True)
    rows = [_row(day) for day in follow(_noons(file, table), codes)]
    if as_json:
        typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
    else:
        Console(highlight=False).print(_table(rows))


def _codes(text: str) -> Codes:
    try:
        ffmc, dmc, dc = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(f"--start {text!r} is not three numbers such as {_START}") from error
    if not (0 <= ffmc <= 101 and 0 <= dmc < 10_000 and 0 <= dc < 10_000):
        raise InputError(f"--start {text!r}: FFMC is 0 to 101, DMC and DC are not negative")
    return Codes(ffmc, dmc, dc)


def _noons(file: Path, table: pd.DataFrame) -> Iterator[tuple[date, Noon | None]]:
    days = pd.DatetimeIndex(table.index).date
    for when, numbers in zip(days, table[list(_COLUMNS)].to_numpy(float).tolist(), strict=True):
        if any(number != number for number in numbers):  # noqa: PLR0124 - NaN
            yield when, None
            continue
        temperature, humidity, wind, rain = numbers
        if not (
            -60 <= temperature <= 60
            and 0 <= humidity <= 110
            and 0 <= wind <= _MOST_WIND
            and 0 <= rain <= _MOST_RAIN
        ):
            raise InputError(
                f"{file}, {when}: impossible weather; temperature is in °C, humidity in %, "
                "wind in km/h and rain in mm"
            )
        # sensors say a little more than 100 % in fog
        yield when, Noon(temperature=temperature, humidity=min(humidity, 100), wind=wind, rain=rain)


def _row(day: SeasonDay) -> FwiRow:
    row = FwiRow(
        date=day.date,
        ffmc=None,
        dmc=None,
        dc=None,
        isi=None,
        bui=None,
        fwi=None,
        uncertain=day.uncertain,
    )
    if day.day is not None:
        row["ffmc"] = round(day.day.codes.ffmc, 4)
        row["dmc"] = round(day.day.codes.dmc, 4)
        row["dc"] = round(day.day.codes.dc, 4)
        row["isi"] = round(day.day.isi, 4)
        row["bui"] = round(day.day.bui, 4)
        row["fwi"] = round(day.day.fwi, 4)
    return row


def _table(rows: list[FwiRow]) -> Table:
    table = Table("Day", "FFMC", "DMC", "DC", "ISI", "BUI", "FWI", "")
    for row in rows:
        figures = (row["ffmc"], row["dmc"], row["dc"], row["isi"], row["bui"], row["fwi"])
        table.add_row(
            row["date"].isoformat(),
            *("–" if figure is None else f"{figure:.1f}" for figure in figures),
            "uncertain" if row["uncertain"] else "",
        )
    return table
