"""`regionhub solution`: what towns adopt as one piece, brought into their Grafana."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.table import Table

from regionhub.cli.grafana import open_cloner
from regionhub.cli.run import owner_connection
from regionhub.errors import InputError
from regionhub.features.solutions import store
from regionhub.features.solutions.store import Adoption
from regionhub.registry.tenants import Tenant, tenant_by_slug
from regionhub.solutions import as_publiccode
from regionhub.store.database import Connection
from regionhub.store.roles import acting_as
from regionhub_dashboards.clone.cloner import Cloner, TownOutcome
from regionhub_dashboards.packages import (
    catalogue,
    differences,
    fingerprint,
    pack,
    read_key,
    unpack,
)
from regionhub_dashboards.solutions import Solution

app = typer.Typer(help="Solutions that towns adopt from each other.", no_args_is_help=True)
_BY = "operator"

Name = Annotated[str, typer.Argument(metavar="SOLUTION", help="Its name, e.g. flood.")]
Names = Annotated[list[str] | None, typer.Argument(metavar="SOLUTION", help="All without a name.")]
TownOption = Annotated[str, typer.Option("--town", metavar="TOWN", help="Short name of the town.")]
Towns = Annotated[
    list[str] | None,
    typer.Option("--town", metavar="TOWN", help="Only this town; may stand there several times."),
]
Given = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the solution."),
]
Dry = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]


@app.command("list")
def list_solutions() -> None:
    """The catalogue, and which towns use what."""
    table = Table("Solution", "Title", "Version", "Kind", "Used by")
    with owner_connection() as connection:
        used, known = store.uses(connection), catalogue(connection)
    for name, solution in known.items():
        manifest = solution.manifest
        towns = ", ".join(used.get(name, []))
        table.add_row(name, manifest.title, manifest.version, manifest.kind, towns)
    Console().print(table)


@app.command()
def plan(name: Name, town: TownOption, given: Given = None) -> None:
    """Say what a town lacks for a solution, and what adopting it would do."""
    with open_cloner() as cloner:
        solution = _named(cloner.solutions, name)
        parameters = _parameters(solution, given)
        tenant = tenant_by_slug(cloner.connection, town)
        _check_fits(solution, tenant)
        _say_missing(cloner.connection, tenant, solution)
        wanted = Adoption(
            solution=name,
            parameters=parameters,
            state="wanted",
            version=None,
            problem=None,
            wanted_by=_BY,
            wanted_at=datetime.now(UTC),
            applied_at=None,
        )
        adding = [wanted] if solution.uid else []
        _say(cloner.town(town).settle(dry=True, adding=adding).changes)


@app.command()
def adopt(name: Name, town: TownOption, given: Given = None) -> None:
    """Let a town use a solution: its dashboards, alert rules and where alerts go."""
    with owner_connection() as connection:
        solution = _named(catalogue(connection), name)
    parameters = _parameters(solution, given)
    if solution.uid is None:
        with owner_connection() as connection:
            tenant = tenant_by_slug(connection, town)
            store.want(connection, tenant.tenant_id, name, parameters, by=_BY)
            store.mark_applied(connection, tenant.tenant_id, name, solution.manifest.version)
        typer.echo(f"{tenant.name}: {solution.manifest.title}")
        return
    with open_cloner() as cloner:
        tenant = tenant_by_slug(cloner.connection, town)
        _check_fits(solution, tenant)
        _say_missing(cloner.connection, tenant, solution)
        store.want(cloner.connection, tenant.tenant_id, name, parameters, by=_BY)
        _settle(cloner, [town])


@app.command()
def apply(
    names: Names = None,
    towns: Towns = None,
    every: Annotated[bool, typer.Option("--all", help="All towns that use one.")] = False,
    dry_run: Dry = False,
) -> None:
    """Bring solutions to their newest version; what towns changed stays, conflicts are listed."""
    if bool(towns) == every:
        raise InputError("name towns with --town, or say --all")
    with open_cloner() as cloner:
        upgrade = [
            _named(cloner.solutions, name).manifest.name for name in names or cloner.solutions
        ]
        slugs = towns or store.adopters(cloner.connection)
        if not dry_run:
            _settle(cloner, slugs, upgrade)
            return
        for slug in slugs:
            typer.echo(f"{slug}:")
            _say(cloner.town(slug).settle(dry=True, upgrade=upgrade).changes)


@app.command()
def drift(towns: Towns = None) -> None:
    """Say how the dashboards of towns stand: changed there, outdated, missing."""
    with open_cloner() as cloner:
        for slug in towns or store.adopters(cloner.connection):
            for each in cloner.town(slug).drift():
                typer.echo(f"{slug}: {each}")
                for conflict in each.conflicts:
                    typer.echo(f"  {conflict}")


@app.command()
def rollback(name: Name, town: TownOption, dry_run: Dry = False) -> None:
    """Bring back what stood there before the newest version of a solution."""
    with open_cloner() as cloner:
        _named(cloner.solutions, name)
        _say(cloner.town(town).roll_back([name], dry=dry_run).changes)


@app.command()
def remove(name: Name, town: TownOption) -> None:
    """Take a solution away from a town; what the town made itself stays."""
    with owner_connection() as connection:
        solution = _named(catalogue(connection), name)
        if solution.uid is None:
            tenant = tenant_by_slug(connection, town)
            store.forget_adoption(connection, tenant.tenant_id, name)
            return
    with open_cloner() as cloner:
        tenant = tenant_by_slug(cloner.connection, town)
        if not store.leave(cloner.connection, tenant.tenant_id, name, by=_BY):
            raise InputError(f"{tenant.name} does not use {name}")
        _settle(cloner, [town])


@app.command("export")
def export_solution(
    name: Name,
    key: Annotated[Path, typer.Option(exists=True, help="Private key of this hub, Ed25519 (PEM).")],
    signer: Annotated[str, typer.Option(help="Who signs it, as others know you.")],
    out: Annotated[Path, typer.Option(help="File to write.")],
) -> None:
    """Write a solution as one signed file for another hub."""
    with owner_connection() as connection:
        solution = _named(catalogue(connection), name)
    own = read_key(key.read_bytes())
    out.write_bytes(pack(solution, key=own, signer=signer))
    typer.echo(f"{out}: {name} {solution.manifest.version}, signed by {signer}")
    typer.echo(f"key {fingerprint(own.public_key().public_bytes_raw())}")


@app.command("import")
def import_solution(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Signed file.")],
    yes: Annotated[bool, typer.Option("--yes", help="Take it without asking.")] = False,
) -> None:
    """Take a solution of another hub; first says who signed it, what is in it and what differs."""
    content = file.read_bytes()
    package = unpack(content)
    solution, manifest = package.solution, package.solution.manifest
    typer.echo(f"signed by {package.signer}, key {package.key}: ask them whether this is theirs")
    typer.echo(
        f"{manifest.title} {manifest.version} ({manifest.legal.license}): {manifest.summary}"
    )
    if solution.uid:
        typer.echo(f"dashboard {solution.uid}, {len(solution.rules)} alert rules")
    with owner_connection() as connection:
        for each in differences(solution, catalogue(connection).get(manifest.name)) or ["gleich"]:
            typer.echo(f"  {each}")
        if not yes:
            typer.confirm("Take it?", abort=True)
        store.keep_import(
            connection,
            store.ImportedSolution(
                solution=manifest.name,
                file=content.decode(),
                signer=package.signer,
                key=package.key,
            ),
        )
    typer.echo(f"{manifest.name} is in the catalogue; towns get it with `regionhub solution apply`")


@app.command()
def publiccode(
    name: Name, url: Annotated[str, typer.Option(help="Of the repository that it is in.")]
) -> None:
    """Print the entry of a solution for catalogues such as openCoDE's (publiccode.yml)."""
    with owner_connection() as connection:
        solution = _named(catalogue(connection), name)
        used = store.uses(connection).get(name, [])
    entry = as_publiccode(solution.manifest, url=url, used_by=used)
    typer.echo(yaml.safe_dump(entry, allow_unicode=True, sort_keys=False), nl=False)


