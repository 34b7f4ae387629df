"""The replay statement on TimescaleDB, also into compressed chunks; rollups follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from tests.conftest import TimescaleDatabase
from tests.devices import Device, Frame
from tests.town import Town
from tests.world import World

from regionhub.archive.replay.model import Chunk, Redecoded, StoredUplink
from regionhub.archive.replay.rewrite import Rewriter
from regionhub.archive.runs import Archive, Selection
from regionhub.devices import Device as KnownDevice
from regionhub.readings import Measurement
from regionhub.store.database import Database

pytestmark = pytest.mark.timescale

PROFILE = "milesight/em300-th"
FRAMES = 50


@dataclass(frozen=True)
class Replayed:
    """A device whose frames of sixty days ago, packed by now, were decoded ten times too high."""

    town: Town
    sensor: Device
    stream: int
    uplinks: list[StoredUplink]

    def chunk(self) -> Chunk:
        """All frames as the corrected codec reads them."""
        rows = [
            Redecoded(
                uplink,
                (
                    Measurement("air_temperature", 20.0 + n * 0.1, "degC"),
                    Measurement("relative_humidity", 50.0, "%"),
                ),
                PROFILE,
                "new",
            )
            for n, uplink in enumerate(self.uplinks)
        ]
        return Chunk(rows, 0, None)

    def rewrite(self, database: Database) -> None:
        """One run over all of it."""
        run = Archive(database).start(
            "uplinks",
            tenant_id=self.town.tenant_id,
            requested_by="anna",
            why="x",
            selection=Selection(),
        )
        known = KnownDevice(
            device_id=self.sensor.device_id,
            tenant_id=self.town.tenant_id,
            dev_eui=self.sensor.dev_eui,
            profile_id=PROFILE,
            parameters={},
        )
        writer = Rewriter(database, run, {known.device_id: known})
        chunk = self.chunk()
        writer.write(chunk, writer.expected(chunk))
        writer.finish()


def replayed(world: World) -> Replayed:
    """Store the frames and their wrong readings, and pack them."""
    town = world.town()
    sensor = town.device(profile_id=PROFILE)
    stream = sensor.stream("air_temperature")
    begin = (datetime.now(UTC) - timedelta(days=60)).replace(microsecond=0)
    sensor.uplinks(
        (Frame(begin + timedelta(minutes=10 * n), n) for n in range(FRAMES)),
        f_port=85,
        payload=b"\x01",
        profile_version="old",
    )
    world.owner.execute(
        "insert into core.reading "
        "select %s, tenant_id, time, 200 + f_cnt * 0.1, 4, 2, uplink_id "
        "from core.uplink where device_id = %s",
        [stream, sensor.device_id],
    )
    sensor.state()
    for table in ("reading", "uplink"):
        world.owner.execute(
            "select compress_chunk(c, if_not_compressed => true) from show_chunks("
            "%s::regclass, newer_than => interval '70 days', older_than => interval '45 days') c",
            [f"core.{table}"],
        )
    rows = world.select(
        "select uplink_id, device_id, (extract(epoch from time) * 1000000)::int8 * 1000 as ns "
        "from core.uplink where device_id = %s order by time",
        sensor.device_id,
    )
    uplinks = [
        StoredUplink(
            row["uplink_id"],
            row["device_id"],
            row["ns"],
            row["ns"],
            85,
            b"\x01",
            PROFILE,
            "old",
            None,
            None,
        )
        for row in rows
    ]
    assert len(uplinks) == FRAMES
    return Replayed(town, sensor, stream, uplinks)


def test_a_replay_reaches_compressed_chunks_and_their_rollups(timescale: TimescaleDatabase) -> None:
    made = replayed(World(timescale.owner()))
    with Database(timescale.free(), size=1, role="ingest") as database:
        made.rewrite(database)
        made.rewrite(database)

    world = World(timescale.owner())
    runs = world.select(
        "select changed, unchanged, readings_changed, readings_added from core.replay "
        "where tenant_id = %s order by replay_id",
        made.town.tenant_id,
    )
    assert [tuple(row.values()) for row in runs] == [(FRAMES, 0, FRAMES, FRAMES), (0, FRAMES, 0, 0)]
    assert world.select(
        "select count(*) as n, min(value) as low, max(value) as high, max(quality) as quality "
        "from core.reading where datastream_id = %s",
        made.stream,
    ) == [{"n": FRAMES, "low": 20.0, "high": pytest.approx(24.9), "quality": 1}]
    assert world.select(
        "select count(*) as n, min(value) as low from core.reading_version "
        "where tenant_id = %s and profile_version = 'old'",
        made.town.tenant_id,
    ) == [{"n": FRAMES, "low": 200.0}]
    assert world.select(
        "select distinct profile_version as v from core.uplink where device_id = %s",
        made.sensor.device_id,
    ) == [{"v": "new"}]
    assert world.select("select value from core.latest where datastream_id = %s", made.stream) == [
        {"value": pytest.approx(24.9)}
    ]
    world.owner.execute(
        "call refresh_continuous_aggregate("
        "'core.rollup_hourly', now() - interval '70 days', now() - interval '50 days')"
    )
    assert world.select(
        "select sum(count) as n, max(max) as high from core.reading_hourly "
        "where datastream_id = %s",
        made.stream,
    ) == [{"n": FRAMES, "high": pytest.approx(24.9)}]
