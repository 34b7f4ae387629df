"""A region that fetches feeds from a server of the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.features.feeds import files
from tests.features.feeds.server import HERE, Server, serving
from tests.rows import connect
from tests.town import Town
from tests.world import World

from regionhub.features.feeds import store
from regionhub.features.feeds.fetch import Outcome, fetch_feed
from regionhub.features.feeds.formats import radolan
from regionhub.store.database import Connection, Database


@dataclass
class Hub:
    """A region with a town that it fetches for; `server` has the files."""

    world: World
    database: Database
    region: Town
    altena: Town
    server: Server
    connection: Connection

    def add(self, kind: str, *stations: str, by: Town | None = None, **more: Any) -> int:
        """A feed of the region."""
        tenant = (by or self.region).tenant_id
        given = {"address": self.server.address, "name": kind} | more
        return store.add_feed(
            self.connection, tenant_id=tenant, kind=kind, stations=stations, **given
        )

    def fetch(self, source_id: int) -> Outcome:
        """Look at it now."""
        return fetch_feed(self.connection, self.database, source_id, HERE)

    def feed(self, source_id: int) -> store.Feed:
        """How it is doing."""
        [found] = [one for one in store.feeds_of_all(self.connection) if one.source_id == source_id]
        return found

    def fates(self, source_id: int) -> dict[str, int]:
        """How many rows had which fate."""
        rows = self.world.select(
            "select fate || ' ' || reason as what, sum(messages)::int as messages "
            "from core.ingest_fate where source_id = %s group by 1",
            source_id,
        )
        return {row["what"].strip(): row["messages"] for row in rows}

    def readings(self, quantity: str) -> list[tuple[datetime, float]]:
        """What Altena sees."""
        rows = self.altena.select(
            "select r.time, r.value from api.reading r join api.datastream d using (datastream_id) "
            "where d.quantity = %s order by 1",
            quantity,
        )
        return [(row["time"], row["value"]) for row in rows]


@pytest.fixture(scope="module")
def databases(new_database: Callable[[], str]) -> Iterator[tuple[Any, Database]]:
    """The owner of a database, and the same under the ingest role."""
    url = new_database()
    with (
        connect(url, autocommit=True) as owner,
        Database(url, size=2, role="ingest") as database,
    ):
        yield owner, database


@pytest.fixture
def hub(databases: tuple[Any, Database]) -> Iterator[Hub]:
    """What one test leaves behind no other one finds."""
    owner, database = databases
    with serving() as server:
        world = World(owner)
        region = world.town("suedwestfalen", kind="region")
        altena = world.town("altena", ags="05962004", latitude=51.29, longitude=7.67)
        yield Hub(world, database, region, altena, server, owner)
    # what is never to be removed is empty here
    owner.execute("set session_replication_role = replica")
    owner.execute("truncate core.tenant, core.reading, core.uplink, core.touched cascade")
    owner.execute("reset session_replication_role")


def serve_radar(server: Server, rain: int = 0, hours: int = 1) -> list[datetime]:
    """Pictures of the last hours; when they end."""
    ends = radolan.hours(datetime.now(UTC), hours)
    server.files |= {
        f"raa01-rw_10000-{end:%y%m%d%H%M}-dwd---bin.bz2": files.radar(
            {(51.29, 7.67): rain}, time=end
        )
        for end in ends
    }
    return ends


def serve_gauges(server: Server, *rows: tuple[str, datetime, str]) -> None:
    """The files of the state."""
    server.files |= {
        "messwerte.zip": files.nrw_zip(rows),
        "hygon/OpenHygon-Pegel-Stationen_EPSG4326.txt": files.nrw_stations(),
        "hydro/Hydrologische-Stationen-NRW_EPSG25832_CSV.zip": files.nrw_zeros_zip(),
    }
