"""Sentences for problems, and the counting behind lag and rate."""

from __future__ import annotations

import string
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from regionhub.devices import Source
from regionhub.problems import SOURCE_PROBLEMS, explain, explain_source, quoted
from regionhub_ingest import status as status_module
from regionhub_ingest.refusals import _REFUSALS
from regionhub_ingest.status import SourceStatus

SOURCE = Source(
    source_id=1,
    tenant_id=1,
    tenant="arnsberg",
    name="lns",
    format="chirpstack-v4",
    broker_url="mqtt://broker.example:1883",
    topics=("#",),
    username="town",
)


@dataclass
class Reported:
    """A source with what ingest says of it."""

    problem: str | None
    problem_detail: str | None
    broker_url: str = SOURCE.broker_url
    username: str | None = SOURCE.username
    protocol: str = SOURCE.protocol
    format: str = SOURCE.format


@pytest.mark.parametrize("code", SOURCE_PROBLEMS)
def test_every_problem_is_one_whole_sentence_in_both_languages(code: str) -> None:
    problem = SOURCE_PROBLEMS[code]
    german, english = (explain(code, language, SOURCE, "no answer") for language in ("de", "en"))
    for sentence in (german, english):
        assert "{" not in sentence
        assert sentence.endswith(".")
        assert ". " not in sentence.replace("z. B. ", "")
        assert len(sentence) < 220
    fields = [
        {f for _, f, _, _ in string.Formatter().parse(t) if f} for t in (problem.de, problem.en)
    ]
    assert fields[0] == fields[1] <= {"broker", "username", "protocol", "format", "detail"}


def test_what_comes_from_outside_is_only_text() -> None:
    said = explain("wrong_password", "en", replace(SOURCE, username="{detail}{0}"), "x")
    assert "{detail}{0}" in said
    assert explain("of-tomorrow", "de", SOURCE, "no answer") == "of-tomorrow: no answer"


@pytest.mark.parametrize("code", SOURCE_PROBLEMS)
def test_a_german_sentence_quotes_nobody_in_english(code: str) -> None:
    row = Reported(code, "connection refused")
    german, english = (explain_source(row, language) or "" for language in ("de", "en"))
    assert "(connection refused)" not in german
    assert (quoted(row) == "connection refused") == ("(connection refused)" in english)


def test_who_has_no_problem_is_not_quoted() -> None:
    assert quoted(Reported(None, None)) is None
    assert quoted(Reported("of-tomorrow", "x")) is None


def test_brokers_say_nothing_that_has_no_sentence() -> None:
    assert {*_REFUSALS.values(), "broker_refuses"} <= SOURCE_PROBLEMS.keys()


def test_the_manual_lists_every_problem() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "operation.md").read_text(encoding="utf-8")
    rows = [
        line.split("|")[1].strip(" `") for line in manual.splitlines() if line.startswith("| `")
    ]
    assert [code for code in SOURCE_PROBLEMS if code not in rows] == []


class Clock:
    """Stands for the module `time`."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def time_ns(self) -> int:
        return 1_800_000_000 * 10**9 + round(self.now * 1e9)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(status_module, "time", clock)
    return clock


def test_lag_is_the_age_of_the_oldest_message_that_is_not_done(clock: Clock) -> None:
    status = SourceStatus()
    for second in range(10):
        clock.now += 1
        status.received(1, clock.time_ns())
        assert status.state(1).lag_seconds == second
    clock.now += 100
    assert status.lag_seconds() == 109
    status.done(4)
    assert status.lag_seconds() == 105
    status.done(6)
    assert status.state(1).lag_seconds == 0
    clock.now += 50
    status.received(1, clock.time_ns())
    assert status.state(1).lag_seconds == 0, "it came this very moment"


def test_lag_grows_for_hours_and_forgets_nothing(clock: Clock) -> None:
    status = SourceStatus()
    status.received(1, clock.time_ns())
    for _ in range(7200):
        state = status.state(1)
        clock.now += 1
    assert state.lag_seconds == 7199
    assert state.messages_last_minute == 0


def test_the_rate_is_what_came_in_the_last_minute(clock: Clock) -> None:
    status = SourceStatus()
    counted = []
    for second in range(180):
        clock.now += 1
        if second < 90:
            status.received(2, clock.time_ns())
            status.done(2)
        counted.append(status.state(1).messages_last_minute)
    assert counted[9] == 20
    assert counted[89] == 120
    assert counted[179] == 0


def test_thrown_out_is_remembered_for_a_minute(clock: Clock) -> None:
    status = SourceStatus()
    status.connected()
    status.failed("session_taken_over")
    status.connected()
    assert status.state(1).problem == "session_taken_over"
    clock.now += 61
    assert status.state(1).problem is None
    assert status.state(1, ("database_full", "no space")).problem == "database_full"
