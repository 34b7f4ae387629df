"""The processes of a hub as in production, with a proxy on each line between them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from regionhub.cli.assembly import migrate
from regionhub.registry.sources import sources_of_all
from regionhub.store.roles import set_role_password
from tests.rows import connect
from tests.torture.broker import Broker, mosquitto
from tests.torture.clock import JumpingClock
from tests.torture.database import DATABASE, DatabaseServer, database_server
from tests.torture.disk import SmallDisk, small_disk
from tests.torture.ingest import Ingest, ingest
from tests.torture.messages import PROFILE, SERVERS, devices
from tests.torture.network import Link, link
from tests.world import World

_PASSWORD = "torture"
#: A disk, its size in megabytes and the tables on it.
_DISKS = {
    "dead letters": (512, ("dead_letter",)),
    "series": (2048, ("uplink", "reading")),
}


@dataclass
class Hub:
    """What can be broken."""

    database: DatabaseServer
    broker: Broker
    ingest: Ingest
    links: dict[str, Link]
    disks: dict[str, SmallDisk]
    clock: JumpingClock


@contextmanager
def hub(folder: Path, *, with_disks: bool) -> Iterator[Hub]:
    """Start everything; when this yields, the broker keeps a session for each source."""
    with ExitStack() as exits:
        server = exits.enter_context(database_server(folder / "pg"))
        broker = exits.enter_context(mosquitto(folder / "mosquitto"))
        links = {
            "ingest-broker": exits.enter_context(link(broker.port)),
            "ingest-database": exits.enter_context(link(server.port)),
        }
        _set_up(server.url, links["ingest-broker"].port)
        disks = {}
        if with_disks:
            for name, (megabytes, tables) in _DISKS.items():
                disk = exits.enter_context(small_disk(folder / name.replace(" ", "-"), megabytes))
                server.own(disk.folder)
                _move(server.url, name, disk.folder, tables)
                disks[name] = disk
        clock = JumpingClock(folder / "clock")
        url = (
            f"postgresql://regionhub_ingest:{_PASSWORD}@127.0.0.1:"
            f"{links['ingest-database'].port}/{DATABASE}"
        )
        process = exits.enter_context(ingest(url, folder / "ingest.log", clock))
        _wait_connected(server.url)
        yield Hub(server, broker, process, links, disks, clock)


def _set_up(url: str, broker_port: int) -> None:
    with connect(url, autocommit=True) as owner:
        migrate(owner)
        set_role_password(owner, kind="ingest", password=_PASSWORD)
        world = World(owner)
        towns = {slug: world.town(slug) for slug in sorted({server.town for server in SERVERS})}
        for slug, town in towns.items():
            town.devices(devices(slug), PROFILE)
        for server in SERVERS:
            towns[server.town].source(
                server.name,
                format=server.format,
                broker_url=f"mqtt://127.0.0.1:{broker_port}",
                topics=[server.topic],
                protocol=server.protocol,
            )


def _move(url: str, name: str, folder: Path, tables: tuple[str, ...]) -> None:
    space = psycopg.sql.Identifier(name)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(
            psycopg.sql.SQL("create tablespace {} location {}").format(space, str(folder))
        )
        indexes = owner.execute(
            "select indexname from pg_indexes where schemaname = 'core' and tablename = any(%s)",
            [list(tables)],
        ).fetchall()
        for kind, names in (("table", tables), ("index", [row[0] for row in indexes])):
            for each in names:
                owner.execute(
                    psycopg.sql.SQL("alter {} {} set tablespace {}").format(
                        psycopg.sql.SQL(kind), psycopg.sql.Identifier("core", each), space
                    )
                )


def _wait_connected(url: str) -> None:
    deadline = time.monotonic() + 60
    with connect(url, autocommit=True) as owner:
        while not all(source.connected_since for source in sources_of_all(owner)):
            if time.monotonic() > deadline:
                raise TimeoutError("ingest does not connect")
            time.sleep(0.05)
