"""The command `regionhub`. This is where the parts are put together; nothing imports it."""

from __future__ import annotations

import sys
from importlib import import_module

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from regionhub.errors import RegionhubError, StoreUnavailable

#: Each command: its module below this package and the function or group in it. Only the module of
#: the command that is asked for is imported: looking at one payload needs no web server.
_COMMANDS = {
    "demo": ("demo", "demo"),
    "migrate": ("run", "migrate"),
    "ingest": ("ingest", "ingest"),
    "serve": ("serve", "serve"),
    "work": ("work", "work"),
    "replay": ("replay", "app"),
    "tenant": ("tenants", "app"),
    "town": ("towns", "app"),
    "source": ("sources", "app"),
    "feed": ("feeds", "app"),
    "site": ("sites", "app"),
    "device": ("devices", "app"),
    "health": ("health", "app"),
    "profile": ("profile", "app"),
    "uplink": ("uplink", "app"),
    "irrigation": ("irrigation", "app"),
    "gauge": ("gauge", "app"),
    "forest": ("forest", "app"),
    "simulate": ("simulate", "simulate"),
    "dashboards": ("dashboards", "app"),
    "solution": ("solutions", "app"),
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
    """Entry point: what somebody can mend is one sentence and exit status 1, never a traceback."""
    try:
        make_app(sys.argv[1] if len(sys.argv) > 1 else None)()
    except (RegionhubError, OSError, ValidationError) as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        console = Console(stderr=True)
        # it may quote a file or a server, whose words must not steer the terminal
        shown = "".join(sign for sign in sentence if sign.isprintable())
        console.print(f"[bold red]Error:[/] {escape(shown)}", highlight=False, soft_wrap=True)
        sys.exit(1)


def _sentence(error: RegionhubError | OSError | ValidationError) -> str | None:
    """An error of ours, a file that cannot be used, a setting that is wrong; None: a fault."""
    if isinstance(error, RegionhubError):
        more = "; `regionhub doctor` says what to do" if isinstance(error, StoreUnavailable) else ""
        return error.detail + more
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else None
    if error.title != "Settings":
        return None
    return "; ".join(
        f"REGIONHUB_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors()
    )
