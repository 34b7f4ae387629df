"""Where one session of a counter ends and another begins, frame by frame.

A life of a device is written as a line: each number is a frame, ten minutes after the one before;
`r` behind it was fetched afterwards, `w` waits to be decoded, `@b` came under another address, `?`
had no counter. `join` comes with the next frame's address, a minute before; `+3d` is a time in
which nothing came.
"""

from __future__ import annotations

import pytest
from tests.features.completeness.conftest import (
    MINUTE,
    START,
    STEP,
    Life,
)

ONE_SESSION = [
    # late frames
    ("1 2 4 3", [(1, 4, 0)]),
    ("1 2 4 3 5", [(1, 5, 0)]),
    ("1 2 5 3 4 6", [(1, 6, 0)]),
    ("1..200 301 201 302", [(1, 302, 99)]),
    # up to a hundred behind the newest one
    ("1..99 101..200 100", [(1, 200, 0)]),
    # and further, where the counter goes on from the newest
    ("1..149 151..300 150 301", [(1, 301, 0)]),
    # repeated ones
    ("1 2 3 4 3 5", [(1, 5, 0)]),
    ("1 2 3 3 3 4", [(1, 4, 0)]),
    ("1 2 3 6 4 6 4 7", [(1, 7, 1)]),
    ("1..10 3 11", [(1, 11, 0)]),
    ("1..5 3 7", [(1, 7, 1)]),
    ("1 2 5 3 4 6 3 7", [(1, 7, 0)]),
    # of a number that another session had already
    ("1@a 2@a 3@a 4@a 1@b 2@b 5@b 3@b 4@b 6@b", [(1, 4, 0), (1, 6, 0)]),
    ("join 1 2 3 4 join 1 2 5 3 4 6", [(1, 4, 0), (1, 6, 0)]),
    # or of one that came long ago, more than a hundred frames
    ("1 2 3 4 5 " + "5 " * 98 + "3 4 6", [(1, 6, 0)]),
    # as far as the device can have sent in the time: three times what it should, and ten
    ("100 +1430m 541 542", [(100, 542, 440)]),
    ("1..200 +1430m 641 201 642", [(1, 642, 439)]),
    # a counter that stands still for years does not roll over
    ("5 6 +200d 6 7", [(5, 7, 0)]),
    ("5 +200d 6 7", [(5, 7, 0)]),
]


SEVERAL_SESSIONS = [
    # the counter falls, and goes on from there
    ("500..510 0..3", [(500, 510, 0), (0, 3, 0)]),
    ("1..200 99", [(1, 200, 0), (99, 99, 0)]),
    # it falls to a number that it had
    ("1..9 3 4 5", [(1, 9, 0), (3, 5, 2)]),
    ("1..5 4 5 6 7", [(1, 5, 0), (4, 7, 3)]),
    ("1 2 3 4 5 " + "5 " * 97 + "3 4 6", [(1, 5, 0), (3, 6, 3)]),
    # it jumps further than the device can have sent: its counter was restored ahead
    ("500..529 760..789", [(500, 529, 0), (760, 789, 0)]),
    ("100 +1430m 543 544", [(100, 100, 0), (543, 544, 0)]),
    ("100 1701 1702", [(100, 100, 0), (1701, 1702, 0)]),
    ("100 +1430m 87501 87502", [(100, 100, 0), (87501, 87502, 0)]),
    # another address, another session
    ("7@a 8@a 9@b 10@b", [(7, 8, 0), (9, 10, 8)]),
    # a join
    ("join 5 6 join 1 2", [(5, 6, 4), (1, 2, 0)]),
]


ROLLED_OVER = [
    # in a time in which the device can have got there: thirteen frames in ten minutes
    ("65529 65530 7 8", [(65529, 8, 12)]),
    ("65529 65530 8 9", [(65529, 65530, 0), (8, 9, 7)]),
    ("65534 65535 0 1", [(65534, 1, 0)]),
    ("65534 0 65535 1", [(65534, 1, 0)]),
    ("0 65535 1", [(65535, 1, 0)]),
    # from a start that is known
    ("join 3 4 +200d 65400 +10h 0", [(3, 0, 65532)]),
    # a counter of 32 bits falls
    ("69999 70000 4470 4471", [(69999, 70000, 0), (4470, 4471, 0)]),
    # a frame from before that comes late, up to a hundred
    ("65400..65436 65438..65535 0 65437", [(65400, 0, 0)]),
    ("65400..65435 65437..65535 0 65436", [(65400, 0, 1), (65436, 65436, 0)]),
    # a jump beyond 16 bits is none
    ("10 70000 70001", [(10, 10, 0), (70000, 70001, 0)]),
]


