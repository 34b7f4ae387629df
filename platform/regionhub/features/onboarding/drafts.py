"""What is to be registered: a site, a device, where it is installed; read from a row or a form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from regionhub.errors import BadValue
from regionhub.features.onboarding.columns import FIELDS, JOIN_FIELDS, Column, Columns
from regionhub.features.onboarding.utm import LARGEST_DEGREES, from_utm
from regionhub.profiles import DeviceProfile
from regionhub.web.api.registration import Profiles
from regionhub.web.tables import cells, faults
from regionhub.web.tables.faults import Fault
from regionhub.web.tables.sheets import Cell, Row

#: What has to be named.
Needed = Literal["any", "device", "site"]
#: The parts of a draft.
Part = dict[str, object]
_SIGNS = re.compile(r"[\W_]+")
_MOST_NAMED = 6
_YES_NO = {"ja": "true", "yes": "true", "nein": "false", "no": "false"}
_LABELS = {(entry.part, entry.key): entry.label for entry in (*FIELDS, *JOIN_FIELDS)}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a row says, value by value as the API takes them; `faults` are what it cannot mean.

    `names` are those of its columns, by part and key.
    """

    number: int = 1
    site: Part = field(default_factory=dict)
    device: Part = field(default_factory=dict)
    parameter: Part = field(default_factory=dict)
    installation: Part = field(default_factory=dict)
    join: Part = field(default_factory=dict, repr=False)
    names: Mapping[tuple[str, str], str] = field(default_factory=lambda: _LABELS)
    faults: list[Fault] = field(default_factory=list)

    def labels(self, part: str) -> dict[str, str]:
        """Names of the fields of a part."""
        known = {key: label for (of, key), label in _LABELS.items() if of == part}
        return known | {key: name for (of, key), name in self.names.items() if of == part}


@dataclass(frozen=True, slots=True)
class Usual:
    """What holds for every row that does not say it itself; `needed` is what each has to name.

    With `join` each device has to come with what it joins its network with.
    """

    profile_id: str | None = None
    kind: str | None = None
    needed: Needed = "any"
    join: bool = False


def drafts(rows: Iterable[Row], columns: Columns, profiles: Profiles, usual: Usual) -> list[Draft]:
    """One for each row."""
    names = {(one.field.part, one.field.key): one.name for one in columns.read}
    return [
        draft([(column, _cell(row.cells, column)) for column in columns.read], profiles, usual,
              number=row.number, names=names)
        for row in rows
    ]  # fmt: skip


def draft(
    values: Iterable[tuple[Column, Cell]],
    profiles: Profiles,
    usual: Usual,
    *,
    number: int = 1,
    names: Mapping[tuple[str, str], str] | None = None,
) -> Draft:
    """What the values of one row, or of a form, say."""
    made = Draft(number, names=_LABELS if names is None else names)
    for column, cell in values:
        if cell is None or not str(cell).strip():
            continue
        try:
            value = column.read(cell)
        except BadValue as error:
            made.faults.append(faults.of_value(column.name, error))
            continue
        part: Part = getattr(made, column.field.part)
        if column.field.key == "position":
            assert isinstance(value, tuple)
            part["latitude"], part["longitude"] = value
        else:
            part[column.field.key] = value
    _complete(made, profiles, usual)
    return made


def _cell(cells: Sequence[Cell], column: Column) -> Cell:
    return cells[column.index] if column.index < len(cells) else None


def _complete(made: Draft, profiles: Profiles, usual: Usual) -> None:
    """Fill in what follows from the rest: names, the profile, the kind, degrees."""
    site, device = made.site, made.device
    _to_degrees(made)
    if device or made.installation or made.parameter or usual.needed == "device":
        _require(made, "device", "dev_eui")
    if device:
        _choose_profile(made, profiles, usual)
        if usual.join:
            _require(made, "join", "app_key")
    if site and "name" not in site and "name" in device:
        site["name"] = device["name"]
    if usual.needed == "site" or not (site or device or made.faults):
        _require(made, "site", "name")
    if site and "kind" not in site and usual.kind is not None:
        site["kind"] = usual.kind
    if device and "name" not in device:
        device["name"] = device.get("serial") or site.get("name") or _own_name(device, profiles)
    if isinstance(interval := device.get("interval_seconds"), float):
        device["interval_seconds"] = round(interval)


def _to_degrees(made: Draft) -> None:
    """Metres of UTM become degrees."""
    north, east = made.site.get("latitude"), made.site.get("longitude")
    if not isinstance(north, float) or not isinstance(east, float):
        return
    if max(abs(north), abs(east)) < LARGEST_DEGREES:
        return
    try:
        made.site["latitude"], made.site["longitude"] = from_utm(east, north)
    except BadValue as error:
        label = made.labels("site")["longitude"]
        made.faults.append(faults.of_value(label, error))


def _require(made: Draft, part: str, key: str) -> None:
    label = made.labels(part)[key]
    if key not in getattr(made, part) and not any(fault.field == label for fault in made.faults):
        made.faults.append(Fault(field=label, de="fehlt", en="is missing"))


def _own_name(device: Part, profiles: Profiles) -> str:
    profile = profiles.get(str(device.get("profile_id")))
    return f"{profile.model if profile else 'Gerät'} {str(device.get('dev_eui', ''))[-4:]}"


def _choose_profile(made: Draft, profiles: Profiles, usual: Usual) -> None:
    label = made.labels("device")["profile_id"]
    written = made.device.get("profile_id")
    if written is None:
        if usual.profile_id is None:
            made.faults.append(
                Fault(
                    field=label,
                    de="fehlt: tragen Sie das Modell ein, oder wählen Sie oben eines für alle",
                    en="is missing: name the model, or choose one for all rows",
                )
            )
            return
        made.device["profile_id"] = usual.profile_id
        return
    found = profiles_named(str(written), profiles)
    if len(found) == 1:
        made.device["profile_id"] = found[0].id
        return
    near = ", ".join(profile.id for profile in found[:_MOST_NAMED])
    made.faults.append(
        Fault(
            field=label,
            de=f"„{written}“ kann mehreres sein, schreiben Sie eines davon: {near}"
            if found
            else f"„{written}“ kennt der Hub nicht: unter „Gerät anlegen“ stehen alle Modelle",
            en=f"{written!r} may be one of several, write which: {near}"
            if found
            else f"{written!r} is not known; see `regionhub profile list`",
        )
    )
    del made.device["profile_id"]


def profiles_named(written: str, profiles: Profiles) -> list[DeviceProfile]:
    """The profiles that a text may mean: by id, else by name or model, else by a part of them."""
    if written in profiles:
        return [profiles[written]]
    word = _SIGNS.sub("", written).casefold()
    named = {
        profile.id: {
            _SIGNS.sub("", text).casefold()
            for text in (
                profile.id,
                profile.name,
                profile.model,
                f"{profile.vendor}{profile.model}",
            )
        }
        for profile in profiles.values()
    }
    same = [profiles[key] for key, names in named.items() if word in names]
    if same or len(word) < 3:
        return same
    return [
        profiles[key] for key, names in named.items()
        if any(word in name or name in word for name in names)
    ]  # fmt: skip


def parameter(profile: DeviceProfile | None, name: str, value: object) -> object:
    """A parameter as the profile reads it: German numbers, and yes and no as words."""
    known = None if profile is None else profile.parameters.get(name)
    if known is None or not isinstance(value, str):
        return value
    if known.type == "boolean":
        return _YES_NO.get(value.casefold(), value)
    if known.type == "number":
        try:
            return cells.degrees(value)
        except BadValue:
            return value
    return value
