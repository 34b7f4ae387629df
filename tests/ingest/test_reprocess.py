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
from tests.ingest.conftest import EM300, NOW_NS, Intake, killed_in_between, register
from tests.ingest.test_worker import message
from tests.shipped import PROFILES

from regionhub.archive.runs import Archive, Replay, Selection
from regionhub.devices import Source
from regionhub.envelope import Arrival, ArrivalKind, Envelope
from regionhub.store.database import Database
from regionhub_ingest.decode import Codecs
from regionhub_ingest.pipeline import Pipeline
from regionhub_ingest.registry import Registry
from regionhub_ingest.reprocess import Reprocessor

MISSING = "24e124136d0c0001"
ACCOUNT = "select arrived, waiting, stored, duplicate, ignored, removed from api.dead_letter_account order by source_id"


def arrive(
    intake: Intake,
    *messages: tuple[str, bytes],
    source: Source | None = None,
    kind: ArrivalKind = "live",
) -> None:
    """Messages as ingest would take them, an hour ago."""
    pipeline = Pipeline(Registry(intake.store), Codecs(PROFILES))
    at = NOW_NS - 3_600 * 10**9
    intake.store.commit(
        [
            pipeline.prepare(
                source or intake.source,
                Envelope(topic=topic, body=body, arrival=Arrival(kind, at + n)),
            )
            for n, (topic, body) in enumerate(messages)
        ]
    )


def process(intake: Intake, tenant_id: int | None = None, **chosen: Any) -> Replay:
    with Database(intake.url, size=2, role="ingest") as database:
        run = Archive(database).start(
            "dead_letters",
            tenant_id=tenant_id or intake.source.tenant_id,
            requested_by="crew",
            why="device registered",
            selection=Selection(**chosen),
        )
        return Reprocessor(database, Codecs(PROFILES)).work(run)


def accounts(intake: Intake) -> list[tuple[int, ...]]:
    """As the towns themselves see them; every message is somewhere."""
    found = []
    for town in ("arnsberg", "olpe"):
        with intake.owner.transaction():
            intake.owner.execute(f"set local role rh_t_{town}")
            found += intake.rows(ACCOUNT)
    assert all(row[0] == sum(row[1:]) for row in found)
    return found


def test_onboarding_a_device_stores_what_it_sent_before(intake: Intake) -> None:
    arrive(intake, message(1, MISSING), message(2, MISSING), message(2, MISSING))
    assert accounts(intake) == [(3, 3, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0)]
    fates = intake.fates()
    register(intake.town, MISSING)

    row = process(intake, letter_reason="unknown_device", dev_eui=MISSING)

    assert (row.handled, row.stored, row.failed, row.state) == (2, 2, 0, "done")
    # the two copies of one message are one reading; what was counted on arrival stays
    assert accounts(intake)[0] == (3, 0, 2, 1, 0, 0)
    assert intake.fates() == fates
    times = intake.rows("select distinct time, time_source from core.uplink")
    assert times == [(times[0][0], "event")]
    assert intake.rows("select count(*)::int from core.reading") == [(3,)]
    letters = intake.rows("select outcome, resolved_by, replay_id from core.dead_letter")
    assert letters == [("stored", "crew", row.replay_id)] * 2

    again = process(intake)
    assert again.handled == 0
    assert intake.rows("select count(*)::int from core.uplink") == [(2,)]


def test_an_uplink_without_a_time_of_its_own_keeps_its_arrival(intake: Intake) -> None:
    topic, body = message(1, MISSING, time=None, rxInfo=[])
    arrive(intake, (topic, body))
    register(intake.town, MISSING)

    process(intake)

    rows = intake.rows(
        "select time_source, extract(epoch from time)::float8, "
        "extract(epoch from received_at)::float8 as received from core.uplink"
    )
    assert rows == [("arrival", NOW_NS / 1e9 - 3600, NOW_NS / 1e9 - 3600)]


