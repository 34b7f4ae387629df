"""The jobs of the database keep the rollups right and pack them; late readings reach them there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from psycopg import sql
from tests.conftest import TimescaleDatabase
from tests.rows import Connection
from tests.world import World

from regionhub.cli.checks.rollups import check_rollups
from regionhub.web.api.metrics import upkeep_figures

pytestmark = pytest.mark.timescale

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def owner(timescale: TimescaleDatabase) -> Connection:
    return timescale.owner()


@pytest.fixture(scope="module")
def stream(owner: Connection) -> int:
    """A datastream with a reading each hour of 395 days, four each hour of ten days, rolled up."""
    stream = World(owner).town().device().stream("air_temperature")
    owner.execute(
        "insert into core.reading (datastream_id, tenant_id, time, value, quality) "
        "select datastream_id, tenant_id, t, extract(epoch from t)::bigint %% 997 / 8.0, 1 "
        "from core.datastream, (select generate_series(date_bin('1 hour', now(), 'epoch') "
        "- interval '395 days', now(), '1 hour') union select generate_series(date_bin('1 hour', "
        "now(), 'epoch') - interval '100 days', now() - interval '90 days', '15 min')) as x (t) "
        "where datastream_id = %s",
        [stream],
    )
    work(owner)
    return stream


def work(owner: Connection, *names: str) -> None:
    """Let jobs of the database run once, all or some; refreshes first: they have more to do."""
    refresh = ("policy_refresh_continuous_aggregate", "roll_up_days")
    for name in names or (*refresh, "policy_compression"):
        jobs = owner.execute(
            "select job_id from timescaledb_information.jobs where proc_name = %s", [name]
        ).fetchall()
        assert jobs
        for job in jobs:
            owner.execute(sql.SQL("call run_job({})").format(job["job_id"]))


def late(owner: Connection, stream: int, moment: datetime, value: float) -> None:
    owner.execute(
        "insert into core.reading (datastream_id, tenant_id, time, value, quality) "
        "select datastream_id, tenant_id, %s, %s, 1 from core.datastream where datastream_id = %s",
        [moment, value, stream],
    )


def differences(owner: Connection, stream: int, name: str, bucket: str) -> list[dict[str, Any]]:
    """Buckets of a rollup before today that are not what the readings say.

    Of the last hours other tests have rolled up what was not there yet, with readings of the
    future: soon after midnight today begins a day earlier.
    """
    today = midnight(0) if datetime.now(UTC) - midnight(0) > timedelta(hours=6) else midnight(1)
    return owner.execute(
        sql.SQL(
            "with ours as (select bucket, count, sum, min, max, last from core.{name} "
            "where datastream_id = %(stream)s and bucket < %(today)s), "
            "right_ones as (select {bucket} as bucket, count(*) as count, sum(value) as sum, "
            "min(value) as min, max(value) as max, "
            "(array_agg(value order by time desc))[1] as last from core.reading "
            "where datastream_id = %(stream)s and time < %(today)s and quality not in (4, 9) "
            "group by 1) "
            "(table ours except all table right_ones) union all "
            "(table right_ones except all table ours)"
        ).format(name=sql.Identifier(name), bucket=sql.SQL(bucket)),
        {"stream": stream, "today": today},
    ).fetchall()


def assert_right(owner: Connection, stream: int) -> None:
    hour, day = "date_bin('1 hour', time, 'epoch')", "date_trunc('day', time, 'Europe/Berlin')"
    assert differences(owner, stream, "reading_hourly", hour) == []
    assert differences(owner, stream, "reading_daily", day) == []


@pytest.mark.usefixtures("stream")
def test_what_ended_a_day_ago_is_packed(owner: Connection) -> None:
    waiting = owner.execute(
        "select hypertable_name, range_end from timescaledb_information.chunks "
        "where not is_compressed and range_end < now() - interval '1 day' "
        "and (hypertable_schema, hypertable_name) <> ('core', 'uplink')"
    ).fetchall()
    assert waiting == []


def test_late_readings_reach_packed_rollups(owner: Connection, stream: int) -> None:
    assert_right(owner, stream)
    for days in range(1, 394, 13):
        late(owner, stream, midnight(days) + timedelta(minutes=37 * days, seconds=1), days / 8)
    work(owner)
    assert_right(owner, stream)


@pytest.mark.parametrize("minutes", [-45, 15, 75, 700])
@pytest.mark.parametrize("hours", [1, 2])
def test_one_late_reading(owner: Connection, stream: int, hours: int, minutes: int) -> None:
    """In both halves of the year: days begin at 23:00 or at 22:00 UTC."""
    offset = timedelta(hours=hours)
    days = next(n for n in range(40, 390) if midnight(n).utcoffset() == offset) + 5 + minutes // 60
    late(owner, stream, midnight(days) + timedelta(minutes=minutes, seconds=3), 7.5)
    work(owner, "policy_refresh_continuous_aggregate", "roll_up_days")
    assert_right(owner, stream)


def metrics(timescale: TimescaleDatabase, owner: Connection) -> dict[tuple[str, str], float]:
    """What /metrics says, which asks as the role of the API: by name and label."""
    role = sql.Identifier(f"{timescale.role_prefix}_api")
    with owner.transaction():
        owner.execute(sql.SQL("set local role {}").format(role))
        return {
            (sample.name, "".join(sample.labels.values())): sample.value
            for family in upkeep_figures(owner)
            for sample in family.samples
        }


def test_doctor_and_metrics_see_rollups_and_columnstore(
    timescale: TimescaleDatabase, owner: Connection, stream: int
) -> None:
    owner.execute(
        "insert into core.latest (datastream_id, tenant_id, time, value, quality, received_at) "
        "select datastream_id, tenant_id, now(), 1, 1, now() from core.datastream "
        "where datastream_id = %s",
        [stream],
    )
    found = {finding.check: finding for finding in check_rollups(owner)}
    assert found["rollups"].level == "ok"
    assert "rollup_hourly is" in found["rollups"].sentence
    owner.execute(
        "select decompress_chunk(c) from "
        "show_chunks('core.reading', older_than => now() - interval '200 days') c limit 1"
    )
    packing = next(f for f in check_rollups(owner) if f.check == "columnstore")
    assert packing.problem == "columnstore_behind"
    assert "1 of reading since" in packing.sentence
    work(owner, "policy_compression")
    assert next(f for f in check_rollups(owner) if f.check == "columnstore").level == "ok"
    owner.execute(
        "select alter_job(job_id, scheduled => false) from timescaledb_information.jobs "
        "where proc_name = 'roll_up_days'"
    )
    try:
        jobs = next(f for f in check_rollups(owner) if f.check == "jobs")
        assert (jobs.problem, "roll_up_days" in jobs.sentence) == ("jobs_stand_still", True)
        figures = metrics(timescale, owner)
        assert figures["regionhub_database_jobs", "still"] == 1
        assert figures["regionhub_database_jobs", "fine"] > 1
        assert 0 <= figures["regionhub_rollup_age_seconds", "rollup_hourly"] < 2 * 3600
        assert figures["regionhub_unpacked_chunks", ""] == 0
    finally:
        owner.execute(
            "select alter_job(job_id, scheduled => true) from "
            "timescaledb_information.jobs where proc_name = 'roll_up_days'"
        )


def midnight(days: int) -> datetime:
    """The beginning of a day some days ago."""
    return datetime.combine(
        (NOW.astimezone(BERLIN) - timedelta(days=days)).date(), datetime.min.time(), BERLIN
    )
