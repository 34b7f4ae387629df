"""`regionhub dashboards`: Grafana dashboards as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from regionhub.settings import Settings
from regionhub_dashboards.kit.lint import problems
from regionhub_dashboards.render import dashboards, write

app = typer.Typer(no_args_is_help=True, help="Grafana dashboards as files.")


@app.command()
def render(
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("build/dashboards"),
) -> None:
    """Write every dashboard as JSON and say what was written."""
    settings = Settings()
    for path in write(
        dashboards(settings.tile_url, settings.tile_attribution, settings.portal_url), out
    ):
        typer.echo(path)


@app.command()
def check() -> None:
    """Check every dashboard; ends with status 1 and one line per fault if there is any."""
    settings = Settings()
    boards = dashboards(settings.tile_url, settings.tile_attribution, settings.portal_url)
    faults = [fault for board in boards.values() for fault in problems(board)]
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(1)
    typer.echo(f"{len(boards)} dashboards, no faults")
