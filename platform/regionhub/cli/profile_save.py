"""`regionhub profile save`: profiles from files into the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from regionhub.cli.bench import CodecBench
from regionhub.cli.profile_shelf import ForHub, ForTown, place
from regionhub.errors import InputError, RegionhubError
from regionhub.features.device_profiles.bench import check
from regionhub.profiles import load_profile


def save_profiles(
    profile_id: Annotated[str, typer.Argument(metavar="VENDOR/MODEL")],
    directory: Annotated[Path, typer.Option("--directory", help="Folder of your profiles.")] = Path(
        "device_profiles"
    ),
    hub: ForHub = False,
    tenant: ForTown = None,
) -> None:
    """Keep a profile in the database, or its next version: ingest takes it without a restart.

    Its examples have to be right.
    """
    try:
        if not hub and tenant is None:
            raise InputError("say whom it is for: --hub or --tenant TOWN")
        profile = load_profile(directory, profile_id)
        check(CodecBench(), profile)
        with place(directory, hub=hub, tenant=tenant) as to:
            typer.echo(f"saved {to.keep(profile, new=False)}, version {profile.version}")
    except RegionhubError as error:
        typer.echo(f"Error: {error.detail}", err=True)
        raise typer.Exit(1) from None
