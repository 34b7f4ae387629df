"""`regionhub irrigation`: try the forecast of soil water on a file; limits of the hub."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from regionhub.cli.run import owner_connection
from regionhub.cli.series_file import read_series
from regionhub.errors import InputError
from regionhub.features.irrigation.evaluate import Evaluation, evaluate
from regionhub.features.irrigation.limits import hub_limits, set_hub_limits
from regionhub.features.irrigation.soils import soils

app = typer.Typer(
    help="Irrigation: try the forecast of soil water, limits of the hub.", no_args_is_help=True
)
_UNITS = {"%": "%", "percent": "%", "kpa": "kPa"}


@app.command("evaluate")
def evaluate_file(
    file: Annotated[
        Path, typer.Argument(help="CSV with time,value and, if known, rain_mm and et0_mm.")
    ],
    lead_days: Annotated[int, typer.Option(min=1, max=14, help="How far to look ahead.")] = 7,
    texture: Annotated[
        str, typer.Option(help="Texture class of the soil (KA5), for values in %.")
    ] = "Ls3",
    unit: Annotated[
        str, typer.Option(help="% (water by volume) or kPa (tension) of the values.")
    ] = "%",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Forecast from every day of each dry spell with what was known then; print how good it was."""
    canonical = _UNITS.get(unit.lower())
    if canonical is None:
        raise InputError(f"the unit {unit!r} is neither % nor kPa")
    if texture not in soils():
        raise InputError(f"there is no texture class {texture!r}; there are {', '.join(soils())}")
    series = read_series(file, index="time", required=["value"], optional=["rain_mm", "et0_mm"])
    result = evaluate(
        series,
        lead=lead_days,
        unit=canonical,
        wilting_point=soils()[texture].wilting_point,
    )
    if as_json:
        typer.echo(orjson.dumps(asdict(result), option=orjson.OPT_INDENT_2))
    else:
        Console(highlight=False).print(_table(result, lead_days, canonical))


_Limit = Annotated[float | None, typer.Option(help="What is not given stays.")]


@app.command("limits")
def limits_of_hub(
    young: Annotated[
        bool, typer.Option("--young", help="For the first years after planting.")
    ] = False,
    now_nfk_pct: _Limit = None,
    soon_nfk_pct: _Limit = None,
    wet_nfk_pct: _Limit = None,
    target_nfk_pct: _Limit = None,
    now_kpa: _Limit = None,
    soon_kpa: _Limit = None,
    wet_kpa: _Limit = None,
    who: Annotated[str, typer.Option(help="Who sets them.")] = "",
    why: Annotated[str, typer.Option(help="Kept with them.")] = "",
) -> None:
    """Show or set where levels begin in towns and groups without limits of their own."""
    given = {name: value for name, value in locals().items() if isinstance(value, float)}
    with owner_connection() as connection:
        if given:
            if not who:
                raise InputError("say who sets the limits: --who")
            numbers = replace(hub_limits(connection)[young], **given)
            set_hub_limits(connection, numbers, young=young, who=who, why=why)
        held = [asdict(one) for one in hub_limits(connection)]
    table = Table("", "others", "young")
    for name in held[0]:
        table.add_row(name, *(f"{one[name]:g}" for one in held))
    Console(highlight=False).print(table)


def _table(result: Evaluation, lead: int, unit: str) -> Table:
    table = Table("", "", title=f"forecasts {lead} days ahead", show_header=False)
    figures = {
        "dry spells of at least 7 days": str(result.spells),
        "forecasts": str(result.forecasts),
        f"mean error, {unit}": _figure(result.mae),
        f"mean error of “no change”, {unit}": _figure(result.mae_no_change),
        "better by, %": _figure(result.improvement_pct, 1),
        "values within the range, %": _figure(result.range_coverage_pct, 1),
    }
    for name, figure in figures.items():
        table.add_row(name, figure)
    return table


def _figure(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
