"""`regionhub uplink`: see what the platform makes of one message of a network server."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from regionhub.envelope import MAX_BODY_BYTES, Arrival, Envelope
from regionhub.errors import InputError, NoTime, RegionhubError
from regionhub.uplinks import Message, as_record
from regionhub_ingest.formats import FORMATS, GENERIC, parse, read_mapping_file

app = typer.Typer(name="uplink", help="Look at messages of LoRaWAN network servers.")


@app.callback()
def _group() -> None:
    """Look at messages of LoRaWAN network servers."""


@app.command("parse")
def parse_file(
    file: Annotated[str, typer.Argument(help="File with one message body, - for standard input.")],
    format_name: Annotated[
        str, typer.Option("--format", help=f"Message format: {', '.join(FORMATS)}, {GENERIC}.")
    ],
    topic: Annotated[str, typer.Option(help="MQTT topic that the message came on.")] = "",
    mapping_file: Annotated[
        Path | None,
        typer.Option(
            "--mapping", help="YAML mapping: all of it for the format generic, else what differs."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print one message as the platform reads it; exit with 1 if it cannot be read.

    A message that names no time counts as arriving now.
    """
    try:
        mapping = None if mapping_file is None else read_mapping_file(mapping_file)
        arrival = Arrival("imported", time.time_ns(), known=False)
        envelope = Envelope(topic=topic, body=_read(file), arrival=arrival)
        record = as_record(_parse(format_name, envelope, mapping))
    except RegionhubError as error:
        if not as_json:
            raise
        record = {"error": type(error).__name__, "detail": error.detail}
    if as_json:
        typer.echo(orjson.dumps(record, option=orjson.OPT_INDENT_2))
    else:
        Console().print(_table(record))
    if "error" in record:
        raise typer.Exit(1)


def _parse(format_name: str, envelope: Envelope, mapping: str | None) -> Message:
    try:
        return parse(format_name, envelope, mapping)
    except NoTime:
        now = envelope.arrival._replace(known=True)
        return parse(format_name, envelope._replace(arrival=now), mapping)


def _read(file: str) -> bytes:
    """Read one byte more than a message may have: enough to see that it is too large."""
    try:
        if file == "-":
            return sys.stdin.buffer.read(MAX_BODY_BYTES + 1)
        with Path(file).open("rb") as stream:
            return stream.read(MAX_BODY_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot read {file!r}: {error.strerror}") from None


def _table(record: dict[str, Any]) -> Table:
    table = Table("field", "value")
    for key, value in record.items():
        shown = value if isinstance(value, str) else orjson.dumps(value).decode()
        table.add_row(key, Text(shown))
    return table
