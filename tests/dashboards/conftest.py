"""Two towns with data and one without, on plain PostgreSQL and on TimescaleDB."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString, cast

import pytest
from psycopg import sql

from regionhub.embedded import create_database, embedded_postgres
from regionhub.settings import Settings
from regionhub.store.database import Connection, connect
from regionhub.store.migrate import migrate
from regionhub_dashboards.render import dashboards

_SEED = re.split(r"^-- name: \w+$", (Path(__file__).parent / "seed.sql").read_text(), flags=re.M)[1:]


@dataclass
class Hub:
    """A seeded database: the owner's connection, and two towns whose values lie apart."""

    connection: Connection
    #: Slug of a town to the least of its values; all lie within 100 of it.
    towns: dict[str, float]
    empty: str
    timescale: bool
    prefix: str
    options: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def ask(self, slug: str, statement: str) -> tuple[list[str], list[dict[str, Any]]]:
        """Column names and rows, as the Grafana role of a town gets them."""
        role = f"{self.prefix}_g_{slug}"
        with self.connection.transaction():
            self.connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
            cursor = self.connection.execute(cast("LiteralString", statement))
            assert cursor.description is not None
            return [column.name for column in cursor.description], cursor.fetchall()


@pytest.fixture(
    scope="session",
    params=[
        pytest.param("postgresql", marks=pytest.mark.xdist_group("dashboards")),
        pytest.param("timescaledb", marks=pytest.mark.timescale),
    ],
)
def hub(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    if request.param == "timescaledb":
        database = request.getfixturevalue("timescale")
        yield from _seeded(database.url, database.role_prefix, timescale=True)
        return
    with embedded_postgres(tmp_path_factory.mktemp("dashboards") / "pg") as server:
        url = create_database(server, "dash")
        with connect(url, autocommit=True) as connection:
            migrate(connection, role_prefix="dash")
        yield from _seeded(url, "dash", timescale=False)


def _seeded(url: str, prefix: str, *, timescale: bool) -> Iterator[Hub]:
    mark = "".join(c for c in uuid.uuid4().hex if c.isalpha())[:6] or "x"
    towns = {f"alda{mark}": 100.0, f"benz{mark}": 700.0}
    empty = f"cent{mark}"
    with connect(url, autocommit=True) as connection:
        for slug, base in towns.items():
            for statement in _SEED:
                connection.execute(
                    cast("LiteralString", statement.strip()), {"slug": slug, "base": base}
                )
        connection.execute("insert into core.tenant (slug, name) values (%s, %s)", [empty, empty])
        if timescale:
            for rollup in ("hourly", "daily"):
                connection.execute(
                    f"call refresh_continuous_aggregate('core.reading_{rollup}', null, null)"
                )
        else:
            connection.execute("analyze")
        yield Hub(connection, towns, empty, timescale, prefix)


@pytest.fixture(scope="session")
def boards() -> dict[str, dict[str, Any]]:
    settings = Settings()
    return dashboards(settings.tile_url, settings.tile_attribution)
