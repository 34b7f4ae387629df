"""What `regionhub doctor` makes of what it sees."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from regionhub.archive.letters.waiting import WaitingLetters
from regionhub.cli.checks import Finding, span
from regionhub.cli.checks.database import (
    judge_disk,
    judge_rights,
    judge_settings,
    not_reached,
    wrong_version,
)
from regionhub.cli.checks.facts import (
    ArrivalDelay,
    DifferingSetting,
    Heartbeat,
    Ingest,
    MissingRight,
)
from regionhub.cli.checks.processes import (
    judge_clocks,
    judge_ingest,
    judge_letters,
    judge_profiles,
    judge_work,
)
from regionhub.cli.checks.rollups import judge_columnstore, judge_jobs, judge_rollups
from regionhub.cli.checks.sources import judge_source
from regionhub.errors import DEAD_LETTER_REASONS, SchemaError, StoreUnavailable
from regionhub.problems import DATABASE_PROBLEMS, PROCESS_PROBLEMS, describe
from regionhub.registry.sources import TownSource
from regionhub.series.upkeep import DatabaseJob, Rollup, Unpacked
from regionhub.store.jobs import FailingJob

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
GB = 1e9


@pytest.mark.parametrize("code", [*DATABASE_PROBLEMS, *PROCESS_PROBLEMS])
def test_every_problem_is_one_sentence(code: str) -> None:
    sentence = describe(code, "this is so")
    assert "{" not in sentence
    assert sentence.endswith((".", "this is so"))
    assert ". " not in sentence


def test_the_manual_lists_every_problem() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "operation.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(" `") for line in manual.splitlines() if line[:3] == "| `"}
    assert [c for c in [*DATABASE_PROBLEMS, *PROCESS_PROBLEMS] if c not in rows] == []


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (
            'connection to server failed: FATAL:  password authentication failed for user "hub"',
            "database_wrong_password",
        ),
        (
            "FATAL:  Passwort-Authentifizierung für Benutzer »hub« fehlgeschlagen",
            "database_wrong_password",
        ),
        ("fe_sendauth: no password supplied", "database_wrong_password"),
        ('FATAL:  database "hub" does not exist', "database_missing"),
        ("FATAL:  Datenbank »hub« existiert nicht", "database_missing"),
        ('FATAL:  role "hub" does not exist', "database_user_missing"),
        ('FATAL:  role "hub" is not permitted to log in', "database_not_permitted"),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.7"', "database_not_permitted"),
        ('FATAL:  permission denied for database "hub"', "database_not_permitted"),
        ("FATAL:  the database system is starting up", "database_starting"),
        ("FATAL:  sorry, too many clients already", "database_connections"),
        (
            "FATAL:  remaining connection slots are reserved for roles with privileges",
            "database_connections",
        ),
        (
            "failed to resolve host 'db': [Errno -2] Name or service not known",
            "database_host_unknown",
        ),
        (
            'connection to server at "127.0.0.1", port 1 failed: Connection refused',
            "database_unreachable",
        ),
        ("connection timeout expired", "database_unreachable"),
    ],
)
def test_a_closed_door_has_a_name(said: str, problem: str) -> None:
    finding = not_reached(StoreUnavailable(said))
    assert (finding.level, finding.problem) == ("error", problem)
    assert "FATAL" not in finding.sentence


def test_version_of_the_database() -> None:
    assert wrong_version(SchemaError("the database is empty: run x")).problem == "schema_missing"
    older = wrong_version(SchemaError("the database is older than this program"))
    assert (older.problem, older.level) == ("schema_differs", "error")


def test_missing_rights_are_named() -> None:
    assert judge_rights([]).level == "ok"
    lacks = MissingRight(role="rh_ingest", privilege="insert", relation="core.reading")
    finding = judge_rights([lacks] * 5)
    assert "rh_ingest may not insert core.reading" in finding.sentence
    assert "and 2 more" in finding.sentence


def test_differing_settings_are_named() -> None:
    assert judge_settings([]).level == "ok"
    jit = DifferingSetting(holder="role rh_g_olpe", name="jit", value="off", effective=None)
    finding = judge_settings([jit] * 4)
    assert (finding.level, finding.problem) == ("warning", "settings_differ")
    assert "jit of role rh_g_olpe is not set instead of off" in finding.sentence
    assert "and 1 more" in finding.sentence


@pytest.mark.parametrize(
    ("hourly", "daily", "level"),
    [(-60, -60, "ok"), (2.6, 27, "ok"), (5, 27, "error"), (2, 72, "error")],
)
def test_how_far_rollups_are_behind(hourly: float, daily: float, level: str) -> None:
    found = judge_rollups(
        [
            Rollup(name="rollup_daily", behind_seconds=daily * 3600),
            Rollup(name="rollup_hourly", behind_seconds=hourly * 3600),
        ]
    )
    assert found.level == level
    assert f"rollup_hourly is {span(max(0, hourly) * 3600)} behind" in found.sentence
    assert judge_rollups([]).level == "ok"


def test_jobs_of_the_database() -> None:
    good = DatabaseJob(name="roll_up_days", stands_still=False, failed=False, message=None)
    assert judge_jobs([good]).level == "ok"
    failed = replace(good, failed=True, message="out of memory")
    finding = judge_jobs([good, failed])
    assert (finding.level, finding.problem) == ("warning", "jobs_fail")
    assert "roll_up_days: out of memory" in finding.sentence
    still = judge_jobs([failed, replace(good, stands_still=True)])
    assert (still.level, still.problem) == ("error", "jobs_stand_still")


def test_what_waits_to_be_packed_is_named() -> None:
    assert judge_columnstore([]).level == "ok"
    finding = judge_columnstore([Unpacked(name="reading", chunks=3, oldest=NOW)])
    assert (finding.level, finding.problem) == ("warning", "columnstore_behind")
    assert "3 of reading since 2026-05-01" in finding.sentence


@pytest.mark.parametrize(
    ("room", "level"),
    [
        (None, "ok"),
        ((80 * GB, 100 * GB), "ok"),
        ((30 * GB, 1000 * GB), "ok"),
        ((9 * GB, 100 * GB), "warning"),
        ((0.4 * GB, 2 * GB), "error"),
        ((0, 100 * GB), "error"),
    ],
)
def test_room_on_the_disk(room: tuple[float, float] | None, level: str) -> None:
    finding = judge_disk(3.4e9, room)
    assert finding.level == level
    if room is None:
        assert "only on its own machine" in finding.sentence


@pytest.mark.parametrize(
    ("ahead", "level", "said"),
    [
        (0.4, "ok", "agree"),
        (-4.9, "ok", "agree"),
        (7, "warning", "the machine of ingest is 7 s ahead of the database server's"),
        (-7, "warning", "7 s behind"),
        (3 * 3600 - 0.01, "error", "3 h ahead"),
        (-86400 * 400, "error", "400 days behind"),
    ],
)
def test_clocks(ahead: float, level: str, said: str) -> None:
    finding = judge_clocks({"this machine": 0.1, "the machine of ingest": ahead}, [])
    assert finding.level == level
    assert said in finding.sentence


@pytest.mark.parametrize(
    ("least", "said"),
    [(0.3, None), (100, None), (3 * 3600, "at least 3 h after"), (-300, "5 min ahead of ingest")],
)
def test_network_servers_with_another_clock(least: float, said: str | None) -> None:
    delay = ArrivalDelay(tenant="arnsberg", name="lns", least_seconds=least)
    finding = judge_clocks({"this machine": 0}, [delay])
    assert finding.level == ("ok" if said is None else "warning")
    assert said is None or said in finding.sentence


def test_processes() -> None:
    assert judge_work(None, []).problem == "work_not_running"
    beat = Heartbeat(silent_seconds=30, clock_ahead_seconds=0)
    assert judge_work(beat, []).level == "ok"
    assert "last seen 10 min ago" in judge_work(replace(beat, silent_seconds=600), []).sentence
    failing = FailingJob(job="retention", problem="no such column", failures=3, since=NOW)
    finding = judge_work(beat, [failing])
    assert finding.problem == "job_failing"
    assert "retention failed 3 times since 2026-05-01 12:00 UTC" in finding.sentence
    assert "no such column" in finding.sentence

    def ingest(workers: int, silent_seconds: float | None) -> Finding:
        return judge_ingest(
            Ingest(workers=workers, silent_seconds=silent_seconds, clock_ahead_seconds=None)
        )

    assert ingest(3, 1).sentence.endswith("3 processes")
    assert "never heard" in ingest(0, None).sentence
    assert ingest(0, 86400 * 3).problem == "ingest_silent"
    hung = ingest(1, 600)
    assert "1 process, but last heard 10 min ago" in hung.sentence


def test_letters() -> None:
    assert judge_letters([]).level == "ok"
    unknown = WaitingLetters(reason="unknown_device", messages=38)
    unreadable = WaitingLetters(reason="not_decodable", messages=3)
    several = [
        WaitingLetters(reason=reason, messages=number + 1)
        for number, reason in enumerate(DEAD_LETTER_REASONS)
    ]
    counts = [int(number) for number in re.findall(r"\d+", judge_letters(several).sentence)]
    assert counts[0] == sum(counts[1:]) == sum(row.messages for row in several)
    finding = judge_letters([unknown, unreadable])
    assert finding.level == "warning"
    assert "41 messages (38 unknown_device, 3 not_decodable)" in finding.sentence


def test_profiles(tmp_path: Path) -> None:
    assert judge_profiles({"dragino/lse01": 3}, None).level == "ok"
    assert "acme/none: 2" in judge_profiles({"acme/none": 2}, None).sentence
    assert judge_profiles({}, tmp_path / "nothing").problem == "profile_unusable"
    folder = tmp_path / "acme" / "soil"
    folder.mkdir(parents=True)
    (folder / "profile.yaml").write_text("vendor: Acme\n")
    assert "acme/soil/codec.js" in judge_profiles({}, tmp_path).sentence


SOURCE = TownSource(
    source_id=1,
    tenant_id=1,
    tenant="arnsberg",
    name="lns",
    format="chirpstack-v4",
    broker_url="mqtt://broker.example:1883",
    topics=["#"],
    protocol="5",
    username="town",
    enabled=True,
    sessions=1,
    sessions_connected=1,
    connected_since=NOW - timedelta(days=1),
    last_message_at=NOW - timedelta(seconds=12),
    messages_last_minute=34,
    lag_seconds=0.4,
    reported_at=NOW,
    problem=None,
    problem_detail=None,
)


def judged(refused: tuple[str, str | None] | None = None, **changes: Any) -> Finding:
    return judge_source(replace(SOURCE, **changes), refused, NOW)


def test_a_source_that_works() -> None:
    finding = judged()
    assert finding.level == "ok"
    assert "last message 12 s ago, 34 in the last minute" in finding.sentence
    assert judged(enabled=False).sentence == "switched off"


def test_a_source_that_its_broker_refuses() -> None:
    away = {"connected_since": None, "problem": "wrong_password"}
    finding = judged(("wrong_password", "Not authorized"), **away)
    assert finding.level == "error"
    assert finding.sentence.startswith("The broker mqtt://broker.example:1883 turns the user town")
    # what works for ingest and not from here is no failure of the hub
    seen = judged(("broker_unreachable", "connection refused"))
    assert seen.level == "warning"
    assert seen.sentence.startswith("ingest is connected, but from this machine it does not work")


def test_a_source_that_ingest_cannot_use() -> None:
    finding = judged(None, connected_since=None, problem="ingest_not_running")
    assert (finding.level, finding.problem) == ("error", "ingest_not_running")
    full = judged(None, problem="database_full", problem_detail="could not extend file")
    assert (full.level, full.problem) == ("error", "database_full")
    assert judged(None, connected_since=None).problem == "connecting"


def test_a_silent_source_is_a_hint_and_no_error() -> None:
    quiet = judged(None, last_message_at=None)
    assert (quiet.level, quiet.problem) == ("warning", "source_silent")
    assert "this user may read" in quiet.sentence
    assert judged(None, last_message_at=NOW - timedelta(hours=3)).problem == "source_silent"
    just = judged(None, last_message_at=None, connected_since=NOW - timedelta(minutes=5))
    assert just.level == "ok"


def test_a_source_that_is_behind() -> None:
    finding = judged(None, lag_seconds=400.0)
    assert (finding.level, finding.problem) == ("warning", "source_behind")
    assert "6 min" in finding.sentence


def test_spans_are_never_rounded_up() -> None:
    given = (0.2, 119, 120, 7199, 7200, 172_799, 172_800)
    assert ", ".join(map(span, given)) == "0 s, 119 s, 2 min, 119 min, 2 h, 47 h, 2 days"
