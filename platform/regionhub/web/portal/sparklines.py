"""Small charts that are drawn into the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

Point = tuple[datetime, float]

#: A line is interrupted where more than this many intervals have no value.
GAP_INTERVALS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparkline:
    """Polylines and horizontal lines in pixels; `low` and `high` are the extremes of the values."""

    width: int
    height: int
    polylines: list[str]
    dots: list[tuple[float, float]]
    lines: list[float]
    end: tuple[float, float]
    low: float
    high: float


def pieces(points: Sequence[Point], interval: timedelta) -> list[list[Point]]:
    """Cut a series where values are missing: no line is drawn across a gap."""
    if not points:
        return []
    found = [[points[0]]]
    for before, after in pairwise(points):
        if after[0] - before[0] > GAP_INTERVALS * interval:
            found.append([])
        found[-1].append(after)
    return found


def usual_interval(times: Sequence[datetime]) -> timedelta:
    """The median distance between values, for a series whose interval nobody noted."""
    if len(times) < 2:
        return timedelta(hours=1)
    return timedelta(seconds=median((b - a).total_seconds() for a, b in pairwise(times)))


def sparkline(
    points: Sequence[Point],
    *,
    start: datetime,
    end: datetime,
    lines: Iterable[float | None] = (),
    width: int = 240,
    height: int = 56,
) -> Sparkline | None:
    """A small chart; None without two points."""
    if len(points) < 2:
        return None
    wanted = [line for line in lines if line is not None]
    values = [value for _, value in points]
    low, high = min(values), max(values)
    # a limit is drawn when the values come near it, otherwise it would flatten the curve
    reach = max(high - low, 1.0) * 2
    wanted = [line for line in wanted if low - reach <= line <= high + reach]
    low, high = min([low, *wanted]), max([high, *wanted])
    span = high - low or 1.0
    seconds = (end - start).total_seconds()

    def x(moment: datetime) -> float:
        return round((moment - start).total_seconds() / seconds * (width - 8) + 4, 1)

    def y(value: float) -> float:
        return round(height - 5 - (value - low) / span * (height - 10), 1)

    interval = usual_interval([moment for moment, _ in points])
    cut = pieces(points, interval)
    return Sparkline(
        width=width,
        height=height,
        polylines=[" ".join(f"{x(t)},{y(v)}" for t, v in part) for part in cut if len(part) > 1],
        dots=[(x(part[0][0]), y(part[0][1])) for part in cut if len(part) == 1],
        lines=[y(line) for line in wanted],
        end=(x(points[-1][0]), y(points[-1][1])),
        low=min(values),
        high=max(values),
    )
