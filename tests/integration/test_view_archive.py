"""What the views of the archive show and leave out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, LiteralString

import pytest
from tests.devices import Frame
from tests.town import Town
from tests.world import World


@pytest.fixture
def town(world: World) -> Town:
    return world.town("olpe")


def test_the_frame_behind_a_reading(world: World, town: Town) -> None:
    town.source("LNS 1")
    other = town.source("LNS 2")
    time, bare = world.ago(minutes=5), world.ago(minutes=15)
    device = town.sensor(town.site("road"), "air_temperature", (time, 3), (bare, 4))
    [frame] = device.uplinks([Frame(time, 1)], payload=b"\x0a\x0b")
    device.uplinks([Frame(time, 2)], source_id=other)
    world.owner.execute("update core.reading set uplink_id = %s where time = %s", [frame, time])
    row = town.row("reading_origin", time=time)
    assert (row["uplink_id"], row["payload_hex"], row["f_cnt"]) == (frame, "0a0b", 1)
    assert (row["source_name"], row["dev_eui"]) == ("LNS 1", device.dev_eui)
    row = town.row("reading_origin", time=bare)
    assert (row["value"], row["uplink_id"], row["source_name"]) == (4, None, None)


@pytest.mark.parametrize("view", ["profile", "profile_version"])
def test_profiles_are_of_the_hub_or_of_a_town_which_alone_sees_who_saved_its_own(
    world: World, town: Town, view: str
) -> None:
    other = world.town("brilon")
    for owner, profile_id in ((None, "acme/soil"), (town.tenant_id, "olpe/own")):
        version: dict[str, Any] = {"profile_id": profile_id, "version": "1", "saved_by": "anna"}
        world.add("core.profile_version", tenant_id=owner, profile="", codec="", **version)
        world.add("core.profile", tenant_id=owner, **version)
    statement: dict[str, LiteralString] = {
        "profile": "select profile_id, saved_by from api.profile order by 1",
        "profile_version": "select profile_id, saved_by from api.profile_version order by 1",
    }
    shared = {"profile_id": "acme/soil", "saved_by": None}
    own = {"profile_id": "olpe/own", "saved_by": "anna"}
    assert town.select(statement[view]) == [shared, own]
    assert other.select(statement[view]) == [shared]


def test_work_that_is_under_way(world: World, town: Town) -> None:
    old = timedelta(minutes=10)
    for task, age, finished in (
        ("running", old - timedelta(seconds=1), False),
        ("done", timedelta(), True),
        ("left", old, False),
    ):
        world.add(
            "core.progress", task=task, label_de=task, label_en=task, total=3,
            updated_at=world.now - age, finished_at=world.now if finished else None,
        )  # fmt: skip
    rows = town.select("select task from api.progress")
    assert [row["task"] for row in rows] == ["running"]


def test_fates_are_shown_without_the_sum_of_the_hours_that_are_gone(
    world: World, town: Town
) -> None:
    town.fates([(world.now, "stored", "", 1), (world.ago(days=1), "stored", "", 20)])
    world.owner.execute("update core.ingest_fate set hour = '-infinity' where messages = 20")
    rows = town.select("select messages from api.ingest_fate")
    assert [row["messages"] for row in rows] == [1]


def test_the_account_of_what_could_not_pass(world: World, town: Town) -> None:
    source, other, nothing = (town.source(f"LNS {number}") for number in range(3))
    for place, messages in ((source, 20), (other, 1)):
        town.fates([(world.now, "dead_letter", "", messages), (world.now, "stored", "", 50)], place)
        for what, removed in (("dead_letter", 3 * messages), ("uplink", 1000)):
            world.add(
                "core.removal", tenant_id=town.tenant_id, source_id=place, what=what, removed=1,
                messages=removed, oldest=world.now, newest=world.now,
            )  # fmt: skip
    town.dead_letter(source_id=other)
    letters = {None: (2, 1), "stored": (4, 1, 1), "duplicate": (5,), "ignored": (3,)}
    for copies, outcome in [(n, outcome) for outcome, each in letters.items() for n in each]:
        resolved: dict[str, Any] = {"outcome": outcome, "resolved_by": "anna"}
        resolved["resolved_at"] = world.now
        town.dead_letter(source_id=source, copies=copies, **(resolved if outcome else {}))
    sums = ("arrived", "waiting", "stored", "duplicate", "ignored", "removed")
    row = town.row("dead_letter_account", source_id=source)
    # of several copies one is what it became, the others are duplicates
    assert [row[name] for name in sums] == [20, 3, 3, 3 + 5 + 2, 1, 60]
    row = town.row("dead_letter_account", source_id=other)
    assert [row[name] for name in sums] == [1, 1, 0, 0, 0, 3]
    row = town.row("dead_letter_account", source_id=nothing)
    assert [row[name] for name in sums] == [0] * 6


def test_radio_events_are_frames_letters_that_wait_and_joins(world: World, town: Town) -> None:
    device, other = town.device(), town.device()
    device.uplinks([Frame(world.ago(minutes=9), 1, recovered=True)])
    other.uplinks([Frame(world.ago(minutes=8), 2)])
    own = {"dev_eui": device.dev_eui, "dev_addr": "0b"}
    solved: dict[str, Any] = {"outcome": "stored", "resolved_by": "anna", "resolved_at": world.now}
    town.dead_letter(**own, f_cnt=3, frame_time=world.ago(minutes=7))
    town.dead_letter(**own, f_cnt=4, frame_time=world.ago(minutes=6), **solved)
    town.dead_letter(**own, f_cnt=5)  # could not be read as a frame
    neighbour = world.town("brilon")
    neighbour.dead_letter(**own, f_cnt=6, frame_time=world.ago(minutes=5))
    device.event("join", world.ago(minutes=4), dev_addr="0a")
    device.event("status", world.ago(minutes=4))
    rows = town.select(
        "select device_id, time, dev_addr, f_cnt, recovered, waiting, joined "
        "from api.radio_event order by time",
    )
    first, second = device.device_id, other.device_id
    assert [tuple(row.values()) for row in rows] == [
        (first, world.ago(minutes=9), "01a4c3f2", 1, True, False, False),
        (second, world.ago(minutes=8), "01a4c3f2", 2, False, False, False),
        (first, world.ago(minutes=7), "0b", 3, False, True, False),
        (first, world.ago(minutes=4), "0a", None, False, False, True),
    ]
