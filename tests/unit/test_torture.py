"""The proof of durability: its plan is the seed's, and its verdict sees what is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from tests.torture import verdict as verdicts
from tests.torture.kept import Kept, Uplink
from tests.torture.messages import FRAMES, REASONS, Messages, Sent
from tests.torture.plan import CLOCK_JUMPS, DISKS, KILLS, NETWORK, make_plan
from tests.torture.report import BrokerKill
from tests.torture.verdict import Verdict, judge


def test_the_seed_draws_the_plan() -> None:
    assert make_plan(3, 40) == make_plan(3, 40)
    assert make_plan(3, 40) != make_plan(4, 40)


@pytest.mark.parametrize("kills", [32, 200])
def test_a_plan_has_the_kills_that_were_asked_for_and_every_fault(kills: int) -> None:
    plan = make_plan(1, kills)
    assert kills <= sum(each.kills for each in plan) <= kills + 1
    assert {each.kill for each in plan} - {None} == set(KILLS)
    conditions = {each.condition for each in plan if each.condition}
    assert len(conditions) == 2 * len(NETWORK) + len(DISKS) + len(CLOCK_JUMPS)


def test_without_small_disks_none_is_filled() -> None:
    plan = make_plan(1, 32, with_disks=False)
    assert not any((each.condition or "").startswith("disk") for each in plan)


def numbers() -> list[Sent]:
    """Acknowledged numbers of every kind."""
    messages = Messages(1)
    sent = [messages.next(1_778_572_000 + number) for number in range(300)]
    for each in sent:
        each.acknowledged_at = 1.0
    return sent


def all_kept(sent: list[Sent]) -> Kept:
    """What the database of a hub without faults keeps of them."""
    kept = Kept(fates={"ignored txack": sum(each.kind == "ignored" for each in sent)})
    for each in sent:
        if each.kind in FRAMES:
            names = sorted(each.readings)
            kept.uplinks[each.dev_eui, each.f_cnt].append(
                Uplink(each.time_us, names, [each.readings[name] for name in names], True)
            )
        elif each.kind in REASONS:
            kept.dead_letters[each.bodies[0]].append(REASONS[each.kind])
        elif each.kind == "status":
            kept.events[each.event_id] += 1
    return kept


Judge = Callable[[list[Sent], Kept], Verdict]


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Judge:
    def judged(sent: list[Sent], kept: Kept) -> Verdict:
        monkeypatch.setattr(verdicts, "read", lambda url: kept)
        return judge("", sent)

    return judged


def test_what_is_there_once_is_good(judged: Judge) -> None:
    sent = numbers()
    assert {each.kind for each in sent} >= FRAMES | REASONS.keys() | {"status", "ignored"}
    verdict = judged(sent, all_kept(sent))
    assert verdict.good
    assert verdict.stored + verdict.dead_letters.total() + sum(
        each.kind == "ignored" for each in sent
    ) == len(sent)


@pytest.mark.parametrize("kind", ["good", "undecodable", "status"])
def test_a_number_that_is_not_there_is_lost_only_if_it_was_acknowledged(
    judged: Judge, kind: str
) -> None:
    sent = numbers()
    lost = next(each for each in sent if each.kind == kind)
    kept = all_kept([each for each in sent if each is not lost])
    assert judged(sent, kept).lost == [lost]
    lost.acknowledged_at = None
    assert judged(sent, all_kept([each for each in sent if each is not lost])).good


@pytest.mark.parametrize("kind", ["good", "no JSON", "status"])
def test_a_number_that_is_there_twice_is_duplicated(judged: Judge, kind: str) -> None:
    sent = numbers()
    twice = next(each for each in sent if each.kind == kind)
    assert judged(sent, all_kept([*sent, twice])).duplicated == [twice]


def test_wrong_values_times_and_reasons_are_seen(judged: Judge) -> None:
    sent = numbers()
    frame = next(each for each in sent if each.kind == "good")
    kept = all_kept(sent)
    (uplink,) = kept.uplinks[frame.dev_eui, frame.f_cnt]
    kept.uplinks[frame.dev_eui, frame.f_cnt] = [uplink._replace(time_us=uplink.time_us + 1)]
    letter = next(each for each in sent if each.kind == "no JSON")
    kept.dead_letters[letter.bodies[0]] = ["unexpected"]
    assert len(judged(sent, kept).wrong) == 2


def test_rows_that_nobody_published_and_messages_without_a_fate_are_seen(judged: Judge) -> None:
    sent = numbers()
    kept = all_kept(sent)
    kept.uplinks["0011223344556677", 1].append(Uplink(0, [], [], True))
    kept.fates = {}
    assert len(judged(sent, kept).wrong) == 2


def test_the_broker_may_lose_only_what_it_had_not_written_down() -> None:
    (sent, *_) = numbers()
    now = time.monotonic()
    kill = BrokerKill(snapshot_at=now - 5, at=now)
    sent.acknowledged_at = now - 4
    assert kill.may_lose(sent)
    sent.acknowledged_at = now - 6
    assert not kill.may_lose(sent)
    sent.acknowledged_at = None
    assert not kill.may_lose(sent)
