"""Messages from a file of JSON lines."""

from __future__ import annotations

import base64
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

import orjson

from regionhub.envelope import MAX_BODY_BYTES, Arrival, Envelope
from regionhub.errors import InputError, ParseError
from regionhub.times import from_rfc3339
from regionhub_ingest.formats.clock import MAX_AHEAD_OF_ARRIVAL_NS
from regionhub_ingest.imports import Imported

#: A longer line holds no message: one in base64, and room for what is around it. Bytes.
LONGEST_LINE = 2 * MAX_BODY_BYTES
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_WRAPPER = {"topic", "received_at", "body", "body_base64"}
#: What `mosquitto_sub -F %j` writes around a message, with a payload as text, or %J as JSON.
_RECORDED_BY_MOSQUITTO = {"tst", "topic", "qos", "retain", "payloadlen", "payload"}


def read_lines(stream: BinaryIO, *, topic: str) -> Iterator[Imported]:
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
            yield _imported(f"line {number}", text, topic)


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


def _imported(place: str, line: bytes, topic: str) -> Imported:
    now = Arrival("imported", time.time_ns(), known=False)
    bare = Envelope(topic=topic, body=line, arrival=now)
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return Imported(place, bare)  # the format says what is wrong with it
    if not isinstance(value, dict):
        return Imported(place, bare)
    if value.keys() >= _RECORDED_BY_MOSQUITTO:
        value = _of_mosquitto(value)
    if not value.keys() & {"body", "body_base64"} or value.keys() - _WRAPPER:
        return Imported(place, bare)
    try:
        envelope = Envelope(_topic(value, topic), _body(value), _arrival(value, now))
    except ParseError as error:
        return Imported(place, bare, error)
    return Imported(place, envelope)


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


def _arrival(value: dict[str, Any], now: Arrival) -> Arrival:
    given = value.get("received_at")
    if given is None:
        return now
    try:
        received_ns = from_rfc3339(given)
    except (ValueError, TypeError, OverflowError):
        raise ParseError("received_at must be a time such as 2026-05-01T06:00:00Z") from None
    if not 0 <= received_ns <= now.at_ns + MAX_AHEAD_OF_ARRIVAL_NS:
        raise ParseError("received_at must lie between 1970 and now")
    return Arrival("imported", received_ns)
