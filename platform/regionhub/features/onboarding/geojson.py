"""A register as GeoJSON (RFC 7946, or older with coordinates in metres of UTM) read as a table."""

from __future__ import annotations

from typing import Any

import orjson

from regionhub.errors import InputError
from regionhub.web.tables.sheets import MOST_COLUMNS, Cell, Row, Table

#: What the coordinates of the geometry are called in the table.
_PLACE = ("longitude", "latitude")
_BOM = b"\xef\xbb\xbf"


def is_geojson(content: bytes) -> bool:
    """Whether this is an object of JSON, which no table begins like."""
    return content.removeprefix(_BOM).lstrip()[:1] == b"{"


def read_geojson(content: bytes, *, most: int) -> Table:
    """Features as rows, their number counted from 1; properties are columns.

    Raises:
        InputError: it is no collection of features, or has more than `most`.
    """
    try:
        document = orjson.loads(content.removeprefix(_BOM))
    except orjson.JSONDecodeError as error:
        raise InputError(
            f"this GeoJSON cannot be read: {error}",
            de="Dieses GeoJSON lässt sich nicht lesen: exportieren Sie es noch einmal (UTF-8).",
        ) from error
    features = document.get("features")
    if not isinstance(features, list) or not all(isinstance(one, dict) for one in features):
        raise InputError(
            "this JSON has no list of features",
            de="Diese JSON-Datei ist kein GeoJSON: es fehlt die Liste „features“.",
        )
    if len(features) > most:
        raise InputError(
            f"more than {most} trees: split the file",
            de=f"Mehr als {most} Bäume: teilen Sie die Datei auf.",
        )
    names: dict[str, None] = {}
    for one in features:
        names |= dict.fromkeys(_properties(one))
    # a row has a cell for each name: with other names in every feature it would be a huge table
    own = [name for name in names if name.casefold() not in _PLACE][:MOST_COLUMNS]
    rows = [
        Row(number, (*_place(one), *(_cell(_properties(one).get(name)) for name in own)))
        for number, one in enumerate(features, 1)
    ]
    return Table([*_PLACE, *own], rows)


def _properties(feature: dict[str, Any]) -> dict[str, Any]:
    found = feature.get("properties")
    return found if isinstance(found, dict) else {}


def _place(feature: dict[str, Any]) -> tuple[Cell, Cell]:
    """Of a point, or the first of several: one number for each direction, else nothing."""
    geometry = feature.get("geometry")
    place = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if isinstance(place, list) and place and isinstance(place[0], list):
        place = place[0]
    if not isinstance(place, list) or len(place) < 2:
        return None, None
    return _number(place[0]), _number(place[1])


def _number(value: object) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number else None  # type: ignore[arg-type]


def _cell(value: object) -> Cell:
    if isinstance(value, str):
        return value.replace("\0", "")
    return value if isinstance(value, int | float | None) else str(value)
