"""What a town notices while another one, and nobody at all, asks for too much at once."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from regionhub.store.database import connect
from tests.benchmarks.report import Figure
from tests.benchmarks.stack import Stack
from tests.world import World

_REQUESTS = 300
_SLOW = 16
_SIGN_INS = 80
#: As a program of its own: its threads shall not slow down who measures.
_BESIDE = multiprocessing.get_context("fork")


def bulkheads(hub: Stack, rounds: int) -> list[Figure]:
    """p95 of another town's /latest: alone, and how many times longer beside both floods."""
    other = World(hub.owner).town().key()
    alone: list[float] = []
    beside: list[float] = []
    with hub.process("serve"):
        hub.wait_ready()
        _p95(hub.http_port, other)
        for _ in range(rounds):
            alone.append(_p95(hub.http_port, other))
            # each of these requests waits for a lock, as long as a statement may
            with connect(hub.url) as locking:
                locking.execute("lock table core.replay in access exclusive mode")
                with _beside(_ask_slowly, hub.http_port, hub.key):
                    time.sleep(0.5)
                    with _beside(_sign_in, hub.http_port):
                        beside.append(_p95(hub.http_port, other))
                locking.rollback()
    ratios = [flooded / quiet for flooded, quiet in zip(beside, alone, strict=True)]
    title = f"beside {_SLOW} slow requests and {_SIGN_INS} sign-ins at once"
    return [
        Figure("alone", "ms", alone),
        Figure(title, "ms", beside),
        Figure(f"{title}, times as long", "", ratios, at_most=2.0),
    ]


@contextmanager
def _beside(flood: Callable[..., None], *arguments: object) -> Iterator[None]:
    process = _BESIDE.Process(target=flood, args=arguments)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def _ask_slowly(port: int, key: str) -> None:
    def again_and_again(_: int) -> None:
        while True:
            _ask(port, "GET", "/api/v1/replays", key=key)
            time.sleep(0.1)

    with ThreadPoolExecutor(_SLOW) as pool:
        list(pool.map(again_and_again, range(_SLOW)))


def _sign_in(port: int) -> None:
    def once(number: int) -> None:
        body = json.dumps({"login": f"{number}@example.org", "password": "x"})
        _ask(port, "POST", "/api/v1/session", body=body)

    with ThreadPoolExecutor(_SIGN_INS) as pool:
        list(pool.map(once, range(_SIGN_INS)))


def _p95(port: int, key: str) -> float:
    times = []
    for _ in range(_REQUESTS):
        began = time.perf_counter()
        status = _ask(port, "GET", "/api/v1/latest", key=key)
        if status != 200:
            raise RuntimeError(f"/latest of another town: {status}")
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times)[int(len(times) * 0.95)]


def _ask(port: int, method: str, path: str, *, key: str = "", body: str | None = None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status
