"""Dead letters processed again: each message exactly once, with its own time, and every one counted."""

# ruff: noqa: E501 - SQL reads best on one line
from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.ingest.conftest import EM300, NOW_NS, Hub, killed_in_between
from tests.ingest.test_worker import message

from regionhub.archive.runs import Archive, Replay, Selection
from regionhub.devices import Source
from regionhub.envelope import Arrival, ArrivalKind, Envelope
from regionhub.profiles import load_profiles
from regionhub.store.database import Database
from regionhub_ingest.decode import Codecs
from regionhub_ingest.pipeline import Pipeline
from regionhub_ingest.registry import Registry
from regionhub_ingest.reprocess import Reprocessor

MISSING = "24e124136d0c0001"
ACCOUNT = "select arrived, waiting, stored, duplicate, ignored, removed from api.dead_letter_account order by source_id"


def arrive(
    hub: Hub,
    *messages: tuple[str, bytes],
    source: Source | None = None,
    kind: ArrivalKind = "live",
) -> None:
    """Messages as ingest would take them, an hour ago."""
    pipeline = Pipeline(Registry(hub.store), Codecs(load_profiles()))
    at = NOW_NS - 3_600 * 10**9
    hub.store.commit(
        [
            pipeline.prepare(
                source or hub.source,
                Envelope(topic=topic, body=body, arrival=Arrival(kind, at + n)),
            )
            for n, (topic, body) in enumerate(messages)
        ]
    )


def register(hub: Hub, dev_eui: str = MISSING, tenant_id: int | None = None) -> None:
    hub.owner.execute(
        "insert into core.device (tenant_id, dev_eui, name, profile_id, interval_seconds) "
        "values (%s, %s, 'new', 'milesight/em300-th', 600)",
        [tenant_id or hub.source.tenant_id, dev_eui],
    )


def process(hub: Hub, tenant_id: int | None = None, **chosen: Any) -> Replay:
    with Database(hub.url, size=2, role="ingest") as database:
        run = Archive(database).start(
            "dead_letters",
            tenant_id=tenant_id or hub.source.tenant_id,
            requested_by="crew",
            why="device registered",
            selection=Selection(**chosen),
        )
        return Reprocessor(database, Codecs(load_profiles())).work(run)


def accounts(hub: Hub) -> list[tuple[int, ...]]:
    """As the towns themselves see them; every message is somewhere."""
    found = []
    for town in ("arnsberg", "olpe"):
        with hub.owner.transaction():
            hub.owner.execute(f"set local role rh_t_{town}")
            found += hub.rows(ACCOUNT)
    assert all(row[0] == sum(row[1:]) for row in found)
    return found


def test_onboarding_a_device_stores_what_it_sent_before(hub: Hub) -> None:
    arrive(hub, message(1, MISSING), message(2, MISSING), message(2, MISSING))
    assert accounts(hub) == [(3, 3, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0)]
    fates = hub.fates()
    register(hub)

    row = process(hub, letter_reason="unknown_device", dev_eui=MISSING)

    assert (row.handled, row.stored, row.failed, row.state) == (2, 2, 0, "done")
    # the two copies of one message are one reading; what was counted on arrival stays
    assert accounts(hub)[0] == (3, 0, 2, 1, 0, 0)
    assert hub.fates() == fates
    times = hub.rows("select distinct time, time_source from core.uplink")
    assert times == [(times[0][0], "event")]
    assert hub.rows("select count(*)::int from core.reading") == [(3,)]
    letters = hub.rows("select outcome, resolved_by, replay_id from core.dead_letter")
    assert letters == [("stored", "crew", row.replay_id)] * 2

    again = process(hub)
    assert again.handled == 0
    assert hub.rows("select count(*)::int from core.uplink") == [(2,)]


def test_an_uplink_without_a_time_of_its_own_keeps_its_arrival(hub: Hub) -> None:
    topic, body = message(1, MISSING, time=None, rxInfo=[])
    arrive(hub, (topic, body))
    register(hub)

    process(hub)

    rows = hub.rows(
        "select time_source, extract(epoch from time)::float8, "
        "extract(epoch from received_at)::float8 as received from core.uplink"
    )
    assert rows == [("arrival", NOW_NS / 1e9 - 3600, NOW_NS / 1e9 - 3600)]


