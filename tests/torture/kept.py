"""What the database keeps at the end of a run."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

import psycopg

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
_EVENTS = "select event_id from core.device_event"
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
        select count(distinct r.datastream_id) from core.reading r
        where not exists (select from core.latest l where l.datastream_id = r.datastream_id)""",
    "a device state is not that of its newest uplink": """
        select count(*) from core.device_state s
        join (select device_id, max(time) as time from core.uplink group by 1) u using (device_id)
        where s.last_uplink_time is distinct from u.time""",
    "a reading has no uplink": """
        select count(*) from core.reading r
        where not exists (select from core.uplink u where u.uplink_id = r.uplink_id)""",
    "messages counted as stored are not the rows that are there": """
        select abs((select coalesce(sum(messages), 0) from core.ingest_fate where fate = 'stored')
                   - (select count(*) from core.uplink)
                   - (select count(*) from core.device_event))::bigint""",
    "messages counted as dead letters are not the copies that are there": """
        select abs((select coalesce(sum(messages), 0) from core.ingest_fate
                    where fate = 'dead_letter')
                   - (select coalesce(sum(copies), 0) from core.dead_letter))::bigint""",
}


class Uplink(NamedTuple):
    """One stored frame with its readings."""

    time_us: int
    quantities: list[str] | None
    values: list[float] | None
    at_its_time: bool | None


@dataclass
class Kept:
    """All rows, by what identifies a published number."""

    uplinks: dict[tuple[str, int], list[Uplink]] = field(default_factory=lambda: defaultdict(list))
    dead_letters: dict[bytes, list[str]] = field(default_factory=lambda: defaultdict(list))
    events: Counter[str] = field(default_factory=Counter)
    fates: dict[str, int] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)


def read(url: str) -> Kept:
    """Read everything."""
    kept = Kept()
    with psycopg.connect(url) as connection:
        for dev_eui, f_cnt, *rest in connection.execute(_UPLINKS):
            kept.uplinks[dev_eui, f_cnt].append(Uplink(*rest))
        for body, reason in connection.execute(_DEAD_LETTERS):
            kept.dead_letters[bytes(body)].append(reason)
        kept.events.update(event_id for (event_id,) in connection.execute(_EVENTS))
        for fate, reason, messages in connection.execute(_FATES):
            kept.fates[f"{fate} {reason}".strip()] = messages
        for meaning, statement in _CONTRADICTIONS.items():
            row = connection.execute(statement.encode()).fetchone()
            if row is not None and row[0]:
                kept.contradictions.append(f"{meaning}: {row[0]}")
    return kept
