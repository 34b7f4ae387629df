"""Set up towns, their people, keys and sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from regionhub.archive import retention
from regionhub.cli import backfill
from regionhub.cli.run import owner_connection
from regionhub.errors import InputError
from regionhub.problems import explain_source
from regionhub.registry import admin
from regionhub.store.leases import MOST_SESSIONS
from regionhub_ingest.formats import FORMATS, GENERIC, named, read_mapping_file, reader

tenant_app = typer.Typer(help="Towns, their people and their keys.", no_args_is_help=True)
source_app = typer.Typer(help="Connections to the towns' network servers.", no_args_is_help=True)
source_app.command("import")(backfill.import_file)
source_app.command("backfill")(backfill.backfill)

SourceName = backfill.SourceName
Slug = Annotated[
    str, typer.Argument(metavar="TOWN", help="Short name of the town, e.g. bad-berleburg.")
]


@tenant_app.command("list")
def list_tenants() -> None:
    """All towns."""
    table = Table("Town", "Name", "Kind", "AGS", "Sites", "Devices")
    with owner_connection() as connection:
        for row in admin.tenants(connection):
            table.add_row(
                row["slug"],
                row["name"],
                row["kind"],
                row["ags"] or "–",
                str(row["sites"]),
                str(row["devices"]),
            )
    Console().print(table if table.row_count else "no towns yet: `regionhub tenant add`")


@tenant_app.command("add")
def add_tenant(
    slug: Slug,
    name: Annotated[str, typer.Option(help="Name as people write it.")],
    ags: Annotated[
        str | None, typer.Option(help="Amtlicher Gemeindeschlüssel, eight digits.")
    ] = None,
    kind: Annotated[str, typer.Option(help="municipality, district or region.")] = "municipality",
    latitude: Annotated[float | None, typer.Option(help="Centre of its maps.")] = None,
    longitude: Annotated[float | None, typer.Option(help="Centre of its maps.")] = None,
    share: Annotated[bool, typer.Option(help="Let the region see its readings.")] = False,
) -> None:
    """Add a town with its own database roles."""
    with owner_connection() as connection:
        admin.create_tenant(
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


@tenant_app.command("account")
def add_account(
    slug: Slug,
    login: Annotated[str, typer.Argument(help="What the person signs in with.")],
    display_name: Annotated[str, typer.Option("--name", help="Name of the person.")],
    role: Annotated[str, typer.Option(help="viewer, editor or admin.")] = "viewer",
    password: Annotated[
        str,
        typer.Option(
            prompt=True, confirmation_prompt=True, hide_input=True, help="Asked for if left out."
        ),
    ] = "",
) -> None:
    """Let a person sign in for a town."""
    with owner_connection() as connection:
        tenant = admin.tenant_by_slug(connection, slug)
        admin.create_account(
            connection,
            tenant_id=tenant["tenant_id"],
            login=login,
            display_name=display_name,
            password=password,
            role=role,
        )
    Console().print(f"{login} can sign in for {tenant['name']}")


@tenant_app.command("key")
def add_key(
    slug: Slug,
    name: Annotated[str, typer.Option(help="What the key is for.")],
    write: Annotated[bool, typer.Option(help="Also allow to change things.")] = False,
) -> None:
    """Make an API key for a town; it is shown only once."""
    with owner_connection() as connection:
        tenant = admin.tenant_by_slug(connection, slug)
        secret = admin.create_api_key(
            connection,
            tenant_id=tenant["tenant_id"],
            name=name,
            scopes=["read", "write"] if write else ["read"],
        )
    print(secret)


@tenant_app.command("retention")
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
        tenant_id = None if slug is None else admin.tenant_by_slug(connection, slug)["tenant_id"]
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
            kept = "forever" if row["keep"] is None else f"{row['keep'].days} days"
            table.add_row(
                row["tenant"], row["what"], kept, "the town" if row["of_tenant"] else "default"
            )
    Console().print(table if table.row_count else "no towns yet: `regionhub tenant add`")


@source_app.command("list")
def list_sources() -> None:
    """All sources and how they are doing."""
    table = Table(
        "Town", "Source", *(Column(name, overflow="fold") for name in ("Broker", "State"))
    )
    for column in table.columns[:2]:
        column.no_wrap = True  # both are typed into other commands
    with owner_connection() as connection:
        for row in admin.sources(connection):
            since = row["connected_since"]
            state = explain_source(row, "en") or (
                f"connected since {since:%Y-%m-%d %H:%M} UTC" if since else "not started"
            )
            if not row["enabled"]:
                state = "disabled: its broker keeps what comes"
            broker = f"{row['broker_url']}\n{row['format']}"
            table.add_row(row["tenant"], row["name"], broker, state)
    Console().print(table if table.row_count else "no sources yet: `regionhub source add`")


@source_app.command("add")
def add_source(
    slug: Slug,
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
        tenant = admin.tenant_by_slug(connection, slug)
        admin.create_source(
            connection,
            tenant_id=tenant["tenant_id"],
            name=name,
            format=format_name,
            broker_url=broker,
            topics=topics,
            protocol=protocol or chosen.protocol,
            username=username,
            password=password,
            mapping=mapping,
        )
    Console().print(f"{tenant['name']}: source {name!r} added")


@source_app.command("set")
def change_source(
    slug: Slug,
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
        tenant = admin.tenant_by_slug(connection, slug)
        source_id, _ = admin.source_format(connection, tenant_id=tenant["tenant_id"], name=name)
        admin.change_source(
            connection,
            source_id=source_id,
            broker_url=broker,
            topics=topic or None,
            protocol=protocol,
            username=username,
            password=password,
            enabled=enabled,
        )
    Console().print(f"{tenant['name']}: source {name!r} changed")


@source_app.command("sessions")
def share_source(
    slug: Slug,
    name: SourceName,
    sessions: Annotated[
        int,
        typer.Argument(
            metavar="SESSIONS", min=1, max=MOST_SESSIONS, help="1 if one process is enough."
        ),
    ],
) -> None:
    """Let several ingest processes share the messages of one source (MQTT 5)."""
    with owner_connection() as connection:
        tenant = admin.tenant_by_slug(connection, slug)
        admin.set_source_sessions(
            connection, tenant_id=tenant["tenant_id"], name=name, sessions=sessions
        )
    Console().print(f"{tenant['name']}: source {name!r} has {sessions} session(s) at its broker")


@source_app.command("mapping")
def map_source(
    slug: Slug,
    name: SourceName,
    file: Annotated[Path, typer.Argument(help="YAML with the whole mapping of the source.")],
) -> None:
    """Replace the mapping of a source, for example to list another device in it."""
    mapping = read_mapping_file(file)
    with owner_connection() as connection:
        tenant = admin.tenant_by_slug(connection, slug)
        source_id, format_name = admin.source_format(
            connection, tenant_id=tenant["tenant_id"], name=name
        )
        reader(format_name, mapping)
        admin.set_source_mapping(connection, source_id=source_id, mapping=mapping)
    Console().print(f"{tenant['name']}: source {name!r} has a new mapping")
