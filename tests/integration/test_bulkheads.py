"""One town, or nobody at all, asks for too much at once: the others notice nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

import anyio
import httpx
import pytest
from fastapi import APIRouter
from starlette.types import Message, Receive, Scope, Send
from tests.hub import Hub
from tests.served import running
from tests.town import PASSWORD

from regionhub.access import Viewer, sign_in
from regionhub.access.passwords import Check
from regionhub.cli.assembly import web_app
from regionhub.errors import AccessError, Busy, NotSignedIn
from regionhub.store.database import Database
from regionhub.web.api import guards


class Slow:
    """A server with a request that holds a connection until it is told to go on."""

    def __init__(self, hub: Hub, url: str) -> None:
        self.hub = hub
        self.url = url
        self.go_on = threading.Event()
        self.working = threading.Semaphore(0)

    def client(self, **headers: str) -> httpx.Client:
        limits = httpx.Limits(max_connections=None)
        client = httpx.Client(
            base_url=self.url, headers=headers, timeout=30, verify=False, limits=limits
        )
        self.hub.clients.callback(client.close)
        return client

    def town(self, key: str) -> httpx.Client:
        return self.client(Authorization=f"Bearer {key}")


@pytest.fixture
def slow(hub: Hub) -> Iterator[Slow]:
    routes = APIRouter()
    api_url = hub.owner_url.replace("postgres@", "rh_api@")
    with Database(api_url, size=20, role="api") as database:
        app = web_app(database, profiles={}, secure_cookies=False)

        @routes.get("/api/v1/slow")
        def wait_for_it(visit: Viewer, export: bool = False) -> bool:
            with visit.export() if export else visit.town():
                own.working.release()
                return own.go_on.wait(30)

        app.include_router(routes)
        with running(app) as url:
            own = Slow(hub, url)
            yield own
            own.go_on.set()


@contextmanager
def at_once(number: int) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(number) as pool:
        yield pool


def statuses(answers: list[Future[httpx.Response]]) -> list[int]:
    return sorted(answer.result().status_code for answer in answers)


def refused(answers: list[Future[httpx.Response]]) -> list[httpx.Response]:
    """Those of unfinished requests that were refused; waits until some were."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        done = [each.result() for each in answers if each.done()]
        if done:
            return done
        time.sleep(0.01)
    raise AssertionError("nobody was refused")


@pytest.mark.parametrize("what", ["/api/v1/slow", "/api/v1/slow?export=true"])
def test_slow_requests_of_one_town(slow: Slow, what: str) -> None:
    a, b = slow.town(slow.hub.a.key), slow.town(slow.hub.b.key)
    with at_once(16) as pool:
        answers = [pool.submit(a.get, what) for _ in range(16)]
        assert slow.working.acquire(timeout=20)
        for _ in range(5):
            assert b.get("/api/v1/latest").status_code == 200
            assert b.get("/pegel", headers={"Accept": "text/html"}).status_code == 200
            assert slow.client().get("/readyz").status_code == 200
        slow.go_on.set()
        codes = statuses(answers)
    assert set(codes) <= {200, 503}
    assert 200 in codes


def test_what_a_town_asks_for_beyond_its_share_is_refused_and_says_when_to_come(
    slow: Slow,
) -> None:
    a = slow.town(slow.hub.a.key)
    with at_once(30) as pool:
        answers = [pool.submit(a.get, "/api/v1/slow") for _ in range(30)]
        for answer in refused(answers):
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
            assert answer.headers["content-type"] == "application/problem+json"
        slow.go_on.set()
        assert set(statuses(answers)) == {200, 503}
    assert a.get("/api/v1/latest").status_code == 200


def test_exports_leave_the_pages_of_their_own_town_alone(slow: Slow) -> None:
    a = slow.town(slow.hub.a.key)
    with at_once(8) as pool:
        answers = [pool.submit(a.get, "/api/v1/slow?export=true") for _ in range(8)]
        assert slow.working.acquire(timeout=20)
        assert a.get("/api/v1/latest").status_code == 200
        slow.go_on.set()
        assert statuses(answers) == [200] * 8


