"""How long an uplink takes from the publish until the API's live stream shows it."""

from __future__ import annotations

import http.client
import json
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from tests.benchmarks.messages import DEVICES
from tests.benchmarks.publisher import Publisher
from tests.benchmarks.report import Figure
from tests.benchmarks.stack import APPLICATION, Stack
from tests.benchmarks.usage import watch

#: Each device's first channel; the stream takes at most so many filters.
_WATCHED = 500
_QUANTITY = "pressure_difference"
_TICK_SECONDS = 0.005
_PATIENCE_SECONDS = 30

#: When something of a device happened, by its number: (time of the uplink in ms, clock in s).
Moments = dict[int, list[tuple[int, float]]]


@dataclass(frozen=True)
class Latency:
    """Percentiles in milliseconds, and how many cores each process kept busy meanwhile."""

    p50_ms: float
    p99_ms: float
    cores_busy: dict[str, float]


def latency_rounds(
    hub: Stack, *, rate: int, seconds: float, rounds: int, cores: int
) -> list[Figure]:
    """Processes run through all rounds; the first one is not waited for."""
    with hub.process("ingest") as ingest, hub.process("serve") as serve:
        hub.wait_connected(ingest)
        hub.wait_ready()
        _introduce(hub, ingest)
        pids = {
            "ingest": ingest.pid,
            "database": hub.database_pid,
            "broker": hub.broker.pid,
            "serve": serve.pid,
        }
        results = [_round(hub, pids, rate, seconds) for _ in range(rounds)]
    name = f"publish to visible at {rate:,} uplinks/s"
    per_core = f"{rate / cores:,.0f} uplinks/s per core"
    return [
        Figure(f"{name}, p50", "ms", [each.p50_ms for each in results], per_core),
        Figure(f"{name}, p99", "ms", [each.p99_ms for each in results], per_core, at_most=500),
        *(
            Figure(
                f"kept busy meanwhile, {part}", "cores", [each.cores_busy[part] for each in results]
            )
            for part in results[0].cores_busy
        ),
    ]


def _introduce(hub: Stack, ingest: subprocess.Popen[bytes]) -> None:
    """One uplink of each device, so that its datastreams exist."""
    before = hub.counted()
    hub.queue(DEVICES)
    hub.wait_for(before + DEVICES, ingest, _PATIENCE_SECONDS)


def _round(hub: Stack, pids: Mapping[str, int | None], rate: int, seconds: float) -> Latency:
    """Publish at a steady rate and note when the stream shows each uplink, or a newer one."""
    with _listening(hub) as seen:
        cpu, began = watch(pids), time.perf_counter()
        published = _publish(hub, rate, seconds)
        took = time.perf_counter() - began
        busy = {part: each / took for part, each in cpu().items()}
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not all(seen[each] and seen[each][-1][0] >= published[each][-1][0] for each in seen):
            if time.monotonic() > deadline:
                raise TimeoutError("not everything that was published became visible")
            time.sleep(0.05)
    delays = sorted(delay for device in seen for delay in _delays(published[device], seen[device]))
    return Latency(delays[len(delays) // 2] * 1000, delays[int(len(delays) * 0.99)] * 1000, busy)


def _delays(published: list[tuple[int, float]], seen: list[tuple[int, float]]) -> Iterator[float]:
    later = iter(seen)
    moment, shown = next(later)
    for time_ms, sent in published:
        while moment < time_ms:
            moment, shown = next(later)
        yield shown - sent


def _publish(hub: Stack, rate: int, seconds: float) -> Moments:
    published: Moments = defaultdict(list)
    with Publisher(hub.broker.port) as publisher:
        started = time.perf_counter()
        sent = 0
        while sent < rate * seconds:
            time.sleep(_TICK_SECONDS)
            due = int((time.perf_counter() - started) * rate)
            now_ms = round(time.time() * 1000)
            clock = time.perf_counter()
            for number in range(hub.fleet.sent, hub.fleet.sent + due - sent):
                published[number % DEVICES].append((now_ms, clock))
            publisher.publish(hub.fleet.messages(APPLICATION, due - sent, at=now_ms / 1000))
            sent = due
        publisher.finish()
    return published


@contextmanager
def _listening(hub: Stack) -> Iterator[Moments]:
    rows = hub.owner.execute(
        "select datastream_id, dev_eui from core.datastream join core.device using (device_id) "
        "where quantity = %s and position = '' order by datastream_id limit %s",
        [_QUANTITY, _WATCHED],
    ).fetchall()
    devices = {row["datastream_id"]: hub.fleet.devices.index(row["dev_eui"]) for row in rows}
    seen: Moments = {device: [] for device in devices.values()}
    connection = http.client.HTTPConnection("127.0.0.1", hub.http_port, timeout=30)
    query = "&".join(f"datastream={each}" for each in devices)
    headers = {"Authorization": f"Bearer {hub.key}"}
    connection.request("GET", f"/api/v1/stream?{query}", headers=headers)
    answer = connection.getresponse()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {answer.read(300)!r}")
    answer.readline()  # it says hello once it listens
    finished = threading.Event()

    def listen() -> None:
        while not finished.is_set():
            line = answer.readline()
            if line.startswith(b"data:") and b"datastream_id" in line:
                event = json.loads(line[5:])
                moment = round(datetime.fromisoformat(event["time"]).timestamp() * 1000)
                seen[devices[event["datastream_id"]]].append((moment, time.perf_counter()))

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        yield seen
    finally:
        finished.set()
        listener.join()
        connection.close()
