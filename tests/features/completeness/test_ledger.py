"""The ledger against what is known of the frames, because the test sent them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from tests.features.completeness.lives import (
    ADDRESS,
    START,
    SUMS,
    Ledger,
    SentSession,
    Truth,
    lives,
    seen,
    truth,
)
from tests.world import World

from regionhub.features.completeness import store as completeness


@pytest.fixture
def ledger(world: World) -> Ledger:
    town = world.town("olpe")
    return Ledger(town.device(), town.first_source)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(life=lives())
def test_the_ledger_is_what_happened(ledger: Ledger, life: list[SentSession]) -> None:
    mine = Ledger(ledger.sender.town.device(), ledger.source)
    mine.send(life)
    known = [truth(session) for session in life]

    rows, gaps = mine.sessions, mine.gaps
    found: list[Truth] = []
    for row in rows:
        count = len(truth(life[len(found)]).gaps) if len(found) < len(life) else 0
        found.append(seen(row, gaps[:count]))
        gaps = gaps[count:]
    assert found == known
    assert gaps == []

    total = mine.total
    assert total.not_judged is None
    for name in SUMS:
        assert getattr(total, name) == sum(getattr(session, name) for session in known)
    sums = [getattr(total, name) for name in ("received", "recovered", "missing")]
    assert total.expected == sum(sums)


# One by one ---------------------------------------------------------------------------------------


def every(minutes: int, counters: Sequence[int | None], address: str | None = ADDRESS) -> Any:
    return [
        (START + timedelta(minutes=minutes * i), address, f_cnt, False)
        for i, f_cnt in enumerate(counters)
    ]


@pytest.mark.parametrize(
    ("counters", "reason", "received", "uncounted"),
    [
        ([], "no_frames", 0, 0),
        ([None, None, None], "no_counter", 0, 3),
        ([7], "one_frame", 1, 0),
        ([0, 0, 0, 0], "stuck_counter", 0, 4),
        ([7, 3] * 501 + [8], "jumping_counter", 0, 1003),
        ([5, None, 6, None, 8], None, 3, 2),
    ],
)
def test_a_counter_that_tells_nothing_gives_no_share(
    ledger: Ledger,
    counters: list[int | None],
    reason: str | None,
    received: int,
    uncounted: int,
) -> None:
    ledger.uplinks(every(11, counters))
    total = ledger.total
    assert total.not_judged == reason
    assert (total.received, total.uncounted) == (received, uncounted)
    if reason:
        assert total.expected is total.missing is total.completeness_pct is None
    else:
        assert (total.expected, total.missing) == (4, 1)


def test_a_session_that_stands_still_is_not_counted(ledger: Ledger) -> None:
    ledger.uplinks(every(10, [3, 4, 6]))
    ledger.uplinks([(at + timedelta(hours=1), "0b", 0, False) for at, *_ in every(11, [0] * 5)])

    total = ledger.total
    assert (total.expected, total.received, total.missing) == (4, 3, 1)
    assert total.uncounted == 5


def test_first_frames_after_a_join_are_missed(ledger: Ledger) -> None:
    """From 1 on: some devices never send 0."""
    ledger.join(START + timedelta(minutes=1), ADDRESS)
    ledger.uplinks([(START + timedelta(minutes=60), ADDRESS, 4, False)])
    ledger.uplinks([(START + timedelta(minutes=70), ADDRESS, 5, False)])

    [session] = ledger.sessions
    assert (session.expected, session.missing, session.start_known) == (5, 3, True)
    [gap] = ledger.ask(completeness.gaps, ledger.device)
    assert (gap.first_f_cnt, gap.last_f_cnt, gap.missing) == (1, 3, 3)
    assert gap.previous_frame_at == START + timedelta(minutes=1)
    assert gap.next_frame_at == START + timedelta(minutes=60)


def test_a_session_that_began_before_the_period_is_counted_from_its_first_frame(
    ledger: Ledger,
) -> None:
    ledger.uplinks(every(10, [500, 501, 503]))
    assert (ledger.total.expected, ledger.total.missing) == (4, 1)


def test_a_jump_that_no_radio_can_make_is_no_loss(ledger: Ledger) -> None:
    ledger.uplinks(every(10, [100, 101, 60000, 60001, 60003]))
    assert (ledger.total.expected, ledger.total.missing) == (6, 1)
    assert len(ledger.sessions) == 2


def test_a_counter_from_a_device_s_memory_is_no_loss(ledger: Ledger) -> None:
    """After a restart it goes on at a stored number; the frames before were another session's."""
    ledger.uplinks(every(10, [*range(1200, 1235), *range(1000, 1010)]))
    assert (ledger.total.expected, ledger.total.missing) == (45, 0)


def test_frames_without_an_address_belong_to_the_session_that_runs(ledger: Ledger) -> None:
    """An export of another server need not have it."""
    ledger.uplinks(every(10, [10, 11, 15, 16]))
    ledger.uplinks([(START + timedelta(minutes=20 + i), None, 12 + i, True) for i in range(3)])
    total = ledger.total
    assert (total.expected, total.received, total.recovered) == (7, 4, 3)


def test_a_dead_letter_that_was_processed_counts_once(ledger: Ledger) -> None:
    ledger.waiting(START, ADDRESS, 8)
    ledger.uplinks(every(10, [8, 9, 10]))
    total = ledger.total
    assert (total.expected, total.received, total.waiting) == (3, 3, 0)


def test_where_frames_came_out_of_order_a_gap_is_still_a_time_to_ask_for(ledger: Ledger) -> None:
    ledger.uplinks(every(10, [1, 2, 5, 3, 6]))
    assert ledger.gaps == [(4, 4)]
    windows = ledger.ask(completeness.backfill_windows, ledger.source)
    assert all(after < before for after, before in windows)
    gap_after, gap_before = windows[0]
    assert gap_after < START + timedelta(minutes=20) < START + timedelta(minutes=30) < gap_before


def test_a_period_includes_its_start_and_not_its_end(ledger: Ledger) -> None:
    ledger.uplinks(every(10, range(20)))
    with ledger.sender.town.acting() as connection:
        row = completeness.device(
            connection,
            ledger.device,
            start=START + timedelta(minutes=30),
            end=START + timedelta(minutes=50),
        )
    assert (row.expected, row.received) == (2, 2)
    assert row.last_frame_at == START + timedelta(minutes=40)


def test_a_frame_waits_for_the_town_that_heard_it(world: World) -> None:
    town, other = world.town(), world.town()
    device = town.device()
    for heard, f_cnt in ((town, 8), (other, 9)):
        frame = {"frame_time": world.ago(minutes=2), "dev_addr": ADDRESS, "f_cnt": f_cnt}
        heard.dead_letter("not_decodable", dev_eui=device.dev_eui, **frame)
    assert town.select("select f_cnt from api.waiting_event") == [{"f_cnt": 8}]
    assert other.select("select f_cnt from api.waiting_event") == []
