"""Observations of stations of the German weather service: a CSV in a zip for each quantity.

`produkt_...txt` has `STATIONS_ID;MESS_DATUM;QN;...;eor`; times are UTC, -999 is no value. Columns
of files of ten minutes and of hours are known. The list of stations has columns of fixed width.

Layout: opendata.dwd.de, CDC/observations_germany/climate, 10_minutes and hourly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from regionhub.features.feeds.content import (
    Content,
    Observation,
    Station,
    UnusableFile,
    no_value,
)
from regionhub.features.feeds.download import only_member, text
from regionhub.features.feeds.formats.numbers import compact_time, number
from regionhub.readings import Measurement

_MISSING = (-999.0, -9999.0)
#: Joule for each cm² in ten minutes or in an hour, as W/m².
_TEN_MINUTES, _HOUR = 10_000 / 600, 10_000 / 3600


@dataclass(frozen=True, slots=True)
class _Column:
    quantity: str
    unit: str
    factor: float = 1.0


_COLUMNS = {
    "TT_10": _Column("air_temperature", "degC"),
    "RF_10": _Column("relative_humidity", "%"),
    "RWS_10": _Column("precipitation", "mm"),
    "FF_10": _Column("wind_speed", "m/s"),
    "GS_10": _Column("irradiance", "W/m2", _TEN_MINUTES),
    "TT_TU": _Column("air_temperature", "degC"),
    "RF_TU": _Column("relative_humidity", "%"),
    "R1": _Column("precipitation", "mm"),
    "F": _Column("wind_speed", "m/s"),
    "FG_LBERG": _Column("irradiance", "W/m2", _HOUR),
}
#: Folder and word of the files of each quantity.
FILES = {
    "air_temperature": "TU",
    "precipitation": "nieder",
    "wind": "wind",
    "solar": "SOLAR",
}
LIST = "air_temperature/now/zehn_now_tu_Beschreibung_Stationen.txt"
_LINE = re.compile(
    r"^\s*(\d+)\s+\d{8}\s+\d{8}\s+(-?\d+)\s+(-?\d+\.\d+)\s+(-?\d+\.\d+)\s+(.+?)\s{2,}\S"
)


def file_of(folder: str, code: str) -> str:
    """Where what a station measured today stands."""
    return f"{folder}/now/10minutenwerte_{FILES[folder]}_{code}_now.zip"


def stations(body: bytes) -> list[Station]:
    """All stations; a number has five digits.

    Raises:
        UnusableFile: it is another file.
    """
    lines = text(body, "iso-8859-1").splitlines()
    if not lines or not lines[0].startswith("Stations_id"):
        raise UnusableFile("it does not begin with Stations_id")
    return [
        Station(
            code=found[1].zfill(5),
            name=found[5],
            latitude=float(found[3]),
            longitude=float(found[4]),
            elevation_m=float(found[2]),
        )
        for line in lines[2:]
        if (found := _LINE.match(line))
    ]


def observations(code: str, body: bytes) -> Content:
    """What a station measured.

    Raises:
        UnusableFile: it is another file.
    """
    lines = text(only_member(body, ".txt"), "iso-8859-1").splitlines()
    header = [name.strip() for name in lines[0].split(";")] if lines else []
    columns = [(place, _COLUMNS[name]) for place, name in enumerate(header) if name in _COLUMNS]
    if "MESS_DATUM" not in header or not columns:
        raise UnusableFile("it has no column MESS_DATUM, or none of a known quantity")
    time_at, content = header.index("MESS_DATUM"), Content()
    for line in lines[1:]:
        fields = line.split(";")
        time = _time(fields, time_at)
        if time is None or len(fields) < len(header):
            content.others["unreadable"] += bool(line.strip())
            continue
        told = [(column, number(fields[place], *_MISSING)) for place, column in columns]
        found = tuple(
            no_value(column.quantity, column.unit)
            if value is None
            else Measurement(column.quantity, value * column.factor, column.unit)
            for column, value in told
        )
        content.observations.append(Observation(code, time, found, line.strip().encode()))
    return content


def _time(fields: list[str], place: int) -> datetime | None:
    try:
        return compact_time(fields[place].strip())
    except (ValueError, IndexError):
        return None
