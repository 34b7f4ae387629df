"""The database goes away and comes back."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.rows import connect
from tests.torture.database import DatabaseServer, database_server
from tests.torture.network import link

from regionhub.errors import StoreUnavailable
from regionhub.store.database import Database


@pytest.fixture(scope="module")
def server() -> Iterator[DatabaseServer]:
    with TemporaryDirectory(prefix="rh") as folder, database_server(Path(folder) / "pg") as server:
        yield server


def test_a_server_that_is_gone_without_a_word_is_noticed(server: DatabaseServer) -> None:
    with connect(server.url) as connection, socket.socket(fileno=connection.fileno()) as line:
        idle = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
        every = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL)
        tries = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT)
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert idle + every * tries <= 30
        line.detach()


def test_after_an_outage_it_is_back_within_seconds(server: DatabaseServer) -> None:
    """The pool tries again after 1, 2, 4, 8 ... seconds; nobody waits as long as it was away."""
    with link(server.port) as line:
        url = server.url.replace(f":{server.port}/", f":{line.port}/")
        with Database(url, size=1) as database:
            line.change("cut")
            back_at = time.monotonic() + 8
            threading.Timer(8, line.change, ["up"]).start()
            while True:
                try:
                    with database.transaction() as connection:
                        connection.execute("select 1")
                except StoreUnavailable:
                    continue
                break
            assert 0 <= time.monotonic() - back_at < 5
