"""Keep what was read: stations become sites and devices, what they measured ordinary readings."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regionhub.archive.items import NewUplink
from regionhub.archive.write.ingest import IngestStore
from regionhub.devices import Device, Source
from regionhub.envelope import Arrival, Envelope
from regionhub.features.feeds.content import Content, Observation, Station
from regionhub.features.feeds.kinds import Kind
from regionhub.readings import Measurement
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _KnownTimes:
    device_id: int
    quantity: str
    times: list[float]


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
    """Through the same door as what devices send; what is there already is only counted."""
    store, items = IngestStore(database), []
    source = Source(
        source_id=feed.source_id,
        tenant_id=feed.tenant_id,
        tenant=feed.tenant,
        name=feed.name,
        format=feed.kind,
        broker_url=feed.address,
        topics=("*",),
    )
    with database.transaction() as connection:
        there = _known_times(connection, content.observations, known)
    for row in content.observations:
        station = known.get(row.code)
        if station is None or station.device_id is None or station.dev_eui is None:
            content.others["elsewhere"] += 1
            continue
        seconds = row.time.timestamp()
        fresh = [
            one
            for one in row.measurements
            if seconds not in there.get((station.device_id, one.quantity), ())
        ]
        if not fresh:
            content.others["known"] += 1
            continue
        device = Device(
            device_id=station.device_id,
            tenant_id=feed.tenant_id,
            dev_eui=station.dev_eui,
            profile_id=f"feed/{feed.kind}",
            parameters={},
        )
        items.append(_item(source, device, row, fresh))
    for first in range(0, len(items), _AT_ONCE):
        store.commit(items[first : first + _AT_ONCE])


def _item(
    source: Source, device: Device, row: Observation, measurements: list[Measurement]
) -> NewUplink:
    uplink = Uplink(device.dev_eui, from_datetime(row.time), "event", None, row.row)
    arrival = Arrival("fetched", time.time_ns())
    envelope = Envelope(f"{source.format}/{row.code}", row.row, arrival)
    return NewUplink(source, device, envelope, uplink, measurements, None)


def _known_times(
    connection: Connection, rows: Sequence[Observation], known: dict[str, KnownStation]
) -> dict[tuple[int, str], set[float]]:
    if not rows:
        return {}
    devices = {known[row.code].device_id for row in rows if row.code in known}
    found = select_all(
        connection,
        _KnownTimes,
        _SQL["known_times"],
        {
            "devices": [device for device in devices if device is not None],
            "first": min(row.time for row in rows),
            "last": max(row.time for row in rows),
        },
    )
    return {(one.device_id, one.quantity): set(one.times) for one in found}


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
        *(row.time for row in content.observations),
        *(row.issued_at for row in content.forecasts),
        *(row.issued_at for row in content.dangers),
    ]
    return max(times, default=None)
