"""What chart.js draws: curves of a chart, thinned to what a screen can show.

A screen shows ten thousand readings in a thousand columns. Of each column the first, the last, the
lowest and the highest value are kept (M4, Jugel and others 2014): the drawn line is the same, and
no crest is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from regionhub.readings import Quality
from regionhub.web.portal.charts import Chart, Curve, Curves
from regionhub.web.portal.courses import Course
from regionhub.web.portal.formats import Formats
from regionhub.web.portal.sparklines import GAP_INTERVALS, at_least
from regionhub.web.portal.texts import Translate

#: Limits this many spans away from the values are not drawn: they would flatten the curve.
_REACH = 1.5

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


class Scale(NamedTuple):
    """The lowest and the highest value that a chart shows."""

    low: float
    high: float

    def holds(self, values: Floats | float) -> Any:
        """Whether values lie inside, one by one."""
        return (self.low <= values) & (values <= self.high)


@dataclass(frozen=True, slots=True)
class Picture:
    """A period on a screen: milliseconds since 1970, and columns of it that can be told apart."""

    start: int
    end: int
    columns: int

    @classmethod
    def of(cls, start: datetime, end: datetime, columns: int) -> Picture:
        """The picture of a period."""
        return cls(round(start.timestamp() * 1000), round(end.timestamp() * 1000), columns)

    def kept(self, times: NDArray[np.int64], low: Floats, high: Floats) -> Places:
        """Places of what can be seen of points in order of time: at most four of each column."""
        if not len(times):
            return np.empty(0, np.intp)
        column = (times - self.start) * self.columns // (self.end - self.start)
        first = np.flatnonzero(np.diff(column, prepend=column[0] - 1))
        last = np.append(first[1:], len(times)) - 1
        lowest = np.lexsort((low, column))[first]
        highest = np.lexsort((high, column))[last]
        return np.unique(np.concatenate([first, lowest, highest, last]))


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as it is drawn: what chart.js takes (for orjson), and what is said about it.

    `courses` are how the curves with values go, by their names; `hidden` are failed and doubted
    values that lie outside.
    """

    chart: Chart
    sent: dict[str, Any]
    courses: list[tuple[str, Course]]
    hidden: int

    def label(self, _: Translate, fmt: Formats) -> str:
        """Title and what each curve shows, for those who do not see it."""
        said = []
        for name, course in self.courses:
            text = course.text(_, fmt, self.chart.unit, self.chart.decimals)
            said.append(f"{name}: {text}" if len(self.sent["lines"]) > 1 else text)
        title = f"{_('Diagramm')}: {self.chart.title}"
        return ". ".join([title, *said, _("Die Werte stehen in der Tabelle darunter.")])


def drawing(chart: Chart, found: Curves, picture: Picture) -> Drawing:
    """Draw a chart.

    Times are sent as milliseconds since the one before, the first since 1970; a null is a gap.
    Limits, and failed and doubted values far from the others are left out.
    """
    lines = [_Line(curve) for curve in found.curves]
    scale = _scale(chart, lines)
    sent = {
        "unit": chart.unit,
        "decimals": chart.decimals,
        "count": found.count,
        "start": picture.start,
        "end": picture.end,
        "low": None if scale is None else scale.low,
        "high": None if scale is None else scale.high,
        "limits": [
            limit._asdict()
            for limit in chart.limits
            if scale is not None and scale.holds(limit.value)
        ],
        "bands": [band._asdict() for band in chart.bands],
        "lines": [line.drawn(picture, scale, chart.decimals + 1) for line in lines],
    }
    courses = [
        (line.name, course)
        for line in lines
        if (course := line.course(chart.span / 10)) is not None
    ]
    hidden = 0 if scale is None else sum(line.hidden(scale) for line in lines)
    return Drawing(chart, sent, courses, hidden)


