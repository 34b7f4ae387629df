"""What a run says at its end, for people and as JSON."""

from __future__ import annotations

import math
import statistics
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.torture.alarms import AlarmReport
from tests.torture.messages import Sent
from tests.torture.plan import Round
from tests.torture.verdict import Verdict

_console = Console(highlight=False, width=118)


@dataclass
class BrokerKill:
    """A kill of Mosquitto: what it acknowledged between its snapshot and the kill is its window."""

    snapshot_at: float
    at: float
    acknowledged: int = 0
    lost: list[Sent] = field(default_factory=list)

    def may_lose(self, sent: Sent) -> bool:
        """Whether the number was acknowledged in the window."""
        return sent.acknowledged_at is not None and (
            self.snapshot_at < sent.acknowledged_at <= self.at + 0.1
        )


@dataclass
class Report:
    """Figures of one run."""

    seed: int
    planned: int
    kills: Counter[str] = field(default_factory=Counter)
    conditions: Counter[str] = field(default_factory=Counter)
    recoveries: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    stuck: list[str] = field(default_factory=list)
    broker_kills: list[BrokerKill] = field(default_factory=list)
    published: int = 0
    numbers: int = 0
    acknowledged: int = 0
    without_subscriber: int = 0
    own_exits: int = 0
    skipped: list[str] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)
    alarms: AlarmReport = field(default_factory=AlarmReport)
    _started: float = 0.0
    _ended: float = 0.0

    def begin(self) -> None:
        """The first message is committed."""
        self._started = self._ended = time.monotonic()

    def end(self) -> None:
        """The last fault is over."""
        self._ended = time.monotonic()

    def add(self, each: Round, recovery: float) -> None:
        """Count one round."""
        if each.kill is not None:
            self.kills[each.kill] += each.kills
        if each.condition is not None:
            self.conditions[each.condition.split()[0].rstrip(":")] += 1
        self.recoveries[_kind(each)].append(recovery)

    @property
    def killed(self) -> int:
        """Processes that were killed."""
        return sum(self.kills.values())

    @property
    def lost_in_broker(self) -> list[Sent]:
        """Numbers that Mosquitto acknowledged and lost itself."""
        return [sent for kill in self.broker_kills for sent in kill.lost]

    @property
    def oldest_loss(self) -> float:
        """Seconds between the acknowledgement and the kill, of the oldest number so lost."""
        return max(
            (
                kill.at - sent.acknowledged_at
                for kill in self.broker_kills
                for sent in kill.lost
                if sent.acknowledged_at is not None
            ),
            default=0.0,
        )

    @property
    def good(self) -> bool:
        """The promise held, and every kill was made."""
        return (
            self.verdict.good
            and self.alarms.good
            and not self.stuck
            and not self.without_subscriber
            and self.killed >= self.planned > 0
        )

    def print_round(
        self, number: int, rounds: int, each: Round, seconds: float, published: int
    ) -> None:
        """One line for one round."""
        minutes, rest = divmod(int(time.monotonic() - self._started), 60)
        _console.print(
            f"{minutes:3d}:{rest:02d}  {number:4d}/{rounds}  {self.killed:4d} kills  "
            f"{published:7,d} numbers  {each.name}: next commit after {seconds:.1f} s"
        )

    def as_dict(self) -> dict[str, Any]:
        """All figures."""
        return {
            "seed": self.seed,
            "good": self.good,
            "seconds": round(self._ended - self._started, 1),
            "messages": {
                "published": self.published,
                "numbers": self.numbers,
                "numbers_acknowledged": self.acknowledged,
                "numbers_not_acknowledged": self.numbers - self.acknowledged,
                "acknowledged_without_subscriber": self.without_subscriber,
            },
            "kills": {"all": self.killed, **self.kills},
            "conditions": dict(self.conditions),
            "ingest_ended_by_itself": self.own_exits,
            "recovery_seconds": {
                kind: _summary(values) for kind, values in sorted(self.recoveries.items())
            },
            "stuck": self.stuck,
            "broker": {
                "kills": len(self.broker_kills),
                "acknowledged_between_snapshot_and_kill": sum(
                    kill.acknowledged for kill in self.broker_kills
                ),
                "lost_inside_mosquitto": len(self.lost_in_broker),
                "oldest_of_them_seconds_before_the_kill": round(self.oldest_loss, 3),
            },
            "fates": self.verdict.fates,
            "stored": self.verdict.stored,
            "dead_letters": dict(self.verdict.dead_letters),
            "lost": len(self.verdict.lost),
            "duplicated": len(self.verdict.duplicated),
            "wrong": self.verdict.wrong,
            "alarms": {
                "raised": self.alarms.raised,
                "messages": self.alarms.messages,
                "repeated_and_said_so": self.alarms.repeated,
                **{f"kills_of_{what}": times for what, times in self.alarms.kills.items()},
                "lost": len(self.alarms.lost),
                "doubled": len(self.alarms.doubled),
            },
            "skipped": self.skipped,
        }

    def print(self) -> None:
        """The tables and the verdict."""
        told = self.as_dict()
        _table("recovery, seconds to the next commit", told["recovery_seconds"])
        _pairs("kills (kill -9)", told["kills"])
        _pairs("other faults", told["conditions"])
        _pairs("messages", told["messages"])
        _pairs("Mosquitto's own window", told["broker"])
        _pairs("fates counted by the hub, one for each delivery", told["fates"])
        _pairs(
            "verdict",
            {
                "stored exactly once": told["stored"],
                "dead letters with a reason": sum(told["dead_letters"].values()),
                "lost": told["lost"],
                "duplicated": told["duplicated"],
            },
        )
        for title, each in (("lost", self.verdict.lost), ("duplicated", self.verdict.duplicated)):
            for sent in each[:10]:
                _console.print(f"{title}: number {sent.number} ({sent.kind}) of {sent.dev_eui}")
        _pairs("alarms", told["alarms"])
        for line in [*self.verdict.wrong, *self.stuck, *self.alarms.lost, *self.alarms.doubled]:
            _console.print(f"wrong: {line}")
        for line in self.skipped:
            _console.print(f"SKIPPED: {line}")
        if self.own_exits:
            _console.print(f"ingest ended by itself {self.own_exits} times and was started again")
        _console.print(
            f"seed {self.seed}, {told['seconds']:.0f} s, {self.killed} kills: "
            + ("the promise held" if self.good else "THE PROMISE DID NOT HOLD")
        )


def _kind(each: Round) -> str:
    if each.kill is None:
        return str(each.condition).split(" ")[0].rstrip(":") if each.condition else "none"
    return f"kill {each.kill}" if each.condition is None else f"kill {each.kill} in another fault"


def _summary(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "times": len(ordered),
        "median": round(statistics.median(ordered), 2),
        "p95": round(ordered[max(0, math.ceil(len(ordered) * 0.95) - 1)], 2),
        "max": round(ordered[-1], 2),
    }


def _table(title: str, rows: dict[str, dict[str, float]]) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column("after")
    for name in ("times", "median", "p95", "max"):
        table.add_column(name, justify="right")
    for kind, values in rows.items():
        table.add_row(kind, *(f"{value:g}" for value in values.values()))
    _console.print(table)


def _pairs(title: str, rows: dict[str, Any]) -> None:
    table = Table(title=title, title_justify="left", show_header=False)
    for name, value in rows.items():
        table.add_row(name.replace("_", " "), f"{value:,}")
    _console.print(table)
