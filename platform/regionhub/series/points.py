"""Periods of a series in the resolution that fits: readings, hours or days.

Every function takes a connection under a town's role. Periods include their start and exclude their
end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Annotated, Any, Generic, Literal, LiteralString, Protocol, TypeVar

from pydantic import ConfigDict, Field

from regionhub.errors import NotAllowed, TooManyPoints
from regionhub.series.datastreams import Datastream, QualityFlag, Resolution, datastream
from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.statements import queries

#: Points that come back at most, whatever is asked for.
MOST_POINTS = 10_000

_SQL = queries(__package__, "points")
_ORDER: tuple[Resolution, ...] = ("raw", "hourly", "daily")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value with its flag."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    time: datetime
    value: Annotated[float | None, Field(description="In the unit of the datastream.")]
    quality: QualityFlag
    tests: Annotated[
        int,
        Field(
            description="Tests that gave the flag, a bit mask: 1 device, 2 range, 4 rate, "
            "8 flat line, 16 the value is a bound."
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """An hour (UTC) or a day (Europe/Berlin), without failed and missing readings."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    time: Annotated[datetime, Field(description="Start of the hour or day.")]
    count: int
    avg: float | None
    min: float | None
    max: float | None
    last: float | None


class _Timed(Protocol):
    @property
    def time(self) -> datetime: ...


Raw = TypeVar("Raw", bound=_Timed)
Rolled = TypeVar("Rolled", bound=_Timed)


@dataclass(frozen=True, slots=True)
class Points(Generic[Raw, Rolled]):
    """A period of one series.

    `rows` are in order of time: `Raw` ones of the resolution raw, else `Rolled` ones. The following
    page of the same period starts at `next_start`, None when there is no more; it is never set when
    the resolution was chosen automatically.
    """

    resolution: Resolution
    rows: list[Raw] | list[Rolled]
    next_start: datetime | None
    row: type[Raw | Rolled]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of what each row has."""
        return tuple(field.name for field in fields(self.row))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series(Generic[Raw, Rolled]):
    """Where the points of a series come from.

    `statements` are by resolution and take id, start, end and most; `count` stops at most.
    `datastream_ids` are those behind it, `finest` is what the reader may see.
    """

    id: int
    statements: Mapping[Resolution, LiteralString]
    count: LiteralString
    datastream_ids: Sequence[int]
    finest: Resolution
    raw: type[Raw]
    rolled: type[Rolled]

    def row(self, resolution: Resolution) -> type[Raw | Rolled]:
        """What the rows of a resolution are."""
        return self.raw if resolution == "raw" else self.rolled


def coarsest(resolutions: Sequence[Resolution]) -> Resolution:
    """The coarsest of some resolutions, raw for none: all of them may be seen in it."""
    return max(resolutions, key=_ORDER.index, default="raw")


def readings(
    connection: Connection,
    stream: Datastream | int,
    *,
    start: datetime,
    end: datetime,
    resolution: Resolution | Literal["auto"] = "auto",
    max_points: int = 2000,
) -> Points[Reading, Rollup]:
    """Readings of a datastream, or rollups of them.

    `auto` takes the finest resolution that stays within max_points. A resolution that was named
    comes in pages of max_points.

    Raises:
        NotFound: this role sees no such datastream.
        NotAllowed: the datastream is shared in a coarser resolution only.
        TooManyPoints: even daily values are more than max_points.
    """
    if isinstance(stream, int):
        stream = datastream(connection, stream)
    if resolution != "auto" and _ORDER.index(resolution) < _ORDER.index(stream.finest):
        raise NotAllowed(f"This datastream is shared with {stream.finest} values only.")
    series = Series(
        id=stream.datastream_id,
        statements={name: _SQL[f"readings_{name}"] for name in _ORDER},
        count=_SQL["count_readings"],
        datastream_ids=[stream.datastream_id],
        finest=stream.finest,
        raw=Reading,
        rolled=Rollup,
    )
    return points(connection, series, start, end, resolution, max_points)


def points(
    connection: Connection,
    series: Series[Raw, Rolled],
    start: datetime,
    end: datetime,
    resolution: Resolution | Literal["auto"],
    max_points: int,
) -> Points[Raw, Rolled]:
    """A period of a series, as `readings`.

    Raises:
        TooManyPoints: even daily values are more than max_points.
    """
    most = min(max_points, MOST_POINTS)
    values: dict[str, Any] = {"id": series.id, "start": start, "end": end, "most": most + 1}
    if resolution != "auto":
        return _page(_rows(connection, series, resolution, values), most)
    for candidate in _ORDER[_ORDER.index(series.finest) :]:
        if not _may_fit(connection, series, candidate, values):
            continue
        # the limit holds even where the estimate was too low
        found = _rows(connection, series, candidate, values)
        if len(found.rows) <= most:
            return found
    raise TooManyPoints(
        f"Even daily values are more than {most} points: ask for a shorter period, "
        "or name a resolution to get pages."
    )


def _rows(
    connection: Connection,
    series: Series[Raw, Rolled],
    resolution: Resolution,
    values: dict[str, Any],
) -> Points[Raw, Rolled]:
    statement = series.statements[resolution]
    rows: list[Raw] | list[Rolled]
    if resolution == "raw":
        rows = select_all(connection, series.raw, statement, values)
    else:
        rows = select_all(connection, series.rolled, statement, values)
    return Points(resolution, rows, None, series.row(resolution))


def _may_fit(
    connection: Connection,
    series: Series[Raw, Rolled],
    resolution: Resolution,
    values: dict[str, Any],
) -> bool:
    """A cheap upper bound: counting stops at the limit, hours follow from the period with data."""
    most: int = values["most"] - 1
    if resolution == "raw":
        return (select_value(connection, int, series.count, values) or 0) <= most
    if resolution == "daily":
        return True
    hours = 0
    for datastream_id in series.datastream_ids:
        chosen = values | {"id": datastream_id}
        span = select_value(connection, timedelta, _SQL["reading_span"], chosen)
        if span is not None:
            hours += span // timedelta(hours=1) + 2
    return hours <= most


def _page(found: Points[Raw, Rolled], most: int) -> Points[Raw, Rolled]:
    rows = found.rows
    if len(rows) <= most:
        return found
    next_start = rows[most].time
    # several series at one moment stay together on the following page
    count = next((n for n in range(most, 0, -1) if rows[n - 1].time < next_start), most)
    return Points(found.resolution, rows[:count], next_start, found.row)
