"""Gauges of North Rhine-Westphalia: levels of a week, and the two files of its stations.

- `messwerte.txt` in `messwerte.zip`: `station_no;time;value(cm)`, times with a fixed +01:00 in
  summer too, `NA` for a gap; after the rows of a station its number alone.
- `OpenHygon-Pegel-Stationen_EPSG4326.txt`: UTF-8, positions, names and information levels.
- `Hydrologische-Stationen-NRW_EPSG25832.csv` in its zip: ISO-8859-1, gauge zeros (`Nullpunkt`, m).

Layout: the files of the state as of September 2026.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace

from regionhub.features.feeds.content import (
    Content,
    Observation,
    Station,
    UnusableFile,
    no_value,
)
from regionhub.features.feeds.download import text
from regionhub.features.feeds.formats.numbers import aware_time, number
from regionhub.readings import Measurement

_HEADER = "station_no;time;value(cm)"
_NUMBER = re.compile(r"\d{6,13}")
#: Of stations that have no number yet.
_PLACEHOLDER = re.compile(r"12345\d*")
#: Gauges of the federal waterways, which PEGELONLINE has at first hand.
_FEDERAL = "WSV_"


def levels(body: bytes, codes: Collection[str]) -> Content:
    """The levels of some stations.

    Raises:
        UnusableFile: it is another file.
    """
    content, others = Content(), Counter[str]()
    lines = iter(text(body, "ascii").splitlines())
    if next(lines, "") != _HEADER:
        raise UnusableFile(f"it does not begin with {_HEADER}")
    for line in lines:
        code, _, rest = line.partition(";")
        if not rest:
            others["block_end"] += 1
        elif code not in codes:
            others["elsewhere"] += 1
        elif (found := _level(code, rest, line)) is None:
            others["unreadable"] += 1
        else:
            content.observations.append(found)
    content.others = others
    return content


def _level(code: str, rest: str, line: str) -> Observation | None:
    time, _, value = rest.partition(";")
    level = number(value)
    if level is None and value not in {"", "NA"}:
        return None
    try:
        moment = aware_time(time)
    except ValueError:
        return None
    found = no_value("water_level", "cm")
    if level is not None:
        found = Measurement("water_level", level, "cm")
    return Observation(code, moment, (found,), line.encode())


def stations(body: bytes) -> list[Station]:
    """Where the gauges stand and their information levels, without their zeros.

    Raises:
        UnusableFile: it is another file.
    """
    found = []
    for row in _rows(text(body, "utf-8-sig"), "station_no", "station_latitude", "station_name"):
        code, name = row["station_no"].strip(), row["station_name"].strip()
        latitude, longitude = (number(row[f"station_{one}"]) for one in ("latitude", "longitude"))
        if not _NUMBER.fullmatch(code) or _PLACEHOLDER.fullmatch(code) or not name:
            continue
        if latitude is None or longitude is None or name.startswith(_FEDERAL):
            continue
        stages = [number(row.get(f"LANUV_Info_{stage}") or "", 0.0) for stage in (1, 2, 3)]
        found.append(
            Station(
                code=code,
                name=name.replace("_", " "),
                latitude=latitude,
                longitude=longitude,
                kind="gauge",
                stages_cm=_rising(stages),
            )
        )
    return found


def _rising(stages: list[float | None]) -> tuple[float, ...]:
    """The stages from the first on, as long as each is there and is higher."""
    rising: list[float] = []
    for stage in stages:
        if stage is None or (rising and stage < rising[-1]):
            break
        rising.append(stage)
    return tuple(rising)


def with_zeros(found: list[Station], body: bytes) -> list[Station]:
    """The same stations with their gauge zeros, m above NHN; of which year is not said.

    Raises:
        UnusableFile: it is another file.
    """
    zeros = {
        row["station_id"].strip(): number(row["Nullpunkt"], 0.0)
        for row in _rows(text(body, "iso-8859-1"), "station_id", "Nullpunkt")
    }
    return [
        replace(station, gauge_zero_m=zeros.get(station.code), gauge_datum="NHN")
        for station in found
    ]


def _rows(content: str, *needed: str) -> Iterator[dict[str, str]]:
    rows = csv.DictReader(content.splitlines(), delimiter=";", restval="")
    try:
        missing = set(needed) - set(rows.fieldnames or ())
        if missing:
            raise UnusableFile(f"it has no column {min(missing)}")
        for row in rows:
            yield {key: value or "" for key, value in row.items() if key}
    except csv.Error as error:
        raise UnusableFile(f"it is no table: {error}") from None
