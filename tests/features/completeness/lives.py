"""Frames of a device whose fate is known, because the test sends them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from hypothesis import strategies as st
from tests.devices import Device, Frame

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
