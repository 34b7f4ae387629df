"""Datastreams and what they measured.

Every function takes a connection under a town's role and returns rows with the names of the views
of schema `api`. Periods include their start and exclude their end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, LiteralString

from regionhub.errors import NotAllowed, NotFound, TooManyPoints
from regionhub.store.database import Connection, fetch_all, fetch_one
from regionhub.store.statements import queries

Resolution = Literal["raw", "hourly", "daily"]

#: Points that come back at most, whatever is asked for.
MOST_POINTS = 10_000

_SQL = queries(__package__, "points")
_ORDER: tuple[Resolution, ...] = ("raw", "hourly", "daily")
_ROLLUP = ("bucket", "count", "avg", "min", "max", "last")
_READING: dict[Resolution, tuple[str, ...]] = {
    "raw": ("time", "value", "quality", "tests"),
    "hourly": _ROLLUP,
    "daily": _ROLLUP,
}
_LEVEL_ROLLUP = ("bucket", "datastream_id", "avg_cm", "min_cm", "max_cm")
_LEVEL: dict[Resolution, tuple[str, ...]] = {
    "raw": ("time", "datastream_id", "level_cm", "quality"),
    "hourly": _LEVEL_ROLLUP,
    "daily": _LEVEL_ROLLUP,
}


@dataclass(frozen=True, slots=True)
class Points:
    """A period of one series.

    `rows` are in order of time and have these `columns`. The following page of the same period
    starts at `next_start`, None when there is no more; it is never set when the resolution was
    chosen automatically.
    """

    resolution: Resolution
    rows: list[dict[str, Any]]
    next_start: datetime | None
    columns: tuple[str, ...]


def datastreams(
    connection: Connection,
    *,
    site_id: int | None = None,
    device_id: int | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Datastreams in the order of their ids, those after `after`; own and shared ones."""
    values = {"site_id": site_id, "device_id": device_id, "after": after, "limit": limit}
    return fetch_all(connection, _SQL["datastreams"], values)


def datastream(connection: Connection, datastream_id: int) -> dict[str, Any] | None:
    """One datastream."""
    return fetch_one(connection, _SQL["datastream"], {"datastream_id": datastream_id})


def latest(
    connection: Connection, *, site_id: int | None = None, quantity: str | None = None
) -> list[dict[str, Any]]:
    """The newest reading of every datastream, with the position of its site."""
    return fetch_all(connection, _SQL["latest"], {"site_id": site_id, "quantity": quantity})


def latest_of(
    connection: Connection, datastream_ids: Sequence[int], site_ids: Sequence[int] | None = None
) -> list[dict[str, Any]]:
    """The newest readings of these datastreams, only at these sites when given."""
    values = {
        "datastream_ids": list(datastream_ids),
        "site_ids": None if site_ids is None else list(site_ids),
    }
    return fetch_all(connection, _SQL["latest_of"], values)


def quantities(connection: Connection) -> list[dict[str, Any]]:
    """The vocabulary with units."""
    return fetch_all(connection, _SQL["quantities"])


def readings(
    connection: Connection,
    datastream_id: int,
    *,
    start: datetime,
    end: datetime,
    resolution: Resolution | Literal["auto"] = "auto",
    max_points: int = 2000,
) -> Points:
    """Readings of a datastream: raw (time, value, quality, tests) or rollups (bucket, count ...).

    `auto` takes the finest resolution that stays within max_points. A resolution that was named
    comes in pages of max_points.

    Raises:
        NotFound: this role sees no such datastream.
        NotAllowed: the datastream is shared in a coarser resolution only.
        TooManyPoints: even daily values are more than max_points.
    """
    stream = datastream(connection, datastream_id)
    if stream is None:
        raise NotFound("There is no such datastream.")
    finest = _ORDER.index(stream["finest"])
    if resolution != "auto" and _ORDER.index(resolution) < finest:
        raise NotAllowed(f"This datastream is shared with {stream['finest']} values only.")
    series = _Series("readings", datastream_id, [datastream_id], _ORDER[finest:], _READING)
    return _points(connection, series, start, end, resolution, max_points)


def water_levels(
    connection: Connection,
    site_id: int,
    *,
    start: datetime,
    end: datetime,
    resolution: Resolution | Literal["auto"] = "auto",
    max_points: int = 2000,
) -> Points:
    """Levels of a gauge in cm above its zero, as `readings`; a site may have several datastreams.

    Raises:
        NotFound: this role sees no such gauge.
        NotAllowed: the gauge is shared in a coarser resolution only.
        TooManyPoints: even daily values are more than max_points.
    """
    streams = fetch_all(connection, _SQL["level_streams"], {"site_id": site_id})
    if not streams:
        raise NotFound("There is no such gauge.")
    measured = [row for row in streams if row["datastream_id"] is not None]
    finest = max((_ORDER.index(row["finest"]) for row in measured), default=0)
    if resolution != "auto" and _ORDER.index(resolution) < finest:
        raise NotAllowed(f"This gauge is shared with {_ORDER[finest]} values only.")
    found = [row["datastream_id"] for row in measured]
    series = _Series("water_levels", site_id, found, _ORDER[finest:], _LEVEL)
    return _points(connection, series, start, end, resolution, max_points)


@dataclass(frozen=True, slots=True)
class _Series:
    statements: LiteralString
    id: int
    datastream_ids: list[int]
    resolutions: tuple[Resolution, ...]
    columns: dict[Resolution, tuple[str, ...]]


def _points(
    connection: Connection,
    series: _Series,
    start: datetime,
    end: datetime,
    resolution: Resolution | Literal["auto"],
    max_points: int,
) -> Points:
    most = min(max_points, MOST_POINTS)
    values: dict[str, Any] = {"id": series.id, "start": start, "end": end, "most": most + 1}
    if resolution != "auto":
        rows = fetch_all(connection, _SQL[f"{series.statements}_{resolution}"], values)
        return _page(rows, resolution, most, series.columns[resolution])
    for candidate in series.resolutions:
        if not _may_fit(connection, series, candidate, values):
            continue
        # the limit holds even where the estimate was too low
        rows = fetch_all(connection, _SQL[f"{series.statements}_{candidate}"], values)
        if len(rows) <= most:
            return Points(candidate, rows, None, series.columns[candidate])
    raise TooManyPoints(
        f"Even daily values are more than {most} points: ask for a shorter period, "
        "or name a resolution to get pages."
    )


def _may_fit(
    connection: Connection, series: _Series, resolution: Resolution, values: dict[str, Any]
) -> bool:
    """A cheap upper bound: counting stops at the limit, hours follow from the period with data."""
    most = values["most"] - 1
    if resolution == "raw":
        row = fetch_one(connection, _SQL[f"count_{series.statements}"], values)
        return row is not None and int(row["points"]) <= most
    if resolution == "daily":
        return True
    hours = 0
    for datastream_id in series.datastream_ids:
        span = fetch_one(connection, _SQL["reading_span"], values | {"id": datastream_id})
        if span is not None and span["first"] is not None:
            hours += (span["last"] - span["first"]) // timedelta(hours=1) + 2
    return bool(hours <= most)


def _page(
    rows: list[dict[str, Any]], resolution: Resolution, most: int, columns: tuple[str, ...]
) -> Points:
    if len(rows) <= most:
        return Points(resolution, rows, None, columns)
    key = "time" if resolution == "raw" else "bucket"
    next_start = rows[most][key]
    # several series at one moment stay together on the following page
    page = [row for row in rows[:most] if row[key] < next_start]
    return Points(resolution, page or rows[:most], next_start, columns)
