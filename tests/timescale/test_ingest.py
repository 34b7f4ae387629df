"""The ingest store on TimescaleDB: the same batches, the same rows."""

from __future__ import annotations

import secrets
import time

import pytest
from tests.conftest import TimescaleDatabase

from regionhub.envelope import Envelope
from regionhub.readings import Measurement
from regionhub.store.admin import create_source, create_tenant
from regionhub.store.batch import NewDeadLetter, NewUplink
from regionhub.store.database import Database
from regionhub.store.ingest import IngestStore
from regionhub.uplinks import Reception, Uplink

pytestmark = pytest.mark.timescale


def test_a_batch_is_stored_once(timescale: TimescaleDatabase) -> None:
    slug, dev_eui = "t" + secrets.token_hex(4), secrets.token_hex(8)
    owner = timescale.owner()
    tenant = create_tenant(owner, slug=slug, name=slug)
    create_source(
        owner,
        tenant_id=tenant,
        name="lns",
        format="chirpstack-v4",
        broker_url="mqtt://127.0.0.1:1",
        topics=["#"],
    )
    owner.execute(
        "insert into core.device (tenant_id, dev_eui, name, profile_id, interval_seconds) "
        "values (%s, %s, 'x', 'milesight/em300-th', 600)",
        [tenant, dev_eui],
    )
    with Database(timescale.free(), size=1, role="ingest") as database:
        store = IngestStore(database)
        source = next(s for s in store.sources() if s.tenant == slug)
        device = store.devices()[dev_eui]
        now = time.time_ns()

        def uplink(number: int) -> NewUplink:
            at = now - number * 600 * 10**9
            return NewUplink(
                source=source,
                device=device,
                envelope=Envelope(topic="t", body=b"{}", received_ns=now),
                uplink=Uplink(
                    dev_eui=dev_eui,
                    time_ns=at,
                    time_source="event",
                    f_port=85,
                    payload=b"\x01",
                    f_cnt=1000 - number,
                    receptions=(Reception(gateway_id="ac1f09fffe0a1b2c", rssi=-57, snr=None),),
                ),
                measurements=(
                    Measurement(
                        quantity="air_temperature", value=20 + number, unit="degC", time_ns=at
                    ),
                    Measurement(
                        quantity="distance", value=None, unit="mm", quality="invalid", time_ns=at
                    ),
                ),
                profile_version="v1",
            )

        batch = [uplink(number) for number in range(5)]
        refused = NewDeadLetter(
            source=source,
            envelope=batch[0].envelope,
            reason="not_parseable",
            detail="no JSON",
        )
        assert store.commit([*batch, refused]) == [("stored", "")] * 5 + [
            ("dead_letter", "not_parseable")
        ]
        assert store.commit(batch) == [("duplicate", "frame")] * 5
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
    assert newest == {"value": 20.0}
