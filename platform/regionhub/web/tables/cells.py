"""What people write into cells: numbers with a comma, units, dates, kinds of sites.

Every function takes a cell that is not empty and returns the value as the API takes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import get_args
from zoneinfo import ZoneInfo

from regionhub.errors import BadValue
from regionhub.euis import read_dev_eui
from regionhub.sites import GaugeDatum, SiteKind
from regionhub.web.tables.sheets import Cell

_BERLIN = ZoneInfo("Europe/Berlin")
_NUMBER = re.compile(r"([+-]?)(\d[\d.,]*|[.,]\d+)(.*)")
_THOUSANDS = re.compile(r"[+-]?(\d{1,3}\.\d{3})(?![\d.,])")
_ANGLE = re.compile(
    r"(\d{1,3})°\s*(\d{1,2})['′’]\s*(?:(\d{1,2}(?:[.,]\d+)?)[\"″”]\s*)?([NSEOW])", re.IGNORECASE
)
_DEGREES_SUFFIX = re.compile(r"\s*°?\s*[NEO]?\s*", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
_DATES = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d.%m.%y")

#: How many of the wanted unit one is.
CENTIMETRES: Mapping[str, float] = {"cm": 1, "m": 100, "mm": 0.1}
METRES: Mapping[str, float] = {"m": 1, "cm": 0.01, "mnhn": 1, "münhn": 1, "mü.nhn": 1}
SECONDS: Mapping[str, float] = {
    **dict.fromkeys(("min", "minuten", "minutes"), 60),
    **dict.fromkeys(("h", "std", "stunden", "hours"), 3600),
    **dict.fromkeys(("s", "sek", "sekunden", "seconds"), 1),
}
_KINDS: Mapping[str, SiteKind] = {
    **dict.fromkeys(("baum", "bäume", "straßenbaum", "jungbaum"), "tree"),
    **dict.fromkeys(("beet", "beete", "pflanzbeet", "kübel", "grünfläche"), "bed"),
    **dict.fromkeys(("pegel", "gewässer", "bach", "fluss"), "gauge"),
    **dict.fromkeys(("wald", "forst"), "forest"),
    **dict.fromkeys(("straße", "strasse", "brücke", "fahrbahn"), "road"),
    **dict.fromkeys(("wetter", "wetterstation", "regenmesser"), "weather"),
    **{kind: kind for kind in get_args(SiteKind)},
}


_DATUMS: Mapping[str, GaugeDatum] = {
    **dict.fromkeys(("dhhn2016", "nhn (dhhn2016)", "nhn2016"), "DHHN2016"),
    **dict.fromkeys(("dhhn92", "nhn (dhhn92)", "nhn92"), "DHHN92"),
    **{name.casefold(): name for name in get_args(GaugeDatum)},
}


def text(cell: Cell) -> str:
    """One line of text; a whole number that a spreadsheet made of it is written as one."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())


def dev_eui(cell: Cell) -> str:
    """A DevEUI, however it is written.

    Raises:
        BadValue: it is none, or a spreadsheet has taken it for a number and lost its last digits.
    """
    number = isinstance(cell, int | float)
    if number or (isinstance(cell, str) and _SCIENTIFIC.fullmatch(cell.strip())):
        raise BadValue(
            "was taken for a number by the spreadsheet, and its last digits are lost: format the "
            "column as text and enter it again",
            de="hat die Tabelle als Zahl gespeichert, die letzten Stellen sind verloren: "
            "formatieren Sie die Spalte als Text und tragen Sie die DevEUI neu ein",
        )
    return read_dev_eui(cell)


def datum(cell: Cell) -> GaugeDatum:
    """What a gauge zero is a height above.

    Raises:
        BadValue: none of them.
    """
    word = text(cell)
    if word.casefold() not in _DATUMS:
        raise BadValue(
            f"must be {', '.join(get_args(GaugeDatum))}, not {word[:40]!r}",
            de=f"muss {', '.join(get_args(GaugeDatum))} sein, nicht „{word[:40]}“",
        )
    return _DATUMS[word.casefold()]


def kind(cell: Cell) -> SiteKind:
    """What kind of site, in German or English.

    Raises:
        BadValue: none of them.
    """
    word = text(cell)
    if word.casefold() not in _KINDS:
        raise BadValue(
            f"must be tree, bed, gauge, forest or road, not {word[:40]!r}",
            de=f"muss Baum, Beet, Pegel, Wald oder Straße sein, nicht „{word[:40]}“",
        )
    return _KINDS[word.casefold()]


def whole(cell: Cell) -> int:
    """A whole number, such as a year.

    Raises:
        BadValue: it is none.
    """
    value, unit = _split(cell)
    if unit or not value.is_integer():
        raise _no_number(cell)
    return int(value)


