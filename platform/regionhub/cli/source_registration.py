"""`regionhub source registration`: the API of a network server, at which devices are registered."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from regionhub.cli.arguments import SourceName, Town
from regionhub.cli.run import owner_connection, read_settings
from regionhub.cli.source_access import read_password, read_text
from regionhub.errors import InputError
from regionhub.features.onboarding.servers.settings import enable_server, set_server
from regionhub.registry.sources import source_by_name
from regionhub.registry.tenants import tenant_by_slug
from regionhub.sealing import Secrets


def set_registration(
    slug: Town,
    name: SourceName,
    address: Annotated[
        str | None,
        typer.Option(help="Of the API: https://chirpstack.example or http://10.20.0.5:8080."),
    ] = None,
    token_file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="File with the API key; - is standard input. It is asked for if left out.",
        ),
    ] = None,
    application: Annotated[
        str | None, typer.Option(help="Id of the application that devices go into.")
    ] = None,
    device_profile: Annotated[
        str | None, typer.Option(help="Id of their device profile (ChirpStack only).")
    ] = None,
    ca: Annotated[
        Path | None,
        typer.Option(help="Certificates (PEM) of who signed the server's; left out: everybody's."),
    ] = None,
    enabled: Annotated[
        bool | None, typer.Option("--on/--off", help="Whether people may register devices there.")
    ] = None,
) -> None:
    """Let a town register its devices at this network server (ChirpStack v4, The Things Stack v3).

    The API key is sealed with REGIONHUB_KEY_FILE. --on and --off alone keep what is set.
    """
    if address is None and enabled is None:
        raise InputError("give --address and --application, or --on or --off")
    if ca is not None and address is None:
        raise InputError("--ca goes with --address and --application: give them too")
    if address is not None and application is None:
        raise InputError("--application is missing: the id of the application there")
    token = read_password(token_file, ask=True, asked="API key") if address is not None else None
    with owner_connection() as connection, connection.transaction():
        tenant = tenant_by_slug(connection, slug)
        source = source_by_name(connection, tenant_id=tenant.tenant_id, name=name)
        if address is not None:
            set_server(
                connection,
                source,
                address=address,
                token=(token or "").strip(),
                application_id=(application or "").strip(),
                device_profile_id=device_profile,
                ca=None if ca is None else read_text(ca),
                secrets=Secrets(read_settings().key_file),
            )
        if enabled is not None:
            enable_server(connection, source, enabled=enabled)
    state = "off" if enabled is False else "on"
    Console().print(f"{tenant.name}: registering devices at source {name!r} is {state}")
