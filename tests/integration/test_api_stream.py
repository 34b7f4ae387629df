"""The live stream: what comes, what never comes, and how it ends."""

from __future__ import annotations

import asyncio
import json
import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tests.hub import Furnished, Hub
from tests.rows import Connection, connect
from tests.served import running

from regionhub.access import people
from regionhub.cli.assembly import web_app
from regionhub.store.database import Database
from regionhub.store.listen import News
from regionhub.web.api import live as live_module
from regionhub.web.api.live import Mailbox
from regionhub.web.api.routes import stream as stream_module


class Listener:
    """A client that reads a stream in a thread."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._events: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self.ended = threading.Event()
        self.comments = 0
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        name = ""
        try:
            for line in self.response.iter_lines():
                if line.startswith(":"):
                    self.comments += 1
                elif line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    self._events.put((name, json.loads(line.removeprefix("data: "))))
        except (httpx.HTTPError, httpx.StreamError):
            pass
        self.ended.set()

    def reading(self, seconds: float = 5) -> dict[str, Any]:
        """The next event of a reading."""
        return self.event("reading", seconds)

    def event(self, kind: str, seconds: float = 5) -> dict[str, Any]:
        """The next event of this kind."""
        end = time.monotonic() + seconds
        while True:
            name, data = self._events.get(timeout=max(0.01, end - time.monotonic()))
            if name == kind:
                return data

    def resync(self, seconds: float = 8) -> None:
        end = time.monotonic() + seconds
        while self._events.get(timeout=max(0.01, end - time.monotonic()))[0] != "resync":
            pass

    def nothing_for(self, seconds: float) -> bool:
        try:
            self.reading(seconds)
        except queue.Empty:
            return True
        return False


@contextmanager
def listening(client: httpx.Client, query: str = "") -> Iterator[Listener]:
    with client.stream("GET", f"/api/v1/stream{query}") as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Listener(response)
        # closing alone would wait for the thread that reads
        response.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def notify(connection: Connection, payload: str) -> None:
    connection.execute("select pg_notify(notice_channel, %s) from core.deployment", [payload])


def measure(connection: Connection, town: Furnished, stream: int, value: float) -> None:
    """What the ingest writer does at the end of a batch."""
    with connection.transaction():
        connection.execute(
            "update core.latest set time = %s, value = %s, received_at = now() "
            "where datastream_id = %s",
            [datetime.now(UTC), value, stream],
        )
        notify(connection, str(stream))


def test_new_readings_come(hub: Hub) -> None:
    with listening(hub.client(key=hub.a.key)) as listener:
        measure(hub.owner, hub.a, hub.a.moisture, 31.5)
        event = listener.reading()
        assert event["datastream_id"] == hub.a.moisture
        assert event["site_id"] == hub.a.tree
        assert event["value"] == 31.5
        assert event["quality"] == 1
        assert {"time", "received_at"} < set(event)
        measure(hub.owner, hub.a, hub.a.moisture, float("nan"))
        assert listener.reading()["value"] is None


def test_nothing_of_another_town_comes(hub: Hub) -> None:
    with (
        listening(hub.client(key=hub.a.key)) as a,
        listening(hub.client(key=hub.b.key)) as b,
        listening(hub.client(key=hub.b.key), f"?datastream={hub.a.moisture}") as asks,
    ):
        measure(hub.owner, hub.a, hub.a.moisture, 1)
        measure(hub.owner, hub.b, hub.b.moisture, 2)
        assert a.reading()["datastream_id"] == hub.a.moisture
        assert b.reading()["datastream_id"] == hub.b.moisture
        assert a.nothing_for(0.7)
        assert b.nothing_for(0.1)
        assert asks.nothing_for(0.1)


def test_decisions_come_when_they_are_made(hub: Hub) -> None:
    a, b = hub.a, hub.b
    with (
        listening(hub.client(key=a.key)) as own,
        listening(hub.client(key=a.key), f"?site={a.tree}") as of_site,
        listening(hub.client(key=a.key), f"?datastream={a.distance}") as of_stream,
        listening(hub.client(key=b.key)) as of_neighbour,
    ):
        a.radar.readings("distance", [(datetime.now(UTC), 2000.0)])
        hub.world.decide()
        notify(hub.owner, f"s{a.gauge}")
        events = {event["signal"]: event for event in (own.event("decision") for _ in range(2))}
        assert events.keys() == {"device_health", "gauges"}
        event = events["gauges"]
        assert (event["site_id"], event["signal"], event["state"]) == (a.gauge, "gauges", "stage_1")
        assert {"level", "value", "unit", "since", "decided_at", "reason"} < set(event)
        for other in (of_site, of_stream, of_neighbour):
            with pytest.raises(queue.Empty):
                other.event("decision", 0.3)


def test_a_notice_of_anybody_else_ends_nothing(hub: Hub) -> None:
    with listening(hub.client(key=hub.a.key)) as listener:
        for payload in ("9" * 5000, "²", "0,,x,-0", "9999999999"):
            notify(hub.owner, payload)
        measure(hub.owner, hub.a, hub.a.moisture, 12.5)
        assert listener.reading()["value"] == 12.5


def test_filters(hub: Hub) -> None:
    client = hub.client(key=hub.a.key)
    with (
        listening(client, f"?site={hub.a.gauge}") as by_site,
        listening(client, f"?datastream={hub.a.moisture}") as by_stream,
    ):
        measure(hub.owner, hub.a, hub.a.moisture, 3)
        measure(hub.owner, hub.a, hub.a.distance, 4)
        assert by_site.reading()["datastream_id"] == hub.a.distance
        assert by_stream.reading()["datastream_id"] == hub.a.moisture
        assert by_site.nothing_for(0.5)
        assert by_stream.nothing_for(0.1)


def test_several_datastreams_may_be_asked_for(hub: Hub) -> None:
    query = f"?datastream={hub.a.moisture}&datastream={hub.a.distance}"
    with listening(hub.client(key=hub.a.key), query) as listener:
        measure(hub.owner, hub.a, hub.a.moisture, 3)
        assert listener.reading()["datastream_id"] == hub.a.moisture
        measure(hub.owner, hub.a, hub.a.distance, 4)
        assert listener.reading()["datastream_id"] == hub.a.distance


@pytest.mark.parametrize("query", ["?site=x", "?site=0", "?sites=1", "?datastream="])
def test_wrong_filters_are_refused(hub: Hub, query: str) -> None:
    assert hub.client(key=hub.a.key).get(f"/api/v1/stream{query}").status_code == 422


def test_it_ends_with_the_session(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr(stream_module, "RECHECK_SECONDS", 0.1)
    client = hub.signed_in(hub.a.viewer)
    with listening(client) as listener:
        time.sleep(0.8)
        assert not listener.ended.is_set()
        assert listener.comments > 1
        client.delete("/api/v1/session")
        assert listener.ended.wait(5)


def test_whatever_ends_access_ends_its_streams_within_ten_seconds(hub: Hub) -> None:
    boss = hub.signed_in(hub.a.admin)
    key = boss.post("/api/v1/api-keys", json={"name": "Leitstelle"}).json()
    logins = [hub.a.town.account(login=f"{what}@stream.example") for what in ("out", "lock", "up")]
    who: list[dict[str, int]] = []
    for login in logins:
        found = people.person_by_login(hub.owner, tenant_id=hub.a.tenant_id, login=login)
        who.append({"tenant_id": hub.a.tenant_id, "account_id": found.account_id})
    clients = [hub.client(key=key["secret"]), *map(hub.signed_in, logins)]
    with ExitStack() as stack:
        streams = [stack.enter_context(listening(client)) for client in clients]
        stays = stack.enter_context(listening(boss))
        boss.delete(f"/api/v1/api-keys/{key['api_key_id']}")
        people.end_sessions(hub.owner, **who[0])
        people.lock(hub.owner, **who[1])
        people.set_role(hub.owner, **who[2], role="editor")
        deadline = time.monotonic() + 10
        assert all(stream.ended.wait(deadline - time.monotonic()) for stream in streams)
        assert not stays.ended.is_set()


def test_a_town_has_a_limit(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "STREAMS_PER_TENANT", 1)
    end = time.monotonic() + 5
    streams = hub.app.state.live._streams
    while streams[hub.a.tenant_id] and time.monotonic() < end:
        time.sleep(0.05)  # streams of other tests are just closing
    with listening(hub.client(key=hub.a.key)):
        answer = hub.client(key=hub.a.key).get("/api/v1/stream")
        assert answer.status_code == 403
        with listening(hub.client(key=hub.b.key)):
            pass
    while streams[hub.a.tenant_id] and time.monotonic() < end:
        time.sleep(0.05)
    with listening(hub.client(key=hub.a.key)):
        pass


def test_it_comes_back_after_the_database_was_away(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "_RECONNECT_SECONDS", 0.1)
    with listening(hub.client(key=hub.a.key)) as listener:
        with connect(hub.owner_url, autocommit=True) as other:
            other.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid() "
                "and query like 'listen %'"
            )
        listener.resync()
        measure(hub.owner, hub.a, hub.a.moisture, 77)
        assert listener.reading()["value"] == 77


def test_the_server_stops_promptly(hub: Hub) -> None:
    with Database(hub.owner_url, size=2, role="api") as database:
        app = web_app(database, profiles={})
        with running(app) as url:
            client = hub.clients.enter_context(
                httpx.Client(
                    base_url=url, verify=False, headers={"Authorization": f"Bearer {hub.a.key}"}
                )
            )
            response = client.send(client.build_request("GET", "/api/v1/stream"), stream=True)
            listener = Listener(response)
            began = time.monotonic()
        assert time.monotonic() - began < 3
        assert listener.ended.wait(1)


async def _mailbox_story() -> None:
    mailbox = Mailbox()
    assert await mailbox.take(0.01) == (News(), False)
    for _ in range(100):
        mailbox.put(News({1, 2}, {3}))
    assert await mailbox.take(0.01) == (News({1, 2}, {3}), False)
    for number in range(0, 30_000, 1000):
        mailbox.put(News(set(range(number, number + 500)), set(range(number, number + 500))))
    news, missed = await mailbox.take(0.01)
    assert len(news) <= 10_000
    assert missed
    assert await mailbox.take(0.01) == (News(), False)
    mailbox.close()
    await mailbox.take(10)
    assert mailbox.closed


def test_a_mailbox_never_grows() -> None:
    asyncio.run(_mailbox_story())


@pytest.mark.parametrize("payload", ["9" * 5000, "9" * 30, "x", "-1", ",,"])
def test_a_notice_that_anybody_can_send_ends_nothing(hub: Hub, payload: str) -> None:
    with listening(hub.client(key=hub.a.key)) as listener:
        notify(hub.owner, payload)
        measure(hub.owner, hub.a, hub.a.moisture, 12.5)
        assert listener.reading()["value"] == 12.5
