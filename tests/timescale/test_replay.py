"""The replay statement on TimescaleDB, also into compressed chunks; rollups follow."""

# ruff: noqa: E501 - SQL reads best on one line
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.conftest import TimescaleDatabase
from tests.devices import Frame
from tests.world import World

from regionhub.archive.replay.model import Chunk, Redecoded, StoredUplink
from regionhub.archive.replay.rewrite import Rewriter
from regionhub.archive.runs import Archive, Run, Selection
from regionhub.devices import Device
from regionhub.readings import Measurement
from regionhub.store.database import Database

pytestmark = pytest.mark.timescale

MINUTE_NS = 60 * 10**9
FRAMES = 50


def test_a_replay_reaches_compressed_chunks_and_their_rollups(timescale: TimescaleDatabase) -> None:
    owner = timescale.owner()
    town = World(owner).town()
    tenant = town.tenant_id
    sensor = town.device(profile_id="milesight/em300-th")
    device = {"device_id": sensor.device_id}
    stream = {"datastream_id": sensor.stream("air_temperature")}
    # sixty days ago: a chunk that is compressed by now
    begin = (datetime.now(UTC) - timedelta(days=60)).replace(microsecond=0)
    sensor.uplinks(
        (Frame(begin + timedelta(minutes=10 * n), n) for n in range(FRAMES)),
        f_port=85,
        payload=b"\x01",
        profile_version="old",
    )
    owner.execute(
        "insert into core.reading select %s, tenant_id, time, 200 + f_cnt * 0.1, 4, 2, uplink_id from core.uplink where device_id = %s",
        [stream["datastream_id"], device["device_id"]],
    )
    sensor.state()
    for table in ("reading", "uplink"):
        owner.execute(
            "select compress_chunk(c, if_not_compressed => true) from show_chunks("
            "%s::regclass, newer_than => interval '70 days', older_than => interval '45 days') c",
            [f"core.{table}"],
        )
    uplinks = [
        StoredUplink(
            row["uplink_id"],
            row["device_id"],
            row["t"],
            row["r"],
            85,
            b"\x01",
            "milesight/em300-th",
            "old",
            None,
            None,
        )
        for row in owner.execute(
            "select uplink_id, device_id, (extract(epoch from time) * 1000000)::int8 * 1000 as t, "
            "(extract(epoch from time) * 1000000)::int8 * 1000 as r "
            "from core.uplink where device_id = %s order by time",
            [device["device_id"]],
        ).fetchall()
    ]
    assert len(uplinks) == FRAMES

    def decoded(value: float) -> Chunk:
        return Chunk(
            [
                Redecoded(
                    uplink,
                    (
                        Measurement("air_temperature", value + n * 0.1, "degC"),
                        Measurement("relative_humidity", 50.0, "%"),
                    ),
                    "milesight/em300-th",
                    "new",
                )
                for n, uplink in enumerate(uplinks)
            ],
            0,
            None,
        )

    with Database(timescale.free(), size=1, role="ingest") as database:
        run = Archive(database).start(
            "uplinks", tenant_id=tenant, requested_by="anna", why="x", selection=Selection()
        )
        again = Archive(database).start(
            "uplinks", tenant_id=tenant, requested_by="anna", why="x", selection=Selection()
        )
        devices = {
            device["device_id"]: Device(
                device_id=device["device_id"],
                tenant_id=tenant,
                dev_eui=sensor.dev_eui,
                profile_id="milesight/em300-th",
                parameters={},
            )
        }

        def rewrite(run: Run) -> None:
            writer = Rewriter(database, run, devices)
            chunk = decoded(20.0)
            writer.write(chunk, writer.expected(chunk))
            writer.finish()

        rewrite(run)
        rewrite(again)

    owner = timescale.owner()
    runs = owner.execute(
        "select changed, unchanged, readings_changed, readings_added from core.replay where tenant_id = %s order by replay_id",
        [tenant],
    ).fetchall()
    assert [tuple(row.values()) for row in runs] == [(FRAMES, 0, FRAMES, FRAMES), (0, FRAMES, 0, 0)]
    values = owner.execute(
        "select count(*) as n, min(value) as low, max(value) as high, max(quality) as quality from core.reading where datastream_id = %(datastream_id)s",
        stream,
    ).fetchone()
    assert values == {"n": FRAMES, "low": 20.0, "high": pytest.approx(24.9), "quality": 1}
    kept = owner.execute(
        "select count(*) as n, min(value) as low from core.reading_version where tenant_id = %s and profile_version = 'old'",
        [tenant],
    ).fetchone()
    assert kept == {"n": FRAMES, "low": 200.0}
    versions = owner.execute(
        "select distinct profile_version as v from core.uplink where device_id = %(device_id)s",
        device,
    ).fetchall()
    assert versions == [{"v": "new"}]
    newest = owner.execute(
        "select value from core.latest where datastream_id = %(datastream_id)s", stream
    ).fetchone()
    assert newest == {"value": pytest.approx(24.9)}
    owner.execute(
        "call refresh_continuous_aggregate('core.rollup_hourly', now() - interval '70 days', now() - interval '50 days')"
    )
    rollup = owner.execute(
        "select sum(count) as n, max(max) as high from core.reading_hourly where datastream_id = %(datastream_id)s",
        stream,
    ).fetchone()
    assert rollup == {"n": FRAMES, "high": pytest.approx(24.9)}
