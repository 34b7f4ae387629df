"""Which column of a tree register is what: by its name, as registers of German towns call them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from regionhub.errors import BadValue
from regionhub.web.portal.texts import mark
from regionhub.web.tables import cells
from regionhub.web.tables.names import plain
from regionhub.web.tables.sheets import Cell

_POINT = re.compile(
    r"(?:SRID=\d+;)?\s*(?:MULTI)?POINT\s*Z?\s*\(+\s*(-?\d+(?:\.\d+)?)\s+(-?\d+(?:\.\d+)?)(?:\s[^)]*)?\)+",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:\d{1,2}\.\d{1,2}\.)?(\d{4})(?:-\d{2}(?:-\d{2})?(?:T.*)?)?")
#: What registers write where nothing is known.
_NOTHING = frozenset({"", "-", "0", "k.a.", "k. a.", "unbekannt", "unknown", "null", "none", "n/a"})
_WIDEST_M = 60.0
#: Characters of what a cell says, and of the name that a tree gets of it.
LONGEST = 120
_METRES = {"m": 1.0, "meter": 1.0}


@dataclass(frozen=True, slots=True)
class Field:
    """What a column says; `read` gives None for a cell that says nothing.

    `names` are plain (see `columns.plain`), the most telling first: of several columns that may be
    it, that is read whose name comes first here.
    """

    key: str
    label: str
    names: str
    read: Callable[[Cell], object]


def is_nothing(cell: Cell) -> bool:
    """Whether a cell says that nothing is known."""
    return cell is None or str(cell).strip().casefold() in _NOTHING


def _text(cell: Cell) -> str:
    found = cells.text(cell)
    if len(found) > LONGEST:
        raise BadValue(f"has more than {LONGEST} characters", de=f"hat mehr als {LONGEST} Zeichen")
    return found


def _year(cell: Cell) -> int:
    if isinstance(cell, date):
        year = cell.year
    else:
        match = _YEAR.fullmatch(cells.text(cell))
        year = int(match[1]) if match else 0
    if not 1000 <= year <= datetime.now(UTC).year + 1:
        raise BadValue(
            f"must be a year such as 2019, not {str(cell)[:40]!r}",
            de=f"muss ein Jahr wie 2019 sein, nicht „{str(cell)[:40]}“",
        )
    return year


def _crown(cell: Cell) -> float:
    written = cells.text(cell) if isinstance(cell, str) else cell
    # 8.500 are eight and a half metres: no crown has thousands
    if isinstance(written, str) and re.fullmatch(r"\d+\.\d+", written):
        found = float(written)
    else:
        found = cells.measure(written, _METRES, "m")
    if not 0 < found <= _WIDEST_M:
        raise BadValue(
            f"must be metres up to {_WIDEST_M:.0f}, not {str(cell)[:40]!r}",
            de=f"muss in Metern bis {_WIDEST_M:.0f} angegeben sein, nicht „{str(cell)[:40]}“",
        )
    return found


def _position(cell: Cell) -> tuple[float, float]:
    """Latitude and longitude, or northing and easting: a point of WKT has them the other way."""
    written = _text(cell)
    match = _POINT.fullmatch(written)
    if match:
        return float(match[2]), float(match[1])
    first, second = cells.position(written)
    metres = max(first, second) > 1000
    return (second, first) if metres and first < second else (first, second)


#: In the order in which pages show them.
FIELDS: tuple[Field, ...] = (
    Field("number", mark("Baumnummer"),
          "baumnummer baumnr baumno baumid katasternummer katasternr baumkennung kennung treeid "
          "treenumber standortnr standortnummer nummer nr number objektid objectid uuid gmlid id "
          "fid name", _text),
    Field("species", mark("Baumart"),
          "baumart artdeutsch artdtsch deutschername gattungart artbotanisch artbot "
          "botanischername baumname art artname gattungdeutsch gattung species", _text),
    Field("planted_year", mark("Pflanzjahr"),
          "pflanzjahr baumpflanzjahr pflanzungsjahr jahrderpflanzung pflanzdatum pflanzung "
          "plantedyear plantingyear planted", _year),
    Field("street", mark("Straße"),
          "strasse strassenname strname adresse anschrift standort standortname lage street "
          "address ort", _text),
    Field("house", mark("Hausnummer"), "hausnummer hausnr hnr housenumber", _text),
    Field("latitude", mark("Hochwert oder Breite"),
          "hochwert nordwert hochwertutm nordwertutm hoch northing utmn utmy yutm utmnord yetrs89 "
          "yetrs89utm32 ykoordinate ykoord koordy nord breite breitengrad geobreite lat latitude "
          "wgs84lat y", cells.degrees),
    Field("longitude", mark("Rechtswert oder Länge"),
          "rechtswert ostwert rechtswertutm ostwertutm rechts easting utme utmx xutm utmost "
          "xetrs89 xetrs89utm32 xkoordinate xkoord koordx ost laenge laengengrad geolaenge lon lng "
          "long longitude wgs84lon x", cells.degrees),
    Field("position", mark("Koordinaten"),
          "koordinaten koordinate position wkt geom thegeom geometrie geometry shape point "
          "geopoint geopoint2d latlon gps", _position),
    Field("crown_m", mark("Kronendurchmesser"),
          "kronendurchmesser kronendm kronedm kronendurchm kronenbreite krone kronendurchmesserm "
          "crowndiameter crownm", _crown),
    Field("soil_texture", mark("Bodenart"), "bodenart soiltexture ka5", _text),
)  # fmt: skip
_NAMES = frozenset(name for field in FIELDS for name in field.names.split())


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is read: where it stands and its name in the file."""

    index: int
    name: str
    field: Field


def known(head: Sequence[str]) -> int:
    """How many of these are names of columns."""
    return sum(plain(name) in _NAMES for name in head)


def columns(head: Sequence[str]) -> tuple[list[Column], list[str]]:
    """What is read of a register, and the names of columns that are not."""
    places: dict[str, int] = {}
    for index, name in enumerate(head):
        places.setdefault(plain(name), index)
    found = []
    for field in FIELDS:
        at = next((places[name] for name in field.names.split() if name in places), None)
        if at is not None:
            found.append(Column(at, head[at], field))
    taken = {column.index for column in found}
    rest = [name for index, name in enumerate(head) if name and index not in taken]
    return found, rest
