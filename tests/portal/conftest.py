"""A village of its own in the portal, for one test."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from tests.devices import Device
from tests.pages import Portal, text
from tests.portal.seed import Seed
from tests.world import World

_numbers = count(1)


PAGES = ["/", "/bewaesserung", "/pegel", "/geraete", "/vollstaendigkeit", "/eingang"]


class Village(Seed):
    """A town of one test, and a browser that is signed in there."""

    def __init__(self, portal: Portal) -> None:
        number = next(_numbers)
        super().__init__(World(portal.owner), devices=1000 * number)
        self.town = self.world.town(f"village-{number}", f"Village {number}")
        self.client = portal.browser(self.town.account("viewer"))

    def tree(self, name: str, **more: Any) -> int:
        return self.site(self.town, name, "tree", 51.0, 8.0, **{"soil_texture": "Ls3"} | more)

    def gauge(self, name: str, **more: Any) -> int:
        return self.site(self.town, name, "gauge", 51.1, 8.1, **more)

    def never_heard(self, site: int, name: str) -> Device:
        since = self.world.ago(days=200)
        return self.town.device(
            site, name, interval_seconds=3600, since=since, mounting_height_cm=500
        )

    def sensor(
        self,
        site: int,
        quantity: str,
        value: float,
        *,
        age: float = 0.2,
        heard: float | None = None,
    ) -> Device:
        """A device with values up to an age; heard then, or as said (hours)."""
        name = f"Sensor {next(self.world.numbers)}"
        device = self.device(self.town, site, name, 3600, mounting_height_cm=500)
        self.series(device, quantity, lambda _: value, 3600, until=age, days=8)
        if heard is not None:
            device.state(last_seen_at=self.world.ago(hours=heard))
        return device

    def state(self, source: int, problem: str | None, last_message: float | None) -> None:
        """What ingest says of a source, that is connected where there is no problem (hours)."""
        self.town.source_state(
            source,
            connected_since=None if problem else self.world.ago(days=9),
            last_message_at=None if last_message is None else self.world.ago(hours=last_message),
            problem=problem,
            updated_at=self.now + timedelta(hours=1),
        )

    def page(self, path: str, language: str = "de") -> httpx.Response:
        return self.client.get(path, headers={"accept-language": language})

    def read(self, path: str, language: str = "de") -> str:
        return text(self.page(path, language))


@pytest.fixture
def village(portal: Portal) -> Village:
    return Village(portal)
