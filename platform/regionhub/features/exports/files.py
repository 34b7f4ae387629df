"""Files that people and programs open: CSV for a German Excel, strict CSV, Excel, and others."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import orjson
from openpyxl import Workbook

from regionhub.features.exports.collect import Choice, Place, Table, collect, places
from regionhub.features.exports.parquet import parquet
from regionhub.store.database import Connection
from regionhub.times import from_datetime, to_rfc3339

Kind = Literal["csv-de", "csv", "xlsx", "parquet", "geojson"]

_BERLIN = ZoneInfo("Europe/Berlin")
#: Up to here a float holds every whole number.
_EXACT = 2.0**53
#: A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_HEAD = ("time", "site_id", "site", "datastream_id", "device", "quantity", "position", "unit")


@dataclass(frozen=True, slots=True)
class File:
    """A file: its content, what it is, and the ending of its name."""

    content: bytes
    media_type: str
    ending: str


def export(connection: Connection, choice: Choice, kind: Kind) -> File:
    """The chosen series as a file; as GeoJSON the chosen sites with their newest values.

    Raises:
        InputError: there is nothing to export, or too much for one file.
    """
    if kind == "geojson":
        content = geojson(places(connection, choice))
        return File(content, "application/geo+json", "geojson")
    write, media_type, ending = _WRITERS[kind]
    return File(write(collect(connection, choice)), media_type, ending)


def german_csv(table: Table) -> bytes:
    """For an Excel in German: semicolons, decimal commas, local time, names and units in the head.

    In the hour that is there twice in autumn a time is there twice too.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(["Zeit", *(plain(one.name) for one in table.series)])
    for time, values in table.rows():
        cells = ["" if value is None else number(value).replace(".", ",") for value in values]
        writer.writerow([f"{time.astimezone(_BERLIN):%d.%m.%Y %H:%M:%S}", *cells])
    return out.getvalue().encode("utf-8-sig")


def strict_csv(table: Table) -> bytes:
    """For programs (RFC 4180, UTF-8): a line for each value, times in UTC, decimal points."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*_HEAD, "value"])
    by_id = {
        one.stream.datastream_id: [
            *((one.site.site_id, one.site.name) if one.site else ("", "")),
            *(one.stream.datastream_id, one.stream.device_name, one.stream.quantity),
            *(one.stream.position, one.stream.unit),
        ]
        for one in table.series
    }
    for value in table.values:
        time = to_rfc3339(from_datetime(value.time))
        writer.writerow([time, *by_id[value.datastream_id], number(value.value)])
    return out.getvalue().encode()


def workbook(table: Table) -> bytes:
    """An Excel workbook: values by local time, and a sheet that says what each column is."""
    rows = table.rows()
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Werte")
    sheet.freeze_panes = "B2"
    sheet.column_dimensions["A"].width = 20
    sheet.append(["Zeit", *(plain(one.name) for one in table.series)])
    for time, values in rows:
        local = time.astimezone(_BERLIN).replace(tzinfo=None, microsecond=0)
        sheet.append([local, *(None if one is None else float(number(one)) for one in values)])
    about = book.create_sheet("Messreihen")
    about.append(
        ["Standort", "Breite", "Länge", "Messgröße", "Platz", "Einheit", "Gerät", "Tiefe (cm)"]
    )
    for one in table.series:
        stream, site = one.stream, one.site
        place = (site.name, site.latitude, site.longitude) if site else ("", None, None)
        words = (place[0], stream.name_de, stream.position, stream.symbol, stream.device_name)
        name, quantity, position, unit, device = map(plain, words)
        about.append([name, *place[1:], quantity, position, unit, device, stream.depth_cm])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def geojson(found: Sequence[Place]) -> bytes:
    """Sites as points (RFC 7946) with their newest values."""
    features = [
        {
            "type": "Feature",
            "id": place.site.site_id,
            "geometry": {
                "type": "Point",
                "coordinates": [place.site.longitude, place.site.latitude],
            },
            "properties": {
                "name": place.site.name,
                "kind": place.site.kind,
                "values": [
                    {
                        "quantity": row.quantity,
                        "position": row.position,
                        "value": None if row.value is None else float(number(row.value)),
                        "unit": row.symbol,
                        "time": to_rfc3339(from_datetime(row.time)),
                        "quality": row.quality,
                    }
                    for row in place.values
                ],
            },
        }
        for place in found
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features})


def number(value: float) -> str:
    """A value without the noise of its binary form: 32.8, not 32.80000000000001.

    Whole numbers, such as those of counters, have all their digits.
    """
    if abs(value) <= _EXACT and value % 1 == 0:
        return str(int(value))
    return f"{value:.10g}"


def plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def file_name(start: datetime, end: datetime, ending: str) -> str:
    """What the file is called: with the days that it begins and ends on."""
    first, last = (time.astimezone(_BERLIN) for time in (start, end))
    return f"messwerte-{first:%Y-%m-%d}-{last:%Y-%m-%d}.{ending}"


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WRITERS: Mapping[str, tuple[Callable[[Table], bytes], str, str]] = {
    "csv-de": (german_csv, "text/csv; charset=utf-8", "csv"),
    "csv": (strict_csv, "text/csv; charset=utf-8", "csv"),
    "xlsx": (workbook, _XLSX, "xlsx"),
    "parquet": (parquet, "application/vnd.apache.parquet", "parquet"),
}
