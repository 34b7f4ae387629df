"""What the operator of a station told before and corrects, or takes back.

The reading becomes another one, or one without a value.

As for a profile that is corrected: the former value stays as a version with who replaced it and
why, what follows is judged anew by the quality tests, and the sites are decided about again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from regionhub.archive.replay.model import Chunk, Redecoded, StoredUplink
from regionhub.archive.replay.rewrite import Rewriter
from regionhub.archive.runs import BY_OPERATOR, Archive, Run, Selection
from regionhub.devices import Device
from regionhub.errors import StoreError
from regionhub.features.feeds.content import Observation, no_value
from regionhub.readings import Measurement
from regionhub.store.database import Connection, Database, select_all
from regionhub.store.statements import queries
from regionhub.times import from_datetime

_SQL = queries(__package__, "work")
#: Device, quantity, and seconds since 1970-01-01 UTC.
Moment = tuple[int, str, float]


@dataclass(frozen=True, slots=True)
class Told:
    """A row of a feed, the device that stands for its station, and what is to be stored of it."""

    device: Device
    row: Observation
    measurements: Sequence[Measurement]

    def moment(self, measurement: Measurement) -> Moment:
        """Where it is stored."""
        return self.device.device_id, measurement.quantity, self.row.time.timestamp()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A reading that is there; its value is in the unit of the quantity."""

    device_id: int
    quantity: str
    seconds: float
    value: float | None
    uplink_id: int | None


def known_readings(connection: Connection, told: Sequence[Told]) -> dict[Moment, Known]:
    """What is stored in the time that these rows are of."""
    if not told:
        return {}
    values = {
        "devices": sorted({one.device.device_id for one in told}),
        "first": min(one.row.time for one in told),
        "last": max(one.row.time for one in told),
    }
    found = select_all(connection, Known, _SQL["known_readings"], values)
    return {(one.device_id, one.quantity, one.seconds): one for one in found}


def withdrawn(told: Sequence[Told], there: Mapping[Moment, Known]) -> list[Told]:
    """What is stored and stands no more in a file that has all of that time."""
    devices = {one.device.device_id: one for one in told}
    said = {one.moment(x): x for one in told for x in one.measurements}
    spans: dict[tuple[int, str], tuple[float, float, str]] = {}
    for (device_id, quantity, seconds), x in said.items():
        first, last, _ = spans.get((device_id, quantity), (seconds, seconds, ""))
        spans[device_id, quantity] = (min(first, seconds), max(last, seconds), x.unit)
    gone = []
    for moment, known in there.items():
        first, last, unit = spans.get(moment[:2], (0.0, 0.0, ""))
        if moment in said or known.value is None or not first < moment[2] < last:
            continue
        of = devices[known.device_id]
        time = datetime.fromtimestamp(known.seconds, UTC)
        row = f"{of.row.code} {time.isoformat()} {known.quantity}: not in the file any more"
        value = (no_value(known.quantity, unit),)
        gone.append(Told(of.device, Observation(of.row.code, time, value, row.encode()), value))
    return gone


def replace(database: Database, by: str, told: Sequence[Told], corrected: set[Moment]) -> None:
    """Put what is told now in the place of what was.

    Args:
        database: under the ingest role.
        by: who says so.
        told: all rows with all that they say, whose frames are kept already.
        corrected: the moments at which something else is stored.

    Raises:
        StoreError: the database is away or refuses; what was not done is found again.
    """
    archive = Archive(database)
    devices = {one.device.device_id: one.device for one in told}
    devices = {device_id: devices[device_id] for device_id, _, _ in corrected}
    (tenant_id,) = {device.tenant_id for device in devices.values()}
    told = [one for one in told if one.device.device_id in devices]
    with database.transaction() as connection:
        connection.execute(_SQL["name_rows"], _columns(told, corrected))
        stored = known_readings(connection, told)
    decoded = _decoded(told, stored, min(seconds for *_, seconds in corrected))
    run = archive.start(
        "corrections", tenant_id=tenant_id, requested_by=by, why=BY_OPERATOR, selection=Selection()
    )
    try:
        _rewrite(database, archive, run, devices, decoded)
    except BaseException as error:
        with suppress(StoreError):
            archive.finish(run, state="stopped", problem=str(error) or type(error).__name__)
        raise
    archive.finish(run)


def _rewrite(
    database: Database,
    archive: Archive,
    run: Run,
    devices: Mapping[int, Device],
    decoded: Sequence[Redecoded],
) -> None:
    archive.begin(run, len(decoded))
    rewriter = Rewriter(database, run, devices)
    chunk = Chunk(decoded, 0, None)
    rewriter.write(chunk, rewriter.expected(chunk))
    rewriter.finish()


def _columns(told: Sequence[Told], corrected: set[Moment]) -> dict[str, Any]:
    rows = [
        (one.device.device_id, measurement.quantity, one.row.time, one.row.row)
        for one in told
        for measurement in one.measurements
        if one.moment(measurement) in corrected
    ]
    columns = dict(zip(("devices", "quantities", "times", "payloads"), zip(*rows), strict=True))  # noqa: B905
    values: dict[str, Any] = {name: list(column) for name, column in columns.items()}
    return values | {"first": min(values["times"]), "last": max(values["times"])}


def _decoded(told: Sequence[Told], stored: Mapping[Moment, Known], since: float) -> list[Redecoded]:
    """The frames from the first correction on with what their rows say now, in order of time."""
    frames: defaultdict[tuple[float, int], list[Measurement]] = defaultdict(list)
    of_frame: dict[int, Told] = {}
    for one in told:
        seconds = one.row.time.timestamp()
        for measurement in one.measurements:
            there = stored.get(one.moment(measurement))
            if seconds >= since and there is not None and there.uplink_id is not None:
                frames[seconds, there.uplink_id].append(measurement)
                of_frame[there.uplink_id] = one
    return [
        _frame(uplink_id, of_frame[uplink_id], measurements)
        for (_, uplink_id), measurements in sorted(frames.items(), key=lambda item: item[0])
    ]


def _frame(uplink_id: int, told: Told, measurements: Sequence[Measurement]) -> Redecoded:
    time_ns, profile = from_datetime(told.row.time), told.device.profile_id
    uplink = StoredUplink(
        uplink_id, told.device.device_id, time_ns, time_ns, None, told.row.row, profile, None, None,
        None,
    )  # fmt: skip
    return Redecoded(uplink, measurements, profile, None)
