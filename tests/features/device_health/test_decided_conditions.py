"""What is said of devices row by row, as time passes, is what all that was sent gives."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.devices import Device, Frame
from tests.features.test_decided_rows import TIMES, shift
from tests.town import Town
from tests.world import World

#: What has a time beside what decisions about sites stand on.
OWN_TIMES: Any = TIMES | {
    "uplink": "time = time - %(by)s",
    "device_condition": "since = since - %(by)s, missing_since = missing_since - %(by)s, "
    "heard_at = heard_at - %(by)s, figured_until = figured_until - %(by)s, "
    "due_at = due_at - %(by)s",
    "device_touched": "times = array(select t - %(by)s from unnest(times) t)",
}
DEVICE = st.integers(0, 3)
HOURS = st.integers(0, 30)
STEP: st.SearchStrategy[tuple[Any, ...]] = st.one_of(
    st.tuples(st.just("send"), DEVICE, HOURS, st.integers(1, 60), st.sampled_from([3, 10, 90])),
    st.tuples(st.just("value"), DEVICE, HOURS, st.sampled_from([1, 3, 4]), st.sampled_from([0, 8])),
    st.tuples(st.just("move"), DEVICE, st.integers(0, 1), HOURS),
    st.tuples(st.just("interval"), DEVICE, st.sampled_from([600, 3600, 86_400])),
    # whole hours: figures are those of whole hours, and these do not lie back with the rest
    st.tuples(st.just("wait"), st.sampled_from([1, 2, 9, 48])),
)


@pytest.fixture
def town(world: World) -> Town:
    town = world.town("olpe")
    for number in range(2):
        town.site("tree", f"tree {number}")
    return town


def moment(town: Town, hours: int) -> datetime:
    return town.world.now - timedelta(hours=hours, minutes=1)


def do(town: Town, sites: list[int], devices: list[Device], step: tuple[Any, ...]) -> None:
    world = town.world
    match step:
        case ("send", number, hours, minutes, frames):
            heard, device = moment(town, hours), devices[number]
            device.uplinks(
                (
                    Frame(heard - nth * timedelta(minutes=minutes), 500 - nth)
                    for nth in range(frames)
                ),
                sf=12,
                snr=-19,
            )
            device.state(last_seen_at=heard)
            world.add(
                "core.touched",
                device_ids=[device.device_id],
                times=[heard - frames * timedelta(minutes=minutes)],
            )
        case ("value", number, hours, quality, tests):
            time, device = moment(town, hours), devices[number]
            stream = device.stream("soil_temperature")
            world.owner.execute(
                "delete from core.reading where datastream_id = %s and time = %s", [stream, time]
            )
            device.readings("soil_temperature", [(time, float(hours), quality)])
            world.owner.execute(
                "update core.reading set tests = %s where datastream_id = %s and time = %s",
                [tests, stream, time],
            )
        case ("move", number, site, hours):
            device, time = devices[number], moment(town, hours)
            world.owner.execute(
                "delete from core.installation where device_id = %s and from_time >= %s",
                [device.device_id, time],
            )
            device.install(sites[site], since=time)
        case ("interval", number, seconds):
            world.owner.execute(
                "update core.device set interval_seconds = %s where device_id = %s",
                [seconds, devices[number].device_id],
            )
        case ("wait", hours):
            shift(world, timedelta(hours=hours), OWN_TIMES)


def conditions(world: World) -> list[dict[str, Any]]:
    rows = world.select("select * from core.device_condition order by device_id")
    for row in rows:
        assert row["due_at"] is None or row["due_at"] > world.now
        # dates in sentences do not lie back with the rest; they say what the other columns say
        del row["decided_at"], row["sentence_de"], row["sentence_en"]
    return rows


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.tuples(STEP, st.booleans()), max_size=15))
def test_row_by_row_is_all_together(town: Town, steps: list[tuple[tuple[Any, ...], bool]]) -> None:
    world = town.world
    world.owner.execute("savepoint before")
    try:
        sites = [row["site_id"] for row in world.select("select site_id from core.site order by 1")]
        # the last one is nowhere
        devices = [town.device(site) for site in (*sites, sites[0], None)]
        world.decide()
        for step, at_once in steps:
            do(town, sites, devices, step)
            if at_once:
                world.decide()
        world.decide()
        by_and_by = conditions(world)
        assert len(by_and_by) == len(devices)

        world.owner.execute("delete from core.device_condition")
        for device in devices:
            world.add("core.touched", device_ids=[device.device_id], times=["1970-01-01Z"])
        world.decide()
        assert by_and_by == conditions(world)
    finally:
        world.owner.execute("rollback to savepoint before")
