"""A watering log as a file: of a contractor, or of the time before the hub."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from regionhub.errors import BadValue, InputError
from regionhub.features.watering.log import Entry, Outcome, enter, sites_named
from regionhub.store.database import Connection
from regionhub.web.tables import cells, faults
from regionhub.web.tables.faults import Fault
from regionhub.web.tables.names import plain
from regionhub.web.tables.sheets import Cell, Row, read_table

#: The same row of a file is the same watering, in whichever file it comes.
_ROWS = UUID("6e9d2f57-9f0c-4f0c-a2b7-2f6a3f1c5d11")
_LITRES: Mapping[str, float] = {"l": 1, "liter": 1, "ltr": 1, "m³": 1000, "m3": 1000}
_MOST_LITRES = 5000


def _litres(cell: Cell) -> float:
    found = cells.measure(cell, _LITRES, "l")
    if not 0 < found <= _MOST_LITRES:
        raise BadValue(
            f"must be more than 0 and at most {_MOST_LITRES} l",
            de=f"müssen mehr als 0 und höchstens {_MOST_LITRES} sein",
        )
    return found


@dataclass(frozen=True, slots=True)
class _Field:
    key: str
    names: str
    read: Callable[[Cell], object]


_FIELDS = (
    _Field("site", "baumnummer baumnr baumid standort baum name objekt nummer nr site tree",
           cells.text),
    _Field("time", "datum zeit zeitpunkt gegossenam tag date time", cells.moment),
    _Field("litres", "liter menge wassermenge wasser litres l", _litres),
)  # fmt: skip
_LABELS = {"site": "Standort", "time": "Datum", "litres": "Liter"}
_NAMES = frozenset(name for field in _FIELDS for name in field.names.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A row that was not taken."""

    number: int
    faults: Sequence[Fault]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a file: each row is stored, known from before, or bad."""

    stored: int
    known: int
    bad: Sequence[BadLine]


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    values: dict[str, object]
    faults: list[Fault]


def import_log(
    connection: Connection, tenant_id: int, content: bytes, *, who: str, now: datetime
) -> Imported:
    """Take the good rows of a file (CSV or .xlsx: tree, date, litres); a row again is the same one.

    Raises:
        InputError: it cannot be read, or lacks one of these columns.
    """
    table = read_table(content, lambda head: sum(plain(name) in _NAMES for name in head))
    places = {plain(name): index for index, name in reversed(list(enumerate(table.head)))}
    found: dict[str, tuple[int, _Field]] = {}
    for field in _FIELDS:
        at = next((places[name] for name in field.names.split() if name in places), None)
        if at is None:
            label = _LABELS[field.key]
            raise InputError(
                f"no column is called {label}",
                de=f"Keine Spalte heißt {label}: benennen Sie eine so.",
            )
        found[field.key] = (at, field)
    lines = [_line(row, found, table.head) for row in table.rows]
    return _taken(connection, tenant_id, lines, who=who, now=now)


def _line(row: Row, found: Mapping[str, tuple[int, _Field]], head: Sequence[str]) -> _Line:
    made = _Line(row.number, {}, [])
    for key, (at, field) in found.items():
        cell = row.cells[at] if at < len(row.cells) else None
        if cell is None or not str(cell).strip():
            made.faults.append(Fault(field=head[at], de="fehlt", en="is missing"))
            continue
        try:
            made.values[key] = field.read(cell)
        except BadValue as error:
            made.faults.append(faults.of_value(head[at], error))
    return made


def _taken(
    connection: Connection, tenant_id: int, lines: Sequence[_Line], *, who: str, now: datetime
) -> Imported:
    names = {str(line.values["site"]) for line in lines if "site" in line.values}
    sites = sites_named(connection, tenant_id, list(names))
    entries: list[Entry] = []
    for line in lines:
        site_id = sites.get(str(line.values.get("site")))
        if "site" in line.values and site_id is None:
            name = line.values["site"]
            line.faults.append(
                Fault(
                    field="",
                    de=f"einen Baum oder ein Beet „{name}“ gibt es nicht",
                    en=f"there is no tree or bed {name!r}",
                )
            )
        if site_id is not None and not line.faults:
            entries.append(_entry(line, tenant_id, site_id))
    outcomes: list[Outcome] = enter(connection, tenant_id, entries, who=who, source="csv", now=now)
    stored = sum(one.became == "stored" for one in outcomes)
    bad = [BadLine(number=line.number, faults=line.faults) for line in lines if line.faults]
    return Imported(stored=stored, known=len(outcomes) - stored, bad=bad)


def _entry(line: _Line, tenant_id: int, site_id: int) -> Entry:
    time, litres = str(line.values["time"]), line.values["litres"]
    assert isinstance(litres, float)
    return Entry(
        watering_id=uuid5(_ROWS, f"{tenant_id} {site_id} {time} {litres:g}"),
        site_id=site_id,
        time=datetime.fromisoformat(time),
        litres=litres,
    )
