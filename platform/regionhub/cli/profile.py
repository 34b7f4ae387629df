"""`regionhub profile`: list, show, test, try and begin device profiles."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from regionhub.cli.profile_import import import_profiles
from regionhub.cli.profile_learn import learn_profile
from regionhub.cli.profile_save import save_profiles
from regionhub.errors import InputError, ProfileError, RegionhubError
from regionhub.profiles import DeviceProfile, load_profile, load_profiles
from regionhub.profiles.model import parse_hex
from regionhub.profiles.paths import path_text
from regionhub.profiles.skeleton import write_skeleton
from regionhub.times import from_rfc3339
from regionhub_ingest.decode import Codecs, Decoded
from regionhub_ingest.examples import Outcome, as_dict, run_examples

app = typer.Typer(
    help="Device profiles: list, show, test, try and begin them.", no_args_is_help=True
)
app.command("import")(import_profiles)
app.command("learn")(learn_profile)
app.command("save")(save_profiles)
console = Console(highlight=False)

Directory = Annotated[
    Path | None,
    typer.Option(
        "--directory",
        envvar="REGIONHUB_DEVICE_PROFILES",
        help="Profiles to use instead of the shipped ones.",
    ),
]


@app.command("list")
def list_profiles(directory: Directory = None) -> None:
    """List the device profiles."""
    table = Table(
        Column("Profile", no_wrap=True), "Name", "Measures", Column("Version", no_wrap=True)
    )
    try:
        for profile in load_profiles(directory).values():
            quantities = dict.fromkeys(entry.quantity for entry in profile.measurements)
            table.add_row(profile.id, profile.name, ", ".join(quantities), profile.version)
    except ProfileError as error:
        _fail(error, as_json=False)
    console.print(table)


@app.command("show")
def show_profile(
    profile_id: Annotated[str, typer.Argument(metavar="VENDOR/MODEL")],
    directory: Directory = None,
) -> None:
    """Show what a profile says: use, mounting, parameters, measurements."""
    try:
        profile = _find(directory, profile_id)
    except ProfileError as error:
        _fail(error, as_json=False)
    console.print(f"[bold]{profile.id}[/] {escape(profile.name)}, version {profile.version}")
    for word, texts in (
        ("measures", profile.description), ("use", profile.use), ("mounting", profile.mounting),
    ):  # fmt: skip
        if texts is not None:
            console.print(f"  {word:9} {escape(texts.de)}", soft_wrap=True)
            console.print(f"  {'':9} {escape(texts.en)}", soft_wrap=True)
    if profile.datasheet is not None:
        console.print(f"  datasheet {profile.datasheet}", soft_wrap=True)
    lorawan = profile.lorawan
    ports = ", ".join(map(str, profile.f_ports)) if profile.f_ports else "any"
    console.print(
        f"  LoRaWAN   {lorawan.mac_version}, {lorawan.region}, class {lorawan.device_class}, "
        f"{lorawan.activation}; port {ports}; every {profile.interval_minutes:g} minutes"
    )
    for name, parameter in profile.parameters.items():
        console.print(f"  parameter {name} ({parameter.type}, default {parameter.default})")
        console.print(f"  {'':9} {escape(parameter.description.de)}", soft_wrap=True)
        console.print(f"  {'':9} {escape(parameter.description.en)}", soft_wrap=True)
    table = Table("Field", "Quantity", "Unit", "Position")
    for entry in profile.measurements:
        table.add_row(
            escape(path_text(entry.field)), entry.quantity, entry.unit, escape(entry.position)
        )
    console.print(table)
    console.print(f"{len(profile.examples)} examples")


@app.command("new")
def new_profile(
    profile_id: Annotated[str, typer.Argument(metavar="VENDOR/MODEL")],
    directory: Annotated[Path, typer.Option("--directory", help="Folder of your profiles.")] = Path(
        "device_profiles"
    ),
) -> None:
    """Write a commented profile that passes its own tests, to be written on."""
    try:
        folder = write_skeleton(directory, profile_id)
    except InputError as error:
        _fail(error, as_json=False)
    typer.echo(f"wrote {folder / 'codec.js'} and {folder / 'profile.yaml'}")
    typer.echo(f"try it: regionhub profile test {profile_id} --directory {directory}")


@app.command("test")
def run_tests(
    profile_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[VENDOR/MODEL]...", help="All without one.")
    ] = None,
    directory: Directory = None,
) -> None:
    """Run the examples of profiles; exit with status 1 when one fails."""
    try:
        profiles = (
            [_find(directory, profile_id) for profile_id in profile_ids]
            if profile_ids
            else list(load_profiles(directory).values())
        )
    except ProfileError as error:
        _fail(error, as_json=False)
    failed = passed = 0
    for profile in profiles:
        console.print(f"[bold]{profile.id}[/] {escape(profile.name)}")
        for outcome in run_examples(profile):
            _print_outcome(outcome)
            passed += outcome.passed
            failed += not outcome.passed
    console.print(f"{passed} passed, {failed} failed", style="red" if failed else "green")
    if failed:
        raise typer.Exit(1)


@app.command("decode")
def decode_payload(  # one per option
    profile_id: Annotated[str, typer.Argument(metavar="VENDOR/MODEL")],
    f_port: Annotated[int, typer.Option("--fport", help="LoRaWAN port, 1 to 255.")],
    payload: Annotated[
        str, typer.Option("--hex", help="The payload; spaces and colons are ignored.")
    ],
    parameters: Annotated[
        list[str] | None, typer.Option("--param", metavar="NAME=VALUE", help="May be repeated.")
    ] = None,
    moment: Annotated[
        str | None, typer.Option("--time", help="Time of the uplink (RFC 3339); now without it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    directory: Directory = None,
) -> None:
    """Decode one payload."""
    try:
        profile = _find(directory, profile_id)
        if not 1 <= f_port <= 255:
            raise InputError(f"--fport must lie between 1 and 255, not {f_port}")
        decoded = Codecs({profile.id: profile}).decode(
            profile.id,
            f_port=f_port,
            payload=_hex(payload),
            parameters=dict(map(_parameter, parameters or [])),
            time_ns=time.time_ns() if moment is None else _moment(moment),
        )
    except RegionhubError as error:
        _fail(error, as_json=as_json)
    if as_json:
        found = [as_dict(measurement) for measurement in decoded.measurements]
        answer: dict[str, Any] = {"fields": decoded.fields, "measurements": found}
        if decoded.warnings:
            answer["warnings"] = decoded.warnings
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        _print_decoded(decoded)


def _find(directory: Path | None, profile_id: str) -> DeviceProfile:
    known = load_profiles(directory)
    if profile_id not in known:
        raise ProfileError(f"no device profile {profile_id} (known: {', '.join(known) or 'none'})")
    return load_profile(directory, profile_id)


def _hex(text: str) -> bytes:
    try:
        return parse_hex(text)
    except ValueError as error:
        raise InputError(f"--hex: {error}") from None


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InputError(f"--param must be NAME=VALUE, not {text}")
    return name.strip(), value.strip()


def _moment(text: str) -> int:
    try:
        return from_rfc3339(text)
    except ValueError as error:
        raise InputError(f"--time: {error}") from None


def _fail(error: RegionhubError, *, as_json: bool) -> NoReturn:
    if as_json:
        typer.echo(
            json.dumps({"error": type(error).__name__, "detail": error.detail}, ensure_ascii=False)
        )
    else:
        typer.echo(f"Error: {error.detail}", err=True)
    raise typer.Exit(1)


def _print_outcome(outcome: Outcome) -> None:
    mark = "[green]ok  [/]" if outcome.passed else "[red]FAIL[/]"
    console.print(f"  {mark} {escape(outcome.example.description)}")
    if not outcome.passed:
        for word, side in zip(("expected", "got"), outcome.differences(), strict=True):
            lines = [side] if isinstance(side, str) else [json.dumps(entry) for entry in side]
            for line in lines or ["nothing"]:
                console.print(f"       {word:8} {escape(line)}", soft_wrap=True)


def _print_decoded(decoded: Decoded) -> None:
    table = Table("Quantity", "Position", "Value", "Unit", "Quality", "Time")
    for measurement in decoded.measurements:
        entry = as_dict(measurement)
        value = "" if measurement.value is None else f"{measurement.value:.12g}"
        quality = ": ".join(filter(None, (measurement.quality, measurement.reason)))
        table.add_row(
            measurement.quantity,
            measurement.position,
            value,
            measurement.unit,
            escape(quality),
            entry.get("time", ""),
        )
    console.print(table if decoded.measurements else "no measurements")
    for warning in decoded.warnings:
        console.print(f"warning: {escape(warning)}", style="yellow")
