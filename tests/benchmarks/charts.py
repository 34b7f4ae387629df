"""How fast a chart is read: by the API, and beside it what the border between towns costs."""

from __future__ import annotations

import http.client
import statistics
import time
from datetime import UTC, datetime, timedelta

from psycopg import sql

from tests.benchmarks.report import Figure
from tests.benchmarks.stack import Stack
from tests.rows import Connection, connect
from tests.world import World

_STREAMS = 40
_REQUESTS = 40
#: What a chart reads of one datastream, by resolution.
_OF_A_CHART = {
    "hourly": sql.SQL(
        "select bucket, count, {average}, min, max, last from {schema}.reading_hourly "
        "where datastream_id = %s and bucket >= now() - interval '365 days' order by bucket"
    ),
    "daily": sql.SQL(
        "select bucket, count, {average}, min, max, last from {schema}.reading_daily "
        "where datastream_id = %s and bucket >= now() - interval '365 days' order by bucket"
    ),
    "raw": sql.SQL(
        "select time, value, quality from {schema}.reading "
        "where datastream_id = %s and time >= now() - interval '60 days' order by time"
    ),
}


def chart_figures(hub: Stack, rounds: int) -> list[Figure]:
    """Answers of the API in milliseconds, and the ratio that the border costs."""
    streams = _fill(hub)
    answers = _answers(hub, streams, rounds)
    return [
        *(Figure(f"{name}, p95", "ms", each) for name, each in answers.items()),
        *_border(hub, streams, rounds),
    ]


def _answers(hub: Stack, streams: list[int], rounds: int) -> dict[str, list[float]]:
    """p95 of answers in milliseconds by kind of chart, for each round."""
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


def _border(hub: Stack, streams: list[int], rounds: int) -> list[Figure]:
    """How many times as long a chart takes a town as it takes the owner, who has no border."""
    [role] = World(hub.owner).select("select core.role_name('t_' || slug) as name from core.tenant")
    figures = []
    with connect(hub.url, autocommit=True) as town:
        town.execute(sql.SQL("set role {}").format(sql.Identifier(role["name"])))
        for resolution, statement in _OF_A_CHART.items():
            average = sql.SQL("api.rounded(sum / count, 6)")
            own = statement.format(schema=sql.Identifier("core"), average=average)
            seen = statement.format(schema=sql.Identifier("api"), average=sql.SQL("avg"))
            ratios = []
            for _ in range(rounds):
                pairs = [
                    (_milliseconds(hub.owner, own, stream), _milliseconds(town, seen, stream))
                    for stream in streams
                ]
                ratios.append(statistics.median(with_ / without for without, with_ in pairs))
            name = f"{resolution} by a town, beside the same as owner"
            figures.append(Figure(name, "times", ratios, at_most=1.3))
    return figures


def _milliseconds(connection: Connection, statement: sql.Composed, stream: int) -> float:
    began = time.perf_counter()
    rows = connection.execute(statement, [stream]).fetchall()
    if len(rows) < 300:
        raise RuntimeError(f"{len(rows)} rows")
    return (time.perf_counter() - began) * 1000
