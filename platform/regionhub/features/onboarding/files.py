"""A file of sites and devices, read and registered."""

from __future__ import annotations

from dataclasses import dataclass

from regionhub.errors import InputError
from regionhub.features.onboarding.columns import Columns, columns, known
from regionhub.features.onboarding.drafts import Draft, Usual, drafts
from regionhub.features.onboarding.load import Loaded, Town, load
from regionhub.web.api.registration import Profiles
from regionhub.web.tables.sheets import read_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became, or would become, of a file; `columns` are how it was understood."""

    columns: Columns
    loaded: Loaded


def import_file(
    town: Town,
    content: bytes,
    usual: Usual,
    *,
    dry_run: bool = False,
    only_good: bool = False,
) -> Imported:
    """Read a file and register what its rows say, see `load`.

    Raises:
        InputError: it cannot be read, or its columns name neither devices nor sites.
    """
    found, made = _drafts(content, town.profiles, usual)
    return Imported(columns=found, loaded=load(town, made, dry_run=dry_run, only_good=only_good))


def _drafts(content: bytes, profiles: Profiles, usual: Usual) -> tuple[Columns, list[Draft]]:
    """The columns as they are understood, and a draft of each row."""
    table = read_table(content, known)
    parameters = {name for profile in profiles.values() for name in profile.parameters}
    found = columns(table.head, sorted(parameters), join=usual.join)
    has_devices, has_sites = found.has("device", "dev_eui"), found.has("site", "name")
    if not has_devices and (usual.needed == "device" or not (has_sites or usual.needed == "site")):
        raise InputError(
            "no column is called DevEUI: name the one with the DevEUIs so",
            de="Keine Spalte heißt DevEUI: nennen Sie die Spalte mit den DevEUIs so.",
        )
    if usual.needed == "site" and not has_sites:
        raise InputError(
            "no column is called Standort or Name: name the one with the sites so",
            de="Keine Spalte heißt Standort oder Name: nennen Sie die Spalte der Standorte so.",
        )
    if not table.rows:
        raise InputError(
            "there are no rows below the names of the columns",
            de="Unter den Spaltennamen stehen keine Zeilen.",
        )
    return found, drafts(table.rows, found, profiles, usual)
