"""The ledger against what is known of the frames, because the test sent them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.devices import Device, Frame
from tests.world import World

from regionhub.features.completeness import store as completeness
from regionhub.features.completeness.store import Completeness, Session

START = datetime(2026, 3, 1, tzinfo=UTC)
END = START + timedelta(days=300)
INTERVAL = timedelta(minutes=10)
ADDRESS = "01a4c3f2"
SUMS = ("expected", "received", "recovered", "waiting", "missing")
Fate = Literal["live", "recovered", "waiting", "lost"]


@dataclass
class Sent:
    """A frame: its counter as the device counts, beyond 16 bits, and what became of it."""

    counter: int
    fate: Fate = "live"
    late: int = 0  # intervals
    repeated: bool = False


@dataclass
class SentSession:
    frames: list[Sent]
    address: str | None = ADDRESS
    join: bool = False
    start_known: bool = False
    sixteen_bits: bool = False

    def raw(self, counter: int) -> int:
        return counter % 65536 if self.sixteen_bits else counter


@dataclass
class Ledger:
    """A device in a town, filled by the test."""

    sender: Device
    source: int
    time: datetime = START

    @property
    def device(self) -> int:
        return self.sender.device_id

    def uplinks(self, rows: Iterable[tuple[datetime, str | None, int | None, bool]]) -> None:
        self.sender.uplinks(
            Frame(time, f_cnt, address, recovered) for time, address, f_cnt, recovered in rows
        )

    def waiting(self, time: datetime, address: str | None, f_cnt: int) -> None:
        self.sender.town.dead_letter(
            "not_decodable",
            dev_eui=self.sender.dev_eui,
            first_received_at=time,
            last_received_at=time,
            f_cnt=f_cnt,
            dev_addr=address,
            frame_time=time,
        )

    def join(self, time: datetime, address: str | None) -> None:
        self.sender.event("join", time, dev_addr=address)

    def send(self, sessions: list[SentSession]) -> None:
        rows = []
        for session in sessions:
            if session.join:
                self.join(self.time + timedelta(minutes=1), session.address)
            for frame in session.frames:
                self.time += INTERVAL
                if frame.fate == "lost":
                    continue
                f_cnt = session.raw(frame.counter)
                came = self.time + frame.late * INTERVAL + timedelta(seconds=frame.late)
                if frame.fate == "waiting":
                    self.waiting(came, session.address, f_cnt)
                else:
                    rows.append((came, session.address, f_cnt, frame.fate == "recovered"))
                if frame.repeated:
                    again = came + 2.5 * INTERVAL
                    rows.append((again, session.address, f_cnt, False))
        self.uplinks(rows)

    def ask(self, what: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        with self.sender.town.acting() as connection:
            return what(connection, *arguments, start=START, end=END, **options)

    @property
    def sessions(self) -> list[Session]:
        found: list[Session] = self.ask(completeness.sessions, self.device)
        return found[::-1]

    @property
    def gaps(self) -> list[tuple[int, int]]:
        rows = self.ask(completeness.gaps, self.device)
        return [(row.first_f_cnt, row.last_f_cnt) for row in rows[::-1]]

    @property
    def total(self) -> Completeness:
        found: Completeness = self.ask(completeness.device, self.device)
        return found


@pytest.fixture
def ledger(world: World) -> Ledger:
    town = world.town("olpe")
    return Ledger(town.device(), town.first_source)


# What should come out ---------------------------------------------------------------------------


@dataclass
class Truth:
    expected: int
    received: int
    recovered: int
    waiting: int
    missing: int
    first: int
    last: int
    gaps: list[tuple[int, int]] = field(default_factory=list)


def truth(session: SentSession) -> Truth:
    """Count by hand, counter by counter."""
    fates = {frame.counter: frame.fate for frame in session.frames}
    came = sorted(counter for counter, fate in fates.items() if fate != "lost")
    low = came[0]
    if session.start_known:
        low = min(low, 1)
    lost = [counter for counter in range(low, came[-1]) if fates.get(counter, "lost") == "lost"]
    gaps: list[tuple[int, int]] = []
    for counter in lost:
        if gaps and gaps[-1][1] == counter - 1:
            gaps[-1] = (gaps[-1][0], counter)
        else:
            gaps.append((counter, counter))
    kinds = [fates[counter] for counter in came]
    return Truth(
        expected=came[-1] - low + 1,
        received=len(came) - kinds.count("recovered"),
        recovered=kinds.count("recovered"),
        waiting=kinds.count("waiting"),
        missing=len(lost),
        first=session.raw(came[0]),
        last=session.raw(came[-1]),
        gaps=sorted((session.raw(first), session.raw(last)) for first, last in gaps),
    )


def seen(row: Session, gaps: list[tuple[int, int]]) -> Truth:
    return Truth(
        **{name: getattr(row, name) for name in SUMS},
        first=row.first_f_cnt,
        last=row.last_f_cnt,
        gaps=sorted(gaps),
    )


Begin = Literal["new_address", "join", "reset", "restart"]
FATES: st.SearchStrategy[Fate] = st.sampled_from(
    ["live"] * 6 + ["recovered", "waiting", "lost", "lost"]
)


@st.composite
def lives(draw: st.DrawFn) -> list[SentSession]:
    """Sessions of a device: losses, late and repeated frames, joins, resets and roll-overs."""
    sessions: list[SentSession] = []
    addressed = draw(st.booleans())
    for number in range(draw(st.integers(1, 3))):
        begins: list[Begin] = ["join"]
        if sessions:
            if addressed:
                begins.append("new_address")
            highest = sessions[-1].frames[-1]
            begun = all(frame.fate != "lost" for frame in sessions[-1].frames[:2])
            if sessions[-1].frames[0].counter == 0 and (highest.counter > 130 or begun):
                begins.append("reset" if highest.counter > 130 else "restart")
        begin = draw(st.sampled_from(begins))
        rolls = not sessions and draw(st.booleans())
        # the first one may run already when the period begins; a device that began again shows its
        # first two numbers, else nobody could tell
        running = not sessions and (rolls or draw(st.booleans()))
        first = (
            65536 - draw(st.integers(2, 20))
            if rolls
            else draw(st.integers(0, 9000))
            if running
            else 0
        )
        shown = begin == "restart" or draw(st.booleans())
        length = draw(st.sampled_from([12, 25, 150]))
        frames = [Sent(first + i) for i in range(length)]
        odd = -9
        for i, frame in enumerate(frames):
            if i > 1 or not shown:
                frame.fate = draw(FATES)
            # one at a time: two repeated numbers after each other are how a restart looks
            if 2 < i < length - 6 and i - odd > 6:
                frame.late = draw(st.sampled_from([0] * 8 + [1, 2, 3]))
                frame.repeated = frame.fate == "live" and not frame.late and draw(st.booleans())
                if frame.late or frame.repeated:
                    odd = i
        # the end shows that the session went on
        for frame in frames[-6:]:
            frame.fate, frame.late = "live", 0
        sessions.append(
            SentSession(
                frames,
                address=None
                if not addressed
                else f"{number:08x}"
                if begin == "new_address"
                else sessions[-1].address
                if sessions
                else ADDRESS,
                join=begin == "join" and not running,
                start_known=bool(sessions) or not running,
                sixteen_bits=rolls,
            )
        )
    return sessions


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
