"""`regionhub town`: a new town with everything it needs, in one command that may be repeated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from regionhub.cli.arguments import Town
from regionhub.cli.assembly import catalogue
from regionhub.cli.hub import broker, networks
from regionhub.cli.onboarding import add_file
from regionhub.cli.run import owner_connection, read_settings
from regionhub.cli.sources import show_access
from regionhub.errors import InputError
from regionhub.features.onboarding.drafts import Usual
from regionhub.features.solutions import new_town, store
from regionhub.features.solutions.ready import steps
from regionhub.registry.sources import sources_of_all
from regionhub.registry.tenants import Tenant, tenant_by_slug
from regionhub.store.database import Connection
from regionhub.store.roles import acting_as

app = typer.Typer(help="New towns, and how far they are.", no_args_is_help=True)
_BY = "operator"


@app.command()
def new(
    slug: Town,
    ags: Annotated[str, typer.Option(help="Amtlicher Gemeindeschlüssel, eight digits.")],
    name: Annotated[
        str | None, typer.Option(help="As people write it; from TOWN if left out.")
    ] = None,
    latitude: Annotated[float | None, typer.Option(help="Centre of its maps.")] = None,
    longitude: Annotated[float | None, typer.Option(help="Centre of its maps.")] = None,
    admin: Annotated[
        str | None, typer.Option(metavar="LOGIN", help="Who administers the town at first.")
    ] = None,
    admin_name: Annotated[str | None, typer.Option(help="Name of this person.")] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--source", metavar="FORMAT", help="Its network server pushes to the hub's broker."
        ),
    ] = None,
    follow: Annotated[
        str | None, typer.Option("--from", metavar="TOWN", help="Use the solutions of this town.")
    ] = None,
    solution: Annotated[
        list[str] | None, typer.Option(help="Use this one; may stand there several times.")
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="A parameter of all solutions that have it."
        ),
    ] = None,
    sites: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="CSV or .xlsx of sites and devices."),
    ] = None,
    share: Annotated[bool, typer.Option(help="Let the region read what the town reads.")] = False,
) -> None:
    """Set up a town: roles, first person, network server, solutions, sites; may be repeated."""
    with owner_connection() as connection:
        tenant, made = new_town.make_town(
            connection,
            slug=slug,
            name=name or slug.replace("-", " ").title(),
            ags=ags,
            latitude=latitude,
            longitude=longitude,
            share=share,
        )
        if made:
            typer.echo(f"{tenant.name}: town made")
        wanted = _wanted(connection, tenant, follow, solution or [], _parameters(given))
        if admin:
            _invite(connection, tenant, admin, admin_name or admin)
        if source and not any(each.tenant == slug for each in sources_of_all(connection)):
            _connect(connection, tenant, source)
    if sites:
        add_file(slug, sites, Usual(), dry_run=False, only_good=True)
    with owner_connection() as connection:
        new_town.adopt(connection, tenant.tenant_id, catalogue(), wanted, by=_BY)
    if wanted:
        typer.echo(f"solutions: {', '.join(wanted)}; `regionhub work` brings them into Grafana")
    ready(slug)


@app.command()
def ready(slug: Town) -> None:
    """Say what a town has and what it lacks; the portal shows the same under /startklar."""
    with owner_connection() as connection, connection.transaction():
        tenant = tenant_by_slug(connection, slug)
        said = _steps(connection, tenant)
    for mark, title, words in said:
        typer.echo(f"{mark} {title}: {words}")


def _steps(connection: Connection, tenant: Tenant) -> list[tuple[str, str, str]]:
    with owner_connection() as accounts, acting_as(connection, tenant.slug):
        return [
            ("✓" if step.done else "…", step.title, step.said)
            for step in steps(connection, accounts, tenant.tenant_id)
        ]


def _invite(connection: Connection, tenant: Tenant, login: str, name: str) -> None:
    link = new_town.invite_first(connection, tenant.tenant_id, login=login, name=name)
    if link is not None:
        address = read_settings().portal_url.rstrip("/") or "the portal's address and then "
        typer.echo(f"{name} sets a password within three days, once: {address}{link.path}")


def _connect(connection: Connection, tenant: Tenant, format_name: str) -> None:
    known = networks()
    if format_name not in known:
        raise InputError(
            f"{format_name} is none of {', '.join(known)}; what has no topics of its own is "
            "connected with `regionhub source add`"
        )
    own = broker(read_settings())
    show_access(new_town.connect_network(connection, tenant.tenant_id, known[format_name], own))


def _parameters(given: list[str] | None) -> dict[str, str]:
    pairs = [each.partition("=") for each in given or ()]
    if any(not sign for _, sign, _ in pairs):
        raise InputError("a parameter is NAME=VALUE, such as --set email=bauhof@example.org")
    return {key: value for key, _, value in pairs}


def _wanted(
    connection: Connection,
    tenant: Tenant,
    follow: str | None,
    names: list[str],
    given: dict[str, str],
) -> dict[str, dict[str, str]]:
    """Solutions that the town does not use yet, with their parameters.

    Raises:
        InputError: there is no such solution or town, or a parameter is none.
    """
    taken: dict[str, dict[str, str]] = {name: {} for name in names}
    if follow:
        other = tenant_by_slug(connection, follow)
        for name, adoption in store.adoptions(connection, other.tenant_id).items():
            if adoption.state != "leaving":
                taken.setdefault(name, adoption.parameters)
    used = store.adoptions(connection, tenant.tenant_id)
    return new_town.chosen(catalogue(), taken, used, given)
