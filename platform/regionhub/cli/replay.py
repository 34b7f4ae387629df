"""`regionhub replay`: work on stored messages again, after a codec or a registration was mended."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from regionhub.archive import runs
from regionhub.archive.letters.waiting import tenants_with_letters
from regionhub.archive.profile_versions import keep_profiles
from regionhub.archive.runs import Archive, Kind, Replay, Selection
from regionhub.archive.stored_profiles import stored_profiles
from regionhub.cli.moments import read_moment
from regionhub.cli.run import ingest_database, start_once, switch_threads_often
from regionhub.errors import DEAD_LETTER_REASONS, InputError
from regionhub.euis import read_dev_eui
from regionhub.profiles import load_profiles
from regionhub.registry.tenants import Tenant, all_tenants, tenant_by_slug
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
        with database.transaction() as connection:
            having = runs.tenants_with_devices(connection, selection)
        for town in (town for town in towns if town.tenant_id in having):
            run = Archive(database).start(
                "uplinks",
                tenant_id=town.tenant_id,
                requested_by=by or _who(),
                why=reason,
                selection=selection,
            )
            rows.append((town, replay(database, codecs, run, progress(town.name))))
    if not rows:
        raise InputError(f"{tenant} has no such device" if tenant else "no town has such a device")
    _print(rows)


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
    runs.check_reason(because)
    selection = Selection(dev_eui=_dev_eui(device), letter_reason=because)
    with _running("dead_letters", tenant) as (database, codecs, towns, progress):
        reprocessor = Reprocessor(database, codecs)
        rows = []
        with database.transaction() as connection:
            waiting = tenants_with_letters(connection, selection)
        for town in (town for town in towns if town.tenant_id in waiting):
            run = Archive(database).start(
                "dead_letters",
                tenant_id=town.tenant_id,
                requested_by=by or _who(),
                why=reason or runs.BY_COMMAND,
                selection=selection,
            )
            rows.append((town, reprocessor.work(run, progress(town.name))))
    if rows:
        _print(rows)
    else:
        Console().print("no such dead letter waits")


@app.command("list")
def list_replays(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The newest ones.")] = 20,
) -> None:
    """What was worked on again: who, when, why, and what became of it."""
    settings = start_once()
    table = Table("No.", *_folded("What", "Who, when (UTC), why", "Outcome"), show_lines=True)
    with (
        ingest_database(settings, size=1) as database,
        database.transaction() as connection,
    ):
        for run in runs.runs_of_all(connection, limit=limit):
            table.add_row(
                str(run.replay_id),
                escape(f"{run.tenant}: {_what(run)}"),
                escape(f"{run.requested_by}, {run.requested_at:%Y-%m-%d %H:%M}\n{run.why}"),
                f"{run.state}: {_outcome(run)}",
            )
    Console().print(table if table.row_count else "nothing was worked on again yet")


@contextmanager
def _running(
    kind: Kind, tenant: str | None
) -> Iterator[
    tuple[Database, Codecs, Sequence[Tenant], Callable[[str], Callable[[int, int], None]]]
]:
    settings = start_once()
    profiles = load_profiles(settings.device_profiles)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )
    with ingest_database(settings, size=3) as database:
        with database.transaction() as connection:
            towns = [tenant_by_slug(connection, tenant)] if tenant else all_tenants(connection)
            keep_profiles(connection, profiles.values())
            codecs = Codecs(profiles)
            codecs.take(stored_profiles(connection))
        with Archive(database).only_worker(kind), bar:

            def progress(name: str) -> Callable[[int, int], None]:
                task = bar.add_task(name, total=None)
                return lambda done, total: bar.update(task, completed=done, total=total)

            yield database, codecs, towns, progress


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


def _print(finished: list[tuple[Tenant, Replay]]) -> None:
    console = Console(highlight=False)
    table = Table("No.", *_folded("Town", "Messages", "Outcome"))
    for town, run in finished:
        table.add_row(str(run.replay_id), town.name, f"{run.handled:,}", _outcome(run))
    console.print(table)
    for town, run in finished:
        if run.problem:
            console.print(f"{town.name}, first failure: {run.problem}", markup=False)


def _what(run: Replay) -> str:
    chosen = [one for one in (run.profile_id, run.dev_eui, run.letter_reason) if one is not None]
    if run.from_time is not None:
        chosen.append(f"since {run.from_time:%Y-%m-%d %H:%M}")
    if run.to_time is not None:
        chosen.append(f"until {run.to_time:%Y-%m-%d %H:%M}")
    return ", ".join([run.kind.replace("_", " "), *chosen])


def _outcome(run: Replay) -> str:
    """Messages by what became of them; of uplinks decoded again also the readings."""
    if run.kind == "dead_letters":
        return _counts(run, "stored", "duplicate", "ignored", "failed")
    uplinks = _counts(run, "changed", "unchanged", "failed")
    readings = _counts(run, "readings_changed", "readings_added", "readings_missing")
    return f"{uplinks}\n{readings}" if run.changed else uplinks


def _counts(run: Replay, *names: str) -> str:
    counts = {name: getattr(run, name) for name in names}
    shown = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in counts.items() if n)
    return shown or f"{run.handled:,} of {run.messages:,} messages"


def _folded(*names: str) -> list[Column]:
    """Columns that lose nothing in a narrow terminal."""
    return [Column(name, overflow="fold") for name in names]
