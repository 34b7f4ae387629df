"""`regionhub tenant`: towns, their people, their keys and how long they keep what."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from regionhub.access import accounts
from regionhub.archive import retention
from regionhub.cli.arguments import Town
from regionhub.cli.people import app as people
from regionhub.cli.run import owner_connection
from regionhub.errors import InputError
from regionhub.registry.tenants import all_tenants, create_tenant, tenant_by_slug

app = typer.Typer(help="Towns, their people and their keys.", no_args_is_help=True)
app.add_typer(people)


@app.command("list")
def list_tenants() -> None:
    """All towns."""
    table = Table("Town", "Name", "Kind", "AGS", "Sites", "Devices")
    with owner_connection() as connection:
        for tenant in all_tenants(connection):
            table.add_row(
                tenant.slug,
                tenant.name,
                tenant.kind,
                tenant.ags or "–",
                str(tenant.sites),
                str(tenant.devices),
            )
    Console().print(table if table.row_count else "no towns yet: `regionhub tenant add`")


@app.command("add")
def add_tenant(
    slug: Town,
    name: Annotated[str, typer.Option(help="Name as people write it.")],
    ags: Annotated[
        str | None, typer.Option(help="Amtlicher Gemeindeschlüssel, eight digits.")
    ] = None,
    kind: Annotated[str, typer.Option(help="municipality, district or region.")] = "municipality",
    latitude: Annotated[float | None, typer.Option(help="Centre of its maps.")] = None,
    longitude: Annotated[float | None, typer.Option(help="Centre of its maps.")] = None,
    share: Annotated[
        bool, typer.Option(help="Let the region read all that the town reads, its messages too.")
    ] = False,
) -> None:
    """Add a town with its own database roles."""
    with owner_connection() as connection:
        create_tenant(
            connection,
            slug=slug,
            name=name,
            kind=kind,
            ags=ags,
            latitude=latitude,
            longitude=longitude,
            shares_with_region=share,
        )
    Console().print(f"{name} is ready: add people with `regionhub tenant account {slug} …`")


@app.command("key")
def add_key(
    slug: Town,
    name: Annotated[str, typer.Option(help="What the key is for.")],
    write: Annotated[bool, typer.Option(help="Also allow to change things.")] = False,
) -> None:
    """Make an API key for a town; it is shown only once."""
    with owner_connection() as connection:
        tenant = tenant_by_slug(connection, slug)
        made = accounts.create_api_key(
            connection,
            tenant_id=tenant.tenant_id,
            name=name,
            scopes=["read", "write"] if write else ["read"],
        )
    print(made.secret)


@app.command("retention")
def tenant_retention(
    slug: Annotated[
        str | None,
        typer.Argument(metavar="[TOWN]", help="Short name of the town; all if left out."),
    ] = None,
    what: Annotated[
        str | None, typer.Argument(metavar="[WHAT]", help=f"One of {', '.join(retention.KINDS)}.")
    ] = None,
    keep: Annotated[
        str | None, typer.Argument(metavar="[SPAN]", help="90d, 8w, 2y, forever or default.")
    ] = None,
) -> None:
    """Show or set how long a town keeps what: `regionhub tenant retention olpe uplink 2y`.

    What is older is removed within the hour by `regionhub work`.
    """
    with owner_connection() as connection:
        tenant_id = None if slug is None else tenant_by_slug(connection, slug).tenant_id
        if what is not None:
            if keep is None:
                raise InputError("say how long: 90d, 8w, 2y, forever or default")
            if keep == "default" and tenant_id is not None:
                retention.unset_retention(connection, what=what, tenant_id=tenant_id)
            else:
                span = retention.read_span(keep)
                retention.set_retention(connection, what=what, keep=span, tenant_id=tenant_id)
        table = Table("Town", "What", "Kept", "From")
        for row in retention.retention(connection, tenant_id):
            kept = "forever" if row.keep is None else f"{row.keep.days} days"
            table.add_row(row.tenant, row.what, kept, "the town" if row.of_tenant else "default")
    Console().print(table if table.row_count else "no towns yet: `regionhub tenant add`")
