"""The command `regionhub`. This is where the parts are put together; nothing imports it."""

from __future__ import annotations

import sys
from importlib import import_module

import typer
from rich.console import Console

from regionhub.errors import RegionhubError

#: Each command: its module below this package and the function or group in it. Only the module of
#: the command that is asked for is imported: looking at one payload needs no web server.
_COMMANDS = {
    "demo": ("demo", "demo"),
    "migrate": ("run", "migrate"),
    "ingest": ("ingest", "ingest"),
    "serve": ("serve", "serve"),
    "work": ("run", "work"),
    "tenant": ("admin", "tenant_app"),
    "source": ("admin", "source_app"),
    "profile": ("profile", "app"),
    "uplink": ("uplink", "app"),
    "simulate": ("simulate", "simulate"),
    "dashboards": ("dashboards", "app"),
    "doctor": ("doctor", "doctor"),
}


def make_app(command: str | None = None) -> typer.Typer:
    """The application with one command, or with all of them if it is not known."""
    app = typer.Typer(
        help="Smart Region Hub: the sensor platform that the towns of a region share.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_nothing)
    for name in [command] if command in _COMMANDS else _COMMANDS:
        module, attribute = _COMMANDS[str(name)]
        target = getattr(import_module(f"regionhub.cli.{module}"), attribute)
        if isinstance(target, typer.Typer):
            app.add_typer(target, name=name)
        else:
            app.command(name)(target)
    return app


def _nothing() -> None:
    """Smart Region Hub: the sensor platform that the towns of a region share."""


def main() -> None:
    """Entry point: an error of ours is one sentence and exit status 1, never a traceback."""
    try:
        make_app(sys.argv[1] if len(sys.argv) > 1 else None)()
    except RegionhubError as error:
        console = Console(stderr=True)
        console.print(f"[bold red]Error:[/] {error.detail}", highlight=False, soft_wrap=True)
        sys.exit(1)
