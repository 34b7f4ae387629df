"""The command `regionhub`. This is where the parts are put together; nothing imports it."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from regionhub.cli import admin, dashboards, doctor, profile, run, simulate, uplink
from regionhub.cli.demo import demo
from regionhub.errors import RegionhubError

app = typer.Typer(
    help="Smart Region Hub: the sensor platform that the towns of a region share.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(demo)
app.command()(run.migrate)
app.command()(run.ingest)
app.command()(run.serve)
app.command()(run.work)
app.command()(doctor.doctor)
app.command("simulate")(simulate.simulate)
app.add_typer(admin.tenant_app, name="tenant")
app.add_typer(admin.source_app, name="source")
app.add_typer(profile.app, name="profile")
app.add_typer(uplink.app, name="uplink")
app.add_typer(dashboards.app, name="dashboards")


def main() -> None:
    """Entry point: an error of ours is one sentence and exit status 1, never a traceback."""
    try:
        app()
    except RegionhubError as error:
        Console(stderr=True).print(
            f"[bold red]Error:[/] {error.detail}", highlight=False, soft_wrap=True
        )
        sys.exit(1)
