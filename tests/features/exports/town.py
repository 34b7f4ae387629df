"""A town with two trees that were measured on one day in July."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.pages import Portal

from regionhub.series.datastreams import Datastream, datastreams

NOON = datetime(2026, 7, 1, 10, tzinfo=UTC)


@dataclass
class Measured:
    """The town, a program and a browser of it, and one of its series."""

    portal: Portal
    api: httpx.Client
    client: httpx.Client
    sites: dict[str, int]
    stream: Datastream
    start: str = NOON.isoformat()
    end: str = (NOON + timedelta(days=1)).isoformat()


@pytest.fixture(scope="module")
def measured(portal: Portal) -> Iterator[Measured]:
    town = portal.world.town()
    sites = {
        "=Linde": town.tree("=Linde", latitude=51.4, longitude=8.0),
        "Eiche": town.tree("Eiche"),
    }
    later = NOON + timedelta(minutes=10)
    linde = town.device(sites["=Linde"], "Sonde 1")
    linde.readings("soil_temperature", [(NOON, 32.80000000000001), (later, 33.0)])
    linde.readings("battery_voltage", [(NOON, 3.6)])
    eiche = town.device(sites["Eiche"], "Sonde 2")
    eiche.readings("soil_temperature", [(later, -4.5), (later + timedelta(minutes=1), 99.0, 4)])
    with town.acting() as connection:
        stream = datastreams(connection, site_id=sites["Eiche"])[0]
    api = portal.hub.client(key=town.key("read"))
    client = portal.browser(town.account("viewer"))
    yield Measured(portal, api, client, sites, stream)
    client.close()
