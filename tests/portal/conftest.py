"""A running portal over the seeded towns."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI
from tests.portal.seed import LOGINS, PASSWORD, Seed

from regionhub.cli.assembly import web_app
from regionhub.store.database import Connection, Database, connect
from regionhub.web.api.server import Server


@dataclass
class Portal:
    """A running server; site ids by name."""

    url: str
    owner: Connection
    sites: dict[str, int]

    @contextmanager
    def client(self, who: str | None = "town") -> Iterator[httpx.Client]:
        """A browser-like client, signed in unless nobody is named."""
        headers = {"accept": "text/html", "accept-language": "de-DE,de;q=0.9,en;q=0.5"}
        with httpx.Client(base_url=self.url, headers=headers, timeout=20) as client:
            if who is not None:
                form = {"benutzername": LOGINS[who], "kennwort": PASSWORD, "weiter": "/"}
                assert client.post("/anmelden", data=form).status_code == 303
            yield client


@pytest.fixture(scope="session")
def portal(new_database: Callable[[], str]) -> Iterator[Portal]:
    with serve(new_database()) as served:
        yield served


@contextmanager
def serve(url: str, *, port: int = 0, tile_url: str = "") -> Iterator[Portal]:
    """Seed a migrated database and serve the portal from it."""
    with ExitStack() as stack:
        owner = stack.enter_context(connect(url, autocommit=True))
        sites = Seed(owner).region()
        database = stack.enter_context(
            Database(url.replace("postgres@", "rh_api@"), size=6, role="api")
        )
        app = web_app(
            database, profiles={}, secure_cookies=False, tile_url=tile_url, tile_attribution="© BKG"
        )
        yield Portal(stack.enter_context(_running(app, port)), owner, sites)


@contextmanager
def _running(app: FastAPI, port: int) -> Iterator[str]:
    server = Server(app, host="127.0.0.1", port=port)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
