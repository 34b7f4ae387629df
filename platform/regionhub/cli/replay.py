"""`regionhub replay`: work on stored messages again, after a codec or a registration was mended."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from regionhub.archive import runs as archive
from regionhub.archive.runs import Archive, Kind, Selection
from regionhub.cli.moments import read_moment
from regionhub.cli.run import start_once, switch_threads_often
from regionhub.errors import DEAD_LETTER_REASONS, InputError
from regionhub.euis import read_dev_eui
from regionhub.profiles import load_profiles
from regionhub.registry import admin
from regionhub.store.database import Database
from regionhub_ingest.decode import Codecs
from regionhub_ingest.replay import replay
from regionhub_ingest.reprocess import Reprocessor

app = typer.Typer(invoke_without_command=True)

Town = Annotated[str | None, typer.Option("--tenant", metavar="TOWN", help="Only of this town.")]
DevEui = Annotated[str | None, typer.Option("--device", metavar="DEVEUI", help="Only of this one.")]
By = Annotated[str | None, typer.Option(help="Who does this; your login here if left out.")]
Why = Annotated[str | None, typer.Option("--reason", help="Why; it stays beside every old value.")]


@app.callback()
def replay_uplinks(
    context: typer.Context,
    profile: Annotated[
        str | None,
        typer.Option(metavar="VENDOR/MODEL", help="Only devices that have this profile now."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="From then on: 2026-05-01, 2026-05-01T06:00:00Z, 36h or 90d ago."),
    ] = None,
    until: Annotated[str | None, typer.Option(help="Before then; now if left out.")] = None,
    tenant: Town = None,
    device: DevEui = None,
    reason: Why = None,
    by: By = None,
) -> None:
    """Decode stored uplinks again, after a codec was corrected.

    Each uplink is decoded with the profile and the parameters that its device has today. Values
    that differ replace the stored ones, which stay as versions. Restart `regionhub ingest` first,
    so that what comes meanwhile is decoded by the corrected codec, too.
    """
    if context.invoked_subcommand is not None:
        return
    if (profile is None and device is None) or since is None or not reason:
        raise InputError(
            "name what is decoded again and why: --profile (or --device), --since and --reason; "
            "`regionhub replay dead-letters` is for messages that were never processed"
        )
    switch_threads_often()
    selection = Selection(
        profile_id=profile,
        dev_eui=_dev_eui(device),
        from_time=read_moment(since),
        to_time=None if until is None else read_moment(until),
    )
    if selection.to_time is not None and selection.to_time <= read_moment(since):
        raise InputError("--since must lie before --until")
    with _running("uplinks", tenant) as (database, codecs, towns, progress):
        if profile is not None and codecs.version(profile) is None:
            raise InputError(f"no device profile {profile}; see `regionhub profile list`")
        rows = []
        for town in _with_uplinks(database, towns, selection, tenant):
            run = Archive(database).start(
                "uplinks",
                tenant_id=town["tenant_id"],
                requested_by=by or _who(),
                why=reason,
                selection=selection,
            )
            rows.append((town["name"], replay(database, codecs, run, progress(town["name"]))))
    _print(rows, "no town has such a device")


@app.command("dead-letters")
def replay_dead_letters(
    tenant: Town = None,
    device: DevEui = None,
    because: Annotated[
        str | None, typer.Option(help=f"Only with this reason: {', '.join(DEAD_LETTER_REASONS)}.")
    ] = None,
    reason: Why = None,
    by: By = None,
) -> None:
    """Process waiting dead letters again, after a device was registered or a codec mended."""
    archive.check_reason(because)
    selection = Selection(dev_eui=_dev_eui(device), letter_reason=because)
    with _running("dead_letters", tenant) as (database, codecs, towns, progress):
        reprocessor = Reprocessor(database, codecs)
        rows = []
        with database.transaction() as connection:
            waiting = archive.tenants_with_letters(connection, selection)
        for town in (town for town in towns if town["tenant_id"] in waiting):
            run = Archive(database).start(
                "dead_letters",
                tenant_id=town["tenant_id"],
                requested_by=by or _who(),
                why=reason or "asked for at the command line",
                selection=selection,
            )
            rows.append((town["name"], reprocessor.work(run, progress(town["name"]))))
    _print(rows, "no such dead letter waits")


@app.command("list")
def list_replays(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The newest ones.")] = 20,
) -> None:
    """What was worked on again: who, when, why, and what became of it."""
    settings = start_once()
    table = Table("Nr.", *_folded("What", "Who, when (UTC), why", "Outcome"), show_lines=True)
    with (
        Database(settings.database_url, size=1, role="ingest") as database,
        database.transaction() as connection,
    ):
        for row in archive.runs_of_all(connection, limit=limit):
            table.add_row(
                str(row["replay_id"]),
                escape(f"{row['tenant']}: {_what(row)}"),
                escape(
                    f"{row['requested_by']}, {row['requested_at']:%Y-%m-%d %H:%M}\n{row['why']}"
                ),
                f"{row['state']}: {_outcome(row)}",
            )
    Console().print(table if table.row_count else "nothing was worked on again yet")


@contextmanager
def _running(
    kind: Kind, tenant: str | None
) -> Iterator[
    tuple[Database, Codecs, list[dict[str, Any]], Callable[[str], Callable[[int, int], None]]]
]:
    settings = start_once()
    profiles = load_profiles(settings.device_profiles)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )
    with Database(settings.database_url, size=3, role="ingest") as database:
        with database.transaction() as connection:
            towns = (
                [admin.tenant_by_slug(connection, tenant)]
                if tenant
                else (archive.towns(connection))
            )
        Archive(database).keep_profiles(profiles.values())
        with Archive(database).only_worker(kind), bar:

            def progress(name: str) -> Callable[[int, int], None]:
                task = bar.add_task(name, total=None)
                return lambda done, total: bar.update(task, completed=done, total=total)

            yield database, Codecs(profiles), towns, progress


def _with_uplinks(
    database: Database, towns: list[dict[str, Any]], selection: Selection, tenant: str | None
) -> list[dict[str, Any]]:
    """Towns that have such a device; a town that was named stands for itself."""
    if tenant is not None:
        return towns
    with database.transaction() as connection:
        having = archive.tenants_with_devices(connection, selection)
    return [town for town in towns if town["tenant_id"] in having]


def _dev_eui(given: str | None) -> str | None:
    if given is None:
        return None
    try:
        return read_dev_eui(given)
    except ValueError as error:
        raise InputError(f"--device {error}") from None


def _who() -> str:
    try:
        return f"{getpass.getuser()} (command line)"
    except (OSError, KeyError):  # a container whose user has no name
        return "command line"


def _print(rows: list[tuple[str, dict[str, Any]]], nothing: str) -> None:
    console = Console(highlight=False)
    if not rows:
        console.print(nothing)
        return
    table = Table("Nr.", *_folded("Town", "Messages", "Outcome"))
    for town, row in rows:
        table.add_row(str(row["replay_id"]), town, f"{row['handled']:,}", _outcome(row))
    console.print(table)
    for town, row in rows:
        if row["problem"]:
            console.print(f"{town}, first failure: {row['problem']}", markup=False)


def _what(row: dict[str, Any]) -> str:
    chosen = [
        str(row[name])
        for name in ("profile_id", "dev_eui", "letter_reason")
        if row[name] is not None
    ]
    if row["from_time"] is not None:
        chosen.append(f"since {row['from_time']:%Y-%m-%d %H:%M}")
    if row["to_time"] is not None:
        chosen.append(f"until {row['to_time']:%Y-%m-%d %H:%M}")
    kind = "uplinks" if row["kind"] == "uplinks" else "dead letters"
    return ", ".join([kind, *chosen])


def _outcome(row: dict[str, Any]) -> str:
    """Messages by what became of them; of uplinks decoded again also the readings."""
    if row["kind"] == "dead_letters":
        return _counts(row, "stored", "duplicate", "ignored", "failed")
    uplinks = _counts(row, "changed", "unchanged", "failed")
    readings = _counts(row, "readings_changed", "readings_added", "readings_missing")
    return f"{uplinks}\n{readings}" if row["changed"] else uplinks


def _counts(row: dict[str, Any], *names: str) -> str:
    told = ", ".join(f"{row[name]:,} {name.replace('_', ' ')}" for name in names if row[name])
    return told or f"{row['handled']:,} of {row['messages']:,} messages"


def _folded(*names: str) -> list[Column]:
    """Columns that lose nothing in a narrow terminal."""
    return [Column(name, overflow="fold") for name in names]
