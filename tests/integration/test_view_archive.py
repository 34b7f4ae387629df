"""What the views of the archive show and leave out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.world import Row, World


@pytest.fixture
def town(world: World) -> Row:
    return world.town("olpe")


def test_the_frame_behind_a_reading(world: World, town: Row) -> None:
    source, other = (world.source(town) for _ in range(2))
    stream = world.sensor(world.site(town, "road"), "air_temperature")
    device = world.rows["device"][-1]
    frame = world.uplink(device, source, world.ago(minutes=5), f_cnt=1, payload=b"\x0a\x0b")
    world.uplink(device, other, world.ago(minutes=5), f_cnt=2)
    reading = world.reading(stream, world.ago(minutes=5), 3)
    bare = world.reading(stream, world.ago(minutes=15), 4)
    world.owner.execute(
        "update core.reading set uplink_id = %(uplink_id)s where time = %(time)s",
        frame | {"time": reading["time"]},
    )
    row = world.row("reading_origin", time=reading["time"])
    assert (row["uplink_id"], row["payload_hex"], row["f_cnt"]) == (frame["uplink_id"], "0a0b", 1)
    assert (row["source_name"], row["dev_eui"]) == (source["name"], device["dev_eui"])
    row = world.row("reading_origin", time=bare["time"])
    assert (row["value"], row["uplink_id"], row["source_name"]) == (4, None, None)


def test_work_that_is_under_way(world: World, town: Row) -> None:
    old = timedelta(minutes=10)
    for task, age, finished in (
        ("running", old - timedelta(seconds=1), False),
        ("done", timedelta(), True),
        ("left", old, False),
    ):
        world.insert(
            "progress", task=task, label_de=task, label_en=task, total=3,
            updated_at=world.now - age, finished_at=world.now if finished else None,
        )  # fmt: skip
    rows = world.ask("t_olpe", "select task from api.progress")
    assert [row["task"] for row in rows] == ["running"]


def test_fates_are_shown_without_the_sum_of_the_hours_that_are_gone(
    world: World, town: Row
) -> None:
    source = world.source(town)
    ids = {key: source[key] for key in ("tenant_id", "source_id")}
    world.insert("ingest_fate", **ids, hour=world.now, fate="stored", messages=1)
    world.owner.execute(
        "insert into core.ingest_fate (source_id, tenant_id, hour, fate, messages) "
        "values (%(source_id)s, %(tenant_id)s, '-infinity', 'stored', 20)",
        ids,
    )
    rows = world.ask("t_olpe", "select messages from api.ingest_fate")
    assert [row["messages"] for row in rows] == [1]


def test_the_account_of_what_could_not_pass(world: World, town: Row) -> None:
    source, other, _ = (world.source(town) for _ in range(3))
    for place, messages in ((source, 20), (other, 1)):
        ids = {key: place[key] for key in ("tenant_id", "source_id")}
        for fate in ("dead_letter", "stored"):
            world.insert("ingest_fate", **ids, hour=world.now, fate=fate, messages=messages)
        for what, removed in (("dead_letter", 3 * messages), ("uplink", 1000)):
            world.insert(
                "removal", **ids, what=what, removed=1, messages=removed,
                oldest=world.now, newest=world.now,
            )  # fmt: skip
    world.letter(other, world.now)
    letters = {None: (2, 1), "stored": (4, 1, 1), "duplicate": (5,), "ignored": (3,)}
    for copies, outcome in [(n, outcome) for outcome, each in letters.items() for n in each]:
        resolved: dict[str, Any] = {"outcome": outcome, "resolved_by": "anna"}
        resolved["resolved_at"] = world.now
        world.letter(source, world.now, copies=copies, **(resolved if outcome else {}))
    sums = ("arrived", "waiting", "stored", "duplicate", "ignored", "removed")
    row = world.row("dead_letter_account", source_id=source["source_id"])
    # of several copies one is what it became, the others are duplicates
    assert [row[name] for name in sums] == [20, 3, 3, 3 + 5 + 2, 1, 60]
    row = world.row("dead_letter_account", source_id=other["source_id"])
    assert [row[name] for name in sums] == [1, 1, 0, 0, 0, 3]
    row = world.row("dead_letter_account", source_id=world.rows["source"][-1]["source_id"])
    assert [row[name] for name in sums] == [0] * 6


def test_radio_events_are_frames_letters_that_wait_and_joins(world: World, town: Row) -> None:
    source, neighbour = world.source(town), world.town("brilon")
    device, other = world.device(town), world.device(town)
    ids = {key: device[key] for key in ("tenant_id", "device_id")}
    world.uplink(device, source, world.ago(minutes=9), f_cnt=1, recovered=True)
    world.uplink(other, source, world.ago(minutes=8), f_cnt=2)
    own = {"dev_eui": device["dev_eui"], "dev_addr": "0b"}
    solved = {"outcome": "stored", "resolved_by": "anna", "resolved_at": world.now}
    world.letter(source, world.now, **own, f_cnt=3, frame_time=world.ago(minutes=7))
    world.letter(source, world.now, **own, f_cnt=4, frame_time=world.ago(minutes=6), **solved)
    world.letter(source, world.now, **own, f_cnt=5)  # could not be read as a frame
    world.letter(
        world.source(neighbour), world.now, **own, f_cnt=6, frame_time=world.ago(minutes=5)
    )
    for kind, detail in (("join", '{"dev_addr": "0a"}'), ("status", "{}")):
        world.insert("device_event", **ids, kind=kind, time=world.ago(minutes=4), detail=detail)
    rows = world.ask(
        "t_olpe",
        "select device_id, time, dev_addr, f_cnt, recovered, waiting, joined "
        "from api.radio_event order by time",
    )
    first, second = device["device_id"], other["device_id"]
    assert [tuple(row.values()) for row in rows] == [
        (first, world.ago(minutes=9), "01a4c3f2", 1, True, False, False),
        (second, world.ago(minutes=8), "01a4c3f2", 2, False, False, False),
        (first, world.ago(minutes=7), "0b", 3, False, True, False),
        (first, world.ago(minutes=4), "0a", None, False, False, True),
    ]
