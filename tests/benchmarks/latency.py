"""How long an uplink takes from the publish until the API's live stream shows it."""

from __future__ import annotations

import http.client
import json
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.benchmarks.messages import uplink
from tests.benchmarks.stack import Stack


@dataclass
class Latency:
    """Percentiles in milliseconds."""

    p50_ms: float
    p99_ms: float


def latency(hub: Stack, *, rate: int, seconds: float) -> Latency:
    """Publish at a steady rate, each uplink with a value of its own, and wait for that value."""
    published: dict[float, float] = {}
    seen: dict[float, float] = {}
    with hub.process("ingest"), hub.process("serve"):
        hub.wait_connected()
        hub.wait_ready()
        listening = threading.Event()
        finished = threading.Event()
        listener = threading.Thread(
            target=_listen, args=(hub, seen, listening, finished), daemon=True
        )
        listener.start()
        listening.wait(10)
        _publish(hub, published, rate, seconds)
        deadline = time.monotonic() + 30
        while len(seen.keys() & published.keys()) < len(published) and time.monotonic() < deadline:
            time.sleep(0.05)
        finished.set()
    delays = sorted(seen[key] - published[key] for key in seen.keys() & published.keys())
    if len(delays) < 0.99 * len(published):
        raise TimeoutError(f"only {len(delays)} of {len(published)} uplinks became visible")
    return Latency(delays[len(delays) // 2] * 1000, delays[int(len(delays) * 0.99)] * 1000)


def _publish(hub: Stack, published: dict[float, float], rate: int, seconds: float) -> None:
    url = urlsplit(hub.brokers.v5)
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.max_inflight_messages_set(1000)
    client.connect(str(url.hostname), url.port or 0)
    client.loop_start()
    started = time.perf_counter()
    base = int(time.time())
    for number in range(int(rate * seconds)):
        due = started + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        eui = hub.devices[number % len(hub.devices)]
        now = time.time()
        moment = round(now * 1000)  # the stream's time of the reading, in milliseconds
        published[moment * 10_000 + number % len(hub.devices)] = time.perf_counter()
        body = uplink(eui, base + number, moment / 1000, 25 + number % 7)
        client.publish(hub.topic(number % len(hub.devices)), body, qos=1)
    client.disconnect()
    client.loop_stop()


def _listen(
    hub: Stack, seen: dict[float, float], listening: threading.Event, finished: threading.Event
) -> None:
    devices = {
        row["datastream_id"]: hub.devices.index(row["dev_eui"])
        for row in hub.owner.execute(
            "select datastream_id, dev_eui from core.datastream join core.device using (device_id) "
            "where quantity = 'soil_moisture_vwc'"
        ).fetchall()
    }
    connection = http.client.HTTPConnection("127.0.0.1", hub.http_port, timeout=30)
    connection.request("GET", "/api/v1/stream", headers={"Authorization": f"Bearer {hub.key}"})
    answer = connection.getresponse()
    listening.set()
    while not finished.is_set():
        line = answer.readline()
        if line.startswith(b"data:"):
            event = json.loads(line[5:])
            device = devices.get(event["datastream_id"])
            if device is not None:
                moment = _milliseconds(event["time"])
                seen.setdefault(moment * 10_000 + device, time.perf_counter())
    connection.close()


def _milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
