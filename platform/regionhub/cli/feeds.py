"""`regionhub feed`: what is fetched from elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from regionhub.cli.arguments import Town
from regionhub.cli.run import ingest_database, owner_connection, read_settings
from regionhub.confined import read_networks
from regionhub.features.feeds import store
from regionhub.features.feeds.download import NETWORKS
from regionhub.features.feeds.fetch import fetch_feed
from regionhub.features.feeds.kinds import KINDS
from regionhub.features.feeds.problems import Trouble, trouble
from regionhub.registry.tenants import tenant_by_slug

app = typer.Typer(help="What is fetched from elsewhere.", no_args_is_help=True)

FeedName = Annotated[str, typer.Argument(help="Name of the feed, as `feed list` shows it.")]
Stations = Annotated[
    list[str] | None,
    typer.Option("--station", help="Number of a station; may be repeated. None: all within reach."),
]


@app.command("kinds")
def list_kinds() -> None:
    """The kinds of feeds, and where they are fetched from."""
    table = Table("Kind", "What", *(Column(name, overflow="fold") for name in ("From", "Terms")))
    table.columns[0].no_wrap = True
    for kind in KINDS.values():
        table.add_row(kind.name, kind.title, kind.address, f"{kind.origin}, {kind.licence}")
    Console().print(table)


@app.command("list")
def list_feeds() -> None:
    """All feeds and how they are doing."""
    table = Table("Town", "Feed", "Kind", "Stations", Column("State", overflow="fold"))
    for column in table.columns[:3]:
        column.no_wrap = True
    with owner_connection() as connection:
        for feed in store.feeds_of_all(connection):
            table.add_row(
                feed.tenant, feed.name, feed.kind, str(feed.station_count), escape(_state(feed))
            )
    Console().print(table)


def _state(feed: store.Feed) -> str:
    if not feed.enabled:
        return "switched off"
    found = trouble(feed, datetime.now(UTC))
    if found is not None:
        return found.sentence()
    return f"fetched at {feed.fetched_at:%Y-%m-%d %H:%M} UTC" if feed.fetched_at else "not fetched"


@app.command("add")
def add(
    slug: Town,
    kind: Annotated[str, typer.Argument(help="See `feed kinds`.")],
    name: Annotated[str | None, typer.Option(help="Name of the feed.")] = None,
    address: Annotated[
        str | None, typer.Option(help="Where its files begin, if not at the usual address.")
    ] = None,
    station: Stations = None,
) -> None:
    """Fetch something from now on; what the region fetches is for all towns."""
    with owner_connection() as connection:
        tenant = tenant_by_slug(connection, slug)
        store.add_feed(
            connection,
            tenant_id=tenant.tenant_id,
            kind=kind,
            name=name,
            address=address,
            stations=station or [],
        )
    Console().print(f"{tenant.name}: {kind} is fetched from now on, by `regionhub work`")


@app.command("fetch")
def fetch(slug: Town, name: FeedName) -> None:
    """Fetch one now, and say what came."""
    settings = read_settings()
    networks = read_networks(settings.feed_networks, NETWORKS)
    with owner_connection() as connection, ingest_database(settings, size=2) as database:
        feed = store.feed_by_name(connection, tenant=slug, name=name)
        outcome = fetch_feed(connection, database, feed.source_id, networks)
    console = Console()
    others = ", ".join(f"{rows} {why}" for why, rows in (outcome.others or {}).items() if rows)
    console.print(f"{outcome.stations} stations, {outcome.rows} rows; {others or 'no others'}")
    if outcome.problem is not None:
        said = Trouble(outcome.problem, None, outcome.detail).sentence()
        console.print(f"[red]{escape(said)}[/]", soft_wrap=True)
        raise typer.Exit(1)


@app.command("stations")
def choose(slug: Town, name: FeedName, station: Stations = None) -> None:
    """Take only these stations from now on; without any all within reach of a town."""
    with owner_connection() as connection:
        feed = store.feed_by_name(connection, tenant=slug, name=name)
        store.choose_stations(connection, feed, station or [])
    Console().print(f"{slug}: feed {name!r} takes {', '.join(station or ['all within reach'])}")


@app.command("disable")
def disable(slug: Town, name: FeedName) -> None:
    """Fetch it no more; what was fetched stays."""
    _switch(slug, name, enabled=False)


@app.command("enable")
def enable(slug: Town, name: FeedName) -> None:
    """Fetch it again."""
    _switch(slug, name, enabled=True)


def _switch(slug: str, name: str, *, enabled: bool) -> None:
    with owner_connection() as connection:
        feed = store.feed_by_name(connection, tenant=slug, name=name)
        store.switch_feed(connection, feed.source_id, enabled=enabled)
    Console().print(f"{slug}: feed {name!r} is switched {'on' if enabled else 'off'}")
