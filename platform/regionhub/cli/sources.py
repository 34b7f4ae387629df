"""`regionhub source`: connections to the towns' network servers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from regionhub.cli import backfill
from regionhub.cli.arguments import SourceName, Town
from regionhub.cli.run import owner_connection
from regionhub.errors import InputError
from regionhub.problems import explain_source
from regionhub.registry import sources
from regionhub.registry.tenants import tenant_by_slug
from regionhub.store.leases import MOST_SESSIONS
from regionhub_ingest.formats import FORMATS, GENERIC, named, read_mapping_file, reader

app = typer.Typer(help="Connections to the towns' network servers.", no_args_is_help=True)
app.command("import")(backfill.import_file)
app.command("backfill")(backfill.backfill)


@app.command("list")
def list_sources() -> None:
    """All sources and how they are doing."""
    table = Table(
        "Town", "Source", *(Column(name, overflow="fold") for name in ("Broker", "State"))
    )
    for column in table.columns[:2]:
        column.no_wrap = True  # both are typed into other commands
    with owner_connection() as connection:
        for source in sources.sources_of_all(connection):
            since = source.connected_since
            state = explain_source(source, "en") or (
                f"connected since {since:%Y-%m-%d %H:%M} UTC" if since else "not started"
            )
            if not source.enabled:
                state = "disabled: its broker keeps what comes"
            broker = f"{source.broker_url}\n{source.format}"
            table.add_row(source.tenant, source.name, broker, state)
    Console().print(table if table.row_count else "no sources yet: `regionhub source add`")


@app.command("add")
def add_source(
    slug: Town,
    name: Annotated[str, typer.Option(help="What you call this network server.")],
    format_name: Annotated[
        str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}, {GENERIC}.")
    ],
    broker: Annotated[str, typer.Option(help="mqtt://host:port or mqtts://host:port.")],
    topic: Annotated[
        list[str] | None,
        typer.Option(
            help="Topic filter; may be given several times. The network server's own topics if "
            "left out."
        ),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(help="MQTT version, 5 or 3.1.1; what the network server speaks if left out."),
    ] = None,
    username: Annotated[str | None, typer.Option(help="Login at the broker.")] = None,
    password: Annotated[str | None, typer.Option(help="Password at the broker.")] = None,
    mapping_file: Annotated[
        Path | None,
        typer.Option(
            "--mapping",
            help="YAML that says where each value stands in a message: all of it for the format "
            "generic, else what differs (docs/lns-formats.md).",
        ),
    ] = None,
) -> None:
    """Connect a town's network server; ingest picks it up within seconds."""
    chosen = named(format_name)
    topics = topic or list(chosen.topics)
    if not topics:
        raise InputError(
            f"a network server of the format {format_name} has no topics of its own: give those "
            "that its operator set with --topic"
        )
    mapping = None if mapping_file is None else read_mapping_file(mapping_file)
    reader(format_name, mapping)
    with owner_connection() as connection:
        tenant = tenant_by_slug(connection, slug)
        sources.create_source(
            connection,
            tenant_id=tenant.tenant_id,
            name=name,
            format=format_name,
            broker_url=broker,
            topics=topics,
            protocol=protocol or chosen.protocol,
            username=username,
            password=password,
            mapping=mapping,
        )
    Console().print(f"{tenant.name}: source {name!r} added")


@app.command("set")
def change_source(
    slug: Town,
    name: SourceName,
    broker: Annotated[
        str | None, typer.Option(help="mqtt://host:port or mqtts://host:port.")
    ] = None,
    topic: Annotated[
        list[str] | None, typer.Option(help="All its topic filters; given once for each.")
    ] = None,
    protocol: Annotated[str | None, typer.Option(help="MQTT version, 5 or 3.1.1.")] = None,
    username: Annotated[str | None, typer.Option(help="Login at the broker; '' for none.")] = None,
    password: Annotated[
        str | None, typer.Option(help="Password at the broker; '' for none.")
    ] = None,
    enabled: Annotated[
        bool | None,
        typer.Option("--enable/--disable", help="Whether ingest connects to it."),
    ] = None,
) -> None:
    """Change how a source is reached; what is not given stays. Ingest follows within seconds.

    While it is disabled, its broker keeps what comes, and so does a broker that it had before:
    end those sessions there.
    """
    if not topic and all(v is None for v in (broker, protocol, username, password, enabled)):
        raise InputError("say what to change: --broker, --topic, --password … (see --help)")
    with owner_connection() as connection:
        tenant = tenant_by_slug(connection, slug)
        source = sources.source_by_name(connection, tenant_id=tenant.tenant_id, name=name)
        sources.change_source(
            connection,
            source_id=source.source_id,
            broker_url=broker,
            topics=topic or None,
            protocol=protocol,
            username=username,
            password=password,
            enabled=enabled,
        )
    Console().print(f"{tenant.name}: source {name!r} changed")


@app.command("sessions")
def share_source(
    slug: Town,
    name: SourceName,
    count: Annotated[
        int,
        typer.Argument(
            metavar="SESSIONS", min=1, max=MOST_SESSIONS, help="1 if one process is enough."
        ),
    ],
) -> None:
    """Let several ingest processes share the messages of one source (MQTT 5)."""
    with owner_connection() as connection:
        tenant = tenant_by_slug(connection, slug)
        source = sources.source_by_name(connection, tenant_id=tenant.tenant_id, name=name)
        sources.set_source_sessions(connection, source_id=source.source_id, sessions=count)
    Console().print(f"{tenant.name}: source {name!r} has {count} session(s) at its broker")


@app.command("mapping")
def map_source(
    slug: Town,
    name: SourceName,
    file: Annotated[Path, typer.Argument(help="YAML with the whole mapping of the source.")],
) -> None:
    """Replace the mapping of a source, for example to list another device in it."""
    mapping = read_mapping_file(file)
    with owner_connection() as connection:
        tenant = tenant_by_slug(connection, slug)
        source = sources.source_by_name(connection, tenant_id=tenant.tenant_id, name=name)
        reader(source.format, mapping)
        sources.set_source_mapping(connection, source_id=source.source_id, mapping=mapping)
    Console().print(f"{tenant.name}: source {name!r} has a new mapping")
