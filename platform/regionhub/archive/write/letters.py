"""Write dead letters, no more of one source in a day than anybody can look through.

Who sends garbage fills no disk: beyond the allowance of its source a body is cut, and beyond that a
message is only counted.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from regionhub.archive.items import NewDeadLetter, Outcome
from regionhub.envelope import MAX_BODY_BYTES
from regionhub.store.arrays import Integers, LongIntegers
from regionhub.store.database import Connection, select_all, select_value
from regionhub.store.statements import queries
from regionhub.times import to_datetime

_SQL = queries(__package__, "letters")
#: Of one source in a day (UTC). A town that connects before it registers its devices keeps all of
#: them: 500 that send every quarter of an hour.
LETTERS_A_DAY = 50_000
BYTES_A_DAY = 100 * 1024 * 1024
#: What is kept of a body beyond that: enough to see what it was, too little to process it again.
CUT_BYTES = 1024
#: Why nothing is kept of a message.
OVER_ALLOWANCE = "over_allowance"


@dataclass(slots=True, kw_only=True)
class _Allowance:
    """What a source may still add today."""

    source_id: int
    letters: int
    bytes: int


class Letters:
    """Writes the dead letters of one batch; `items` are all of them."""

    def __init__(self, connection: Connection, items: Sequence[NewDeadLetter]) -> None:
        self._connection = connection
        self._allowances = self._take([item for item in items if _is_limited(item)])

    def write(self, item: NewDeadLetter) -> Outcome:
        """Keep one; returns its fate."""
        if item.envelope.dead_letter_id is not None:
            self._connection.execute(
                _SQL["keep_waiting"],
                _columns(item) | {"dead_letter_id": item.envelope.dead_letter_id},
            )
            return Outcome("dead_letter", item.reason, "letter")
        self._show_life(item)
        kept_bytes = self._spend(item)
        if kept_bytes is None:
            return Outcome("ignored", OVER_ALLOWANCE, "nothing")
        is_new = self._insert(item, kept_bytes)
        if is_new is None or (item.envelope.arrival.kind != "live" and not is_new):
            return Outcome("duplicate", item.reason, "letter")
        return Outcome("dead_letter", item.reason, "letter")

    def _take(self, items: Sequence[NewDeadLetter]) -> dict[int, _Allowance]:
        """Count the letters of the batch; returns what its sources had left before."""
        letters = Counter(item.source.source_id for item in items)
        if not letters:
            return {}
        lengths: Counter[int] = Counter()
        for item in items:
            lengths[item.source.source_id] += _length(item)
        tenants = {item.source.source_id: item.source.tenant_id for item in items}
        sources = sorted(letters)  # in one order, so that two workers cannot wait for each other
        counted = select_all(
            self._connection,
            _Allowance,
            _SQL["count_letters"],
            {
                "sources": Integers(sources),
                "tenants": Integers([tenants[source] for source in sources]),
                "letters": LongIntegers([letters[source] for source in sources]),
                "bytes": LongIntegers([lengths[source] for source in sources]),
            },
        )
        return {
            now.source_id: _Allowance(
                source_id=now.source_id,
                letters=LETTERS_A_DAY - now.letters + letters[now.source_id],
                bytes=BYTES_A_DAY - now.bytes + lengths[now.source_id],
            )
            for now in counted
        }

    def _spend(self, item: NewDeadLetter) -> int | None:
        """How much of the body is kept; None: nothing at all."""
        if not _is_limited(item):
            return MAX_BODY_BYTES
        left = self._allowances[item.source.source_id]
        left.letters -= 1
        if left.letters < 0:
            return None
        left.bytes -= _length(item)
        return MAX_BODY_BYTES if left.bytes >= 0 else CUT_BYTES

    def _insert(self, item: NewDeadLetter, kept_bytes: int) -> bool | None:
        body, arrival = item.envelope.body, item.envelope.arrival
        topic = item.envelope.topic.replace("\x00", "\ufffd")
        digest = hashlib.blake2b(topic.encode() + b"\x00" + body, digest_size=16).digest()
        return select_value(
            self._connection,
            bool,
            _SQL["insert_dead_letter"],
            {
                **_columns(item),
                "tenant_id": item.source.tenant_id,
                "source_id": item.source.source_id,
                "topic": topic,
                "body": body[:kept_bytes],
                "body_bytes": len(body),
                "digest": digest,
                "received": to_datetime(arrival.at_ns),
                # only what a broker delivers for the first time is one copy more
                "redelivered": arrival.kind != "live",
                "recovered": arrival.kind == "imported",
                "arrival_known": arrival.known,
            },
        )

    def _show_life(self, item: NewDeadLetter) -> None:
        if item.device is None:
            return
        received = to_datetime(item.envelope.arrival.at_ns)
        if item.frame is not None:  # what is imported was heard when it was sent
            received = min(received, to_datetime(item.frame.time_ns))
        self._connection.execute(
            _SQL["write_last_seen"], {"devices": [item.device.device_id], "received": [received]}
        )


def _is_limited(item: NewDeadLetter) -> bool:
    """Whether it comes from a broker: what an operator imports or processes again is wanted."""
    return item.envelope.arrival.kind != "imported" and item.envelope.dead_letter_id is None


def _length(item: NewDeadLetter) -> int:
    return min(len(item.envelope.body), MAX_BODY_BYTES)


def _columns(item: NewDeadLetter) -> dict[str, object]:
    frame = item.frame
    return {
        "reason": item.reason,
        "detail": item.detail.replace("\x00", "\ufffd")[:1000],
        "dev_eui": item.dev_eui,
        "f_cnt": frame.f_cnt if frame else None,
        "dev_addr": frame.dev_addr if frame else None,
        "frame_time": to_datetime(frame.time_ns) if frame else None,
    }
