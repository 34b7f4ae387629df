"""Two towns with data and one without, on plain PostgreSQL and on TimescaleDB."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from regionhub.settings import Settings
from regionhub.store.database import Connection, connect
from regionhub_dashboards.render import dashboards

_SEED = re.split(
    r"^-- name: \w+$", (Path(__file__).parent / "seed.sql").read_text(), flags=re.MULTILINE
)[1:]


@dataclass
class Hub:
    """A seeded database: the owner's connection, and two towns whose values lie apart."""

    open: Callable[[], Connection]
    #: Slug of a town to the least of its values; all lie within 100 of it.
    towns: dict[str, float]
    empty: str
    prefix: str

    @property
    def connection(self) -> Connection:
        return self.open()

    def ask(self, slug: str, statement: str) -> tuple[list[str], list[dict[str, Any]]]:
        """Column names and rows, as the Grafana role of a town gets them."""
        role = f"{self.prefix}_g_{slug}"
        with self.connection.transaction():
            self.connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
            cursor = self.connection.execute(statement)
            assert cursor.description is not None
            return [column.name for column in cursor.description], cursor.fetchall()


@pytest.fixture(
    scope="session",
    params=[
        "postgresql",
        pytest.param("timescaledb", marks=pytest.mark.timescale),
    ],
)
def hub(request: pytest.FixtureRequest) -> Iterator[Hub]:
    if request.param == "timescaledb":
        database = request.getfixturevalue("timescale")
        hub = _seeded(database.owner, database.role_prefix)
        for rollup in ("hourly", "daily"):
            hub.connection.execute(
                f"call refresh_continuous_aggregate('core.rollup_{rollup}', null, null)"
            )
        yield hub
        return
    with connect(request.getfixturevalue("new_database")(), autocommit=True) as connection:
        hub = _seeded(lambda: connection, "rh")
        connection.execute("analyze")
        yield hub


def _seeded(connect_owner: Callable[[], Connection], prefix: str) -> Hub:
    mark = "".join(letter for letter in uuid.uuid4().hex if letter.isalpha())[:6]
    towns = {f"alda{mark}": 100.0, f"benz{mark}": 700.0}
    hub = Hub(connect_owner, towns, f"cent{mark}", prefix)
    for slug, base in towns.items():
        for statement in _SEED:
            hub.connection.execute(statement.strip(), {"slug": slug, "base": base})
    hub.connection.execute(
        "insert into core.tenant (slug, name) values (%(empty)s, %(empty)s)", {"empty": hub.empty}
    )
    return hub


@pytest.fixture(scope="session")
def boards() -> dict[str, dict[str, Any]]:
    settings = Settings()
    return dashboards(settings.tile_url, settings.tile_attribution)
