"""`regionhub site`: what stands where."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from regionhub.cli.arguments import Town
from regionhub.cli.onboarding import (
    DryRun,
    File,
    Kind,
    OnlyGood,
    add,
    add_file,
    console,
    open_town,
)
from regionhub.features.onboarding.drafts import Draft, Usual
from regionhub.features.onboarding.register import Register, read_register, take_register
from regionhub.registry.sites import sites

app = typer.Typer(help="Sites of a town: trees, beds, gauges, ...", no_args_is_help=True)


@app.command("list")
def list_sites(slug: Town) -> None:
    """All sites of a town."""
    table = Table("Id", "Name", "Kind", "Latitude", "Longitude", "Address")
    with open_town(slug) as town:
        for site in sites(town.connection):
            table.add_row(
                str(site.site_id),
                escape(site.name),
                site.kind,
                *("–" if one is None else f"{one:.5f}" for one in (site.latitude, site.longitude)),
                escape(site.address or "–"),
            )
    console.print(table if table.row_count else "no sites yet: `regionhub site add`")


@app.command("add")
def add_site(
    slug: Town,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Unique in the town.")],
    kind: Annotated[str, typer.Option(help="tree, bed, gauge, forest or road.")],
    latitude: Annotated[float | None, typer.Option(help="Degrees (WGS 84).")] = None,
    longitude: Annotated[float | None, typer.Option(help="Degrees (WGS 84).")] = None,
    address: Annotated[str | None, typer.Option(help="Street and number.")] = None,
    soil_texture: Annotated[str | None, typer.Option(help="Class of KA5, e.g. Ls3.")] = None,
) -> None:
    """Add a site."""
    said = {
        "name": name,
        "kind": kind,
        "latitude": latitude,
        "longitude": longitude,
        "address": address,
        "soil_texture": soil_texture,
    }
    row = add(slug, Draft(site={key: value for key, value in said.items() if value is not None}))
    assert row.site is not None
    console.print(f"site {row.site.site_id}: {escape(row.site.name)}")


@app.command("import")
def import_sites(
    slug: Town,
    file: File,
    kind: Kind = None,
    dry_run: DryRun = False,
    only_good: OnlyGood = False,
) -> None:
    """Add the sites of a file, and its devices if it names some."""
    add_file(slug, file, Usual(kind=kind, needed="site"), dry_run=dry_run, only_good=only_good)


@app.command("register")
def import_register(
    slug: Town,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="CSV, .xlsx or GeoJSON (docs/onboarding.md).",
        ),
    ],
    dry_run: DryRun = False,
    only_good: OnlyGood = False,
) -> None:
    """Make and update the trees of a town from its tree register."""
    with open_town(slug) as town:
        found = read_register(town.connection, town.tenant_id, file.read_bytes())
        written = bool(found.good) and not dry_run and (only_good or not found.bad)
        if written:
            with Progress(console=console) as progress:
                task = progress.add_task("trees", total=len(found.new) + len(found.changed))
                take_register(
                    town.connection,
                    town.tenant_id,
                    found,
                    lambda done: progress.update(task, completed=done),
                )
    _report_register(found, written=written)
    if found.bad and not (only_good and written):
        raise typer.Exit(1)


def _report_register(found: Register, *, written: bool) -> None:
    if found.unknown:
        console.print(f"columns not known: {escape(', '.join(found.unknown))}")
    if found.bad:
        table = Table("Row", "Tree", "What is wrong")
        for row in found.bad:
            said = "\n".join(fault.text("en") for fault in row.faults)
            table.add_row(str(row.number), escape(row.name), escape(said))
        console.print(table)
    console.print(
        f"new: {len(found.new)}, changed: {len(found.changed)}, unchanged: {found.unchanged}, "
        f"not good: {len(found.bad)}; not in the file: {found.missing}"
    )
    if not written:
        console.print("nothing was written")
