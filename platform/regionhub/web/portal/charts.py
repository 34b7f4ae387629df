"""Charts that the browser draws: curves with gaps, bands and limits, and the table beside each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from regionhub.levels import Tone
from regionhub.readings import Quality
from regionhub.series.datastreams import Resolution
from regionhub.web.portal.courses import Course
from regionhub.web.portal.formats import Formats
from regionhub.web.portal.sparklines import GAP_INTERVALS, at_least
from regionhub.web.portal.texts import Translate, mark

ROLLUPS = {"hourly": mark("Stundenmittel"), "daily": mark("Tagesmittel")}
STEP = {"hourly": timedelta(hours=1), "daily": timedelta(days=1)}
#: The finest resolution that stays within this is drawn: 60 days by the hour.
MOST_POINTS = 1500
_NOT_BELIEVED = frozenset({Quality.FAIL, Quality.MISSING})
TABLE_ROWS = 300


class Value(NamedTuple):
    """A point of a curve; `low` and `high` of an hour or a day."""

    time: datetime
    value: float | None
    quality: int = Quality.GOOD
    low: float | None = None
    high: float | None = None


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


@dataclass(slots=True)
class Curve:
    """One line of a chart, with the interval in which values are expected."""

    name: str
    values: Sequence[Value]
    interval: timedelta


@dataclass(slots=True)
class Chart:
    """A chart with its table; limits that lie far from the values are left out.

    `span` is the smallest one that fills the height, see the vocabulary.
    """

    title: str
    unit: str
    decimals: int
    span: float = 0.0
    curves: list[Curve] = field(default_factory=list)
    resolution: Resolution = "raw"
    limits: list[Limit] = field(default_factory=list)
    bands: list[Band] = field(default_factory=list)
    files: list[File] = field(default_factory=list)

    def for_browser(self, start: datetime, end: datetime) -> dict[str, Any]:
        """What chart.js draws: points are [milliseconds, value]."""
        low, high = self._scale()

        def inside(value: float) -> bool:
            return low is None or high is None or low <= value <= high

        lines = [_line(curve) for curve in self.curves]
        for line in lines:
            line["fail"] = [point for point in line["fail"] if inside(point[1])]
        return {
            "unit": self.unit,
            "decimals": self.decimals,
            "count": self.count,
            "start": round(start.timestamp() * 1000),
            "end": round(end.timestamp() * 1000),
            "low": low,
            "high": high,
            "limits": [limit._asdict() for limit in self.limits if inside(limit.value)],
            "bands": [band._asdict() for band in self.bands],
            "lines": lines,
        }

    @property
    def count(self) -> int:
        """Rows of the table."""
        return sum(len(curve.values) for curve in self.curves)

    @property
    def several(self) -> bool:
        """Whether the table has to name the curve."""
        return len(self.curves) > 1

    @property
    def rows(self) -> list[tuple[str, Value]]:
        """The newest rows of the table with the name of their curve."""
        rows = [(curve.name, value) for curve in self.curves for value in curve.values]
        return sorted(rows, key=lambda row: row[1].time, reverse=True)[:TABLE_ROWS]

    @property
    def hidden(self) -> int:
        """Implausible values outside of the chart."""
        low, high = self._scale()
        if low is None or high is None:
            return 0
        return sum(
            value.value is not None
            and value.quality == Quality.FAIL
            and not low <= value.value <= high
            for curve in self.curves
            for value in curve.values
        )

    def label(self, _: Translate, fmt: Formats) -> str:
        """Title and what each curve shows, for those who do not see it."""
        said = []
        for curve in self.curves:
            values = [number for value in _believed(curve) if (number := value.value) is not None]
            if not values:
                continue
            extremes = _numbers(_believed(curve))
            whole = Course(
                first=values[0],
                last=values[-1],
                low=min(extremes),
                high=max(extremes),
                noise=self.span / 10,
            )
            text = whole.text(_, fmt, self.unit, self.decimals)
            said.append(f"{curve.name}: {text}" if self.several else text)
        return ". ".join(
            [
                _("Diagramm") + ": " + self.title,
                *said,
                _("Die Werte stehen in der Tabelle darunter."),
            ]
        )

    def rollup(self, _: Translate) -> str:
        """What the values are, empty for single readings."""
        return _(ROLLUPS[self.resolution]) if self.resolution in ROLLUPS else ""

    def _scale(self) -> tuple[float | None, float | None]:
        """The span of believable values with the limits near them.

        One value that failed must not flatten a curve; what lies outside is counted below it.
        """
        values = [number for curve in self.curves for number in _numbers(_believed(curve))]
        if not values:
            return None, None
        low, high = min(values), max(values)
        reach = max((high - low) * 1.5, 10.0**-self.decimals * 5)
        near = [x.value for x in self.limits if low - reach <= x.value <= high + reach]
        low, high = at_least(self.span, min([low, *near]), max([high, *near]))
        margin = max((high - low) * 0.08, 10.0**-self.decimals * 2)
        return round(low - margin, self.decimals), round(high + margin, self.decimals)


def _believed(curve: Curve) -> list[Value]:
    """What the tests did not refuse."""
    return [value for value in curve.values if value.quality not in _NOT_BELIEVED]


def _numbers(values: Iterable[Value]) -> list[float]:
    """All values with the extremes of hours and days."""
    return [
        number
        for value in values
        for number in (value.value, value.low, value.high)
        if number is not None
    ]


def csv_file(path: str, start: datetime, end: datetime, name: str = "") -> File:
    """The address of all values of a period."""
    period = {
        "from": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "to": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "format": "csv",
    }
    return File(f"{path}?{urlencode(period)}", name)


def _line(curve: Curve) -> dict[str, Any]:
    """A curve with its gaps left open; failed values stand beside it, never in it."""
    points: list[list[float | None]] = []
    band: list[list[float | None]] = []
    suspect: list[list[float]] = []
    fail: list[list[float]] = []
    before: datetime | None = None
    for value in curve.values:
        if value.value is None or value.quality == Quality.MISSING:
            continue
        at = round(value.time.timestamp() * 1000)
        number = round(value.value, 3)
        if value.quality == Quality.FAIL:
            fail.append([at, number])
            continue
        if value.quality == Quality.SUSPECT:
            suspect.append([at, number])
        rolled = value.low is not None and value.high is not None
        if before is not None and value.time - before > GAP_INTERVALS * curve.interval:
            points.append([at - 1, None])
            if rolled:
                band.append([at - 1, None, None])
        points.append([at, number])
        if value.low is not None and value.high is not None:
            band.append([at, round(value.low, 3), round(value.high, 3)])
        before = value.time
    return {"name": curve.name, "points": points, "band": band, "suspect": suspect, "fail": fail}
