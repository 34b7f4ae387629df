"""At the end: what became of every number, read from the database and from nowhere else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg

from tests.torture.messages import FRAMES, REASONS, Sent

_UPLINKS = """
select d.dev_eui, u.f_cnt, (extract(epoch from u.time) * 1e6)::bigint,
       array_agg(s.quantity order by s.quantity) filter (where r.value is not null),
       array_agg(r.value order by s.quantity) filter (where r.value is not null),
       bool_and(r.time = u.time)
from core.uplink u
join core.device d using (device_id)
left join core.reading r on r.uplink_id = u.uplink_id
left join core.datastream s on s.datastream_id = r.datastream_id
group by u.uplink_id, d.dev_eui, u.f_cnt, u.time
"""
_DEAD_LETTERS = "select body, reason from core.dead_letter"
_EVENTS = """
select d.dev_eui, (extract(epoch from e.time) * 1e6)::bigint
from core.device_event e join core.device d using (device_id)
"""
_FATES = (
    "select fate, reason, sum(messages)::bigint from core.ingest_fate group by 1, 2 order by 1, 2"
)
#: Each names rows that contradict each other.
_CONTRADICTIONS = {
    "a newest value is not the newest reading": """
        select count(*) from core.latest l
        join (select distinct on (datastream_id) datastream_id, time, value from core.reading
              order by datastream_id, time desc) r using (datastream_id)
        where (l.time, l.value) is distinct from (r.time, r.value)""",
    "a datastream has readings and no newest value": """
        select count(distinct datastream_id) from core.reading
        where datastream_id not in (select datastream_id from core.latest)""",
    "a device state is not that of its newest uplink": """
        select count(*) from core.device_state s
        join (select device_id, max(time) as time from core.uplink group by 1) u using (device_id)
        where s.last_uplink_time is distinct from u.time""",
    "a reading has no uplink": """
        select count(*) from core.reading
        where uplink_id is null or uplink_id not in (select uplink_id from core.uplink)""",
    "messages counted as stored are not the rows that are there": """
        select abs((select coalesce(sum(messages), 0) from core.ingest_fate where fate = 'stored')
                   - (select count(*) from core.uplink)
                   - (select count(*) from core.device_event))::bigint""",
    "messages counted as dead letters are not the copies that are there": """
        select abs((select coalesce(sum(messages), 0) from core.ingest_fate where fate = 'dead_letter')
                   - (select coalesce(sum(copies), 0) from core.dead_letter))::bigint""",
}


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


def judge(url: str, sent: Iterable[Sent]) -> Verdict:
    """Compare what was acknowledged with what is kept."""
    verdict = Verdict()
    with psycopg.connect(url) as connection:
        uplinks: dict[tuple[str, int], list[tuple[Any, ...]]] = defaultdict(list)
        for dev_eui, f_cnt, *rest in connection.execute(_UPLINKS):
            uplinks[dev_eui, f_cnt].append(tuple(rest))
        letters: dict[bytes, list[str]] = defaultdict(list)
        for body, reason in connection.execute(_DEAD_LETTERS):
            letters[bytes(body)].append(reason)
        events = Counter((eui, at) for eui, at in connection.execute(_EVENTS))
        for fate, reason, messages in connection.execute(_FATES):
            verdict.fates[f"{fate} {reason}".strip()] = messages
        for meaning, statement in _CONTRADICTIONS.items():
            row = connection.execute(statement.encode()).fetchone()
            if row is not None and row[0]:
                verdict.wrong.append(f"{meaning}: {row[0]}")
    ignored = 0
    for each in sent:
        rows = uplinks.pop((each.dev_eui, each.f_cnt), [])
        reasons = [reason for body in set(each.bodies) for reason in letters.pop(body, [])]
        happened = events.pop((each.dev_eui, each.time_us), 0)
        if each.kind == "ignored":
            ignored += each.acknowledged_at is not None
            wanted = 0
        else:
            wanted = 1
        kept = len(rows) + len(reasons) + happened
        if kept > 1:
            verdict.duplicated.append(each)
        elif kept < wanted and each.acknowledged_at is not None:
            verdict.lost.append(each)
        elif kept:
            verdict.stored += len(rows) + happened
            verdict.dead_letters.update(reasons)
            _check(verdict, each, rows, reasons, happened)
    counted = sum(n for fate, n in verdict.fates.items() if fate.startswith("ignored txack"))
    if counted < ignored:
        verdict.wrong.append(f"{ignored - counted} messages have no fate at all")
    for what, rest in (("uplinks", uplinks), ("dead letters", letters), ("events", events)):
        if rest:
            verdict.wrong.append(f"{len(rest)} {what} that nobody published")
    return verdict


def missing(url: str, sent: Iterable[Sent]) -> list[Sent]:
    """Acknowledged numbers of which nothing is kept."""
    return judge(url, sent).lost


def _check(
    verdict: Verdict,
    sent: Sent,
    rows: list[tuple[Any, ...]],
    reasons: list[str],
    happened: int,
) -> None:
    expected = REASONS.get(sent.kind)
    if sent.kind in FRAMES:
        readings = sorted(sent.readings.items())
        wanted = (
            sent.time_us,
            [quantity for quantity, _ in readings],
            [value for _, value in readings],
            True,
        )
        found = f"dead letter {reasons[0]}" if reasons else rows[0] if rows else "an event"
        right = found == wanted
    elif sent.kind == "status":
        found, wanted, right = reasons or rows or happened, (1,), bool(happened)
    else:
        found, wanted, right = reasons, (expected,), reasons == [expected]
    if not right and len(verdict.wrong) < 20:
        verdict.wrong.append(f"number {sent.number} ({sent.kind}) is {found}, not {wanted}")
