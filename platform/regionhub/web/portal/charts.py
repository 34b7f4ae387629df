"""Charts of a site: what they show, and the curves that are read when they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from regionhub.levels import Tone
from regionhub.readings import Quality
from regionhub.series.datastreams import Resolution
from regionhub.web.portal.texts import Translate, mark

STEP: Mapping[Resolution, timedelta] = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
}
_ROLLUPS: Mapping[Resolution, str] = {
    "hourly": mark("Stundenmittel"),
    "daily": mark("Tagesmittel"),
}


class Value(NamedTuple):
    """A point of a curve; `low` and `high` of an hour or a day.

    One that is `doubted` stands beside the line, as a suspect one.
    """

    time: datetime
    value: float | None
    quality: int = Quality.GOOD
    low: float | None = None
    high: float | None = None
    doubted: bool = False


class Limit(NamedTuple):
    """A line across a chart."""

    value: float
    label: str
    tone: Tone


class Band(NamedTuple):
    """A coloured ground between two values; None is without end."""

    low: float | None
    high: float | None
    tone: Tone


class File(NamedTuple):
    """Where all values can be fetched."""

    url: str
    name: str


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a chart, with the interval in which values are expected.

    `measured` is False of what is to come: tables of values leave it out.
    """

    name: str
    values: Sequence[Value]
    interval: timedelta
    measured: bool = True


@dataclass(frozen=True, slots=True)
class Curves:
    """The lines of a chart in a period."""

    curves: Sequence[Curve]
    resolution: Resolution = "raw"

    @property
    def several(self) -> bool:
        """Whether a value has to be named with its curve."""
        return len(self.curves) > 1

    @property
    def count(self) -> int:
        """How many values there are."""
        return sum(len(curve.values) for curve in self.curves)

    def newest(self, most: int) -> list[tuple[str, Value]]:
        """The newest values with the name of their curve, the last first."""
        measured = [curve for curve in self.curves if curve.measured]
        rows = [(curve.name, value) for curve in measured for value in curve.values]
        return sorted(rows, key=lambda row: row[1].time, reverse=True)[:most]

    def rollup(self, _: Translate) -> str:
        """What the values are, empty for single readings."""
        return _(_ROLLUPS[self.resolution]) if self.resolution in _ROLLUPS else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart; `read` gives its curves. `name` tells the charts of a site apart, in addresses.

    Limits that lie far from the values are left out. `span` is the smallest one that fills the
    height, see the vocabulary; `ahead` is how far it goes beyond the present.
    """

    name: str
    title: str
    unit: str
    decimals: int
    span: float = 0.0
    ahead: timedelta = timedelta(0)
    read: Callable[[], Curves]
    files: Sequence[File]
    limits: Sequence[Limit] = ()
    bands: Sequence[Band] = ()


def csv_file(path: str, start: datetime, end: datetime, name: str = "") -> File:
    """The address of all values of a period."""
    period = {
        "from": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "to": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "format": "csv",
    }
    return File(f"{path}?{urlencode(period)}", name)