def _named(known: Mapping[str, Solution], name: str) -> Solution:
    if name not in known:
        raise InputError(f"there is no solution {name!r} (known: {', '.join(known)})")
    return known[name]


def _parameters(solution: Solution, given: Iterable[str] | None) -> dict[str, str]:
    pairs = [each.partition("=") for each in given or ()]
    if any(not sign for _, sign, _ in pairs):
        raise InputError("a parameter is NAME=VALUE, such as --set email=bauhof@example.org")
    return solution.manifest.read_parameters({key: value for key, _, value in pairs})


def _check_fits(solution: Solution, tenant: Tenant) -> None:
    if solution.manifest.for_region != (tenant.kind == "region"):
        for_whom = "the region" if solution.manifest.for_region else "towns"
        raise InputError(f"{solution.manifest.name} is for {for_whom}, not for {tenant.name}")


def _say_missing(connection: Connection, tenant: Tenant, solution: Solution) -> None:
    with connection.transaction(), acting_as(connection, tenant.slug):
        for lack in store.missing(connection, solution.manifest):
            typer.echo(f"fehlt: {lack}")


def _say(changes: Iterable[object]) -> None:
    said = [str(change) for change in changes]
    typer.echo("\n".join(said) if said else "nichts zu tun")


def _settle(cloner: Cloner, slugs: Iterable[str], upgrade: Iterable[str] = ()) -> None:
    """Do it and say it; ends with status 1 if a town failed."""
    failed = [done for done in cloner.settle(slugs, upgrade=upgrade) if not _told(done)]
    if failed:
        raise typer.Exit(1)


def _told(done: TownOutcome) -> bool:
    typer.echo(f"{done.tenant.name}:")
    if done.problem:
        typer.echo(f"  {done.problem}", err=True)
        return False
    _say(f"  {change}" for change in done.outcome.changes)
    return all(change.kind != "refuse" for change in done.outcome.changes)
