"""`regionhub profile learn`: a profile for a device whose network server decodes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from regionhub.archive.letters.waiting import messages_of_device
from regionhub.cli.arguments import Town
from regionhub.cli.profile_shelf import place
from regionhub.cli.run import owner_connection
from regionhub.cli.waiting import read_message
from regionhub.errors import InputError, RegionhubError
from regionhub.euis import read_dev_eui
from regionhub.profiles import read_profile
from regionhub.registry.tenants import tenant_by_slug
from regionhub.store.roles import acting_as
from regionhub.uplinks import Uplink
from regionhub_ingest.foreign.learn import intervals, learn, profile_text
from regionhub_ingest.foreign.proposal import Proposed

_MOST_MESSAGES = 200
console = Console(highlight=False)


def learn_profile(
    slug: Town,
    device: Annotated[str, typer.Argument(metavar="DEVEUI", help="A device that sends already.")],
    profile_id: Annotated[
        str | None,
        typer.Argument(metavar="[VENDOR/MODEL]", help="Write the profile under this name."),
    ] = None,
    directory: Annotated[Path, typer.Option("--directory", help="Folder of your profiles.")] = Path(
        "device_profiles"
    ),
    save: Annotated[bool, typer.Option(help="Keep it in the database, for this town.")] = False,
) -> None:
    """Propose which quantities the fields are that the network server decodes.

    They are learnt from the messages of the device that wait here. With a name the profile is
    written; look at the proposal first.
    """
    try:
        uplinks = _uplinks(slug, device)
        proposed = learn(uplinks)
        _show(proposed)
        if profile_id is None:
            return
        if not proposed:
            raise InputError("no field was recognised: begin with `regionhub profile new`")
        text = profile_text(profile_id, proposed, uplinks, intervals(uplinks))
        profile = read_profile(profile_id, text, "")
        with place(directory, hub=False, tenant=slug if save else None) as to:
            kept = to.keep(profile, new=True)
    except RegionhubError as error:
        typer.echo(f"Error: {error.detail}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"saved {kept}" if save else f"wrote {kept}: regionhub profile test {kept}")


def _uplinks(slug: str, device: str) -> list[Uplink]:
    """What waits of the device and was decoded by its network server, the newest last."""
    try:
        dev_eui = read_dev_eui(device)
    except ValueError as error:
        raise InputError(f"DEVEUI {error}") from None
    with owner_connection() as connection, connection.transaction():
        tenant = tenant_by_slug(connection, slug)
        with acting_as(connection, slug):
            waiting = messages_of_device(
                connection, tenant.tenant_id, dev_eui, limit=_MOST_MESSAGES
            )
    read = map(read_message, reversed(waiting))
    found = [uplink for uplink in read if uplink is not None and uplink.decoded]
    if not found:
        raise InputError(
            f"no message of {dev_eui} waits that its network server decoded: let it send "
            "once more, and look there at the codec of the device"
        )
    return found


def _show(proposed: list[Proposed]) -> None:
    table = Table("Field", "Quantity", "Unit", "Position", "Last value", "From")
    for one in proposed:
        last = "" if one.last is None else f"{one.last:g}"
        table.add_row(one.field, one.quantity, one.unit, one.position, last, one.why)
    console.print(table if proposed else "no field was recognised")
