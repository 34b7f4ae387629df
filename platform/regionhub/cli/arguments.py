"""Arguments that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

Town = Annotated[
    str, typer.Argument(metavar="TOWN", help="Short name of the town, e.g. bad-berleburg.")
]
SourceName = Annotated[str, typer.Argument(metavar="SOURCE", help="Name of the source.")]
DevEui = Annotated[str, typer.Argument(metavar="DEVEUI", help="As on the label of the device.")]
