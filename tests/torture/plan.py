"""Which faults come in which order: drawn from the seed before anything starts."""

from __future__ import annotations

import random
from dataclasses import dataclass

#: What is killed, and how many of a hundred kills it gets.
KILLS = {
    "ingest": 30,
    "database": 18,
    "backend": 12,
    "broker": 14,
    "broker after a snapshot": 10,
    "ingest and database": 8,
    "broker and ingest": 8,
}
#: A kill of two processes counts as two.
_TWO = {"ingest and database", "broker and ingest"}
NETWORK = ("cut", "silent", "half-open", "slow")
DISKS = ("dead letters", "series")
#: Seconds that the clock of ingest jumps; minutes, hours, days.
CLOCK_JUMPS = (-45.0, 90.0, -900.0, 7200.0, -7200.0, -3 * 86400.0, 5 * 86400.0, 400 * 86400.0)
_CONDITIONS = (
    *(f"{how}: ingest-{where}" for how in NETWORK for where in ("broker", "database")),
    *(f"disk full: {disk}" for disk in DISKS),
    *(f"clock {jump:+.0f} s" for jump in CLOCK_JUMPS),
)


@dataclass(frozen=True, slots=True)
class Round:
    """One fault or two at once; times in seconds.

    `condition` lasts `lasts`; the kill comes `kill_after` its begin, and what was killed starts
    again `restart_after` later. After the recovery there are `calm` seconds.
    """

    kill: str | None
    condition: str | None
    lasts: float
    kill_after: float
    restart_after: float
    calm: float
    snapshot: bool

    @property
    def kills(self) -> int:
        """How many processes it kills."""
        return 0 if self.kill is None else 2 if self.kill in _TWO else 1

    @property
    def name(self) -> str:
        """What happens, in one line."""
        kill = f"kill {self.kill}" if self.kill else None
        return " during ".join(part for part in (kill, self.condition) if part)


def make_plan(seed: int, kills: int, *, with_disks: bool = True) -> list[Round]:
    """Rounds with at least `kills` kills; the same ones for the same seed.

    Without disks no disk fills up: not every user may mount some.
    """
    rng = random.Random(seed)
    conditions = [c for c in _CONDITIONS if with_disks or not c.startswith("disk")]
    rounds: list[Round] = []
    done = 0
    kinds: list[str] = []
    while done < kills:
        kinds = kinds or _shuffled(rng, _kinds(kills - done))
        each = _round(rng, kinds.pop(), None)
        rounds.append(each)
        done += each.kills
    # every second kill has a condition around it, and for every fourth one stands alone
    deck: list[str] = []
    around = [i for i, each in enumerate(rounds) if each.kill != "broker after a snapshot"]
    for i in rng.sample(around, len(around) // 2):
        deck = deck or _shuffled(rng, conditions)
        rounds[i] = _round(rng, rounds[i].kill, deck.pop())
    for _ in range(max(kills // 4, len(conditions) - len(around) // 2)):
        deck = deck or _shuffled(rng, conditions)
        rounds.insert(rng.randrange(len(rounds) + 1), _round(rng, None, deck.pop()))
    return rounds


def _kinds(kills: int) -> list[str]:
    share = min(kills, 100) / 100
    return [kind for kind, weight in KILLS.items() for _ in range(max(1, round(weight * share)))]


def _shuffled(rng: random.Random, values: list[str]) -> list[str]:
    return rng.sample(values, len(values))


def _round(rng: random.Random, kill: str | None, condition: str | None) -> Round:
    lasts = rng.uniform(1.0, 3.0) if condition else 0.0
    return Round(
        kill=kill,
        condition=condition,
        lasts=lasts,
        kill_after=rng.uniform(0.0, lasts),
        restart_after=rng.uniform(0.0, 0.6),
        calm=rng.uniform(0.0, 0.6),
        snapshot=rng.random() < 0.3,
    )
