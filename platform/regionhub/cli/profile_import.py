"""`regionhub profile import`: profiles from a checkout of a public device repository."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from regionhub.cli.profile_shelf import Folder, ForHub, ForTown, Shelf, place
from regionhub.errors import Conflict, RegionhubError
from regionhub.profiles import load_profiles
from regionhub_ingest.foreign import Converted, Refused
from regionhub_ingest.foreign.checkout import import_checkout


def import_profiles(
    checkout: Annotated[Path, typer.Argument(help="Folder that you have checked out.")],
    only: Annotated[
        str | None, typer.Argument(metavar="[VENDOR[/DEVICE]]", help="All without one.")
    ] = None,
    directory: Annotated[Path, typer.Option("--directory", help="Folder of your profiles.")] = Path(
        "device_profiles"
    ),
    hub: ForHub = False,
    tenant: ForTown = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Import device profiles of others: codecs, their examples, and a proposed mapping.

    They are written into a folder, or into the database with --hub or --tenant. A profile that is
    there already stays as it is.
    """
    try:
        own = load_profiles().keys()
        with place(directory, hub=hub, tenant=tenant) as kept:
            report = [_kept(made, kept, own) for made in import_checkout(checkout, only)]
    except RegionhubError as error:
        typer.echo(f"Error: {error.detail}", err=True)
        raise typer.Exit(1) from None
    imported = [line for line in report if line.imported]
    if as_json:
        typer.echo(json.dumps([line.record() for line in report], ensure_ascii=False))
    else:
        for line in report:
            typer.echo(line.text())
        right = sum(line.examples == line.right for line in imported)
        typer.echo(
            f"{len(report)} devices: {len(imported)} imported ({right} with all examples right), "
            f"{len(report) - len(imported)} not"
        )
    if not imported:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """What became of one device."""

    device: str
    imported: bool
    examples: int = 0
    right: int = 0
    mapped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    failures: tuple[tuple[str, str], ...] = ()

    def record(self) -> dict[str, Any]:
        """For programs."""
        return {name: getattr(self, name) for name in self.__slots__}

    def text(self) -> str:
        """For people."""
        if not self.imported:
            return _printable(f"not  {self.device}: {'; '.join(self.notes)}")
        mark = "ok  " if self.right == self.examples else "part"
        measures = ", ".join(self.mapped) or "nothing yet"
        examples = f"{self.right} of {self.examples} examples right"
        lines = [f"{mark} {self.device}: {examples}, measures {measures}"]
        lines += [f"       note: {note}" for note in self.notes]
        lines += [f"       wrong: {description}: {why}" for description, why in self.failures]
        return "\n".join(map(_printable, lines))


def _printable(line: str) -> str:
    """A line without what steers a terminal."""
    return "".join(sign for sign in line if sign.isprintable())


def _kept(made: Converted | Refused, to: Folder | Shelf, own: Collection[str]) -> _Line:
    if isinstance(made, Refused):
        return _Line(device=made.device, imported=False, notes=(made.why,))
    profile = made.profile
    notes = list(made.notes)
    if profile.id in own:
        notes.append(f"regionhub has a profile {profile.id} of its own, proved by its examples")
    try:
        to.keep(profile, new=True)
    except Conflict as error:
        return _Line(device=profile.id, imported=False, notes=(error.detail,))
    return _Line(
        device=profile.id,
        imported=True,
        examples=len(made.examples),
        right=made.right,
        mapped=tuple(dict.fromkeys(one.quantity for one in made.proposed)),
        notes=tuple(notes),
        failures=tuple((each.description, each.why) for each in made.examples if each.why),
    )
