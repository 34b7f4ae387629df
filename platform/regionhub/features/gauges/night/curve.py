"""The curve of a gauge with its stages, drawn into the page: on the phone, on paper, at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from regionhub.levels import Tone
from regionhub.quantities import load_vocabulary
from regionhub.web.portal.sparklines import Point, pieces, usual_interval

_BERLIN = ZoneInfo("Europe/Berlin")
_SPAN = load_vocabulary().span("water_level")
#: in pixels: legible on a phone as it is, and enlarged on paper
_WIDTH, _HEIGHT = 340, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 6, 8, 18


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is forecast for a moment: the middle, and the edges of the band of 90 %, in cm."""

    time: datetime
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Line:
    """A level line across the drawing."""

    y: float
    label: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class NightCurve:
    """A drawing in pixels; `hours` are marks of the time with their clock."""

    width: int
    height: int
    left: int
    bottom: float
    polylines: list[str]
    band: str
    middle: str
    stages: list[Line]
    levels: list[Line]
    hours: list[tuple[float, str]]
    now: float
    end: tuple[float, float]
    low: float
    high: float


def night_curve(
    points: Sequence[Point],
    *,
    start: datetime,
    now: datetime,
    stages: Sequence[tuple[int, float, Tone]],
    ahead: Sequence[Ahead] = (),
) -> NightCurve | None:
    """Draw the levels since `start`, and what is forecast after them; None without two levels.

    Args:
        points: time and cm, in order.
        start: the left edge.
        now: the right edge where nothing is forecast.
        stages: number, cm and tone; one that is far from all levels is left out.
        ahead: in order of time, after the newest level.
    """
    if len(points) < 2:
        return None
    shown = [level for _, level in points]
    shown += [edge for each in ahead for edge in (each.low, each.high)]
    lowest, highest = min(shown), max(shown)
    reach = max(highest - lowest, _SPAN) * 1.5
    near = [s for s in stages if lowest - reach <= s[1] <= highest + reach]
    # the next stage above belongs into the drawing, however far it is
    near += [s for s in stages if s[1] > highest and s not in near][:1]
    low, high = min([lowest, *(s[1] for s in near)]), max([highest, *(s[1] for s in near)])
    spare = max(_SPAN - (high - low), (high - low) * 0.1) / 2
    low, high = low - spare, high + spare
    end = max(now, *(each.time for each in ahead)) if ahead else now
    seconds = (end - start).total_seconds()

    def x(moment: datetime) -> float:
        share = (moment - start).total_seconds() / seconds
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(level: float) -> float:
        return round(_TOP + (high - level) / (high - low) * (_HEIGHT - _TOP - _BOTTOM), 1)

    last_time, last_level = points[-1]
    band = [(x(last_time), y(last_level)), *((x(a.time), y(a.high)) for a in ahead)]
    band += [(x(a.time), y(a.low)) for a in reversed(ahead)]
    middle = [(x(last_time), y(last_level)), *((x(a.time), y(a.middle)) for a in ahead)]
    cut = pieces(points, usual_interval([moment for moment, _ in points]))
    return NightCurve(
        width=_WIDTH,
        height=_HEIGHT,
        left=_LEFT,
        bottom=_HEIGHT - _BOTTOM,
        polylines=[_path((x(t), y(v)) for t, v in part) for part in cut],
        band=_path(band) if ahead else "",
        middle=_path(middle) if ahead else "",
        stages=[Line(y(level), str(stage), tone) for stage, level, tone in near],
        levels=[Line(y(level), f"{level:g}", "plain") for level in _round_levels(low, high)],
        # the clock of a mark at the very edge would be cut off
        hours=[
            (x(moment), f"{moment.astimezone(_BERLIN):%H}")
            for moment in _clock(start, end)
            if _LEFT + 16 < x(moment) < _WIDTH - 20
        ],
        now=x(now),
        end=(x(last_time), y(last_level)),
        low=min(level for _, level in points),
        high=max(level for _, level in points),
    )


def _path(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def _clock(start: datetime, end: datetime) -> list[datetime]:
    """Every sixth hour of the day in Germany."""
    moment = start.astimezone(_BERLIN).replace(minute=0, second=0, microsecond=0)
    found = []
    while moment < end:
        moment += timedelta(hours=1)
        if start < moment < end and moment.astimezone(_BERLIN).hour % 6 == 0:
            found.append(moment)
    return found


def _round_levels(low: float, high: float) -> list[float]:
    step = next(s for s in (5, 10, 20, 50, 100, 200, 500, 1e9) if (high - low) / s <= 4)
    first = -(-low // step) * step
    return [first + n * step for n in range(int((high - first) // step) + 1)]
