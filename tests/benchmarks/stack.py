"""An embedded database and broker with ten towns of 100 devices; processes as in production."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from regionhub.embedded import (
    BrokerUrls,
    create_database,
    embedded_broker,
    embedded_postgres,
    free_port,
)
from regionhub.store import admin
from regionhub.store.database import Connection, connect
from regionhub.store.migrate import migrate

#: EM500-SMTC: battery, soil temperature, soil moisture, conductivity.
PROFILE = "milesight/em500-smtc"
READINGS_PER_UPLINK = 4
#: The embedded broker gives each connection a hundred messages ahead, so one source is no region.
TOWNS = 10
DEVICES_PER_TOWN = 100
_TOPIC = "application/0b5a6a0e-6a3c-4a9e-8a54-2f6f3a1c9d{town:02d}/device/{eui}/event/up"


@dataclass
class Stack:
    """What the measurements need to know."""

    url: str
    brokers: BrokerUrls
    owner: Connection
    key: str
    http_port: int
    devices: list[str]

    def topic(self, number: int) -> str:
        """Topic of the device with this number in `devices`."""
        return _TOPIC.format(town=number % TOWNS, eui=self.devices[number])

    @contextmanager
    def process(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run `regionhub <name>` against this stack."""
        environment = os.environ | {
            "REGIONHUB_DATABASE_URL": self.url,
            "REGIONHUB_HTTP_PORT": str(self.http_port),
            "REGIONHUB_SECURE_COOKIES": "false",
        }
        child = subprocess.Popen(
            [sys.executable, "-m", "regionhub", name],
            env=environment,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield child
        finally:
            child.terminate()
            child.wait(30)

    def counted(self) -> int:
        """Messages that have their fate."""
        return admin.counted_messages(self.owner)

    def wait_for(self, messages: int, seconds: float = 300) -> None:
        """Wait until that many messages have their fate."""
        deadline = time.monotonic() + seconds
        while self.counted() < messages:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.counted()} of {messages} messages after {seconds} s")
            time.sleep(0.01)

    def wait_connected(self) -> None:
        """Wait until ingest has subscribed."""
        while not all(row["connected_since"] for row in admin.sources(self.owner)):
            time.sleep(0.05)
        time.sleep(0.5)

    def wait_ready(self) -> None:
        """Wait until the API answers."""
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}/readyz", timeout=1)
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise TimeoutError("the API does not start")


@contextmanager
def stack(folder: Path) -> Iterator[Stack]:
    """Start database and broker, and register the devices."""
    with ExitStack() as exits:
        server = exits.enter_context(embedded_postgres(folder / "pg"))
        brokers = exits.enter_context(embedded_broker(folder / "broker"))
        url = create_database(server, "bench")
        owner = exits.enter_context(connect(url, autocommit=True))
        migrate(owner)
        devices = [f"24e124{number:010x}" for number in range(TOWNS * DEVICES_PER_TOWN)]
        for town in range(TOWNS):
            tenant = admin.create_tenant(
                owner, slug=f"bench{town}", name=f"Bench {town}", shares_with_region=True
            )
            with owner.cursor() as cursor:
                cursor.executemany(
                    "insert into core.device "
                    "(tenant_id, dev_eui, name, profile_id, interval_seconds) "
                    "values (%s, %s, %s, %s, 600)",
                    [(tenant, eui, f"device {eui}", PROFILE) for eui in devices[town::TOWNS]],
                )
            admin.create_source(
                owner,
                tenant_id=tenant,
                name="lns",
                format="chirpstack-v4",
                broker_url=brokers.v5,
                topics=[_TOPIC.format(town=town, eui="+")],
            )
        region = admin.create_tenant(owner, slug="all", name="All", kind="region")
        key = admin.create_api_key(owner, tenant_id=region, name="bench", scopes=["read"])
        yield Stack(url, brokers, owner, key, free_port(), devices)
