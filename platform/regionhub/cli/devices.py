"""`regionhub device`: LoRaWAN devices and where they are installed."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from regionhub.cli import calibrations
from regionhub.cli.arguments import DevEui
from regionhub.cli.arguments import Town as Slug
from regionhub.cli.onboarding import (
    DryRun,
    File,
    Kind,
    OnlyGood,
    Profile,
    Server,
    add,
    add_file,
    console,
    device_of,
    open_town,
    read_eui,
    register_at,
)
from regionhub.errors import InputError, NotFound
from regionhub.features.onboarding.drafts import Draft, Usual
from regionhub.features.onboarding.keys_file import read_keys
from regionhub.features.onboarding.load import Town, site_named
from regionhub.features.onboarding.swap import swap_device
from regionhub.registry.devices import delete_device, devices
from regionhub.registry.installations import install, uninstall
from regionhub.registry.sites import Site, sites

app = typer.Typer(help="Devices of a town, and where they are installed.", no_args_is_help=True)
app.add_typer(calibrations.app, name="calibration")

SiteName = Annotated[str | None, typer.Option("--site", help="Name of a site that is there.")]
Height = Annotated[
    float | None, typer.Option("--height", help="Of the sensor above gauge zero, cm.")
]
Depth = Annotated[float | None, typer.Option("--depth", help="Of the sensor below ground, cm.")]


@app.command("list")
def list_devices(slug: Slug) -> None:
    """All devices of a town."""
    table = Table("DevEUI", "Name", "Profile", "Site", "Since")
    table.columns[0].no_wrap = True
    with open_town(slug) as town:
        names = {site.site_id: site.name for site in sites(town.connection)}
        for device in devices(town.connection):
            site = "–" if device.site_id is None else names.get(device.site_id, "–")
            since = device.installed_since
            table.add_row(
                device.dev_eui,
                escape(device.name) + ("" if device.active else " (inactive)"),
                device.profile_id,
                escape(site),
                f"{since:%Y-%m-%d}" if since else "–",
            )
    console.print(table if table.row_count else "no devices yet: `regionhub device add`")


@app.command("add")
def add_device(
    slug: Slug,
    dev_eui: DevEui,
    profile: Annotated[str, typer.Option("--profile", metavar="VENDOR/MODEL")],
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    serial: Annotated[str | None, typer.Option(help="The maker's number.")] = None,
    site: SiteName = None,
    height: Height = None,
    depth: Depth = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option("--param", metavar="NAME=VALUE", help="Of the profile; may be repeated."),
    ] = None,
) -> None:
    """Register a device and, with --site, install it there."""
    eui = read_eui(dev_eui)
    device = {"dev_eui": eui, "name": name or site or eui, "profile_id": profile, "serial": serial}
    place = {"mounting_height_cm": height, "depth_cm": depth}
    row = add(
        slug,
        Draft(
            site={} if site is None else {"name": site},
            device={key: value for key, value in device.items() if value is not None},
            parameter=dict(map(_parameter, parameters or [])),
            installation={key: value for key, value in place.items() if value is not None},
        ),
    )
    assert row.device is not None
    console.print(f"device {row.device.device_id}: {escape(row.device.name)}")


@app.command("import")
def import_devices(
    slug: Slug,
    file: File,
    profile: Profile = None,
    kind: Kind = None,
    dry_run: DryRun = False,
    only_good: OnlyGood = False,
    server: Server = None,
) -> None:
    """Register the devices of a file, with the sites that it names."""
    usual = Usual(profile_id=profile, kind=kind, needed="device", join=server is not None)
    add_file(slug, file, usual, dry_run=dry_run, only_good=only_good, server=server)


@app.command("register")
def register_at_server(
    slug: Slug,
    server: Annotated[str, typer.Argument(metavar="SOURCE", help="Where they are registered.")],
    file: File,
) -> None:
    """Register devices that are here already at their network server, or try that again.

    The file has the columns DevEUI, AppKey and, where there are some, JoinEUI and NwkKey (LoRaWAN
    1.1); others are not read.
    """
    with open_town(slug) as town:
        wanted = read_keys(town, file.read_bytes())
    if not register_at(slug, server, wanted):
        raise typer.Exit(1)


@app.command("move")
def move_device(
    slug: Slug,
    dev_eui: DevEui,
    site: Annotated[str, typer.Argument(metavar="SITE", help="Name of a site that is there.")],
    height: Height = None,
    depth: Depth = None,
) -> None:
    """Put a device at another site, from now on; its readings stay with the former one."""
    with open_town(slug) as town:
        install(
            town.connection,
            device_of(town, dev_eui).device_id,
            site_id=_site(town, site).site_id,
            mounting_height_cm=height,
            depth_cm=depth,
        )
    console.print(f"{dev_eui} is at {escape(site)} now")


@app.command("swap")
def swap(
    slug: Slug,
    dev_eui: DevEui,
    new: Annotated[str, typer.Argument(metavar="NEW", help="DevEUI of the new device.")],
) -> None:
    """Replace a device by another one at its site, from now on.

    A new one that is not registered yet becomes of the same profile, name and parameters.
    """
    with open_town(slug) as town:
        swap_device(town, device_of(town, dev_eui).device_id, read_eui(new))
    console.print(f"{new} is where {dev_eui} was")


@app.command("remove")
def remove_device(
    slug: Slug,
    dev_eui: DevEui,
    for_good: Annotated[
        bool, typer.Option("--for-good", help="Store no more of its messages either.")
    ] = False,
) -> None:
    """Take a device away from its site. Its readings stay."""
    with open_town(slug) as town:
        device = device_of(town, dev_eui)
        if device.site_id is not None:
            uninstall(town.connection, device.device_id)
        elif not for_good:
            raise InputError(f"{dev_eui} is installed nowhere; to give it up: --for-good")
        deleted = for_good and delete_device(town.connection, device.device_id)
    if deleted:
        console.print(f"{dev_eui} is deleted: it was never heard")
    elif for_good:
        console.print(f"{dev_eui} is given up: its readings stay, new messages are not stored")
    else:
        console.print(f"{dev_eui} is taken away from its site; its readings stay there")


def _site(town: Town, name: str) -> Site:
    found = site_named(town, name)
    if found is None:
        raise NotFound(f"this town has no site {name!r}: `regionhub site list TOWN`")
    return found


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InputError(f"--param must be NAME=VALUE, not {text}")
    return name.strip(), value.strip()
