"""Small charts that are drawn into the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from regionhub.web.portal.courses import Course, course

Point = tuple[datetime, float]

#: A line is interrupted where more than this many intervals have no value.
GAP_INTERVALS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparkline:
    """Polylines and horizontal lines in pixels, and the course of the values."""

    width: int
    height: int
    polylines: list[str]
    dots: list[tuple[float, float]]
    lines: list[float]
    end: tuple[float, float]
    course: Course


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
    span: float = 0.0,
    lines: Iterable[float | None] = (),
    width: int = 240,
    height: int = 56,
) -> Sparkline | None:
    """A small chart; None without two points.

    Args:
        points: in the order of time.
        start: the left edge.
        end: the right edge.
        span: the smallest span of values that fills the height, see the vocabulary.
        lines: limits.
        width: in pixels.
        height: in pixels.
    """
    if len(points) < 2:
        return None
    wanted = [line for line in lines if line is not None]
    whole = course([value for _, value in points], span)
    # a limit is drawn when the values come near it, otherwise it would flatten the curve
    reach = max(whole.high - whole.low, span, 1.0) * 2
    wanted = [line for line in wanted if whole.low - reach <= line <= whole.high + reach]
    low, high = at_least(span, min([whole.low, *wanted]), max([whole.high, *wanted]))
    height_of = high - low or 1.0
    seconds = (end - start).total_seconds()

    def x(moment: datetime) -> float:
        return round((moment - start).total_seconds() / seconds * (width - 8) + 4, 1)

    def y(value: float) -> float:
        return round(height - 5 - (value - low) / height_of * (height - 10), 1)

    interval = usual_interval([moment for moment, _ in points])
    cut = pieces(points, interval)
    return Sparkline(
        width=width,
        height=height,
        polylines=[" ".join(f"{x(t)},{y(v)}" for t, v in part) for part in cut if len(part) > 1],
        dots=[(x(part[0][0]), y(part[0][1])) for part in cut if len(part) == 1],
        lines=[y(line) for line in wanted],
        end=(x(points[-1][0]), y(points[-1][1])),
        course=whole,
    )


def at_least(span: float, low: float, high: float) -> tuple[float, float]:
    """Two edges moved apart evenly until they hold a span."""
    missing = max(span - (high - low), 0.0) / 2
    return low - missing, high + missing
