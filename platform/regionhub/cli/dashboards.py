"""`regionhub dashboards`: Grafana dashboards as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from regionhub.cli.run import owner_connection
from regionhub.registry.tenants import tenant_by_slug
from regionhub.settings import Settings
from regionhub_dashboards.kit.lint import problems
from regionhub_dashboards.preview.app import preview_app, reader_of
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


@app.command()
def preview(
    town: Annotated[str, typer.Option(help="As whom the dashboards are shown.")],
    days: Annotated[float, typer.Option(help="How far they look back.")] = 7,
    port: Annotated[int, typer.Option(help="Where to look at them on this machine.")] = 8090,
) -> None:
    """Show the dashboards without Grafana: the same statements, drawn simply."""
    settings = Settings()
    boards = dashboards(settings.tile_url, settings.tile_attribution, settings.portal_url)
    with owner_connection() as connection:
        tenant = tenant_by_slug(connection, town)
    pages = preview_app(boards, town=reader_of(tenant), days=days, connect=owner_connection)
    typer.echo(f"http://127.0.0.1:{port} shows the dashboards as {tenant.name}; Ctrl-C ends it")
    uvicorn.run(pages, host="127.0.0.1", port=port, log_level="warning")