def test_a_source_that_is_set_up_while_a_run_is_under_way(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regionhub_ingest.reprocess.BATCH_SIZE", 1)
    arrive(hub, message(1, MISSING))
    register(hub)
    sources: list[Source] = []

    def set_up(done: int, total: int) -> None:
        if not sources:
            sources.append(hub.source_beside())
            arrive(hub, ("x", b"no json"), source=sources[0])

    with Database(hub.url, size=2, role="ingest") as database:
        run = Archive(database).start(
            "dead_letters",
            tenant_id=hub.source.tenant_id,
            requested_by="crew",
            why="device registered",
            selection=Selection(),
        )
        row = Reprocessor(database, Codecs(load_profiles())).work(run, set_up)

    assert (row.stored, row.failed, row.state) == (1, 1, "done")


def test_what_still_cannot_pass_waits_with_its_present_reason(hub: Hub) -> None:
    arrive(hub, message(1, MISSING, data="A2c="), ("x", b"no json"))
    register(hub)

    row = process(hub)

    assert (row.handled, row.failed) == (2, 2)
    assert hub.rows(
        "select reason, dev_eui, attempted_at is not null from core.dead_letter order by 1"
    ) == [
        ("not_decodable", MISSING, True),
        ("not_parseable", None, True),
    ]
    assert accounts(hub)[0] == (2, 2, 0, 0, 0, 0)


def test_what_can_be_read_as_a_frame_now_is_no_loss_on_the_air(hub: Hub) -> None:
    arrive(hub, message(7, data="A2c="), source=replace(hub.source, format="loriot"))
    frame = "select reason, f_cnt::int, frame_time is not null from core.dead_letter"
    assert hub.rows(frame) == [("not_parseable", None, False)]

    process(hub)

    assert hub.rows(frame) == [("not_decodable", 7, True)]


def test_a_message_that_says_nothing_is_ignored_and_a_frame_that_came_another_way_is_a_copy(
    hub: Hub,
) -> None:
    arrive(hub, message(1), message(2, MISSING))
    # the same frame through another connection of the town, with another envelope
    topic, body = message(1, deduplicationId="other")
    hub.owner.execute("update core.device set active = false where dev_eui = %s", [EM300])
    arrive(hub, (topic, body))
    hub.owner.execute("update core.device set active = true where dev_eui = %s", [EM300])
    hub.owner.execute(
        "update core.dead_letter set topic = replace(topic, '/up', '/txack') where dev_eui = %s",
        [MISSING],
    )

    row = process(hub)

    assert (row.duplicate, row.ignored, row.stored) == (1, 1, 0)
    assert accounts(hub)[0] == (2, 0, 0, 1, 1, 0)


def test_a_town_processes_its_own(hub: Hub) -> None:
    other = "24e124136d0c0002"
    arrive(hub, message(1, MISSING))
    arrive(hub, message(1, other), source=hub.foreign_source)
    register(hub)
    register(hub, other, hub.foreign_source.tenant_id)

    assert process(hub).stored == 1
    assert accounts(hub) == [(1, 0, 1, 0, 0, 0), (1, 1, 0, 0, 0, 0)]
    assert process(hub, hub.foreign_source.tenant_id).stored == 1


def test_a_message_that_was_cut_says_so(hub: Hub) -> None:
    arrive(hub, ("x", b"x" * 100_000))

    for _ in range(2):
        assert process(hub).failed == 1
    [(detail,)] = hub.rows("select detail from core.dead_letter")
    assert detail.startswith("only the first 65536 of 100000 bytes were kept")
    assert detail.count("only the first") == 1


def test_a_switched_off_source_does_not_hold_back_what_it_sent(hub: Hub) -> None:
    arrive(hub, message(1, MISSING))
    hub.owner.execute("update core.source set enabled = false")
    register(hub)

    assert process(hub).stored == 1


def test_the_same_message_after_it_was_resolved(hub: Hub) -> None:
    arrive(hub, message(1, MISSING))
    register(hub)
    process(hub)

    # the device is known now: a copy of a stored frame
    arrive(hub, message(1, MISSING), kind="redelivered")
    assert hub.fates()["duplicate", "frame"] == 1

    # it is unknown once more: the broker's own copy is nothing new, a message that comes anew waits
    hub.owner.execute("update core.device set active = false where dev_eui = %s", [MISSING])
    arrive(hub, message(1, MISSING), kind="redelivered")
    assert hub.fates()["duplicate", "unknown_device"] == 1
    assert accounts(hub)[0] == (1, 0, 1, 0, 0, 0)
    arrive(hub, message(1, MISSING))
    arrive(hub, message(1, MISSING))
    assert accounts(hub)[0] == (3, 2, 1, 0, 0, 0)

    hub.owner.execute("update core.device set active = true where dev_eui = %s", [MISSING])
    assert process(hub).duplicate == 1
    assert accounts(hub)[0] == (3, 0, 1, 2, 0, 0)
    assert hub.rows("select count(*)::int from core.uplink") == [(1,)]


def test_a_batch_that_the_database_refuses_leaves_the_rest_stored(hub: Hub) -> None:
    """The whole batch is refused first, and then divided."""
    arrive(hub, message(1, MISSING), message(2, MISSING, deduplicationId="x"), message(3, MISSING))
    register(hub)
    hub.owner.execute("alter table core.uplink add check (event_id <> 'x')")

    row = process(hub)

    assert (row.stored, row.failed) == (2, 1)
    assert hub.rows("select reason from core.dead_letter where resolved_at is null") == [
        ("store_rejected",)
    ]
    assert accounts(hub)[0] == (3, 1, 2, 0, 0, 0)


@pytest.fixture
def command(hub: Hub) -> Callable[..., subprocess.Popen[str]]:
    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "regionhub", *arguments],
            env=os.environ | {"REGIONHUB_DATABASE_URL": hub.url, "COLUMNS": "200"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start


def test_killed_in_the_middle_and_run_again_everything_is_stored_once(
    hub: Hub, command: Callable[..., subprocess.Popen[str]]
) -> None:
    count = 3000
    for start in range(0, count, 1000):
        arrive(hub, *(message(n, MISSING) for n in range(start, start + 1000)))
    register(hub)

    with command("replay", "dead-letters", "--because", "unknown_device") as first:
        before = killed_in_between(hub, first)
    assert 0 < before < count
    assert hub.rows("select count(*)::int from core.uplink") == [(before,)]

    with command("replay", "dead-letters", "--because", "unknown_device") as second:
        said, _ = second.communicate(timeout=60)
        assert second.returncode == 0, said

    assert f"{count - before:,}" in said
    assert hub.rows(
        "select count(*)::int, count(distinct f_cnt)::int as frames from core.uplink"
    ) == [(count, count)]
    assert hub.rows("select state, handled::int from core.replay order by 1") == [
        ("done", count - before),
        ("stopped", before),
    ]
    assert accounts(hub)[0] == (count, 0, count, 0, 0, 0)
