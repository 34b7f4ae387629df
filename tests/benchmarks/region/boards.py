"""How fast the statements of the dashboards are, with a Grafana login and as the portal."""

from __future__ import annotations

import secrets
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from regionhub.settings import Settings
from regionhub.store.database import Database
from regionhub_dashboards.kit.lint import queries, variables
from regionhub_dashboards.kit.macros import TimeRange, expand
from regionhub_dashboards.kit.parts import MAX_DATA_POINTS
from regionhub_dashboards.render import dashboards
from tests.benchmarks.region.place import Region
from tests.benchmarks.report import Figure
from tests.town import Town

_MS, _TIMES_THE_PORTAL = 150, 1.5
_LEAST_MS = 10
_UNITS = {"h": "hours", "d": "days"}
_Ask = Callable[[str], list[Any]]


@dataclass(frozen=True)
class _Statement:
    """One statement of a board, and how long it took (ms)."""

    place: str
    grafana: list[float]
    portal: list[float]

    @property
    def p95(self) -> float:
        return sorted(self.grafana)[int(len(self.grafana) * 0.95)]

    @property
    def ratio(self) -> float:
        """Times what the portal takes; of less than that many milliseconds it says nothing."""
        return statistics.median(self.grafana) / max(_LEAST_MS, statistics.median(self.portal))


def board_figures(region: Region, rounds: int) -> list[Figure]:
    """The slowest statement of each board, for both readers, in the period it opens with."""
    settings = Settings()
    boards = dashboards(settings.tile_url, settings.tile_attribution)
    figures = []
    with Database(region.hub.url, role="api") as database:
        for reader, town in region.readers.items():
            with _grafana(region, town) as grafana:
                portal = _as_town(region, database, town)
                for uid, board in boards.items():
                    figures += _figures(f"{reader}: {uid}", board, grafana, portal, rounds)
    return figures


def _figures(
    name: str, board: dict[str, Any], grafana: _Ask, portal: _Ask, rounds: int
) -> list[Figure]:
    chosen = {
        variable["name"]: [str(row[-1]) for row in grafana(variable["query"])]
        for variable in variables(board)
        if variable["type"] == "query"
    }
    period = _period(board)
    statements = []
    for place, query in queries(board):
        text = expand(query["rawSql"], period, chosen, MAX_DATA_POINTS)
        # in turn, so that both see the same machine; the first round warms up
        times = [(_time(grafana, text), _time(portal, text)) for _ in range(rounds + 1)][1:]
        statements.append(_Statement(place, [g for g, _ in times], [p for _, p in times]))
    slowest = max(statements, key=lambda statement: statement.p95)
    apart = max(statements, key=lambda statement: statement.ratio)
    return [
        Figure(
            f"{name}, slowest of {len(statements)} statements, p95",
            "ms",
            [slowest.p95],
            slowest.place,
            at_most=_MS,
        ),
        Figure(
            f"{name}, beside the portal at most",
            "times",
            [apart.ratio],
            apart.place,
            at_most=_TIMES_THE_PORTAL,
        ),
    ]


def _time(ask: _Ask, statement: str) -> float:
    began = time.perf_counter()
    ask(statement)
    return (time.perf_counter() - began) * 1000


def _period(board: dict[str, Any]) -> TimeRange:
    """From `now-7d` to now, as the board opens."""
    number, unit = board["time"]["from"].removeprefix("now-")[:-1], board["time"]["from"][-1]
    now = datetime.now(UTC)
    return TimeRange(now - timedelta(**{_UNITS[unit]: int(number)}), now)


@contextmanager
def _grafana(region: Region, town: Town) -> Iterator[_Ask]:
    """A login of its own, as Grafana has it: what holds for it stands in the database."""
    [named] = region.world.select("select core.role_name(%s) as role", town.dashboards)
    role, password = sql.Identifier(named["role"]), secrets.token_hex(16)
    region.owner.execute(
        sql.SQL("alter role {} login password {}").format(role, sql.Literal(password))
    )
    try:
        url = make_conninfo(region.hub.url, user=named["role"], password=password)
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
            yield lambda statement: connection.execute(cast("Any", statement)).fetchall()
    finally:
        region.owner.execute(sql.SQL("alter role {} nologin password null").format(role))


def _as_town(region: Region, database: Database, town: Town) -> _Ask:
    [named] = region.world.select("select core.role_name(%s) as role", town.role)

    def ask(statement: str) -> list[Any]:
        with database.as_role(named["role"]) as connection:
            # Grafana prepares nothing either
            return connection.execute(cast("Any", statement), prepare=False).fetchall()

    return ask
