"""The tree register (Baumkataster) of a town: read, looked at row by row, and taken over."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields

from regionhub.errors import BadValue, InputError
from regionhub.features.onboarding.geojson import is_geojson, read_geojson
from regionhub.features.onboarding.register_columns import (
    LONGEST,
    Column,
    columns,
    is_nothing,
    known,
)
from regionhub.features.onboarding.utm import LARGEST_DEGREES, from_utm
from regionhub.registry import trees
from regionhub.registry.positions import check_in_germany, check_near
from regionhub.registry.sites import Centre, centre, soil_textures
from regionhub.registry.trees import RegisteredSite, RegisterTree
from regionhub.store.database import Connection
from regionhub.web.tables import faults
from regionhub.web.tables.faults import Fault
from regionhub.web.tables.sheets import Row, Table, read_table

#: More trees than any town of the region has in its register.
MOST_TREES = 50_000
_DECIMALS = 7  # of degrees, a centimetre
#: Parts of a cemetery or park have numbers that are no house's: another one is another place.
_SECTION = re.compile(
    r"(?:abt\.?|abteilung|feld|block|reihe|teil|quartier|sektor|flur|fläche)\s*\d", re.IGNORECASE
)
_NO_LETTERS = re.compile(r"\W+")
#: 12, 12a, 12-14, vor 3
_HOUSE = re.compile(r"[\s,]+(?:(?:vor|bei|gegenüber|nr\.?)\s+)?\d.*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that is not taken, and why."""

    number: int
    name: str
    faults: Sequence[Fault]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A tree of the town, and what the file says of it; what it does not say is None."""

    tree: RegisterTree
    former: RegisteredSite


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """A register as it was understood and compared with what the town has.

    `missing` trees of the town are not in the file; nothing becomes of them.
    """

    columns: Sequence[Column]
    unknown: Sequence[str]
    new: Sequence[RegisterTree]
    changed: Sequence[Change]
    unchanged: int
    bad: Sequence[BadRow]
    missing: int

    @property
    def good(self) -> int:
        """Rows without a fault."""
        return len(self.new) + len(self.changed) + self.unchanged


@dataclass(slots=True)
class _Read:
    number: int
    values: dict[str, object]
    faults: list[Fault] = field(default_factory=list)


def read_register(connection: Connection, tenant_id: int, content: bytes) -> Register:
    """Look at a file; nothing is written.

    Raises:
        InputError: it cannot be read, or no column has numbers of trees.
    """
    if is_geojson(content):
        table = read_geojson(content, most=MOST_TREES)
    else:
        table = read_table(content, known, most=MOST_TREES)
    found, unknown = columns(table.head)
    _check_columns(found, table)
    rows = [_row(row, found) for row in table.rows]
    names = {column.field.key: column.name for column in found}
    there = trees.registered(connection, tenant_id)
    _name(rows, names, there)
    known_soils = {one.soil_texture for one in soil_textures(connection)}
    town = centre(connection, tenant_id)
    for row in rows:
        _check(row, names, there, known_soils, town)
    return _compared(rows, found, unknown, there)


def take_register(
    connection: Connection,
    tenant_id: int,
    register: Register,
    done: Callable[[int], object] = lambda _: None,
) -> None:
    """Write what is new or changed; `done` hears how many trees are written."""
    changed = [one.tree for one in register.changed]
    trees.save_trees(connection, tenant_id, [*register.new, *changed], done)


def _check_columns(found: Sequence[Column], table: Table) -> None:
    if not any(column.field.key == "number" for column in found):
        raise InputError(
            "no column is called Baumnummer: name the one that tells the trees apart so",
            de="Keine Spalte heißt Baumnummer: nennen Sie die mit den Nummern so.",
        )
    if not table.rows:
        raise InputError(
            "there are no rows below the names of the columns",
            de="Unter den Spaltennamen stehen keine Zeilen.",
        )


def _row(row: Row, found: Sequence[Column]) -> _Read:
    made = _Read(row.number, {})
    for column in found:
        cell = row.cells[column.index] if column.index < len(row.cells) else None
        if is_nothing(cell):
            continue
        try:
            value = column.field.read(cell)
        except BadValue as error:
            made.faults.append(faults.of_value(column.name, error))
            continue
        if column.field.key == "position":
            assert isinstance(value, tuple)
            made.values.setdefault("latitude", value[0])
            made.values.setdefault("longitude", value[1])
        else:
            made.values[column.field.key] = value
    return made


def _name(
    rows: Sequence[_Read], names: Mapping[str, str], there: Mapping[str, RegisteredSite]
) -> None:
    """Trees are called by their number, with the street before it where numbers repeat.

    They repeat in the file, or a tree of the town in another street has the number already.
    """
    numbers = Counter(str(row.values["number"]) for row in rows if "number" in row.values)
    repeated = any(count > 1 for count in numbers.values())
    used: dict[str, int] = {}
    for row in rows:
        street, house = row.values.pop("street", None), row.values.pop("house", None)
        if street:
            row.values["address"] = f"{street} {house}" if house else street
        number = row.values.pop("number", None)
        if number is None:
            row.faults.append(Fault(field=names["number"], de="fehlt", en="is missing"))
            continue
        short, long = str(number), f"{street} {number}" if street else str(number)
        former = there.get(short)
        # what a tree was called when it came stays, whichever numbers a later file repeats
        is_former = former is not None and _is_there(former, street, numbers[short] == 1)
        is_long = long in there or (not is_former and (repeated or former is not None))
        name = long if is_long else short
        if len(name) > LONGEST:
            row.faults.append(
                Fault(
                    field=names["number"],
                    de=f"ist mit der Straße länger als {LONGEST} Zeichen",
                    en=f"has more than {LONGEST} characters with the street",
                )
            )
        if name in used:
            row.faults.append(
                Fault(
                    field=names["number"],
                    de=f"„{name}“ steht schon in Zeile {used[name]}",
                    en=f"{name!r} stands in row {used[name]} already",
                )
            )
        used.setdefault(name, row.number)
        row.values["name"] = name


def _is_there(former: RegisteredSite, street: object, is_once: bool) -> bool:
    """Whether a tree of the town with this number stands in this street, or may as well."""
    if street is None or former.address is None:
        return is_once or street is former.address
    return _street(str(street)) == _street(former.address)


def _street(address: str) -> str:
    """An address without house number, however the word for street is written."""
    street = address if _SECTION.search(address) else _HOUSE.sub("", address)
    return _NO_LETTERS.sub("", street.casefold()).replace("strasse", "str")


def _check(
    row: _Read,
    names: Mapping[str, str],
    there: Mapping[str, RegisteredSite],
    soils: set[str],
    town: Centre | None,
) -> None:
    """Find what the database, or anybody with a map, would refuse."""
    _place(row, names, town)
    soil = row.values.get("soil_texture")
    if soil is not None and soil not in soils:
        row.faults.append(
            Fault(
                field=names["soil_texture"],
                de=f"„{soil}“ ist kein Kürzel der KA5 wie Ls3 oder Sl2",
                en=f"{soil!r} is no texture class (KA5) such as Ls3 or Sl2",
            )
        )
    site = there.get(str(row.values.get("name", "")))
    if site is not None and site.kind != "tree":
        row.faults.append(
            Fault(
                field=names["number"],
                de=f"„{site.name}“ heißt schon ein Standort, der kein Baum ist",
                en=f"{site.name!r} is a site that is no tree",
            )
        )


def _place(row: _Read, names: Mapping[str, str], town: Centre | None) -> None:
    north, east = row.values.get("latitude"), row.values.get("longitude")
    if row.faults and (north is None or east is None):
        return  # the cell that could not be read is said already
    assert isinstance(north, float | None)
    assert isinstance(east, float | None)
    try:
        if north is not None and east is not None and max(abs(north), abs(east)) > LARGEST_DEGREES:
            north, east = from_utm(east, north)
        check_in_germany(north, east)
        if north is not None and east is not None and town is not None:
            check_near(north, east, town.name, (town.latitude, town.longitude))
    except BadValue as error:
        label = names.get("longitude", names.get("position", ""))
        row.faults.append(faults.of_value(label, error))
    except InputError as error:
        row.faults.append(faults.of_error(error))
    if north is not None and east is not None:
        row.values |= {"latitude": round(north, _DECIMALS), "longitude": round(east, _DECIMALS)}


def _compared(
    rows: Sequence[_Read],
    found: Sequence[Column],
    unknown: Sequence[str],
    there: Mapping[str, RegisteredSite],
) -> Register:
    new, changed, unchanged, bad = [], [], 0, []
    for row in rows:
        name = str(row.values.get("name", ""))
        if row.faults:
            bad.append(BadRow(number=row.number, name=name, faults=row.faults))
            continue
        tree = RegisterTree(**row.values)  # type: ignore[arg-type]
        former = there.get(name)
        if former is None:
            new.append(tree)
        elif _differs(tree, former):
            changed.append(Change(tree=tree, former=former))
        else:
            unchanged += 1
    named = {str(row.values.get("name")) for row in rows}
    missing = sum(site.kind == "tree" and name not in named for name, site in there.items())
    return Register(columns=found, unknown=unknown, new=new, changed=changed, unchanged=unchanged,
                    bad=bad, missing=missing)  # fmt: skip


def _differs(tree: RegisterTree, former: RegisteredSite) -> bool:
    """Whether something that the file says is not so yet."""
    said = {one.name: getattr(tree, one.name) for one in fields(RegisterTree)}
    return any(value is not None and value != getattr(former, key) for key, value in said.items())
