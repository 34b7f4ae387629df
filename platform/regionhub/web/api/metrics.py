"""Figures for Prometheus: requests of this process, and messages as the database counts them."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from fastapi import Request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from regionhub.archive.fates import message_totals
from regionhub.errors import NotAllowed, NotSignedIn
from regionhub.series import upkeep
from regionhub.signals.touched import lag
from regionhub.store.database import Connection, Database

_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})
_FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, read when it is asked for; its name without `regionhub_`."""

    name: str
    help: str
    value: float


#: Figures of a part of the hub, under the api role.
Figures = Callable[[Connection], Sequence[Figure]]


class Metrics:
    """The registry of one application."""

    def __init__(self, database: Database, token: str, figures: Sequence[Figures] = ()) -> None:
        self._token = token
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "regionhub_http_requests",
            "Requests by route and status.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "regionhub_http_request_seconds",
            "Time until the answer began.",
            ["method", "route"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=self._registry,
        )
        self._registry.register(_Database(database, figures))

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def text(self) -> bytes:
        """Return all figures in the text format of Prometheus."""
        return generate_latest(self._registry)

    def check(self, request: Request) -> None:
        """Let in who has the token or, without one, who asks from this machine.

        Raises:
            NotSignedIn: no token or a wrong one.
            NotAllowed: no token is set, and the request comes from elsewhere or through a proxy.
        """
        if self._token:
            given = request.headers.get("authorization", "").removeprefix("Bearer ")
            if not hmac.compare_digest(given.encode(), self._token.encode()):
                raise NotSignedIn("This needs the token for metrics.")
            return
        address = request.client.host if request.client else ""
        # a proxy on this machine also asks from loopback
        if address not in _LOOPBACK or any(name in request.headers for name in _FORWARDED):
            raise NotAllowed("Set a token for metrics to read them from elsewhere.")


class _Database(Collector):
    """Messages, counted in the transaction that stored them, and how far decisions are behind."""

    def __init__(self, database: Database, figures: Sequence[Figures]) -> None:
        self._database = database
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        family = CounterMetricFamily(
            "regionhub_messages",
            "Messages by what became of them.",
            labels=["tenant", "source", "fate", "reason"],
        )
        with self._database.transaction() as connection:
            for row in message_totals(connection):
                labels = [row.tenant, row.source, row.fate, row.reason]
                family.add_metric(labels, row.messages)
            behind = lag(connection)
            others = [one for figures in self._figures for one in figures(connection)]
            kept = list(upkeep_figures(connection)) if upkeep.on_timescaledb(connection) else []
        yield family
        for one in others:
            yield GaugeMetricFamily(f"regionhub_{one.name}", one.help, value=one.value)
        yield GaugeMetricFamily(
            "regionhub_decision_lag_seconds",
            "How long the oldest change that nothing was decided from yet has waited.",
            value=behind.seconds,
        )
        yield from kept

    def describe(self) -> Iterable[Metric]:
        # without it the registry would ask the database at once
        return []


def upkeep_figures(connection: Connection) -> Iterable[Metric]:
    """How TimescaleDB keeps the series."""
    ages = GaugeMetricFamily(
        "regionhub_rollup_age_seconds",
        "How long ago the end of what is rolled up was.",
        labels=["rollup"],
    )
    for rollup in upkeep.ages(connection):
        ages.add_metric([rollup.name], rollup.seconds)
    jobs = GaugeMetricFamily(
        "regionhub_database_jobs",
        "Jobs of the database by how they are: fine, failed at their last run, standing still.",
        labels=["state"],
    )
    found = upkeep.jobs(connection)
    still = sum(job.stands_still for job in found)
    failed = sum(job.failed and not job.stands_still for job in found)
    for state, number in (
        ("fine", len(found) - still - failed),
        ("failed", failed),
        ("still", still),
    ):
        jobs.add_metric([state], number)
    chunks = GaugeMetricFamily(
        "regionhub_unpacked_chunks",
        "Parts of tables that the columnstore should have packed two days ago.",
        value=sum(each.chunks for each in upkeep.unpacked(connection)),
    )
    return ages, jobs, chunks


class CountRequests:
    """Middleware: count every answer by the template of its route."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count the start of its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", None) or "none"
                method = scope["method"] if scope["method"] in _METHODS else "other"
                seconds = time.perf_counter() - began
                self._metrics.count(method, route, message["status"], seconds)
            await send(message)

        await self._app(scope, receive, counting)
