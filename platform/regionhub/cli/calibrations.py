"""`regionhub device calibration`: what a sensor measures wrong, put right from a moment on."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from regionhub.archive import calibrations
from regionhub.cli.arguments import DevEui
from regionhub.cli.arguments import Town as Slug
from regionhub.cli.moments import read_moment
from regionhub.cli.onboarding import console, device_of, open_town
from regionhub.quantities import load_vocabulary

app = typer.Typer(help="Calibrations of a device.", no_args_is_help=True)


@app.command("list")
def list_calibrations(slug: Slug, dev_eui: DevEui) -> None:
    """All calibrations of a device, the last one first."""
    words = load_vocabulary()
    table = Table("Id", "Quantity", "Since", "Value", "Why", "By", "Taken back")
    with open_town(slug) as town:
        device = device_of(town, dev_eui)
        for one in calibrations.calibrations(town.connection, device.device_id):
            symbol = words.units[words.quantities[one.quantity].unit].symbol
            gone = one.withdrawn_at
            table.add_row(
                str(one.calibration_id),
                escape(f"{one.quantity} {one.position}".strip()),
                f"{one.valid_from:%Y-%m-%d %H:%M} UTC",
                f"{one.factor:g} × raw {one.added:+g} {symbol}",
                escape(one.why),
                escape(one.calibrated_by),
                f"{gone:%Y-%m-%d}, {escape(one.withdrawn_by or '')}" if gone else "",
            )
    console.print(
        table if table.row_count else "no calibrations: `regionhub device calibration add`"
    )


@app.command("add")
def add_calibration(
    slug: Slug,
    dev_eui: DevEui,
    quantity: Annotated[str, typer.Argument(help="Its name, such as soil_moisture_vwc.")],
    since: Annotated[
        str, typer.Option(help="A day (midnight in Germany), a time with an offset, 36h or 90d.")
    ],
    why: Annotated[str, typer.Option(help="For the record.")],
    position: Annotated[str, typer.Option(help="Of several of this quantity, which.")] = "",
    factor: Annotated[float, typer.Option()] = 1.0,
    offset: Annotated[float, typer.Option(help="In the unit of the quantity.")] = 0.0,
) -> None:
    """From a moment on a value is factor × raw value + offset.

    What is stored since then is decoded again by `regionhub work`; raw values are kept.
    """
    with open_town(slug) as town:
        made = calibrations.calibrate(
            town.connection,
            device_of(town, dev_eui).device_id,
            tenant_id=town.tenant_id,
            quantity=quantity,
            position=position,
            valid_from=read_moment(since),
            factor=factor,
            added=offset,
            by=town.who,
            why=" ".join(why.split()),
        )
    console.print(f"calibration {made}: {factor:g} × raw value {offset:+g} since {since}")


@app.command("undo")
def undo_calibration(
    slug: Slug,
    dev_eui: DevEui,
    calibration: Annotated[int, typer.Argument(metavar="ID", help="As `list` has it.")],
) -> None:
    """Take a calibration back: values are again what they were without it."""
    with open_town(slug) as town:
        calibrations.withdraw(
            town.connection,
            device_of(town, dev_eui).device_id,
            calibration,
            tenant_id=town.tenant_id,
            by=town.who,
        )
    console.print(f"calibration {calibration} is taken back")
