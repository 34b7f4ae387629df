"""The web application of a hub on a port of this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from regionhub.access import accounts
from regionhub.cli.assembly import web_app
from regionhub.store.database import Database
from regionhub.web.api.server import Server
from tests.rows import Connection
from tests.world import World

#: Longer than the server gives requests that still run.
_ENDS_SECONDS = 15


@dataclass
class Served:
    """A running application, and the world it shows."""

    url: str
    app: FastAPI
    owner_url: str
    world: World
    clients: ExitStack

    @property
    def owner(self) -> Connection:
        """The connection of the database's owner."""
        return self.world.owner

    def client(self, *, key: str | None = None, **headers: str) -> httpx.Client:
        """A program, with a key or without; closed at the end."""
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        # no TLS here, and loading the certificates of the machine takes longer than a test
        client = httpx.Client(base_url=self.url, headers=headers, timeout=20, verify=False)
        client.event_hooks["request"].append(lambda _: self.world.decide())
        self.clients.callback(client.close)
        return client

    def signed_in(self, login: str, **headers: str) -> httpx.Client:
        """A browser with a session; without the password check, which is slow on purpose."""
        client = self.client(**headers)
        account = accounts.account_by_login(self.owner, login)
        assert account is not None
        token = accounts.create_session(self.owner, account.account_id, timedelta(hours=1))
        client.cookies.set("regionhub", token)
        return client


@contextmanager
def served(owner_url: str, world: World, *, port: int = 0, **options: Any) -> Iterator[Served]:
    """Serve a world under the api role, which is a login here; options as of `web_app`."""
    [role] = world.select("select core.role_name('api') as name")
    api_url = owner_url.replace("postgres@", f"{role['name']}@")
    usual: dict[str, Any] = {"profiles": {}, "secure_cookies": False}
    with Database(api_url, size=6, role="api") as database, ExitStack() as clients:
        app = web_app(database, **usual | options)
        with running(app, port) as url:
            yield Served(url, app, owner_url, world, clients)


@contextmanager
def running(app: FastAPI, port: int = 0) -> Iterator[str]:
    """Serve an application, on a free port if none is named; yields its address."""
    server = Server(app, host="127.0.0.1", port=port)
    thread = threading.Thread(target=server.run)
    with pytest.MonkeyPatch.context() as patch:
        # how often the listener looks whether it is to end
        patch.setattr("regionhub.web.api.live._LOOK_SECONDS", 0.05)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_ENDS_SECONDS)
            # somebody's open connection is no reason to wait for ever
            server.force_exit = True
            thread.join()
