"""The database with the region: one that is given, or one on the embedded server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from regionhub.cli.assembly import migrate
from regionhub.embedded import embedded_postgres, free_port
from regionhub.store.databases import create_database
from tests.benchmarks.broker import Mosquitto, installed, mosquitto
from tests.benchmarks.messages import Fleet
from tests.benchmarks.stack import Stack
from tests.rows import Connection, connect
from tests.town import Town
from tests.world import World


@dataclass
class Region:
    """The towns in their database, and the processes that work on it."""

    hub: Stack
    world: World

    @property
    def owner(self) -> Connection:
        """The connection of the database's owner."""
        return self.hub.owner

    @property
    def filled(self) -> bool:
        """Whether the towns are there already."""
        return bool(self.world.select("select from core.tenant where slug = 'region'"))

    @cached_property
    def timescaledb(self) -> bool:
        """Whether it lies in a TimescaleDB, which has rollups and packs."""
        [made_for] = self.world.select("select engine from core.deployment")
        return bool(made_for["engine"] == "timescaledb")

    @cached_property
    def readers(self) -> dict[str, Town]:
        """Who reads: one of the towns, and the region that sees all of them."""
        return {"town": self.world.town_of("town-1"), "region": self.world.town_of("region")}


@contextmanager
def region(folder: Path, url: str | None) -> Iterator[Region]:
    """Bring the database to this version and start a broker, where there is one."""
    folder.mkdir()
    with ExitStack() as exits:
        if url is None:
            server = exits.enter_context(embedded_postgres(folder / "pg"))
            url = create_database(server, "region")
        if installed():
            broker = exits.enter_context(mosquitto(folder / "mosquitto"))
        else:
            broker = Mosquitto(port=0, pid=0)
        owner = exits.enter_context(connect(url, autocommit=True))
        migrate(owner)
        fleet = Fleet(time.time())
        hub = Stack(folder, url, broker, owner, "", free_port(), free_port(), fleet)
        yield Region(hub, World(owner))
