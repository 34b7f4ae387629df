"""What is set and what is wrong."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from regionhub.cli.run import owner_connection
from regionhub.settings import Settings
from regionhub.store.admin import sources
from regionhub.store.migrate import check_version

_SECRET = ("password", "token", "url")


def doctor(
    settings: Annotated[bool, typer.Option("--settings", help="List all settings.")] = False,
) -> None:
    """Check the database and the sources, one sentence for each problem."""
    console = Console()
    if settings:
        _list_settings(console)
        return
    with owner_connection() as connection:
        check_version(connection)
        problems = [
            f"{row['tenant']}, source {row['name']}: {problem}"
            for row in sources(connection)
            if row["enabled"] and (problem := _problem(row))
        ]
    for problem in problems:
        console.print(f"[red]✗[/] {problem}", highlight=False)
    if problems:
        raise typer.Exit(1)
    console.print("[green]✓[/] database and sources are in order")


def _problem(row: dict[str, Any]) -> str | None:
    if row["problem"] or row["connected_since"]:
        return str(row["problem"] or "") or None
    return "never connected; does `regionhub ingest` run?"


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
