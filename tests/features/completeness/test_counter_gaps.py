"""Gaps, totals and addresses: what the counters of frames tell of a device's whole life."""

from __future__ import annotations

from typing import Any

import pytest
from tests.devices import Frame
from tests.features.completeness.conftest import (
    MINUTE,
    START,
    STEP,
    Life,
)


class TestGap:
    def test_the_last_one_and_its_frames(self, life: Life) -> None:
        life.lives("1 2 5 6 10 11")
        [row] = life.sessions
        assert (row["gap_from"], row["gap_to"]) == (START + 3 * STEP, START + 4 * STEP)
        assert row["gap_frames"] == 3
        assert row["longest_gap"] == 3
        assert life.gaps == [(3, 4), (7, 9)]
        last = max(life.ask("completeness_gaps"), key=lambda gap: gap["first_f_cnt"])
        assert last["missing"] == 3
        assert last["previous_frame_at"] == START + 3 * STEP
        assert last["next_frame_at"] == START + 4 * STEP

    def test_the_last_one_is_that_which_ended_last(self, life: Life) -> None:
        life.lives("1 2 9 10 4 5")
        [row] = life.sessions
        assert life.gaps == [(3, 3), (6, 8)]
        assert (row["gap_to"], row["gap_frames"]) == (START + 4 * STEP, 1)

    def test_frames_after_it_do_not_matter(self, life: Life) -> None:
        life.lives("1 2 5 6 7r")
        [row] = life.sessions
        assert (row["gap_from"], row["gap_to"]) == (START + STEP, START + 2 * STEP)
        assert row["gap_frames"] == 2

    @pytest.mark.parametrize(
        ("line", "longest"),
        [
            ("1 2 9 10 12", 6),
            ("join 7 8 10", 6),
            ("join 3 4 10", 5),
            ("7 8 9", 0),
            # of all sessions
            ("1 2 9 10@b 12@b", 9),
            ("1 2 9 10 0@b 1@b 3@b", 6),
            ("1 2 4 join 9@b +1h 9@b", 1),
            ("7", None),
        ],
    )
    def test_the_longest_one(self, life: Life, line: str, longest: int | None) -> None:
        life.lives(line)
        assert life.total["longest_gap"] == longest

    def test_before_the_first_frame(self, life: Life) -> None:
        life.lives("join 3 4 5")
        [row] = life.sessions
        assert (row["gap_from"], row["gap_to"], row["gap_frames"]) == (START - MINUTE, START, 2)
        assert life.gaps == [(1, 2)]

    def test_a_later_one_goes_before_it(self, life: Life) -> None:
        life.lives("join 3 4 8")
        [row] = life.sessions
        assert (row["gap_from"], row["gap_to"]) == (START + STEP, START + 2 * STEP)
        assert row["gap_frames"] == 3
        assert life.gaps == [(1, 2), (5, 7)]

    @pytest.mark.parametrize("line", ["join 1 2 3", "7 8 9", "join 0 1"])
    def test_where_nothing_is_missing(self, life: Life, line: str) -> None:
        life.lives(line)
        for row in (*life.sessions, life.total):
            assert row["gap_from"] is row["gap_to"] is row["gap_frames"] is None
            assert row["longest_gap"] == 0
        assert life.gaps == []

    def test_beyond_16_bits(self, life: Life) -> None:
        life.lives("65533 65535 2")
        assert life.gaps == [(0, 1), (65534, 65534)]
        [row] = life.sessions
        assert (row["rolled_over"], row["gap_frames"], row["missing"]) == (True, 2, 3)

    def test_of_a_counter_of_32_bits(self, life: Life) -> None:
        life.lives("70000 70002")
        assert life.gaps == [(70001, 70001)]

    def test_of_two_sessions_at_once(self, life: Life) -> None:
        life.lives("1 2 +1h 4 1@b 3@b 4@b +1h 100 101")
        assert [(row["address"], row["missing"]) for row in life.sessions] == [("a", 96), ("b", 1)]
        assert life.gaps == [(2, 2), (3, 3), (5, 99)]