def measure(cell: Cell, units: Mapping[str, float], usual: str) -> float:
    """A number in the first of the units; without one of its own it is in the `usual`.

    Raises:
        BadValue: no number, another unit, or 1.200, which is two numbers.
    """
    value, unit = _split(cell)
    if unit and unit not in units:
        raise BadValue(
            f"must be in {', '.join(units)}, not {unit[:20]}",
            de=f"muss in {', '.join(units)} angegeben sein, nicht in {unit[:20]}",
        )
    fine = next((units[name] for name in ("cm", "l") if name in units), None)
    number = _THOUSANDS.match(text(cell)) if isinstance(cell, str) else None
    # without a unit it may be meant in any of them
    if number and fine is not None and (not unit or units[unit] == fine):
        plain = number[1]
        raise BadValue(
            f"{plain} can be read in two ways: write it without the dot, or with a comma",
            de=f"{plain} ist nicht eindeutig: schreiben Sie {plain.replace('.', '')} oder "
            f"{plain.replace('.', ',')}",
        )
    return value * units[unit or usual]


def degrees(cell: Cell) -> float:
    """Degrees with a point or a comma, or in degrees, minutes and seconds.

    Raises:
        BadValue: they are none.
    """
    if isinstance(cell, str) and (angle := _ANGLE.fullmatch(cell.strip())):
        seconds = float((angle[3] or "0").replace(",", "."))
        size = int(angle[1]) + int(angle[2]) / 60 + seconds / 3600
        return round(-size if angle[4] in "sSwW" else size, 7)
    value, rest = _split(cell)
    if rest and not _DEGREES_SUFFIX.fullmatch(rest):
        raise _no_number(cell)
    return value


def position(cell: Cell) -> tuple[float, float]:
    """Latitude and longitude in one cell: `51.39, 8.06` or `51,39; 8,06`.

    Raises:
        BadValue: they are not two numbers.
    """
    written = text(cell)
    # a comma alone parts two numbers only where both have a point
    close = r"(?<=\d)," if written.count(".") == 2 else r"$^"
    for cut in (r"\s*;\s*", r",\s+", r"\s+", close):
        parts = re.split(cut, written)
        if len(parts) == 2:
            return degrees(parts[0]), degrees(parts[1])
    raise BadValue(
        "must be latitude and longitude, such as 51.3967, 8.0645",
        de="muss Breite und Länge sein, zum Beispiel 51,3967; 8,0645",
    )


def moment(cell: Cell) -> str:
    """A day or a time in Germany, as the API takes it: ISO 8601 with an offset.

    Raises:
        BadValue: it is no time.
    """
    found = _moment(cell)
    # as the API takes them
    if found is None or not 1970 <= found.year < 2200:
        raise BadValue(
            "must be a day or a time such as 24.11.2026 or 24.11.2026 14:30",
            de="muss ein Tag oder eine Zeit sein, zum Beispiel 24.11.2026 oder 24.11.2026 14:30",
        )
    return found.astimezone(UTC).isoformat()


def _moment(cell: Cell) -> datetime | None:
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=_BERLIN)
    if isinstance(cell, date):
        return datetime.combine(cell, time(), _BERLIN)
    written = text(cell).removesuffix(" Uhr").replace(",", "")
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        for form in _DATES:
            try:
                return datetime.strptime(written, form).replace(tzinfo=_BERLIN)
            except ValueError:
                continue
        return None
    return found if found.tzinfo else found.replace(tzinfo=_BERLIN)


def _split(cell: Cell) -> tuple[float, str]:
    """A number, and what stands behind it in lower case and without spaces."""
    if isinstance(cell, bool) or cell is None or isinstance(cell, date):
        raise _no_number(cell)
    if isinstance(cell, int | float):
        return float(cell), ""
    written = "".join(cell.split()).replace("\N{MINUS SIGN}", "-").replace("'", "")
    match = _NUMBER.fullmatch(written)
    if match is None:
        raise _no_number(cell)
    sign, digits, rest = match.groups()
    if "," in digits and "." in digits:
        # the one that comes last is the decimal sign
        apart = "," if digits.rfind(",") < digits.rfind(".") else "."
        digits = digits.replace(apart, "")
    elif digits.count(".") > 1:
        digits = digits.replace(".", "")
    try:
        return float(sign + digits.replace(",", ".")), rest.casefold()
    except ValueError:
        raise _no_number(cell) from None


def _no_number(cell: Cell) -> BadValue:
    shown = str(cell)[:40]
    return BadValue(f"must be a number, not {shown!r}", de=f"muss eine Zahl sein, nicht „{shown}“")
