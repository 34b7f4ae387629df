"""How fast the API answers for a chart: 60 days raw and one year hourly."""

from __future__ import annotations

import http.client
import time
from datetime import UTC, datetime, timedelta

from tests.benchmarks.stack import Stack
from tests.world import World

_STREAMS = 40
_REQUESTS = 40


def chart_queries(hub: Stack, rounds: int) -> dict[str, list[float]]:
    """p95 of answers in milliseconds by kind of chart, for each round."""
    streams = _fill(hub)
    now = datetime.now(UTC)
    kinds = {
        "chart of 60 days raw (5,760 readings)": ("raw", now - timedelta(days=60)),
        "chart of one year hourly (8,760 hours)": ("hourly", now - timedelta(days=365)),
    }
    results: dict[str, list[float]] = {name: [] for name in kinds}
    with hub.process("serve"):
        hub.wait_ready()
        for _ in range(rounds):
            for name, (resolution, start) in kinds.items():
                results[name].append(_p95(hub, streams, resolution, start, now))
    return results


def _fill(hub: Stack) -> list[int]:
    """One year of readings every quarter of an hour, for some datastreams of their own."""
    world = World(hub.owner)
    devices = world.select(
        "select tenant_id, device_id from core.device order by device_id limit %s", _STREAMS
    )
    year = {"quantity": "soil_water_tension", "position": "year"}
    streams = [world.add("core.datastream", **device, **year) for device in devices]
    hub.owner.execute(
        "insert into core.reading (datastream_id, tenant_id, time, value, quality) "
        "select d, %s, t, 40 + 30 * sin(extract(epoch from t) / 86400 / 20), 1 "
        "from unnest(%s::int[]) as d, "
        "generate_series(now() - interval '365 days', now(), '15 min') as t",
        [devices[0]["tenant_id"], [stream["datastream_id"] for stream in streams]],
    )
    hub.owner.execute("vacuum analyze core.reading")
    return [stream["datastream_id"] for stream in streams]


def _p95(hub: Stack, streams: list[int], resolution: str, start: datetime, end: datetime) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", hub.http_port, timeout=60)
    times = []
    for number in range(_REQUESTS):
        path = (
            f"/api/v1/datastreams/{streams[number % len(streams)]}/readings?resolution={resolution}"
            f"&from={start:%Y-%m-%dT%H:%M:%SZ}&to={end:%Y-%m-%dT%H:%M:%SZ}&max_points=10000"
        )
        began = time.perf_counter()
        connection.request("GET", path, headers={"Authorization": f"Bearer {hub.key}"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {body[:300]!r}")
        times.append((time.perf_counter() - began) * 1000)
    connection.close()
    return sorted(times)[int(len(times) * 0.95)]
