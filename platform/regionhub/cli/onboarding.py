"""What `regionhub site` and `regionhub device` share: a town's role, and files of both."""

from __future__ import annotations

import getpass
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from regionhub.archive.runs import BY_COMMAND
from regionhub.archive.stored_profiles import seen_profiles
from regionhub.cli.arguments import Town as Slug
from regionhub.cli.run import owner_connection, read_settings
from regionhub.confined import read_networks
from regionhub.errors import InputError, NotFound
from regionhub.euis import read_dev_eui
from regionhub.features.onboarding.drafts import Draft, Usual
from regionhub.features.onboarding.files import import_file
from regionhub.features.onboarding.load import Loaded, Registered, Town, load, site_named
from regionhub.features.onboarding.servers.answers import explain
from regionhub.features.onboarding.servers.device import Wanted
from regionhub.features.onboarding.servers.register import NETWORKS, Reach, register_devices
from regionhub.features.onboarding.servers.settings import server_named
from regionhub.profiles import load_profiles
from regionhub.registry.devices import Device, own_device
from regionhub.registry.tenants import tenant_by_slug
from regionhub.sealing import Secrets
from regionhub.store.database import Connection
from regionhub.store.roles import acting_as

console = Console(highlight=False)

File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", exists=True, dir_okay=False, help="CSV or .xlsx (docs/onboarding.md)."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would become of each row.")]
OnlyGood = Annotated[
    bool, typer.Option("--only-good", help="Register the good rows; else one bad row stops all.")
]
Kind = Annotated[str | None, typer.Option(help="Of new sites: tree, bed, gauge, forest or road.")]
Profile = Annotated[
    str | None, typer.Option("--profile", metavar="VENDOR/MODEL", help="Where no model is named.")
]
Server = Annotated[
    str | None,
    typer.Option(
        metavar="SOURCE",
        help="Register them at the network server of this source too; needs a column AppKey.",
    ),
]
Number = Annotated[float | None, typer.Option()]
Text = Annotated[str | None, typer.Option()]


@contextmanager
def open_town(slug: Slug) -> Iterator[Town]:
    """One transaction under the role of a town."""
    with owner_connection() as connection, connection.transaction():
        tenant = tenant_by_slug(connection, slug)
        with acting_as(connection, slug):
            yield Town(
                connection=connection,
                tenant_id=tenant.tenant_id,
                profiles={
                    **load_profiles(read_settings().device_profiles),
                    **seen_profiles(connection),
                },
                who=getpass.getuser(),
                why=BY_COMMAND,
            )


def read_eui(written: str) -> str:
    """A DevEUI of the command line.

    Raises:
        InputError: it is none.
    """
    try:
        return read_dev_eui(written)
    except ValueError as error:
        raise InputError(f"DEVEUI {error}") from None


def device_of(town: Town, written: str) -> Device:
    """A device of the town itself, by its DevEUI.

    Raises:
        NotFound: the town has none of it.
    """
    found = own_device(town.connection, town.tenant_id, read_eui(written))
    if found is None:
        raise NotFound(f"this town has no device {written}: `regionhub device list TOWN`")
    return found


def add(slug: Slug, draft: Draft) -> Registered:
    """Register one draft.

    Raises:
        InputError: it cannot be.
    """
    with open_town(slug) as town:
        if draft.device and draft.site and site_named(town, str(draft.site["name"])) is None:
            raise NotFound(f"this town has no site {draft.site['name']!r}: `regionhub site add`")
        [row] = load(town, [draft]).rows
    if row.faults:
        raise InputError("; ".join(fault.text("en") for fault in row.faults))
    return row


def add_file(
    slug: Slug,
    file: Path,
    usual: Usual,
    *,
    dry_run: bool,
    only_good: bool,
    server: str | None = None,
) -> None:
    """Register a file and say what became of it; status 1 where nothing or not all could be.

    With the name of a `server` its devices are registered there as well.
    """
    content = file.read_bytes()
    with open_town(slug) as town:
        if server is not None:
            server_named(town.connection, town.tenant_id, server)
        found = import_file(town, content, usual, dry_run=dry_run, only_good=only_good)
    for word, names in (("not known", found.columns.unknown), ("never read", found.columns.secret)):
        if names:
            console.print(f"columns {word}: {escape(', '.join(names))}")
    if server is not None and found.loaded.wanted:
        register_at(slug, server, found.loaded.wanted)
    _report(found.loaded, only_good=only_good, dry_run=dry_run)


def register_at(slug: Slug, name: str, wanted: Sequence[Wanted]) -> bool:
    """Register devices of the town at a network server; False where not all of them could be."""

    @contextmanager
    def connected() -> Iterator[Connection]:
        with open_town(slug) as town:
            yield town.connection

    settings = read_settings()
    reach = Reach(Secrets(settings.key_file), read_networks(settings.server_networks, NETWORKS))
    with open_town(slug) as town:
        server, who = server_named(town.connection, town.tenant_id, name), town.who
    outcomes = register_devices(connected, server, wanted, reach, by=who, seconds=inf)
    failed = [one for one in outcomes if one.problem]
    console.print(f"at {escape(name)}: {len(outcomes) - len(failed)} of {len(outcomes)} devices")
    for (problem, detail), count in Counter((one.problem, one.detail) for one in failed).items():
        said = explain(problem or "", address=server.address, detail=detail, language="en")
        console.print(f"{count} not: {escape(said)}", soft_wrap=True)
    return not failed


def _report(loaded: Loaded, *, only_good: bool, dry_run: bool = False) -> None:
    if loaded.bad:
        table = Table("Row", "What is wrong")
        for row in loaded.bad:
            table.add_row(
                str(row.number), escape("\n".join(fault.text("en") for fault in row.faults))
            )
        console.print(table)
    devices = sum(row.device is not None for row in loaded.good)
    sites = sum(row.new_site for row in loaded.good)
    done = "registered" if loaded.written else "good"
    console.print(f"{done}: {devices} devices, {sites} new sites; not good: {len(loaded.bad)} rows")
    if loaded.bad and not loaded.written:
        console.print("nothing was registered; mend these rows, or take the others: --only-good")
    elif dry_run:
        console.print("nothing was registered: this was a dry run")
    if loaded.bad and not (only_good and loaded.written):
        raise typer.Exit(1)
