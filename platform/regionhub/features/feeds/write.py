"""Keep what was read: stations become sites and devices, what they measured ordinary readings."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isnan
from typing import Any

import numpy as np

from regionhub.archive.items import NewUplink
from regionhub.archive.write.ingest import IngestStore
from regionhub.devices import Device, Source
from regionhub.envelope import Arrival, Envelope
from regionhub.features.feeds.content import Content, Station
from regionhub.features.feeds.corrections import (
    Known,
    Moment,
    Told,
    known_readings,
    replace,
    withdrawn,
)
from regionhub.features.feeds.kinds import KINDS, Kind
from regionhub.series.normalize import measured
from regionhub.sites import DEFAULT_DATUM
from regionhub.store.database import Connection, Database, as_json, select_all, select_value
from regionhub.store.statements import queries
from regionhub.times import from_datetime
from regionhub.uplinks import Uplink

_SQL = queries(__package__, "work")
_AT_ONCE = 2000
#: Weather services measure wind at this height.
_STATION_PARAMETERS = {"wind_height_m": 10}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """A feed as the work on it needs it."""

    source_id: int
    tenant_id: int
    tenant: str
    name: str
    kind: str
    address: str
    list_address: str
    every_seconds: int
    reach_km: float
    stations: list[str]
    lists_due: bool
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStation:
    """A station that is there, and the device that stands for it."""

    code: str
    feed_station_id: int
    device_id: int | None
    dev_eui: str | None


def known_stations(connection: Connection, source_id: int) -> dict[str, KnownStation]:
    """By their numbers."""
    found = select_all(connection, KnownStation, _SQL["stations"], {"source_id": source_id})
    return {station.code: station for station in found}


def keep_stations(
    connection: Connection, feed: FeedRow, kind: Kind, stations: Sequence[Station]
) -> None:
    """In a transaction of the owner; what measures gets a site and a device."""
    ids = {"source_id": feed.source_id, "tenant_id": feed.tenant_id}
    for station in stations:
        if not (-90 <= station.latitude <= 90 and -180 <= station.longitude <= 180):
            continue
        stages = dict(zip(("stage_1_cm", "stage_2_cm", "stage_3_cm"), station.stages_cm))  # noqa: B905
        row: dict[str, Any] = {
            **ids,
            **dict.fromkeys(("stage_1_cm", "stage_2_cm", "stage_3_cm")),
            **stages,
            "code": station.code,
            "name": station.name.replace("\0", ""),
            "latitude": station.latitude,
            "longitude": station.longitude,
            "elevation_m": station.elevation_m,
            "kind": station.kind,
            "water_body": station.water_body,
            "gauge_zero_m": station.gauge_zero_m,
            "gauge_datum": station.gauge_datum or DEFAULT_DATUM,
        }
        row["feed_station_id"] = select_value(connection, int, _SQL["keep_station"], row)
        if kind.interval_seconds is None:
            continue
        row["site_id"] = select_value(connection, int, _SQL["keep_site"], row)
        device = {
            "dev_eui": dev_eui(feed, station.code),
            "profile_id": f"feed/{kind.name}",
            "parameters": as_json(_STATION_PARAMETERS if station.kind == "weather" else {}),
            "interval_seconds": kind.interval_seconds,
        }
        row["device_id"] = select_value(connection, int, _SQL["keep_device"], row | device)
        connection.execute(_SQL["install"], row)
        connection.execute(_SQL["link_station"], row)


def dev_eui(feed: FeedRow, code: str) -> str:
    """A number for what is no radio device: locally administered, so that none has it."""
    return "02" + hashlib.sha256(f"{feed.source_id}:{code}".encode()).hexdigest()[:14]


def keep_observations(
    database: Database, feed: FeedRow, content: Content, known: dict[str, KnownStation]
) -> None:
    """Through the same door as what devices send.

    What is there already is only counted; what is there with another value is corrected, and what
    has none any more is taken back.
    """
    store = IngestStore(database)
    told = _first(
        [
            Told(device, row, row.measurements)
            for row in content.observations
            if (device := _device(feed, known.get(row.code))) is not None
        ]
    )
    content.others["elsewhere"] += len(content.observations) - len(told)
    with database.transaction() as connection:
        there = known_readings(connection, told)
    told, empty = _with_something(told, there)
    content.others["no_value"] += empty
    if KINDS[feed.kind].whole:
        told += withdrawn(told, there)
    new, corrected = _new(told, there)
    content.others["known"] += len(told) - len(new)
    items = [_item(feed, one) for one in new]
    for first in range(0, len(items), _AT_ONCE):
        store.commit(items[first : first + _AT_ONCE])
    if corrected:
        replace(database, feed.name, told, corrected)


def _device(feed: FeedRow, station: KnownStation | None) -> Device | None:
    if station is None or station.device_id is None or station.dev_eui is None:
        return None
    return Device(
        device_id=station.device_id,
        tenant_id=feed.tenant_id,
        dev_eui=station.dev_eui,
        profile_id=f"feed/{feed.kind}",
        parameters={},
    )


def _first(told: Sequence[Told]) -> list[Told]:
    """Of several rows for one moment the first with a value counts, as on arrival."""
    valued = {one.moment(x) for one in told for x in one.measurements if x.value is not None}
    seen: set[Moment] = set()
    first = []
    for one in told:
        fresh = [
            x
            for x in one.measurements
            if (moment := one.moment(x)) not in seen
            and (x.value is not None or moment not in valued)
        ]
        seen.update(map(one.moment, fresh))
        first.append(Told(one.device, one.row, fresh))
    return first


def _with_something(told: Sequence[Told], there: Mapping[Moment, Known]) -> tuple[list[Told], int]:
    """Without what has no value and never had one; and how many rows say no more than that."""
    kept = []
    for one in told:
        known = [x for x in one.measurements if x.value is not None or one.moment(x) in there]
        if known or one.row.has_value:
            kept.append(Told(one.device, one.row, known))
    return kept, len(told) - len(kept)


def _new(told: Sequence[Told], there: Mapping[Moment, Known]) -> tuple[list[Told], set[Moment]]:
    """What is not stored yet or with another value, and the moments of the latter."""
    found = measured(
        [one.device.device_id for one in told],
        np.array([from_datetime(one.row.time) for one in told], dtype=np.int64),
        [one.measurements for one in told],
    )
    values = iter(() if found is None else found.values.tolist())
    new: list[Told] = []
    corrected: set[Moment] = set()
    for one in told:
        fresh = []
        for measurement in one.measurements:
            moment, value = one.moment(measurement), next(values)
            before = there.get(moment)
            if before is not None and before.value == (None if isnan(value) else value):
                continue
            fresh.append(measurement)
            if before is not None:
                corrected.add(moment)
        if fresh:
            new.append(Told(one.device, one.row, fresh))
    return new, corrected


def _item(feed: FeedRow, told: Told) -> NewUplink:
    source = Source(
        source_id=feed.source_id,
        tenant_id=feed.tenant_id,
        tenant=feed.tenant,
        name=feed.name,
        format=feed.kind,
        broker_url=feed.address,
        topics=("*",),
    )
    row = told.row
    uplink = Uplink(told.device.dev_eui, from_datetime(row.time), "event", None, row.row)
    arrival = Arrival("fetched", time.time_ns())
    envelope = Envelope(f"{source.format}/{row.code}", row.row, arrival)
    return NewUplink(source, told.device, envelope, uplink, told.measurements, None)


def keep_rest(connection: Connection, feed: FeedRow, content: Content) -> None:
    """Forecasts, indices and warnings, who may see the readings, and how many rows there were.

    In a transaction of the owner.
    """
    ids: dict[str, Any] = {"source_id": feed.source_id, "tenant_id": feed.tenant_id}
    connection.execute(_SQL["share"], ids)
    stored = 0
    if content.forecasts:
        connection.execute(_SQL["keep_forecasts"], ids | _forecast_columns(content))
        connection.execute(_SQL["forget_forecasts"], ids)
        stored += len(content.forecasts)
    if content.dangers:
        connection.execute(_SQL["keep_dangers"], ids | _danger_columns(content))
        stored += len(content.dangers)
    if content.warnings is not None:
        connection.execute(_SQL["forget_warnings"], ids)
        for warning in content.warnings:
            connection.execute(_SQL["keep_warning"], ids | warning._asdict())
        stored += len(content.warnings)
    counts = Counter({("ignored", why): rows for why, rows in content.others.items() if rows})
    if stored:
        counts["stored", ""] = stored
    keys = sorted(counts)
    columns = {
        "fates": [fate for fate, _ in keys],
        "reasons": [reason for _, reason in keys],
        "rows": [counts[key] for key in keys],
    }
    connection.execute(_SQL["count_rows"], ids | columns)


def _forecast_columns(content: Content) -> dict[str, list[Any]]:
    names = ("codes", "times", "issued", "temperatures", "dew_points", "winds", "rains")
    columns = zip(*content.forecasts, strict=True)
    return dict(zip((*names, "radiations"), map(list, columns), strict=True))


def _danger_columns(content: Content) -> dict[str, list[Any]]:
    columns = zip(*content.dangers, strict=True)
    return dict(zip(("codes", "days", "issued", "steps"), map(list, columns), strict=True))


def newest(content: Content) -> datetime | None:
    """What the newest row is of: when it was measured, or said."""
    times = [
        *(row.time for row in content.observations if row.has_value),
        *(row.issued_at for row in content.forecasts),
        *(row.issued_at for row in content.dangers),
    ]
    return max(times, default=None)
