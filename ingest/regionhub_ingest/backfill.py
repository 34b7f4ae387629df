"""Messages that come afterwards: from a file, or fetched from a network server.

They go the way of live ones, through the same pipeline into the same store, so that a frame that is
there already stays once and every message has its counted fate.
"""

from __future__ import annotations

import base64
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, BinaryIO

import orjson

from regionhub.archive.items import (
    Item,
    NewDeadLetter,
    NewDeviceEvent,
    NewIgnored,
    NewUplink,
    Outcome,
)
from regionhub.archive.write.ingest import IngestStore
from regionhub.devices import Source
from regionhub.envelope import Envelope
from regionhub.errors import InputError, ParseError
from regionhub.times import from_rfc3339
from regionhub_ingest.formats.clock import MAX_AHEAD_OF_ARRIVAL_NS
from regionhub_ingest.own_times import at_possible_times
from regionhub_ingest.pipeline import Pipeline

BATCH_SIZE = 1000
#: A longer line holds no message: 64 KiB in base64, and room for what is around it. Bytes.
LONGEST_LINE = 128 * 1024
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_WRAPPER = {"topic", "received_at", "body", "body_base64"}
#: What `mosquitto_sub -F %j` writes around a message, with a payload as text, or %J as JSON.
_RECORDED_BY_MOSQUITTO = {"tst", "topic", "qos", "retain", "payloadlen", "payload"}


@dataclass(frozen=True, slots=True)
class Recorded:
    """One message, where it came from, and why it cannot be read if it cannot."""

    place: str
    envelope: Envelope
    problem: str | None = None


def read_lines(stream: BinaryIO, *, topic: str) -> Iterator[Recorded]:
    """The messages of JSON lines; an empty line is none.

    A line is the body of a message, `{"topic", "received_at", "body" or "body_base64"}`, or what
    `mosquitto_sub -F %j` writes. `topic` is that of lines that do not tell theirs.

    Raises:
        InputError: the file breaks off (a damaged .gz), or holds JSON but not in lines.
    """
    number = 0
    begun = False
    while line := _read_line(stream, number):
        number += 1
        if number == 1:
            line = line.removeprefix(_BOM)
        if text := line.strip():
            if not begun:
                _check_lines(text)
            begun = True
            yield _recorded(f"line {number}", text, topic)


def _check_lines(first: bytes) -> None:
    """Refuse a whole file at its first line, rather than keep each line as unreadable."""
    if first.startswith(_UTF_16):
        raise InputError("the file is UTF-16: save it as UTF-8")
    try:
        value = orjson.loads(first)
    except orjson.JSONDecodeError:
        goes_on = first.startswith(b"[") or (first.startswith(b"{") and first[-1:] in b"[{")
    else:
        goes_on = isinstance(value, list) and len(value) > 1
    if goes_on:
        convert = "jq -c '.[]' FILE" if first.startswith(b"[") else "jq -c . FILE"
        raise InputError(
            "the file is JSON, but not one message on each line: write it anew with "
            f"`{convert} > lines.jsonl`; nothing was stored"
        )


def _read_line(stream: BinaryIO, before: int) -> bytes:
    try:
        line = stream.readline(LONGEST_LINE)
        part = line
        while part and not part.endswith(b"\n"):
            part = stream.readline(LONGEST_LINE)  # the rest of what is too long anyway
    except (EOFError, OSError, zlib.error) as error:
        raise InputError(
            f"the file cannot be read after line {before}: {error}; what was read is stored, "
            "and the import can be run again with a whole file"
        ) from None
    return line


def _recorded(place: str, line: bytes, topic: str) -> Recorded:
    bare = Envelope(topic=topic, body=line, received_ns=None, backfill=True, redelivered=True)
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return Recorded(place, bare)  # the format says what is wrong with it
    if not isinstance(value, dict):
        return Recorded(place, bare)
    if value.keys() >= _RECORDED_BY_MOSQUITTO:
        value = _of_mosquitto(value)
    if not value.keys() & {"body", "body_base64"} or value.keys() - _WRAPPER:
        return Recorded(place, bare)
    try:
        return Recorded(
            place,
            bare._replace(
                topic=_topic(value, topic),
                body=_body(value),
                received_ns=_received_ns(value),
            ),
        )
    except ParseError as error:
        return Recorded(place, bare, error.detail)


def _of_mosquitto(value: dict[str, Any]) -> dict[str, Any]:
    """The same as our own object. A retained message came at another time than it was recorded."""
    wrapped = {"topic": value["topic"], "body": value["payload"]}
    at = value["tst"]
    if type(at) is int:
        at = datetime.fromtimestamp(at, UTC).isoformat() if 0 <= at < 2**32 else None
    if isinstance(at, str):  # some versions write "Z+0200" for "+0200"
        at = at.replace("Z+", "+").replace("Z-", "-")
    return wrapped if value["retain"] else {**wrapped, "received_at": at}