class TestTotal:
    def test_adds_up_the_sessions(self, life: Life) -> None:
        life.lives("1 3 4r +1h 0@b 1@b 5@b 6w@b")
        total = life.total
        sums = ("sessions", "expected", "received", "recovered", "waiting", "missing", "uncounted")
        assert tuple(total[name] for name in sums) == (2, 4 + 7, 2 + 4, 1, 1, 1 + 3, 0)
        assert total["completeness_pct"] == pytest.approx(100 * 7 / 11)
        assert total["last_frame_at"] == life.at
        assert total["gap_from"] == life.at - 2 * STEP
        assert total["gap_to"] == life.at - STEP
        assert total["gap_frames"] == 3

    def test_the_last_gap_of_all_sessions(self, life: Life) -> None:
        life.lives("1@a 9@b 12@b 5@a 6@a 13@b 0@c 1@c")
        total = life.total
        assert (total["gap_from"], total["gap_to"]) == (START, START + 3 * STEP)
        assert total["gap_frames"] == 3

    def test_a_session_that_is_not_judged_has_no_gap(self, life: Life) -> None:
        life.lives("1 2 4 +1h join 9@b +1h 9@b")
        total = life.total
        assert (total["expected"], total["missing"], total["uncounted"]) == (4, 1, 2)
        assert (total["gap_from"], total["gap_to"]) == (START + STEP, START + 2 * STEP)
        assert total["gap_frames"] == 1

    @pytest.mark.parametrize(
        ("line", "reason", "sums"),
        [
            ("", "no_frames", (0, 0, 0, 0)),
            ("join", "no_frames", (0, 0, 0, 0)),
            ("join ? ?", "no_counter", (0, 0, 0, 2)),
            ("7", "one_frame", (1, 0, 0, 0)),
            ("7r", "one_frame", (0, 1, 0, 0)),
            ("7w", "one_frame", (1, 0, 1, 0)),
            ("7 ?", "stuck_counter", (1, 0, 0, 1)),
            ("7 7 7", "stuck_counter", (0, 0, 0, 3)),
            ("7 0@b", "stuck_counter", (2, 0, 0, 0)),
            ("7 8", None, (2, 0, 0, 0)),
            ("7 0@b 1@b", None, (3, 0, 0, 0)),
            ("join 7 8 ?", None, (2, 0, 0, 1)),
        ],
    )
    def test_why_it_is_not_judged(
        self, life: Life, line: str, reason: str | None, sums: tuple[int, ...]
    ) -> None:
        life.lives(line)
        total = life.total
        assert total["not_judged"] == reason
        names = ("received", "recovered", "waiting", "uncounted")
        assert tuple(total[name] for name in names) == sums
        assert (total["last_frame_at"] is None) == (reason == "no_frames")
        unknown = ("expected", "missing", "completeness_pct")
        if reason is None:
            assert None not in {total[name] for name in unknown}
        else:
            assert {total[name] for name in unknown} == {None}
            gap = ("gap_from", "gap_to", "gap_frames", "longest_gap")
            assert {total[name] for name in gap} == {None}

    def test_of_a_period_only(self, life: Life) -> None:
        life.lives("1 2 ? 4 ?")
        whole = {"received": 3, "uncounted": 2}
        period = {"received": 2, "uncounted": 1}
        for start, end, known in (
            (START, life.at + MINUTE, whole),
            (START + STEP, life.at, period),
        ):
            [row] = life.ask("completeness", start, end)
            assert {name: row[name] for name in known} == known

    def test_frames_without_a_counter_of_a_period_and_a_device_only(self, life: Life) -> None:
        life.lives("? ? ? ?")
        life.town.device().uplinks([Frame(START + STEP, None)])
        [row] = life.ask("completeness", START + STEP, life.at)
        assert (row["uncounted"], row["last_frame_at"]) == (2, life.at - STEP)

    def test_of_one_device_only(self, life: Life) -> None:
        life.lives("1 2 4")
        life.town.device().uplinks(Frame(START, f_cnt) for f_cnt in (1, 5))
        assert (life.total["expected"], life.total["missing"]) == (4, 1)
        assert len(life.sessions) == 1
        assert life.gaps == [(3, 3)]


class TestAddress:
    def test_frames_of_which_one_tells_no_address_are_sorted_by_none(self, life: Life) -> None:
        life.lives("10 11 15 16")
        times: Any = (START + (1 + n / 4) * STEP for n in (1, 2, 3))
        life.device.uplinks(
            Frame(time, f_cnt, None) for f_cnt, time in zip((12, 13, 14), times, strict=True)
        )
        [row] = life.sessions
        assert (row["address"], row["expected"], row["missing"]) == (None, 7, 0)

    def test_a_join_that_tells_none_sorts_nothing(self, life: Life) -> None:
        life.device.event("join", START)
        life.lives("7@a 8@b 8@a 9@b")
        found = [(row["address"], row["expected"]) for row in life.sessions]
        assert found == [("a", 2), ("b", 9)]
