"""The portal over the seeded towns, as a browser reads it.

A test that changes something takes a portal of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape

import httpx
import pytest

from tests.portal.seed import LOGINS, Seed
from tests.rows import Connection, connect
from tests.served import Served, served
from tests.world import World

_HEADERS = {"accept": "text/html", "accept-language": "de-DE,de;q=0.9,en;q=0.5"}


@dataclass
class Portal:
    """A running server; site ids by name."""

    hub: Served
    sites: dict[str, int]

    @property
    def url(self) -> str:
        return self.hub.url

    @property
    def world(self) -> World:
        return self.hub.world

    @property
    def owner(self) -> Connection:
        return self.hub.owner

    def client(self, who: str | None = "town") -> httpx.Client:
        """A browser, signed in unless nobody is named."""
        return self.hub.client(**_HEADERS) if who is None else self.browser(LOGINS[who])

    def browser(self, login: str) -> httpx.Client:
        """A browser in which somebody is signed in."""
        return self.hub.signed_in(login, **_HEADERS)


@dataclass(frozen=True)
class Seeded:
    """A database that nobody is connected to, to be copied."""

    url: str
    sites: dict[str, int]


@pytest.fixture(scope="session")
def seeded(new_database: Callable[[], str]) -> Seeded:
    url = new_database()
    with connect(url, autocommit=True) as owner:
        world = World(owner)
        sites = Seed(world).region()
        world.decide()
        return Seeded(url, sites)


@pytest.fixture(scope="session")
def portal(seeded: Seeded, clone: Callable[[str], str]) -> Iterator[Portal]:
    """For all tests that leave it as it was."""
    with serve(clone(seeded.url), seeded.sites) as portal:
        yield portal


@pytest.fixture(scope="session")
def crew(portal: Portal) -> httpx.Client:
    """The browser of somebody in Arnsberg."""
    return portal.client("town")


@pytest.fixture
def own_portal(seeded: Seeded, clone: Callable[[str], str]) -> Iterator[Portal]:
    """For one test, which may change what it likes."""
    with serve(clone(seeded.url), seeded.sites) as portal:
        yield portal


@contextmanager
def serve(
    url: str, sites: dict[str, int], *, port: int = 0, tile_url: str = ""
) -> Iterator[Portal]:
    """Serve the portal from a seeded database."""
    tiles = {"tile_url": tile_url, "tile_attribution": "© BKG"}
    with (
        connect(url, autocommit=True) as owner,
        served(url, World(owner), port=port, **tiles) as hub,
    ):
        yield Portal(hub, sites)


def text(answer: httpx.Response) -> str:
    """What is left of a page without its tags."""
    assert answer.status_code == 200, answer.text[:300]
    plain = re.sub(r"<[^>]+>", " ", answer.text)
    return re.sub(r"\s+", " ", unescape(plain).replace("\u00a0", " "))


def row(page: str, name: str) -> str:
    """The table row or card that names something."""
    parts = re.split(r"<(?:tr|li)\b", page)
    [found] = [part for part in parts if f">{name}</a>" in part]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", found)).replace("\u00a0", " "))


def label(page: str, name: str) -> str:
    """What the small chart of a row or card is called."""
    [part] = [part for part in re.split(r"<(?:tr|li)\b", page) if f">{name}</a>" in part]
    [found] = re.findall(r'class="spark"[^>]* aria-label="([^"]+)"', part)
    return unescape(found)
