"""How fast API and portal answer one of the towns, and the region that sees them all."""

from __future__ import annotations

import http.client
import itertools
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from regionhub.access.accounts import account_by_login, create_session
from tests.benchmarks.region.place import Region
from tests.benchmarks.report import Figure
from tests.town import Town

_STREAMS = 40
#: More points than a year has hours.
_WHOLE = 10_000
#: Milliseconds that 95 of 100 answers take at most.
_TOWN_MS, _REGION_MS = 100, 300
_LATEST_MS = 250
_HOURS_MS, _ALL_HOURS_MS = 60, 90


@dataclass(frozen=True)
class Question:
    """What is asked again and again, with each path in turn."""

    name: str
    paths: Sequence[str]
    at_most_ms: float | None


def web_figures(region: Region, rounds: int) -> list[Figure]:
    """Ask everything as both readers; `serve` runs and is ready."""
    return [
        ask(region, reader, question, token, rounds)
        for reader, town in region.readers.items()
        for token in [open_session(town)]
        for question in _questions(region, town, _TOWN_MS if reader == "town" else _REGION_MS)
    ]


def _questions(region: Region, town: Town, limit: float) -> list[Question]:
    sites = {
        row["kind"]: row["site_id"]
        for row in town.select("select kind, min(site_id) as site_id from api.site group by kind")
    }
    streams = [
        row["datastream_id"]
        for row in town.select(
            "select datastream_id from api.datastream order by datastream_id limit %s", _STREAMS
        )
    ]
    now = datetime.now(UTC)
    year, days60 = (
        f"from={now - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}&to={now:%Y-%m-%dT%H:%M:%SZ}"
        for days in (365, 60)
    )

    def readings(resolution: str, period: str, most: int) -> list[str]:
        chosen = f"resolution={resolution}&max_points={most}&{period}"
        return [f"/api/v1/datastreams/{stream}/readings?{chosen}" for stream in streams]

    return [
        Question("portal, overview", ["/"], limit),
        Question("portal, points of the map", ["/karte"], limit),
        Question("portal, irrigation", ["/bewaesserung"], limit),
        Question("portal, gauges", ["/pegel"], limit),
        Question("portal, devices", ["/geraete"], limit),
        Question("portal, tree of 60 days", _site(sites["tree"], ""), limit),
        Question("portal, its curves", _site(sites["tree"], "/kurven"), limit),
        Question("portal, gauge of 60 days", _site(sites["gauge"], ""), limit),
        Question("portal, its curves", _site(sites["gauge"], "/kurven"), limit),
        Question("API, latest", ["/api/v1/latest"], min(limit, _LATEST_MS)),
        Question("API, irrigation", ["/api/v1/irrigation"], limit),
        Question("API, gauges", ["/api/v1/gauges"], limit),
        Question("API, device health", ["/api/v1/device-health"], limit),
        Question("API, completeness of 30 days", ["/api/v1/completeness"], None),
        Question("API, a year by hour, 2,000 points", readings("hourly", year, 2000), _HOURS_MS),
        Question("API, a year by hour, whole", readings("hourly", year, _WHOLE), _ALL_HOURS_MS),
        Question("API, a gauge's year by hour, whole", _levels(sites["gauge"], year), limit),
        Question("API, 60 days of readings", readings("raw", days60, _WHOLE), _ALL_HOURS_MS),
    ]


def _levels(site: int, period: str) -> list[str]:
    return [f"/api/v1/gauges/{site}/levels?resolution=hourly&max_points={_WHOLE}&{period}"]


def _site(site: int, part: str) -> list[str]:
    return [f"/standorte/{site}{part}?zeitraum=60t"]


def open_session(town: Town) -> str:
    """Sign somebody of the town in; returns the token that the cookie holds."""
    account = account_by_login(town.world.owner, f"viewer@{town.slug}.example")
    if account is None:
        account = account_by_login(town.world.owner, town.account())
    assert account is not None
    return create_session(town.world.owner, account.account_id, timedelta(hours=12))


def ask(region: Region, reader: str, question: Question, token: str, rounds: int) -> Figure:
    """Ask as somebody who is signed in, with each path in turn; the p95."""
    connection = http.client.HTTPConnection("127.0.0.1", region.hub.http_port, timeout=120)
    headers = {"Cookie": f"regionhub={token}", "Accept-Encoding": "gzip"}
    times, size = [], 0
    for path in itertools.islice(itertools.cycle(question.paths), rounds + 1):
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        times.append((time.perf_counter() - began) * 1000)
        size = len(body)
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
    connection.close()
    times = sorted(times[1:])  # the first one warms up
    return Figure(
        f"{reader}: {question.name}, p95",
        "ms",
        [times[int(len(times) * 0.95)]],
        f"median {statistics.median(times):,.0f} ms, {size / 1000:,.0f} kB",
        at_most=question.at_most_ms,
    )
