"""`regionhub profile learn`: a profile for a device whose network server decodes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from regionhub.archive.letters.waiting import messages_of_device
from regionhub.cli.arguments import Town
from regionhub.cli.run import owner_connection
from regionhub.cli.waiting import read_message
from regionhub.errors import InputError, RegionhubError
from regionhub.euis import read_dev_eui
from regionhub.registry.tenants import tenant_by_slug
from regionhub.store.roles import acting_as
from regionhub.uplinks import Uplink
from regionhub_ingest.foreign.learn import learn, profile_text
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
        folder = _write(directory, profile_id, proposed, uplinks)
    except RegionhubError as error:
        typer.echo(f"Error: {error.detail}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"wrote {folder / 'profile.yaml'}; try it: regionhub profile test {profile_id}")


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


def _write(
    directory: Path, profile_id: str, proposed: list[Proposed], uplinks: list[Uplink]
) -> Path:
    folder = directory / profile_id
    text = profile_text(profile_id, proposed, uplinks, _interval_minutes(uplinks))
    try:
        folder.mkdir(parents=True)
        (folder / "profile.yaml").write_text(text, "utf-8")
    except FileExistsError:
        raise InputError(f"there is a profile at {folder} already") from None
    except OSError as error:
        raise InputError(f"cannot write {folder}: {error.strerror}") from None
    return folder


def _interval_minutes(uplinks: list[Uplink]) -> float:
    """How far the messages lie apart, an hour where there is but one."""
    times = sorted(uplink.time_ns for uplink in uplinks)
    gaps = [(b - a) / 60e9 for a, b in pairwise(times) if b > a]
    return max(1.0, round(median(gaps))) if gaps else 60.0