class _Line:
    """The values of a curve as columns."""

    def __init__(self, curve: Curve) -> None:
        self.name = curve.name
        self._gap = GAP_INTERVALS * curve.interval.total_seconds() * 1000
        rows = [
            (
                value.time.timestamp(),
                value.quality,
                value.value,
                value.low,
                value.high,
                value.doubted,
            )
            for value in curve.values
        ]
        table = np.array(rows, dtype=np.float64).reshape(-1, 6)
        table = table[np.isfinite(table[:, 2]) & (table[:, 1] != Quality.MISSING)]
        self._times = np.round(table[:, 0] * 1000).astype(np.int64)
        self._quality, self._values, low, high, doubted = table[:, 1:].T
        self._rolled = bool(np.isfinite(low).any())
        self._low = np.where(np.isfinite(low), low, self._values)
        self._high = np.where(np.isfinite(high), high, self._values)
        self._good = (self._quality != Quality.FAIL) & (doubted == 0)

    def course(self, noise: float) -> Course | None:
        """How the believable values go, with the extremes of hours and days; None without one."""
        if not self._good.any():
            return None
        values = self._values[self._good]
        return Course(
            first=float(values[0]),
            last=float(values[-1]),
            low=float(self._low[self._good].min()),
            high=float(self._high[self._good].max()),
            noise=noise,
        )

    def hidden(self, scale: Scale) -> int:
        """Failed and doubted values outside of the picture."""
        return int(np.count_nonzero(~scale.holds(self._values[~self._good])))

    def drawn(self, picture: Picture, scale: Scale | None, decimals: int) -> dict[str, Any]:
        """The line with its gaps left open; failed and doubted values stand beside it."""
        times = self._times[self._good]
        kept = picture.kept(times, self._low[self._good], self._high[self._good])
        gaps = np.flatnonzero(np.diff(times) > self._gap) + 1
        breaks = np.unique(np.searchsorted(kept, gaps))

        def column(values: Floats) -> Floats:
            return np.insert(_rounded(values[self._good][kept], decimals), breaks, np.nan)

        at = np.insert(times[kept], breaks, times[kept][breaks] - 1)
        inside = self._good | (True if scale is None else scale.holds(self._values))
        fail = (self._quality == Quality.FAIL) & inside
        suspect = (self._quality == Quality.SUSPECT) & inside
        return {
            "name": self.name,
            "times": np.diff(at, prepend=0),
            "values": column(self._values),
            "low": column(self._low) if self._rolled else [],
            "high": column(self._high) if self._rolled else [],
            "suspect": self._marks(picture, suspect, decimals),
            "fail": self._marks(picture, fail, decimals),
        }

    def _marks(
        self, picture: Picture, chosen: NDArray[np.bool_], decimals: int
    ) -> list[tuple[int, float]]:
        times, values = self._times[chosen], self._values[chosen]
        kept = picture.kept(times, values, values)
        rounded = _rounded(values[kept], decimals).tolist()
        return list(zip(times[kept].tolist(), rounded, strict=True))


def _rounded(values: Floats, decimals: int) -> Floats:
    with np.errstate(over="ignore"):
        rounded: Floats = np.round(values, decimals)
    # what has no room for more digits has none behind the point
    return np.where(np.isfinite(rounded), rounded, values)


def _scale(chart: Chart, lines: list[_Line]) -> Scale | None:
    """The span of believable values with the limits near them.

    One value that failed or is doubted must not flatten a curve; what lies outside is counted.
    """
    courses = [course for line in lines if (course := line.course(0.0)) is not None]
    if not courses:
        return None
    low, high = min(one.low for one in courses), max(one.high for one in courses)
    finest = 10.0**-chart.decimals
    reach = max((high - low) * _REACH, finest * 5)
    near = [limit.value for limit in chart.limits if low - reach <= limit.value <= high + reach]
    low, high = at_least(chart.span, min([low, *near]), max([high, *near]))
    margin = max((high - low) * 0.08, finest * 2)
    return Scale(round(low - margin, chart.decimals), round(high + margin, chart.decimals))
