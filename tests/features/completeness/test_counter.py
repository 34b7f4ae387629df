"""Where one session of a counter ends and another begins, frame by frame.

A life of a device is written as a line: each number is a frame, ten minutes after the one before;
`r` behind it was fetched afterwards, `w` waits to be decoded, `@b` came under another address, `?`
had no counter. `join` comes with the next frame's address, a minute before; `+3d` is a time in
which nothing came.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from typing import Any

import pytest
from tests.devices import Frame
from tests.world import World

START = datetime(2026, 3, 1, tzinfo=UTC)
END = START + timedelta(days=300)
STEP = timedelta(minutes=10)
MINUTE = timedelta(minutes=1)
_FRAME = re.compile(r"(\d+|\?)(?:\.\.(\d+))?([rw]?)(?:@(\w+))?$")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Life:
    """One device and what it sent; `at` is the time of the last event."""

    def __init__(self, world: World) -> None:
        self.town = world.town("olpe")
        self.device = self.town.device()
        self.at = START - STEP

    def lives(self, line: str) -> None:
        """Write down what came."""
        words = line.split()
        for word, following in zip_longest(words, words[1:], fillvalue=""):
            if word[0] == "+":
                self.at += timedelta(**{_UNITS[word[-1]]: float(word[1:-1])})
            elif word == "join":
                self._join(self.at + STEP - MINUTE, self._address(following))
            else:
                self._frames(word)

    def _address(self, word: str) -> str:
        found = _FRAME.match(word)
        return (found and found[4]) or "a"

    def _frames(self, word: str) -> None:
        found = _FRAME.match(word)
        assert found is not None, word
        first, last, kind = found[1], found[2] or found[1], found[3]
        counters = [None] if first == "?" else range(int(first), int(last) + 1)
        frames = [
            Frame(self.at + number * STEP, f_cnt, self._address(word), kind == "r")
            for number, f_cnt in enumerate(counters, start=1)
        ]
        self.at = frames[-1].time
        if kind != "w":
            self.device.uplinks(frames)
            return
        for frame in frames:
            self.town.dead_letter(
                "not_decodable",
                dev_eui=self.device.dev_eui,
                frame_time=frame.time,
                dev_addr=frame.dev_addr,
                f_cnt=frame.f_cnt,
            )

    def _join(self, time: datetime, address: str) -> None:
        self.device.event("join", time, dev_addr=address)

    def ask(
        self, what: str, start: datetime = START - STEP, end: datetime = END
    ) -> list[dict[str, Any]]:
        return self.town.select(
            f"select * from api.{what}(%(id)s, %(start)s, %(end)s)",
            id=self.device.device_id,
            start=start,
            end=end,
        )

    @property
    def sessions(self) -> list[dict[str, Any]]:
        return sorted(self.ask("completeness_sessions"), key=lambda row: row["began_at"])

    @property
    def gaps(self) -> list[tuple[int, int]]:
        rows = self.ask("completeness_gaps")
        return sorted((row["first_f_cnt"], row["last_f_cnt"]) for row in rows)

    @property
    def total(self) -> dict[str, Any]:
        [row] = self.ask("completeness")
        return row


@pytest.fixture
def life(world: World) -> Life:
    return Life(world)


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
    # as far as a radio can send in the time: a thousand, and one a second
    ("100 +1430m 87500 87501", [(100, 87501, 87399)]),
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
    # it jumps further than any radio can send
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
        life.lives("500 501 4@b 5@b")
        first, second = life.sessions
        assert (first["start_known"], second["start_known"]) == (False, True)
        assert (second["preceded_at"], second["missing"]) == (START + STEP, 3)

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
        assert {row[name] for name in names} == {None}
        assert row["uncounted"] == 3
        assert life.gaps == []

    def test_one_frame_is_a_session(self, life: Life) -> None:
        life.lives("5")
        [row] = life.sessions
        assert (row["judged"], row["expected"], row["uncounted"]) == (True, 1, 0)


class TestGap:
    def test_the_last_one_and_its_frames(self, life: Life) -> None:
        life.lives("1 2 5 6 10 11")
        [row] = life.sessions
        assert (row["gap_from"], row["gap_to"]) == (START + 3 * STEP, START + 4 * STEP)
        assert row["gap_frames"] == 3
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
            assert {total[name] for name in ("gap_from", "gap_to", "gap_frames")} == {None}

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
