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
from tests.rows import Connection, connect
from tests.shipped import PROFILES
from tests.town import KEY_FILE, SECRETS, Town
from tests.world import World

from regionhub.archive.items import NewDeadLetter, NewUplink
from regionhub.archive.write.ingest import IngestStore
from regionhub.cli import main
from regionhub.devices import Device, Source
from regionhub.embedded import BrokerUrls, embedded_broker
from regionhub.envelope import Arrival, ArrivalKind, Envelope
from regionhub.readings import Measurement
from regionhub.store.database import Database
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
class Intake:
    """One database with the towns Arnsberg and Olpe; Arnsberg has a device and a source."""

    url: str
    town: Town
    neighbour: Town
    store: IngestStore
    source: Source
    device: Device
    foreign_source: Source
    database: Database

    @property
    def owner(self) -> Connection:
        return self.town.world.owner

    def rows(self, statement: LiteralString, *parameters: Any) -> list[tuple[Any, ...]]:
        return [
            tuple(row.values())
            for row in self.owner.execute(statement, parameters or None).fetchall()
        ]

    def source_beside(self) -> Source:
        """Another network server of the same town."""
        self.town.source("lns 2", format="loriot", topics=["#"])
        return self.store.sources()[-1]

    def empty(self) -> None:
        """Nothing was ever measured: no series, no datastreams, and no process that knows any."""
        for table in ("reading_version", "reading", "uplink", "latest", "datastream"):
            self.owner.execute(sql.SQL("delete from core.{}").format(sql.Identifier(table)))
        self.store = IngestStore(self.database, SECRETS)

    def fates(self) -> dict[tuple[str, str], int]:
        rows = self.rows(
            "select fate, reason, sum(messages)::int from core.ingest_fate group by 1, 2"
        )
        return {(fate, reason): count for fate, reason, count in rows}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look around, and try again, more often than in earnest."""
    monkeypatch.setattr("regionhub_ingest.worker._LOOK_FOR_CHANGES_SECONDS", 0.05)
    monkeypatch.setattr("regionhub_ingest.worker._IDLE_SECONDS", 0.02)
    monkeypatch.setattr("regionhub_ingest.mqtt._RECONNECT_SECONDS", (0.05, 1))


@pytest.fixture
def intake(new_database: Callable[[], str]) -> Iterator[Intake]:
    url = new_database()
    with connect(url, autocommit=True) as owner, Database(url, size=3, role="ingest") as database:
        world = World(owner)
        arnsberg, olpe = world.town("arnsberg"), world.town("olpe")
        for town in (arnsberg, olpe):
            town.source()
        register(arnsberg, EM300)
        store = IngestStore(database, SECRETS)
        sources = store.sources()
        yield Intake(
            url=url,
            town=arnsberg,
            neighbour=olpe,
            store=store,
            source=sources[0],
            device=store.devices()[arnsberg.tenant_id, EM300],
            foreign_source=sources[1],
            database=database,
        )


@pytest.fixture
def run(intake: Intake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line, with the database of this test; returns the exit status."""
    monkeypatch.setenv("REGIONHUB_DATABASE_URL", intake.url)
    monkeypatch.setenv("REGIONHUB_KEY_FILE", str(KEY_FILE))
    monkeypatch.setenv("COLUMNS", "200")

    def regionhub(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["regionhub", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    return regionhub


def register(town: Town, dev_eui: str) -> None:
    """A thermometer whose codec is there."""
    town.device(dev_eui=dev_eui, profile_id="milesight/em300-th")


def make_uplink(
    intake: Intake, *, at: float = 0.0, value: float = 20.0, **changes: Any
) -> NewUplink:
    """An uplink `at` seconds after NOW_NS with one air temperature."""
    time_ns = NOW_NS + int(at * 1e9)
    fields: dict[str, Any] = {
        "dev_eui": intake.device.dev_eui,
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
        source=intake.source,
        device=intake.device,
        envelope=Envelope(topic="t", body=b"{}", arrival=arrived(time_ns + 10**8)),
        uplink=Uplink(**(fields | changes)),
        measurements=(
            Measurement(quantity="air_temperature", value=value, unit="degC", time_ns=time_ns),
        ),
        profile_version="v1",
    )


def make_dead_letter(
    intake: Intake, body: bytes = b"x", kind: ArrivalKind = "live"
) -> NewDeadLetter:
    return NewDeadLetter(
        source=intake.source,
        envelope=Envelope(topic="t", body=body, arrival=Arrival(kind, NOW_NS)),
        reason="not_parseable",
        detail="no JSON",
    )


def make_worker(intake: Intake, *, store: Any = None, codecs: type[Codecs] = Codecs) -> Worker:
    """An ingest process of this test, to be run in a thread; several are different processes."""
    return Worker(
        store or intake.store,
        Leases(intake.database),
        codecs(PROFILES),
        client_id=f"test-{id(intake)}",
    )


def killed_in_between(intake: Intake, process: subprocess.Popen[Any]) -> int:
    """End a replay by SIGKILL once it has handled something; says how much."""
    handled = "select coalesce(max(handled), 0)::int from core.replay"
    while intake.rows(handled) == [(0,)]:
        assert process.poll() is None
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    [(count,)] = intake.rows(handled)
    return int(count)


def until(condition: Callable[[], Any], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
