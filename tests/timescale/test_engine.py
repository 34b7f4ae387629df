"""TimescaleDB does what the production store relies on; plain PostgreSQL has the same numbers."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql
from tests.conftest import TimescaleDatabase
from tests.rows import Connection, connect
from tests.town import Town
from tests.world import World

from regionhub.archive.retention import apply_retention, set_retention
from regionhub.cli.assembly import check_version

pytestmark = pytest.mark.timescale

_READINGS = (Path(__file__).parent / "readings.sql").read_text()


def _make_town(connection: Connection, slug: str) -> Town:
    """A town with one device, which measures two quantities."""
    town = World(connection).town(slug)
    device = town.device()
    for quantity in ("soil_moisture_vwc", "soil_temperature"):
        device.stream(quantity)
    connection.execute(_READINGS, {"device_id": device.device_id})
    return town


def _rollup(connection: Connection, name: str, slug: str) -> list[tuple[Any, ...]]:
    statement = sql.SQL(
        "select s.quantity, r.bucket, r.count, r.sum, r.min, r.max, r.last from core.{} r "
        "join core.datastream s using (datastream_id) "
        "join core.tenant t on t.tenant_id = s.tenant_id "
        "where t.slug = %(slug)s and r.bucket < '2026-01-01' order by 1, 2"
    ).format(sql.Identifier(f"reading_{name}"))
    return [tuple(row.values()) for row in connection.execute(statement, {"slug": slug}).fetchall()]


@pytest.fixture
def owner(timescale: TimescaleDatabase) -> Connection:
    return timescale.owner()


@pytest.fixture
def slug() -> str:
    return "t" + secrets.token_hex(4)


def test_series_are_hypertables_and_rollups_continuous_aggregates(owner: Connection) -> None:
    check_version(owner)
    hypertables = owner.execute(
        "select hypertable_name as name, compression_enabled as compressed "
        "from timescaledb_information.hypertables where hypertable_schema = 'core'"
    ).fetchall()
    assert {row["name"] for row in hypertables} == {"reading", "uplink"}
    assert all(row["compressed"] for row in hypertables)
    rollups = owner.execute(
        "select view_name as name from timescaledb_information.continuous_aggregates"
    ).fetchall()
    assert {row["name"] for row in rollups} == {"rollup_hourly", "rollup_daily"}


def test_rollups_equal_those_of_plain_postgresql(
    owner: Connection, slug: str, new_database: Callable[[], str]
) -> None:
    _make_town(owner, slug)
    _refresh(owner)
    with connect(new_database(), autocommit=True) as plain:
        _make_town(plain, slug)
        for name in ("hourly", "daily"):
            expected = _rollup(plain, name, slug)
            if name == "daily":
                # the spring day lacks an hour, the autumn day has one more
                counts = {
                    f"{row[1].date()}": row[2] for row in expected if row[0] == "soil_temperature"
                }
                assert counts["2025-03-29"] < counts["2025-03-28"] < counts["2025-10-25"]
                assert min(row[4] for row in expected) >= 1000
            assert _rollup(owner, name, slug) == expected


def test_rollups_show_what_came_after_the_last_refresh(owner: Connection, slug: str) -> None:
    _make_town(owner, slug)
    _refresh(owner)
    row = owner.execute(
        "insert into core.reading (datastream_id, tenant_id, time, value, quality) "
        "select datastream_id, tenant_id, now() + interval '3 days', 42, 1 "
        "from core.datastream join core.tenant using (tenant_id) where slug = %s limit 1 "
        "returning datastream_id, time",
        [slug],
    ).fetchone()
    for name in ("hourly", "daily"):
        newest = sql.SQL(
            "select last from core.{} where datastream_id = %(datastream_id)s "
            "and bucket <= %(time)s order by bucket desc limit 1"
        )
        found = owner.execute(newest.format(sql.Identifier(f"reading_{name}")), row).fetchone()
        assert found == {"last": 42}
    owner.execute("delete from core.reading where value = 42 and time > now() + interval '2 days'")


def _refresh(owner: Connection) -> None:
    for name in ("hourly", "daily"):
        owner.execute(
            sql.SQL("call refresh_continuous_aggregate({}, null, null)").format(
                sql.Literal(f"core.rollup_{name}")
            )
        )


def _live(connection: Connection, slug: str) -> int:
    row = connection.execute(
        "select count(*) as n from core.reading join core.tenant using (tenant_id) where slug = %s",
        [slug],
    ).fetchone()
    assert row is not None
    return int(row["n"])


def test_compressed_chunks_answer_and_take_late_readings(owner: Connection, slug: str) -> None:
    _make_town(owner, slug)
    _refresh(owner)
    before = _rollup(owner, "hourly", slug)
    chunks = owner.execute(
        "select compress_chunk(c, if_not_compressed => true) as chunk "
        "from show_chunks('core.reading', older_than => timestamptz '2025-04-10') c"
    ).fetchall()
    assert chunks
    compressed = owner.execute(
        "select count(*) as n from timescaledb_information.chunks where is_compressed"
    ).fetchone()
    assert compressed is not None
    assert compressed["n"] >= len(chunks)
    assert _rollup(owner, "hourly", slug) == before
    late = (
        "insert into core.reading (datastream_id, tenant_id, time, value, quality) "
        "select datastream_id, tenant_id, '2025-03-29 12:05:00+00', 1200, 1 "
        "from core.datastream join core.tenant using (tenant_id) where slug = %s "
        "on conflict do nothing"
    )
    owner.execute(late, [slug])
    owner.execute(late, [slug])
    _refresh(owner)
    after = {row[:2]: row[2] for row in _rollup(owner, "hourly", slug)}
    grown = [key for key, count in {r[:2]: r[2] for r in before}.items() if after[key] != count]
    assert {key[1].isoformat() for key in grown} == {"2025-03-29T12:00:00+00:00"}
    assert all(after[row[:2]] == row[2] + 1 for row in before if row[:2] in grown)


def test_rollups_outlive_the_readings(owner: Connection, slug: str) -> None:
    town = _make_town(owner, slug)
    _refresh(owner)
    before = {name: _rollup(owner, name, slug) for name in ("hourly", "daily")}
    total = _live(owner, slug)
    keep = datetime.now(UTC) - datetime(2025, 7, 1, tzinfo=UTC)
    set_retention(owner, what="reading", keep=keep)
    try:
        removed = [row for row in apply_retention(owner) if row.what == "reading"]
    finally:
        set_retention(owner, what="reading", keep=None)
    assert 0 < _live(owner, slug) < total
    # whole chunks of seven days; what went is counted
    (gone,) = [row for row in removed if row.tenant_id == town.tenant_id]
    assert gone.removed == total - _live(owner, slug)
    for name, rows in before.items():
        assert _rollup(owner, name, slug) == rows


def test_a_town_that_keeps_less_loses_only_its_own(owner: Connection, slug: str) -> None:
    other = f"{slug}-b"
    tenant, _ = (_make_town(owner, name).tenant_id for name in (slug, other))
    chunks = owner.execute(
        "select compress_chunk(c, if_not_compressed => true) "
        "from show_chunks('core.reading', older_than => timestamptz '2025-04-10') c"
    ).fetchall()
    assert chunks
    before = {name: _live(owner, name) for name in (slug, other)}

    set_retention(owner, what="reading", keep=timedelta(days=500), tenant_id=tenant)
    removed = [row for row in apply_retention(owner) if row.what == "reading"]

    assert [(row.tenant_id, row.removed) for row in removed] == [
        (tenant, before[slug] - _live(owner, slug))
    ]
    assert 0 < _live(owner, slug) < before[slug]
    assert _live(owner, other) == before[other]


def test_every_view_answers_a_town(owner: Connection, slug: str) -> None:
    town = _make_town(owner, slug)
    views = owner.execute(
        "select table_name as name from information_schema.views where table_schema = 'api'"
    ).fetchall()
    assert len(views) > 15
    with town.world.acting(town.dashboards):
        for view in views:
            owner.execute(
                sql.SQL("select * from api.{} limit 5").format(sql.Identifier(view["name"]))
            )
        rows = owner.execute("select distinct tenant_id from api.reading").fetchall()
    assert len(rows) == 1


def test_a_time_range_opens_few_chunks(owner: Connection, slug: str) -> None:
    town = _make_town(owner, slug)
    ask, reader = town.world.ask, town.dashboards
    [stream] = ask(reader, "select datastream_id from api.datastream limit 1")
    plan = ask(
        reader,
        "explain (analyze, costs off) select * from api.reading where datastream_id = %s "
        "and time >= now() - interval '1 day' and time <= now()",
        stream["datastream_id"],
    )
    text = "\n".join(row["QUERY PLAN"] for row in plan)
    scanned = {
        line.split(" on ")[1].split()[0]
        for line in text.splitlines()
        if "_hyper_" in line and " on " in line
    }
    assert 1 <= len(scanned) <= 4, text


def test_a_long_statement_arrives_whole(timescale: TimescaleDatabase) -> None:
    """It comes in several reads; the engine in WebAssembly takes whole messages only."""
    for length in (10_000, 70_000, 1_000_000):
        row = timescale.owner().execute("select length(%s::text) as n", ["x" * length]).fetchone()
        assert row == {"n": length}
