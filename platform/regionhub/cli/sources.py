"""`regionhub source`: connections to the towns' network servers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from regionhub.cli import backfill
from regionhub.cli.arguments import SourceName, Town
from regionhub.cli.run import owner_connection, read_settings
from regionhub.cli.source_access import (
    Authority,
    Certificate,
    Key,
    PasswordFile,
    read_certificates,
    read_password,
)
from regionhub.cli.source_registration import set_registration
from regionhub.errors import InputError
from regionhub.problems import explain_source
from regionhub.registry import sources
from regionhub.registry.broker_access import (
    READER,
    Access,
    AccessFiles,
    give_access,
    renew_access,
)
from regionhub.registry.tenants import tenant_by_slug
from regionhub.sealing import Secrets
from regionhub.store.leases import MOST_SESSIONS
from regionhub_ingest.formats import FORMATS, GENERIC, named, read_mapping_file, reader

app = typer.Typer(help="Connections to the towns' network servers.", no_args_is_help=True)
app.command("import")(backfill.import_file)
app.command("backfill")(backfill.backfill)
app.command("registration")(set_registration)


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
    broker: Annotated[
        str | None,
        typer.Option(
            help="mqtt://host:port, mqtts://host:port (or ssl://) or wss://host:port/path. If left "
            "out, the network server pushes to the hub's own broker and gets a user there."
        ),
    ] = None,
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
    password_file: PasswordFile = None,
    ca: Authority = None,
    certificate: Certificate = None,
    key: Key = None,
    mapping_file: Annotated[
        Path | None,
        typer.Option(
            "--mapping",
            help="YAML that says where each value stands in a message: all of it for the format "
            "generic, else what differs (docs/lns-formats.md).",
        ),
    ] = None,
) -> None:
    """Connect a town's network server; ingest picks it up within seconds.

    The password is asked for where it is in no file.
    """
    chosen = named(format_name)
    topics = topic or list(chosen.topics)
    if not topics:
        raise InputError(
            f"a network server of the format {format_name} has no topics of its own: give those "
            "that its operator set with --topic"
        )
    mapping = None if mapping_file is None else read_mapping_file(mapping_file)
    reader(format_name, mapping)
    settings = read_settings()
    if broker is None:
        if not settings.broker_url or username is not None or password_file is not None:
            raise InputError(
                "give the town's broker with --broker; without it the network server pushes to the "
                "hub's own, which REGIONHUB_BROKER_URL names, and gets its user from us"
            )
        login: tuple[str | None, str | None] = READER, settings.broker_password or None
    else:
        login = username, read_password(password_file, ask=bool(username))
    with owner_connection() as connection, connection.transaction():
        tenant = tenant_by_slug(connection, slug)
        source_id = sources.create_source(
            connection,
            tenant_id=tenant.tenant_id,
            name=name,
            format=format_name,
            broker_url=broker or settings.broker_url,
            topics=topics,
            protocol=protocol or chosen.protocol,
            username=login[0],
            password=login[1],
            certificates=read_certificates(ca, certificate, key),
            mapping=mapping,
            secrets=Secrets(settings.key_file),
        )
        access = None if broker else give_access(connection, source_id=source_id)
    Console().print(f"{tenant.name}: source {name!r} added")
    if access is not None:
        show_access(access)


def show_access(access: Access) -> None:
    """Print how a network server writes to the hub's broker, once."""
    console = Console(soft_wrap=True)
    console.print(f"user      {access.user}")
    console.print(f"password  {access.password}", markup=False)
    console.print(f"topics    have to begin with {access.prefix}")
    console.print(
        "The password is shown only now. The broker knows it within seconds where `regionhub work` "
        "keeps its files (REGIONHUB_BROKER_ACCESS), otherwise after `regionhub source acl`."
    )


@app.command("acl")
def write_access(
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where the files `acl` and `passwords` go.")
    ],
) -> None:
    """Write who may do what at the hub's own broker, as files for Mosquitto."""
    files = AccessFiles(out, reader_password=read_settings().broker_password)
    with owner_connection() as connection:
        files.write(connection)
    Console().print(f"wrote passwords and acl to {out}", markup=False, soft_wrap=True)


@app.command("set")
def change_source(
    slug: Town,
    name: SourceName,
    broker: Annotated[
        str | None,
        typer.Option(help="mqtt://host:port, mqtts://host:port or wss://host:port/path."),
    ] = None,
    topic: Annotated[
        list[str] | None, typer.Option(help="All its topic filters; given once for each.")
    ] = None,
    protocol: Annotated[str | None, typer.Option(help="MQTT version, 5 or 3.1.1.")] = None,
    username: Annotated[str | None, typer.Option(help="Login at the broker; '' for none.")] = None,
    password_file: PasswordFile = None,
    new_password: Annotated[
        bool,
        typer.Option(
            "--new-password",
            help="Make a new password for a network server that pushes to the hub's own broker.",
        ),
    ] = False,
    ca: Authority = None,
    certificate: Certificate = None,
    key: Key = None,
    enabled: Annotated[
        bool | None,
        typer.Option("--enable/--disable", help="Whether ingest connects to it."),
    ] = None,
) -> None:
    """Change how a source is reached; what is not given stays. Ingest follows within seconds.

    While it is disabled, its broker keeps what comes, and so does a broker that it had before:
    end those sessions there.
    """
    given = (broker, protocol, username, password_file, ca, certificate, key, enabled)
    if not topic and not new_password and all(value is None for value in given):
        raise InputError("say what to change: --broker, --topic, --password-file … (see --help)")
    settings = read_settings()
    with owner_connection() as connection, connection.transaction():
        tenant = tenant_by_slug(connection, slug)
        source = sources.source_by_name(connection, tenant_id=tenant.tenant_id, name=name)
        sources.change_source(
            connection,
            source_id=source.source_id,
            broker_url=broker,
            topics=topic or None,
            protocol=protocol,
            username=username,
            password="" if username == "" else read_password(password_file, ask=bool(username)),
            certificates=read_certificates(ca, certificate, key),
            enabled=enabled,
            secrets=Secrets(settings.key_file),
        )
        access = renew_access(connection, source_id=source.source_id) if new_password else None
    Console().print(f"{tenant.name}: source {name!r} changed")
    if access is not None:
        show_access(access)


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