def _topic(value: dict[str, Any], usual: str) -> str:
    topic = value.get("topic", usual)
    if not isinstance(topic, str):
        raise ParseError("topic must be a text")
    return topic


def _body(value: dict[str, Any]) -> bytes:
    if "body" in value and "body_base64" in value:
        raise ParseError("give body or body_base64, not both")
    if "body_base64" in value:
        try:
            return base64.b64decode(value["body_base64"], validate=True)
        except (ValueError, TypeError):
            raise ParseError("body_base64 must be base64") from None
    body = value["body"]
    try:
        return body.encode() if isinstance(body, str) else orjson.dumps(body)
    except orjson.JSONEncodeError:  # it reads deeper than it writes
        raise ParseError("body is nested too deeply") from None


def _received_ns(value: dict[str, Any]) -> int | None:
    given = value.get("received_at")
    if given is None:
        return None
    try:
        received_ns = from_rfc3339(given)
    except (ValueError, TypeError, OverflowError):
        raise ParseError("received_at must be a time such as 2026-05-01T06:00:00Z") from None
    if not 0 <= received_ns <= time.time_ns() + MAX_AHEAD_OF_ARRIVAL_NS:
        raise ParseError("received_at must lie between 1970 and now")
    return received_ns


def store_recorded(
    messages: Iterable[Recorded],
    *,
    source: Source,
    pipeline: Pipeline,
    store: IngestStore,
    kept_since_ns: int | None,
) -> Iterator[Counter[Outcome]]:
    """Store messages in batches; tells of each batch how many ended how, once it is committed.

    What is older than `kept_since_ns` is not stored, because retention would remove it at once.
    Run again after an interruption: what is stored already counts as duplicate.

    Raises:
        InputError: the messages broke off; those before are stored.
        StoreUnavailable: the batches before this one are stored.
    """
    batch: list[Recorded] = []

    def committed() -> Counter[Outcome]:
        return Counter(store.commit(_prepare(batch, source, pipeline, kept_since_ns)))

    try:
        for message in messages:
            batch.append(message)
            if len(batch) == BATCH_SIZE:
                yield committed()
                batch.clear()
    except InputError:
        yield committed()
        raise
    if batch:
        yield committed()


def _prepare(
    batch: list[Recorded], source: Source, pipeline: Pipeline, kept_since_ns: int | None
) -> list[Item]:
    readable = [message for message in batch if message.problem is None]
    prepared = iter(
        pipeline.prepare_all([(source, message.envelope) for message in readable])
        if readable
        else ()
    )
    now_ns = time.time_ns()
    items: list[Item] = []
    for message in batch:
        if message.problem is not None:
            error = ParseError(message.problem)
            item: Item = _dead_letter(source, message.envelope, error)
        else:
            item = judged(next(prepared), now_ns, kept_since_ns)
        item = stamped(item, now_ns)
        if isinstance(item, NewDeadLetter):
            item = replace(item, detail=f"{message.place}: {item.detail}")
        items.append(item)
    return items


def judged(item: Item, now_ns: int, kept_since_ns: int | None = None) -> Item:
    """Refuse what cannot be: without an arrival, the pipeline has no clock to compare with."""
    match item:
        case NewUplink():
            time_ns = item.uplink.time_ns
        case NewDeviceEvent():
            time_ns = item.event.time_ns
        case _:
            return item
    if time_ns > now_ns + MAX_AHEAD_OF_ARRIVAL_NS:
        error = ParseError("the message is of a time that has not come yet")
        return replace(
            _dead_letter(item.source, item.envelope, error),
            dev_eui=item.device.dev_eui,
        )
    if kept_since_ns is not None and time_ns < kept_since_ns:
        return NewIgnored(source=item.source, reason="too_old")
    return item


def stamped(item: Item, imported_ns: int) -> Item:
    """Give it an arrival, which is that of its import if nobody recorded it."""
    if isinstance(item, NewIgnored) or item.envelope.received_ns is not None:
        return item
    envelope = item.envelope._replace(received_ns=imported_ns)
    if isinstance(item, NewUplink):
        # it was measured before it was imported
        measurements, _ = at_possible_times(item.measurements, received_ns=imported_ns)
        return item._replace(envelope=envelope, measurements=measurements)
    if isinstance(item, NewDeviceEvent):
        return replace(item, envelope=envelope)
    return replace(item, envelope=envelope, arrival_known=False)


def _dead_letter(source: Source, envelope: Envelope, error: ParseError) -> NewDeadLetter:
    return NewDeadLetter(source=source, envelope=envelope, reason=error.reason, detail=error.detail)
