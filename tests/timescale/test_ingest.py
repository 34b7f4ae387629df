"""The ingest store on TimescaleDB: the same batches, the same rows."""

from __future__ import annotations

import time
from typing import Any

import pytest
from psycopg import sql
from tests.conftest import TimescaleDatabase
from tests.messages import COPY, STORED, arrived, dead_letter
from tests.rows import Connection
from tests.world import World

from regionhub.archive.items import NewDeadLetter, NewUplink
from regionhub.archive.write.ingest import IngestStore
from regionhub.envelope import Envelope
from regionhub.readings import Measurement
from regionhub.store.database import Database
from regionhub.uplinks import Reception, Uplink

pytestmark = pytest.mark.timescale


NOW = time.time_ns()
MINUTE = 60 * 10**9


def registered(owner: Connection) -> tuple[str, str]:
    """A new town with a source and a device: short name and DevEUI."""
    town = World(owner).town()
    town.source()
    return town.slug, town.device(profile_id="milesight/em300-th").dev_eui


def make_uplink(store: IngestStore, slug: str, dev_eui: str, at: int, **changes: Any) -> NewUplink:
    """A frame with one temperature and one measurement that failed, both with its own time."""
    times = changes.pop("times", (at,))
    source = next(s for s in store.sources() if s.tenant == slug)
    return NewUplink(
        source=source,
        device=store.devices()[source.tenant_id, dev_eui],
        envelope=Envelope(topic="t", body=b"{}", arrival=arrived(NOW)),
        uplink=Uplink(
            **{
                "dev_eui": dev_eui,
                "time_ns": at,
                "time_source": "event",
                "f_port": 85,
                "payload": b"\x01",
                "f_cnt": at // MINUTE % 65536,
                "receptions": (Reception(gateway_id="ac1f09fffe0a1b2c", rssi=-57, snr=None),),
                **changes,
            }
        ),
        measurements=tuple(
            measurement
            for time_ns in times
            for measurement in (
                Measurement("air_temperature", at // MINUTE % 50, "degC", time_ns=time_ns),
                Measurement("distance", None, "mm", quality="invalid", time_ns=time_ns),
            )
        ),
        profile_version="v1",
    )


def test_a_batch_is_stored_once(timescale: TimescaleDatabase) -> None:
    slug, dev_eui = registered(timescale.owner())
    with Database(timescale.free(), size=1, role="ingest") as database:
        store = IngestStore(database)
        batch = [
            make_uplink(store, slug, dev_eui, NOW - number * 10 * MINUTE) for number in range(5)
        ]
        source, device = batch[0].source, batch[0].device
        refused = NewDeadLetter(
            source=source,
            envelope=batch[0].envelope,
            reason="not_parseable",
            detail="no JSON",
        )
        assert store.commit([*batch, refused]) == [STORED] * 5 + [dead_letter("not_parseable")]
        assert store.commit(batch) == [COPY] * 5
    owner = timescale.owner()
    rows = owner.execute(
        "select quantity, count(*) as n, count(value) as measured, min(quality) as quality "
        "from core.reading join core.datastream using (datastream_id) "
        "where device_id = %s group by 1 order by 1",
        [device.device_id],
    ).fetchall()
    assert rows == [
        {"quantity": "air_temperature", "n": 5, "measured": 5, "quality": 1},
        {"quantity": "distance", "n": 5, "measured": 0, "quality": 9},
    ]
    newest = owner.execute(
        "select value from core.latest join core.datastream using (datastream_id) "
        "where device_id = %s and quantity = 'air_temperature'",
        [device.device_id],
    ).fetchone()
    assert newest == {"value": NOW // MINUTE % 50}


def test_what_comes_live_unpacks_nothing(timescale: TimescaleDatabase) -> None:
    """Neither a copy over another gateway nor readings of a while ago."""
    owner = timescale.owner()
    slug, dev_eui = registered(owner)
    old = NOW - 60 * 24 * 60 * MINUTE
    with Database(timescale.free(), size=1, role="ingest") as database:
        store = IngestStore(database)
        long_ago = [make_uplink(store, slug, dev_eui, old + n * MINUTE) for n in range(30)]
        assert store.commit(long_ago) == [STORED] * 30
    owner = timescale.owner()
    packed = owner.execute(
        "select compress_chunk(c, if_not_compressed => true)::text as name "
        "from unnest(array['core.reading', 'core.uplink']::regclass[]) t, "
        "show_chunks(t, older_than => interval '45 days', newer_than => interval '70 days') c"
    ).fetchall()
    assert packed
    before = unpacked(owner)

    near = (Reception(gateway_id="ac1f09fffe0a1b2c", rssi=-57, snr=None),)
    far = (Reception(gateway_id="ac1f09fffe0a1b2d", rssi=-99, snr=None),)
    with Database(timescale.free(), size=1, role="ingest") as database:
        store = IngestStore(database)
        times = (NOW, NOW - 20 * MINUTE)
        frames = [
            make_uplink(store, slug, dev_eui, NOW, times=times, receptions=heard)
            for heard in (near, far)
        ]
        assert store.commit(frames[:1]) == [STORED]
        assert store.commit(frames[1:]) == [COPY]
        # imported once more, with nothing new
        assert store.commit(long_ago) == [COPY] * 30

    owner = timescale.owner()
    heard = owner.execute(
        "select gateways from core.uplink u join core.device d using (device_id) "
        "where dev_eui = %s and history_from is not null",
        [dev_eui],
    ).fetchall()
    assert heard == [{"gateways": 2}]
    assert unpacked(owner) == before


def unpacked(owner: Connection) -> int:
    """Rows of chunks with a packed part that are not in it."""
    names = owner.execute(
        "select format('%I.%I', c.schema_name, c.table_name) as name, "
        "format('%I.%I', p.schema_name, p.table_name) as packed "
        "from _timescaledb_catalog.chunk c join _timescaledb_catalog.chunk p "
        "on p.id = c.compressed_chunk_id"
    ).fetchall()
    assert names
    rows = 0
    for chunk in names:
        counted = sql.SQL(
            "select (select count(*) from {}) - "
            "(select coalesce(sum(_ts_meta_count), 0) from {}) as n"
        )
        row = owner.execute(
            counted.format(sql.SQL(chunk["name"]), sql.SQL(chunk["packed"]))
        ).fetchone()
        assert row is not None
        rows += int(row["n"])
    return rows
