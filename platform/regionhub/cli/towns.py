"""`regionhub town`: a new town with everything it needs, in one command that may be repeated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from regionhub.access import people
from regionhub.cli.arguments import Town
from regionhub.cli.assembly import catalogue
from regionhub.cli.onboarding import add_file
from regionhub.cli.run import owner_connection, read_settings
from regionhub.cli.sources import add_source
from regionhub.errors import InputError, NotFound
from regionhub.features.onboarding.drafts import Usual
from regionhub.features.solutions import store
from regionhub.features.solutions.ready import steps
from regionhub.registry.sources import sources_of_all
from regionhub.registry.tenants import Tenant, all_tenants, create_tenant, tenant_by_slug
from regionhub.store.database import Connection
from regionhub.store.roles import acting_as

app = typer.Typer(help="New towns, and how far they are.", no_args_is_help=True)
_BY = "operator"
#: Where alerts of a town go is its own; everything else may be as in the town that it follows.
_OWN = {"email", "url"}


@app.command()
def new(
    slug: Town,
    ags: Annotated[str, typer.Option(help="Amtlicher Gemeindeschlüssel, eight digits.")],
    name: Annotated[
        str | None, typer.Option(help="As people write it; from TOWN if left out.")
    ] = None,
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
        tenant = _tenant(connection, slug, name or slug.replace("-", " ").title(), ags, share=share)
        parameters = _parameters(given)
        wanted = _wanted(connection, tenant, follow, solution or [], parameters)
        if admin:
            _invite(connection, tenant, admin, admin_name or admin)
        connected = any(each.tenant == slug for each in sources_of_all(connection))
    if source and not connected:
        add_source(slug, name="LNS", format_name=source)
    if sites:
        add_file(slug, sites, Usual(), dry_run=False, only_good=True)
    with owner_connection() as connection:
        for each, values in wanted.items():
            store.want(connection, tenant.tenant_id, each, values, by=_BY)
            if catalogue()[each].kind == "service":
                store.mark_applied(connection, tenant.tenant_id, each, catalogue()[each].version)
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


def _tenant(connection: Connection, slug: str, name: str, ags: str, *, share: bool) -> Tenant:
    """The town; it is made where there is none.

    Raises:
        InputError: there is one with this short name and another AGS.
    """
    known = {each.slug: each for each in all_tenants(connection)}
    if slug not in known:
        create_tenant(connection, slug=slug, name=name, ags=ags, shares_with_region=share)
        typer.echo(f"{name}: town made")
    elif known[slug].ags != ags:
        raise InputError(f"{slug} is there already, with the AGS {known[slug].ags}")
    return tenant_by_slug(connection, slug)


def _invite(connection: Connection, tenant: Tenant, login: str, name: str) -> None:
    try:
        people.person_by_login(connection, tenant_id=tenant.tenant_id, login=login)
    except NotFound:
        link = people.invite(
            connection, tenant_id=tenant.tenant_id, login=login, display_name=name, role="admin"
        )
        address = read_settings().portal_url.rstrip("/") or "the portal's address and then "
        typer.echo(f"{name} sets a password within three days, once: {address}{link.path}")


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
    known = catalogue()
    if unknown := sorted(set(taken) - set(known)):
        raise InputError(f"there is no solution {', '.join(unknown)}")
    of_any = {each.name for name in taken for each in known[name].parameters}
    if strange := sorted(set(given) - of_any):
        raise InputError(f"none of these solutions has a parameter {', '.join(strange)}")
    used = store.adoptions(connection, tenant.tenant_id)
    wanted = {}
    for name, kept in taken.items():
        if name in used:
            continue
        copied = {
            each.name: given.get(each.name, "" if each.kind in _OWN else kept.get(each.name, ""))
            for each in known[name].parameters
        }
        wanted[name] = known[name].read_parameters(copied)
    return wanted
