"""What is set and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import orjson
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from regionhub.cli.checks import Finding, failure, fine
from regionhub.cli.checks import facts as questions
from regionhub.cli.checks.database import BLINDING, check_database, not_reached
from regionhub.cli.checks.feeds import check_feeds
from regionhub.cli.checks.processes import check_content, check_processes
from regionhub.cli.checks.rollups import check_rollups
from regionhub.cli.checks.sources import check_sources
from regionhub.errors import StoreError
from regionhub.sealing import Secrets
from regionhub.settings import Settings
from regionhub.store.database import Connection, connect

_SECRET = ("password", "token", "url")
_SIGNS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "error": "[red]✗[/]"}


def doctor(
    settings: Annotated[bool, typer.Option("--settings", help="List all settings.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for monitoring.")] = False,
) -> None:
    """Check database, clocks, processes and sources, one sentence each; exit with 1 if one fails.

    It tries every source's broker under a name of its own and disturbs no session of ingest.
    """
    console = Console()
    if settings:
        _list_settings(console)
        return
    found = []
    for finding in _findings():
        found.append(finding)
        if not as_json:
            console.print(
                f"{_SIGNS[finding.level]} {escape(f'{finding.check}: {finding.sentence}')}",
                highlight=False,
                soft_wrap=True,
            )
    failed = any(finding.level == "error" for finding in found)
    if as_json:
        print(orjson.dumps({"ok": not failed, "checks": [asdict(f) for f in found]}).decode())
    if failed:
        raise typer.Exit(1)


def _findings() -> Iterator[Finding]:
    try:
        values = Settings()
    except ValidationError as error:
        fault = error.errors()[0]
        name = f"REGIONHUB_{'_'.join(str(part) for part in fault['loc'])}".upper()
        yield failure("settings", "settings_unusable", f"{name}: {fault['msg']}")
        return
    if not values.database_url:
        yield failure("settings", "database_not_set")
        return
    yield fine("settings", "all settings can be used")
    try:
        connection = connect(values.database_url, autocommit=True)
    except StoreError as error:
        yield not_reached(error)
        return
    with connection:
        yield from _inside(connection, values)


def _inside(connection: Connection, values: Settings) -> Iterator[Finding]:
    """What can be seen with a connection; without a usable database nothing else would be true."""
    for finding in check_database(connection):
        yield finding
        if finding.problem in BLINDING:
            return
    yield from check_rollups(connection)
    opened = Secrets(values.key_file).opened
    secrets = {key: opened(source) for key, source in questions.secrets(connection).items()}
    yield from check_processes(connection, sources=len(secrets))
    yield from check_sources(connection, secrets)
    yield from check_feeds(connection)
    yield from check_content(connection, values.device_profiles)


def _list_settings(console: Console) -> None:
    values = Settings()
    table = Table(Column("Variable", no_wrap=True), "Value", "Meaning")
    for name, field in Settings.model_fields.items():
        value = getattr(values, name)
        shown = (
            "(set)"
            if value and any(word in name for word in _SECRET)
            else "–"
            if value in ("", None)
            else str(value)
        )
        table.add_row(f"REGIONHUB_{name.upper()}", shown, field.description or "")
    console.print(table)