def test_a_source_that_is_set_up_while_a_run_is_under_way(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regionhub_ingest.reprocess.BATCH_SIZE", 1)
    arrive(intake, message(1, MISSING))
    register(intake.town, MISSING)
    sources: list[Source] = []

    def set_up(done: int, total: int) -> None:
        if not sources:
            sources.append(intake.source_beside())
            arrive(intake, ("x", b"no json"), source=sources[0])

    with Database(intake.url, size=2, role="ingest") as database:
        run = Archive(database).start(
            "dead_letters",
            tenant_id=intake.source.tenant_id,
            requested_by="crew",
            why="device registered",
            selection=Selection(),
        )
        row = Reprocessor(database, Codecs(PROFILES)).work(run, set_up)

    assert (row.stored, row.failed, row.state) == (1, 1, "done")


def test_what_still_cannot_pass_waits_with_its_present_reason(intake: Intake) -> None:
    arrive(intake, message(1, MISSING, data="A2c="), ("x", b"no json"))
    register(intake.town, MISSING)

    row = process(intake)

    assert (row.handled, row.failed) == (2, 2)
    assert intake.rows(
        "select reason, dev_eui, attempted_at is not null from core.dead_letter order by 1"
    ) == [
        ("not_decodable", MISSING, True),
        ("not_parseable", None, True),
    ]
    assert accounts(intake)[0] == (2, 2, 0, 0, 0, 0)


def test_what_can_be_read_as_a_frame_now_is_no_loss_on_the_air(intake: Intake) -> None:
    arrive(intake, message(7, data="A2c="), source=replace(intake.source, format="loriot"))
    frame = "select reason, f_cnt::int, frame_time is not null from core.dead_letter"
    assert intake.rows(frame) == [("not_parseable", None, False)]

    process(intake)

    assert intake.rows(frame) == [("not_decodable", 7, True)]


def test_a_message_that_says_nothing_is_ignored_and_a_frame_that_came_another_way_is_a_copy(
    intake: Intake,
) -> None:
    arrive(intake, message(1), message(2, MISSING))
    # the same frame through another connection of the town, with another envelope
    topic, body = message(1, deduplicationId="other")
    intake.owner.execute("update core.device set active = false where dev_eui = %s", [EM300])
    arrive(intake, (topic, body))
    intake.owner.execute("update core.device set active = true where dev_eui = %s", [EM300])
    intake.owner.execute(
        "update core.dead_letter set topic = replace(topic, '/up', '/txack') where dev_eui = %s",
        [MISSING],
    )

    row = process(intake)

    assert (row.duplicate, row.ignored, row.stored) == (1, 1, 0)
    assert accounts(intake)[0] == (2, 0, 0, 1, 1, 0)


def test_a_town_processes_its_own(intake: Intake) -> None:
    other = "24e124136d0c0002"
    arrive(intake, message(1, MISSING))
    arrive(intake, message(1, other), source=intake.foreign_source)
    register(intake.town, MISSING)
    register(intake.neighbour, other)

    assert process(intake).stored == 1
    assert accounts(intake) == [(1, 0, 1, 0, 0, 0), (1, 1, 0, 0, 0, 0)]
    assert process(intake, intake.foreign_source.tenant_id).stored == 1


def test_a_message_that_was_cut_says_so(intake: Intake) -> None:
    arrive(intake, ("x", b"x" * 300_000))

    for _ in range(2):
        assert process(intake).failed == 1
    [(detail,)] = intake.rows("select detail from core.dead_letter")
    assert detail.startswith("only the first 262144 of 300000 bytes were kept")
    assert detail.count("only the first") == 1


def test_a_switched_off_source_does_not_hold_back_what_it_sent(intake: Intake) -> None:
    arrive(intake, message(1, MISSING))
    intake.owner.execute("update core.source set enabled = false")
    register(intake.town, MISSING)

    assert process(intake).stored == 1


def test_the_same_message_after_it_was_resolved(intake: Intake) -> None:
    arrive(intake, message(1, MISSING))
    register(intake.town, MISSING)
    process(intake)

    # the device is known now: a copy of a stored frame
    arrive(intake, message(1, MISSING), kind="redelivered")
    assert intake.fates()["duplicate", "frame"] == 1

    # it is unknown once more: the broker's own copy is nothing new, a message that comes anew waits
    intake.owner.execute("update core.device set active = false where dev_eui = %s", [MISSING])
    arrive(intake, message(1, MISSING), kind="redelivered")
    assert intake.fates()["duplicate", "unknown_device"] == 1
    assert accounts(intake)[0] == (1, 0, 1, 0, 0, 0)
    arrive(intake, message(1, MISSING))
    arrive(intake, message(1, MISSING))
    assert accounts(intake)[0] == (3, 2, 1, 0, 0, 0)

    intake.owner.execute("update core.device set active = true where dev_eui = %s", [MISSING])
    assert process(intake).duplicate == 1
    assert accounts(intake)[0] == (3, 0, 1, 2, 0, 0)
    assert intake.rows("select count(*)::int from core.uplink") == [(1,)]


def test_a_batch_that_the_database_refuses_leaves_the_rest_stored(intake: Intake) -> None:
    """The whole batch is refused first, and then divided."""
    arrive(intake, message(1, MISSING), message(2, MISSING), message(3, MISSING))
    register(intake.town, MISSING)
    intake.owner.execute("alter table core.uplink add check (f_cnt <> 2)")

    row = process(intake)

    assert (row.stored, row.failed) == (2, 1)
    assert intake.rows("select reason from core.dead_letter where resolved_at is null") == [
        ("store_rejected",)
    ]
    assert accounts(intake)[0] == (3, 1, 2, 0, 0, 0)


@pytest.fixture
def command(intake: Intake) -> Callable[..., subprocess.Popen[str]]:
    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "regionhub", *arguments],
            env=os.environ | {"REGIONHUB_DATABASE_URL": intake.url, "COLUMNS": "200"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start


def test_killed_in_the_middle_and_run_again_everything_is_stored_once(
    intake: Intake, command: Callable[..., subprocess.Popen[str]]
) -> None:
    count = 3000
    for start in range(0, count, 1000):
        arrive(intake, *(message(n, MISSING) for n in range(start, start + 1000)))
    register(intake.town, MISSING)

    with command("replay", "dead-letters", "--because", "unknown_device") as first:
        before = killed_in_between(intake, first)
    assert 0 < before < count
    assert intake.rows("select count(*)::int from core.uplink") == [(before,)]

    with command("replay", "dead-letters", "--because", "unknown_device") as second:
        said, _ = second.communicate(timeout=60)
        assert second.returncode == 0, said

    assert f"{count - before:,}" in said
    assert intake.rows(
        "select count(*)::int, count(distinct f_cnt)::int as frames from core.uplink"
    ) == [(count, count)]
    assert intake.rows("select state, handled::int from core.replay order by 1") == [
        ("done", count - before),
        ("stopped", before),
    ]
    assert accounts(intake)[0] == (count, 0, count, 0, 0, 0)