def test_a_flood_of_sign_ins(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def check(password_hash: str | None, password: str) -> Check:
        go_on.wait(30)
        return Check(False)

    monkeypatch.setattr(sign_in, "check_password", check)
    b = slow.town(slow.hub.b.key)
    stranger = slow.client()
    body = {"login": "nobody@example.org", "password": "x"}
    try:
        with at_once(80) as pool:
            answers = [
                pool.submit(stranger.post, "/api/v1/session", json=body | {"login": f"n{n}"})
                for n in range(80)
            ]
            for answer in refused(answers):
                assert answer.status_code == 503
                assert int(answer.headers["retry-after"]) > 0
            assert b.get("/api/v1/latest").status_code == 200
            page = stranger.post(
                "/anmelden",
                data={"benutzername": "anna", "kennwort": "x"},
                headers={"Accept": "text/html"},
            )
            assert page.status_code == 503
            assert "melden sich zu viele zugleich an" in page.text
            assert int(page.headers["retry-after"]) > 0
            go_on.set()
            wait(answers)
        codes = statuses(answers)
        assert set(codes) == {401, 503}
        assert codes.count(503) >= 80 - 25
    finally:
        go_on.set()


def test_a_town_hall_that_signs_in_at_nine(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind one address, with the same login: nobody guesses, nobody is told to wait."""
    monkeypatch.setattr(sign_in, "check_password", lambda *_: Check(True))
    body = {"login": slow.hub.a.viewer, "password": PASSWORD}
    clients = [slow.client() for _ in range(12)]
    with at_once(12) as pool:
        answers = [pool.submit(client.post, "/api/v1/session", json=body) for client in clients]
        assert statuses(answers) == [201] * 12


def test_the_addresses_of_one_customer_count_as_one(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "check_password", lambda *_: Check(False))
    said: list[str] = []
    with Database(hub.owner_url, size=1, role="api") as database:
        own = sign_in.SignIn(database)
        for number in range(60):
            try:
                own.account(f"2001:db8::{number:x}", f"login {number}", "x")
            except AccessError as error:
                said.append(type(error).__name__)
        assert said == ["NotSignedIn"] * 50 + ["TooManyAttempts"] * 10
        with pytest.raises(NotSignedIn):
            own.account("2001:db8:0:1::1", "login", "x")


def test_bodies_of_strangers_take_a_bounded_part_of_the_memory(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guards, "_MOST_HELD_BYTES", 50_000)
    client = slow.client()
    answer = client.post("/api/v1/session", content=b" " * 60_000)
    assert answer.status_code == 503
    assert answer.json()["detail"] == Busy().detail
    assert client.post("/api/v1/session", content=b" " * 40_000).status_code == 422
    assert client.post("/api/v1/session", content=b" " * 40_000).status_code == 422


def test_files_that_come_slowly_keep_nobody_from_signing_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guards, "_MOST_HELD_BYTES", 50_000)
    reached: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        reached.append(scope["path"])

    async def nothing(_message: Message) -> None:
        pass

    def sender(size: int, *, more: bool) -> Receive:
        messages: list[Message] = [{"type": "http.request", "body": b" " * size, "more_body": more}]

        async def receive() -> Message:
            if not messages:
                await anyio.sleep_forever()
            return messages.pop()

        return receive

    async def both() -> None:
        guarded = guards.Guards(app, {"/file": 60_000})
        scope = {"type": "http", "method": "POST", "headers": [(b"content-length", b"45000")]}
        async with anyio.create_task_group() as requests:
            slow = sender(45_000, more=True)
            requests.start_soon(guarded, scope | {"path": "/file"}, slow, nothing)
            await anyio.wait_all_tasks_blocked()
            await guarded(scope | {"path": "/sign-in"}, sender(45_000, more=False), nothing)
            requests.cancel_scope.cancel()

    anyio.run(both)
    assert reached == ["/sign-in"]


def test_a_body_that_never_comes_is_not_waited_for(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guards, "_BODY_SECONDS", 0.1)
    never = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield b"{"
        never.wait(5)
        yield b"}"

    try:
        assert slow.client().post("/api/v1/session", content=pieces()).status_code == 408
    except httpx.HTTPError:
        pass  # it was still sending
    finally:
        never.set()


def test_no_redirect_repeats_the_host_that_was_asked_for(hub: Hub) -> None:
    answer = hub.client().get("/pegel/", headers={"Host": "evil.example"})
    assert answer.status_code == 404
    assert "evil.example" not in answer.text
