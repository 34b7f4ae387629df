"""Gauges of the federal waterways: PEGELONLINE, REST interface version 2.

Layout: pegelonline.wsv.de/webservice/dokuRestapi, and aiopegelonline.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

import msgspec

from regionhub.features.feeds.content import (
    Content,
    Observation,
    Station,
    UnusableFile,
    no_value,
)
from regionhub.features.feeds.download import text
from regionhub.features.feeds.formats.numbers import aware_time
from regionhub.readings import Measurement
from regionhub.sites import GaugeDatum

LIST = "stations.json?timeseries=W&includeTimeseries=true&includeCharacteristicValues=true"


#: What stands last in the unit of a gauge zero ("m. ü. NHN"); a height above something else, as at
#: gauges abroad, is not taken. Of NHN they do not say of which year.
_DATUMS: Mapping[str, GaugeDatum] = {"NHN": "NHN", "NN": "NN"}

Found = TypeVar("Found")


class _Water(msgspec.Struct):
    longname: str = ""


class _Zero(msgspec.Struct):
    value: float | None = None
    unit: str = ""


class _Series(msgspec.Struct):
    shortname: str
    unit: str = ""
    gaugeZero: _Zero | None = None  # noqa: N815 - their word


class _Station(msgspec.Struct):
    uuid: str
    shortname: str
    longname: str = ""
    latitude: float | None = None
    longitude: float | None = None
    water: _Water | None = None
    timeseries: list[_Series] = []


class _Point(msgspec.Struct):
    timestamp: str
    value: float | None = None


def stations(body: bytes) -> list[Station]:
    """Gauges that tell a level in cm; of some nobody says where they stand.

    Raises:
        UnusableFile: it is another file.
    """
    return [
        Station(
            code=found.uuid,
            name=_title(found.longname or found.shortname),
            latitude=found.latitude,
            longitude=found.longitude,
            kind="gauge",
            water_body=_title(found.water.longname) if found.water else None,
            gauge_zero_m=zero.value if datum else None,
            gauge_datum=datum,
        )
        for found in _read(body, list[_Station])
        for series in found.timeseries
        for zero in [series.gaugeZero or _Zero()]
        for datum in [_DATUMS.get(zero.unit.rpartition(" ")[2])]
        if series.shortname == "W" and series.unit == "cm"
        if found.latitude is not None and found.longitude is not None
    ]


def measurements_of(code: str) -> str:
    """Where the levels of a gauge stand; they reach back two days."""
    return f"stations/{code}/W/measurements.json?start=P2D"


def levels(code: str, body: bytes) -> Content:
    """The levels of a gauge.

    Raises:
        UnusableFile: it is another file.
    """
    content = Content()
    for point in _read(body, list[_Point]):
        time = _time(point.timestamp)
        if time is None:
            content.others["unreadable"] += 1
            continue
        value = no_value("water_level", "cm")
        if point.value is not None:
            value = Measurement("water_level", point.value, "cm")
        row = msgspec.json.encode(point)
        content.observations.append(Observation(code, time, (value,), row))
    return content


def _time(told: str) -> datetime | None:
    try:
        return aware_time(told)
    except ValueError:
        return None


def _title(name: str) -> str:
    """They write everything in capitals."""
    return name.title() if name.isupper() else name


def _read(body: bytes, kind: type[Found]) -> Found:
    try:
        return msgspec.json.decode(text(body), type=kind)
    except msgspec.MsgspecError as error:
        raise UnusableFile(f"it is not what PEGELONLINE answers: {error}") from None
