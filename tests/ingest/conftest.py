"""A migrated database for each test, two towns in it, and one MQTT broker."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, LiteralString

import pytest
from psycopg import sql
from tests.messages import arrived

from regionhub.archive.items import NewDeadLetter, NewUplink
from regionhub.archive.write.ingest import IngestStore
from regionhub.cli import main
from regionhub.devices import Device, Source
from regionhub.embedded import BrokerUrls, embedded_broker
from regionhub.envelope import Arrival, ArrivalKind, Envelope
from regionhub.profiles import load_profiles
from regionhub.readings import Measurement
from regionhub.registry.sources import create_source
from regionhub.registry.tenants import create_tenant
from regionhub.store.database import Connection, Database, connect
from regionhub.store.leases import Leases
from regionhub.uplinks import Reception, Uplink
from regionhub_ingest.decode import Codecs
from regionhub_ingest.worker import Worker

NOW_NS = time.time_ns() // 10**9 * 10**9
EM300 = "24e124136d0c0417"
#: Runs the command line; returns its exit status.
Run = Callable[..., int]


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerUrls]:
    with embedded_broker(tmp_path_factory.mktemp("broker")) as urls:
        yield urls


@dataclass
class Hub:
    """One database with the towns Arnsberg and Olpe; Arnsberg has a device and a source."""

    url: str
    owner: Connection
    store: IngestStore
    source: Source
    device: Device
    foreign_source: Source
    database: Database

    def rows(self, statement: LiteralString, *parameters: Any) -> list[tuple[Any, ...]]:
        return [
            tuple(row.values())
            for row in self.owner.execute(statement, parameters or None).fetchall()
        ]

    def source_beside(self) -> Source:
        """Another network server of the same town."""
        create_source(
            self.owner,
            tenant_id=self.source.tenant_id,
            name="lns 2",
            format="loriot",
            broker_url="mqtt://127.0.0.1:1",
            topics=["#"],
        )
        return self.store.sources()[-1]

    def empty(self) -> None:
        """Nothing was ever measured: no series, no datastreams, and no process that knows any."""
        for table in ("reading_version", "reading", "uplink", "latest", "datastream"):
            self.owner.execute(sql.SQL("delete from core.{}").format(sql.Identifier(table)))
        self.store = IngestStore(self.database)

    def fates(self) -> dict[tuple[str, str], int]:
        rows = self.rows(
            "select fate, reason, sum(messages)::int from core.ingest_fate group by 1, 2"
        )
        return {(fate, reason): count for fate, reason, count in rows}


@pytest.fixture
def hub(new_database: Callable[[], str]) -> Iterator[Hub]:
    url = new_database()
    with connect(url, autocommit=True) as owner, Database(url, size=3, role="ingest") as database:
        towns = [create_tenant(owner, slug=s, name=s.title()) for s in ("arnsberg", "olpe")]
        for town in towns:
            create_source(
                owner,
                tenant_id=town,
                name="lns",
                format="chirpstack-v4",
                broker_url="mqtt://127.0.0.1:1",
                topics=["application/+/device/+/event/+"],
            )
        owner.execute(
            "insert into core.device (tenant_id, dev_eui, name, profile_id, interval_seconds) "
            "values (%s, %s, 'Wald 1', 'milesight/em300-th', 600)",
            [towns[0], EM300],
        )
        store = IngestStore(database)
        sources = store.sources()
        yield Hub(
            url=url,
            owner=owner,
            store=store,
            source=sources[0],
            device=store.devices()[EM300],
            foreign_source=sources[1],
            database=database,
        )


@pytest.fixture
def run(hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line, with the database of this test; returns the exit status."""
    monkeypatch.setenv("REGIONHUB_DATABASE_URL", hub.url)
    monkeypatch.setenv("COLUMNS", "200")

    def regionhub(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["regionhub", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    return regionhub


def make_uplink(hub: Hub, *, at: float = 0.0, value: float = 20.0, **changes: Any) -> NewUplink:
    """An uplink `at` seconds after NOW_NS with one air temperature."""
    time_ns = NOW_NS + int(at * 1e9)
    fields: dict[str, Any] = {
        "dev_eui": hub.device.dev_eui,
        "time_ns": time_ns,
        "time_source": "event",
        "f_port": 85,
        "payload": b"\x03\x67\xc8\x00",
        "event_id": None,
        "dev_addr": "01a4c3f2",
        "f_cnt": int(at),
        "receptions": (Reception(gateway_id="ac1f09fffe0a1b2c", rssi=-57, snr=12.5),),
    }
    return NewUplink(
        source=hub.source,
        device=hub.device,
        envelope=Envelope(topic="t", body=b"{}", arrival=arrived(time_ns + 10**8)),
        uplink=Uplink(**(fields | changes)),
        measurements=(
            Measurement(quantity="air_temperature", value=value, unit="degC", time_ns=time_ns),
        ),
        profile_version="v1",
    )


def make_dead_letter(hub: Hub, body: bytes = b"x", kind: ArrivalKind = "live") -> NewDeadLetter:
    return NewDeadLetter(
        source=hub.source,
        envelope=Envelope(topic="t", body=body, arrival=Arrival(kind, NOW_NS)),
        reason="not_parseable",
        detail="no JSON",
    )


def make_worker(hub: Hub, *, store: Any = None, codecs: type[Codecs] = Codecs) -> Worker:
    """An ingest process of this test, to be run in a thread; several are different processes."""
    return Worker(
        store or hub.store,
        Leases(hub.database),
        lambda: codecs(load_profiles()),
        client_id=f"test-{id(hub)}",
    )


def killed_in_between(hub: Hub, process: subprocess.Popen[Any]) -> int:
    """End a replay by SIGKILL once it has handled something; says how much."""
    handled = "select coalesce(max(handled), 0)::int from core.replay"
    while hub.rows(handled) == [(0,)]:
        assert process.poll() is None
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    [(count,)] = hub.rows(handled)
    return int(count)


def until(condition: Callable[[], Any], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
