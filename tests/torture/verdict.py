"""At the end: what became of every number, read from the database and from nowhere else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.torture.kept import Kept, Uplink, read
from tests.torture.messages import FRAMES, REASONS, Sent

_MOST_WRONG = 20  # lines; the first ones say what it is


@dataclass
class Verdict:
    """Numbers by what became of them; `wrong` says what is not as it has to be."""

    lost: list[Sent] = field(default_factory=list)
    duplicated: list[Sent] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    stored: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)
    fates: dict[str, int] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Nothing lost, nothing twice, nothing wrong."""
        return not (self.lost or self.duplicated or self.wrong)


def judge(url: str, sent: Sequence[Sent]) -> Verdict:
    """Compare what was acknowledged with what is kept."""
    kept = read(url)
    verdict = Verdict(fates=kept.fates, wrong=kept.contradictions)
    for each in sent:
        _judge_one(verdict, kept, each)
    ignored = sum(s.kind == "ignored" and s.acknowledged_at is not None for s in sent)
    counted = kept.fates.get("ignored txack", 0)
    if counted < ignored:
        verdict.wrong.append(f"{ignored - counted} messages have no fate at all")
    for what, rest in (
        ("uplinks", len(kept.uplinks)),
        ("dead letters", len(kept.dead_letters)),
        ("events", len(kept.events)),
    ):
        if rest:
            verdict.wrong.append(f"{rest} {what} that nobody published")
    return verdict


def missing(url: str, sent: Sequence[Sent]) -> list[Sent]:
    """Acknowledged numbers of which nothing is kept."""
    return judge(url, sent).lost


def _judge_one(verdict: Verdict, kept: Kept, sent: Sent) -> None:
    """Take what is kept of this number out of the rest."""
    rows = kept.uplinks.pop((sent.dev_eui, sent.f_cnt), [])
    reasons = [reason for body in set(sent.bodies) for reason in kept.dead_letters.pop(body, [])]
    events = kept.events.pop((sent.dev_eui, sent.time_us), 0)
    copies = len(rows) + len(reasons) + events
    if copies > 1:
        verdict.duplicated.append(sent)
    elif copies:
        verdict.stored += len(rows) + events
        verdict.dead_letters.update(reasons)
        found = rows[0] if rows else f"a dead letter: {reasons[0]}" if reasons else "an event"
        wanted = _wanted(sent)
        if found != wanted and len(verdict.wrong) < _MOST_WRONG:
            verdict.wrong.append(f"number {sent.number} ({sent.kind}) is {found}, not {wanted}")
    elif sent.acknowledged_at is not None and sent.kind != "ignored":
        verdict.lost.append(sent)


def _wanted(sent: Sent) -> Uplink | str | None:
    """What has to be there of a number; None for what says nothing that is kept."""
    if sent.kind in FRAMES:
        readings = sorted(sent.readings.items())
        return Uplink(sent.time_us, [name for name, _ in readings], [v for _, v in readings], True)
    if sent.kind in REASONS:
        return f"a dead letter: {REASONS[sent.kind]}"
    return "an event" if sent.kind == "status" else None
