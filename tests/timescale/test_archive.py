"""Where a reading came from is found without opening what others sent."""

from __future__ import annotations

import re

import pytest
from psycopg import sql
from tests.conftest import TimescaleDatabase
from tests.devices import Frame
from tests.world import World

pytestmark = pytest.mark.timescale

_FRAMES = 50
#: Rows that a node of a plan gave, and of which table.
_SCAN = re.compile(r"on (\w*_hyper_\w+) .*rows=(\d+) loops=(\d+)")


def test_the_frame_of_a_reading_is_looked_up(timescale: TimescaleDatabase) -> None:
    world = World(timescale.owner())
    town = world.town()
    times = [world.ago(days=40, minutes=10 * n) for n in range(_FRAMES)]
    for device in (town.device(), town.device()):
        ids = device.uplinks([Frame(time, n) for n, time in enumerate(times)])
        stream = device.stream("air_temperature")
        world.add_all(
            "core.reading",
            [
                {
                    "datastream_id": stream,
                    "tenant_id": town.tenant_id,
                    "time": time,
                    "value": n,
                    "quality": 1,
                    "uplink_id": key,
                }
                for n, (time, key) in enumerate(zip(times, ids, strict=True))
            ],
        )
    old = "older_than => now() - interval '15 days'"
    chunks = world.select(f"select c::text from show_chunks('core.uplink', {old}) c")
    for chunk in chunks:
        world.owner.execute(sql.SQL("call convert_to_columnstore({})").format(chunk["c"]))

    asked = {"stream": stream, "time": times[7]}
    origin = "from api.reading_origin where datastream_id = %(stream)s and time = %(time)s"
    [found] = town.select(f"select uplink_id, f_cnt, uplink_time {origin}", **asked)
    assert found == {"uplink_id": ids[7], "f_cnt": 7, "uplink_time": times[7]}
    with town.acting() as connection:
        # a planner that misjudges how many frames there are joins them as a whole
        connection.execute("set local enable_nestloop = off")
        plan = connection.execute(f"explain (analyze, costs off) select * {origin}", asked)
        lines = [row["QUERY PLAN"] for row in plan.fetchall()]
    uplinks = {row["chunk_name"] for row in _chunks(world)}
    read = sum(
        int(rows) * int(loops)
        for line in lines
        for name, rows, loops in _SCAN.findall(line)
        if name in uplinks
    )
    assert 1 <= read <= _FRAMES, "\n".join(lines)


def _chunks(world: World) -> list[dict[str, str]]:
    return world.select(
        "select chunk_name from timescaledb_information.chunks "
        "where (hypertable_schema, hypertable_name) = ('core', 'uplink')"
    )