@pytest.mark.parametrize(("line", "known"), [*ONE_SESSION, *SEVERAL_SESSIONS, *ROLLED_OVER])
def test_sessions_and_what_is_missing(
    life: Life, line: str, known: list[tuple[int, int, int]]
) -> None:
    life.lives(line)
    found = [(row["first_f_cnt"], row["last_f_cnt"], row["missing"]) for row in life.sessions]
    assert found == known
    assert sum(row["missing"] for row in life.ask("completeness_gaps")) == sum(m for *_, m in known)


class TestSession:
    def test_when_it_began_and_ended(self, life: Life) -> None:
        life.lives("join 3 2 5 join 1@b 2@b")
        first, second = life.sessions
        assert first["opened_at"] == first["preceded_at"] == START - MINUTE
        assert (first["began_at"], first["ended_at"]) == (START, START + 2 * STEP)
        assert (first["session"], first["start_known"], first["rolled_over"]) == (1, True, False)
        assert second["opened_at"] == START + 3 * STEP - MINUTE
        assert (second["began_at"], second["ended_at"]) == (START + 3 * STEP, START + 4 * STEP)
        assert (second["session"], second["address"]) == (1, "b")

    def test_a_join_opens_only_the_session_after_it(self, life: Life) -> None:
        life.lives("join 1..5 +1h 1 2")
        first, second = life.sessions
        assert (first["opened_at"], second["opened_at"]) == (START - MINUTE, None)
        assert (first["session"], second["session"]) == (1, 2)
        # it began after the last frame of the one before
        assert second["preceded_at"] == START + 4 * STEP

    def test_the_last_of_several_joins_opens_it(self, life: Life) -> None:
        life.lives("join 1 2 join 1 2")
        assert [row["opened_at"] for row in life.sessions] == [
            START - MINUTE,
            START + 2 * STEP - MINUTE,
        ]

    def test_a_join_in_the_moment_of_the_first_frame(self, life: Life) -> None:
        life._join(START, "a")
        life.lives("3 4")
        [session] = life.sessions
        assert (session["opened_at"], session["missing"]) == (START, 2)

    @pytest.mark.parametrize(
        ("line", "start_known", "missing"),
        [
            # from 1 on: some devices never send 0
            ("join 0 1", True, 0),
            ("join 1 2", True, 0),
            ("join 3 4", True, 2),
            # thirteen frames can have been sent in ten minutes, ten in none
            ("join +9m 14 15", True, 13),
            ("join +9m 15 16", False, 0),
            ("join +99h 999999 1000000", False, 0),
            # it ran before the period began
            ("3 4", False, 0),
        ],
    )
    def test_is_counted_from_its_start_where_that_is_known(
        self, life: Life, line: str, start_known: bool, missing: int
    ) -> None:
        life.lives(line)
        [session] = life.sessions
        assert (session["start_known"], session["missing"]) == (start_known, missing)

    def test_a_session_after_another_began_within_the_period(self, life: Life) -> None:
        life.lives("500 501 4@b 5@b 6@c")
        first, second, third = life.sessions
        assert (first["start_known"], second["start_known"]) == (False, True)
        assert (second["preceded_at"], second["missing"]) == (START + STEP, 3)
        assert (third["preceded_at"], third["missing"]) == (START + 3 * STEP, 5)

    @pytest.mark.parametrize(
        ("line", "sums"),
        [
            ("1 2r 3w 4 6r", (6, 3, 2, 1, 1)),
            ("1r 2r 3r", (3, 0, 3, 0, 0)),
            ("1 2w 3w 4", (4, 4, 0, 2, 0)),
        ],
    )
    def test_what_became_of_the_frames(self, life: Life, line: str, sums: tuple[int, ...]) -> None:
        life.lives(line)
        [row] = life.sessions
        names = ("expected", "received", "recovered", "waiting", "missing")
        assert tuple(row[name] for name in names) == sums
        assert tuple(life.total[name] for name in names) == sums

    @pytest.mark.parametrize("line", ["5 +1h 5 +1h 5", "join 5 +1h 5 +1h 5"])
    def test_one_that_stands_still_is_not_judged(self, life: Life, line: str) -> None:
        life.lives(line)
        [row] = life.sessions
        assert row["judged"] is False
        names = ("expected", "received", "recovered", "waiting", "missing")
        assert {row[name] for name in (*names, "longest_gap")} == {None}
        assert row["uncounted"] == 3
        assert life.gaps == []

    def test_one_frame_is_a_session(self, life: Life) -> None:
        life.lives("5")
        [row] = life.sessions
        assert (row["judged"], row["expected"], row["uncounted"]) == (True, 1, 0)


def test_a_device_that_sends_more_often_than_it_should_can_lose_as_much(life: Life) -> None:
    """Registered for a frame a day, and it sends one every ten minutes."""
    life.town.world.owner.execute("update core.device set interval_seconds = 86400")
    life.lives("1..50 +1430m 400 401")
    found = [(row["first_f_cnt"], row["last_f_cnt"], row["missing"]) for row in life.sessions]
    assert found == [(1, 401, 349)]
