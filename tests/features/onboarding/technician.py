"""Somebody who may change a town, in a browser; for tests of the pages that do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

import httpx
import pytest
from tests.pages import Portal
from tests.shipped import PROFILES
from tests.town import Town


@dataclass
class Technician:
    """A town of one test, and the browser of somebody who may change it."""

    town: Town
    client: httpx.Client
    portal: Portal

    def upload(self, content: str, **fields: str) -> httpx.Response:
        """Send a file to be looked at."""
        file = {"datei": ("geraete.csv", content.encode("cp1252"))}
        return self.client.post("/anlegen/datei", files=file, data=fields)

    def confirm(self, preview: httpx.Response) -> httpx.Response:
        """Press the button below it."""
        fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', preview.text)
        parts = {name: (None, unescape(value)) for name, value in fields}
        return self.client.post("/anlegen/datei/ja", files=parts, follow_redirects=True)

    def count(self, table: str) -> int:
        """Rows of the town."""
        found = self.portal.world.select(
            f"select count(*) from core.{table} where tenant_id = %s",
            self.town.tenant_id,
        )
        return int(found[0]["count"])


@pytest.fixture
def technician(portal: Portal) -> Iterator[Technician]:
    state = portal.hub.app.state
    former, state.profiles = state.profiles, PROFILES
    town = portal.world.town(latitude=51.4, longitude=8.0)
    client = portal.browser(town.account("editor"))
    client.follow_redirects = True
    yield Technician(town, client, portal)
    client.close()
    state.profiles = former
