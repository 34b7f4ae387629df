"""The quick reader of ChirpStack v4 and the strict ones say the same of whatever arrives."""

from __future__ import annotations

import copy
import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.messages import arrived
from tests.unit.test_formats_hostile import parent, paths

from regionhub.envelope import Envelope
from regionhub.errors import ParseError
from regionhub.times import from_rfc3339
from regionhub_ingest.formats import chirpstack_v4_usual as usual
from regionhub_ingest.formats import parse

SAMPLES = Path(__file__).parent.parent / "data" / "lns"
UP: dict[str, Any] = json.loads((SAMPLES / "chirpstack-v4-up.json").read_text())
ARRIVAL = from_rfc3339("2026-05-12T07:41:24Z")
SECOND = 10**9
#: The quick reader takes no byte order mark, and the strict ones drop it.
BOM = b"\xef\xbb\xbf"
HOLE = b'"HOLE"'
#: Where no object or array stands, and no item of an array.
LEAVES = [path for path in paths(UP) if not isinstance(parent(UP, path)[path[-1]], dict | list)]

NUMBERS = [
    "0", "-0", "0.0", "-0.0", "1e-10", "-1e-10", "1e-9", "1000", "1000.0", "1000.1", "-1001",
    "1e3", "12", "12.0", "12.5", "13", "15", "16", "255", "256", "4294967295", "4294967296",
    "10000000", "10000001", "9223372036854775807", "9223372036854775808",
    "-9223372036854775809", "18446744073709551616", "1e308", "1e309", "-1e999", "1e-400",
    "01", "1.", ".5", "-", "1e", "NaN", "0.1234567890123456789", "true", "false", "null",
    "[]", "{}", "[1]", "[[1]]", "[[[1]]]", '{"a":1}', '{"":{"":{"":1}}}',
    "[18446744073709551616]", '{"a":1,"a":1e999}',
]  # fmt: skip
TIMES = [
    "2026-05-12T07:41:23Z", "2026-05-12T07:41:23.1Z", "2026-05-12t07:41:23.1z",
    "2026-05-12T07:41:23+00:00", "2026-05-12T07:41:23.+00:00", "2026-05-12T07:41:23.1+0000",
    "2026-05-12T09:41:23.1+02:00", "2026-05-12T07:42:00.1+00:01",
    "2026-05-12T07:41:23.1234567891+00:00",
    "2026-05-12T07:41:23.1-00:00", "2026-05-12T07:41:23.999999999+00:00",
    "2026-05-12T07:41:23.1", "2026-05-12T07:41:23.1_8+00:00", "2026-05-12T07:41:23.１+00:00",
    "2026-05-12T07:41:60.1+00:00", "2026-02-29T07:41:23.1+00:00",
    "2026-05-12T07:42:24.1+00:00", "2026-05-12T07:40:22.1+00:00",
    "2026-05-12T07:43:24.1+00:00", "2026-05-11T07:41:22.1+00:00",
    "0001-01-01T00:00:00.0+00:00", "1970-01-01T00:00:00.0+00:00",
    "1999-12-31T23:59:59.9+00:00", "2262-04-11T23:47:16.9+00:00",
    "9999-12-31T23:59:59.9+00:00",
]  # fmt: skip
TEXTS = [
    "24E124136D0C0417", "24-e1-24-13-6d-0c-04-17", "eui-24e124136d0c0417", "JOEkE20MBBc=",
    "24e124136d0c041g", "24e124136d0c0417f", "01A4C3F2", "AQ==", "AR==", "AQ", "A",
    "AQ==AQ==", "-_8=", "+/8=", "ä", "868500000", "true",
    "", " ", "A" * 324, "A" * 328, "x" * 256, "ä" * 255, "\u202e", "\x7f", "\ufffe", "😀"
]  # fmt: skip
RAW = [
    b'"\xff"', b'"\xc3"', b'"\xed\xa0\x80"', b'"\x01"', b'"\n"', rb'"\ud800"', rb'"\ud83d\ude00"',
    rb'"\u0000"', rb'"\x"', rb'"\u00e4"', rb'"\/"', b"9" * 309, b"9" * 400 + b".5",
    b"[" * 2000 + b"]" * 2000, b'{"a":' * 250 + b"1" + b"}" * 250,
]  # fmt: skip
VALUES = [
    *(number.encode() for number in NUMBERS),
    *(json.dumps(text, ensure_ascii=False).encode() for text in TIMES + TEXTS),
    *RAW,
]
FIELDS = [
    b'"object":{"x":1}', b'"object":{"x":1e999}', b'"object":null', b'"rxInfo":[]',
    b'"rxInfo":null', b'"deviceInfo":{}', b'"fCnt":1', b'"fCnt":"x"', b'"unknown":1',
    b'"unknown":1e999', b'"unknown":"\xff"', b'"\xff":1', b'"devEui":"24e124136d0c0417"',
    b'"devEui":null', b'"joinServerContext":{"sessionKeyId":"1"}',
    b'"joinServerContext":null', b'"lrFhss":{}',
    b'"fsk":{"datarate":50000}', b'"fsk":null', b'"gatewayId":null', b'"data":null',
    rb'"fP\u006frt":7', b'"nsTime":null', b'"nsTime":""', b'"rssi":null', b'"snr":0', b'"rssi":0',
]  # fmt: skip


def outcome(body: bytes, received_ns: int | None, topic: str = "") -> str:
    """The message with the types of all its values, or the error."""
    try:
        return repr(parse("chirpstack-v4", Envelope(topic, body, arrived(received_ns))))
    except ParseError as error:
        return f"{type(error).__name__}: {error.detail}"


def assert_same(body: bytes, received_ns: int | None = ARRIVAL) -> None:
    assert outcome(body, received_ns) == outcome(BOM + body, received_ns)


def dumped(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def nested(value: object) -> dict[str, Any]:
    return UP | {"object": {"a": [1, 2.5, None, {"ä": value}], "b": {"c": [True]}, "d": 1e-7}}


@pytest.mark.parametrize(
    "body",
    [
        *(json.loads((SAMPLES / f"chirpstack-v4-up{name}.json").read_text())
          for name in ("", "-nocodec", "-mac-only")),
        UP | {"deviceInfo": UP["deviceInfo"] | {"deviceName": 'Pegel "Möhne" 1'}},
        UP | {"rxInfo": UP["rxInfo"][:1]},
        nested("text"),
    ],
    ids=["codec", "no codec", "no payload", "umlaut", "one gateway", "nested"],
)  # fmt: skip
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("escaped", [False, True])
def test_usual_uplinks_are_read_quickly(body: object, indent: int | None, escaped: bool) -> None:
    written = json.dumps(body, indent=indent, ensure_ascii=escaped).encode()
    for received_ns in (None, ARRIVAL, ARRIVAL + 10**16):
        assert usual.uplink(written, received_ns) is not None
        assert usual.uplink(BOM + written, received_ns) is None
        assert_same(written, received_ns)


@pytest.fixture(scope="module")
def with_a_hole() -> list[bytes]:
    """The sample once for each of its fields, with a hole there."""
    bodies = [nested("HOLE")]
    for path in paths(UP):
        body = copy.deepcopy(UP)
        parent(body, path)[path[-1]] = "HOLE"
        bodies.append(body)
    return [dumped(body) for body in bodies]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[2:30])
def test_each_field_replaced(value: bytes, with_a_hole: list[bytes]) -> None:
    for body in with_a_hole:
        assert_same(body.replace(HOLE, value))


@pytest.mark.parametrize("added", FIELDS, ids=lambda added: repr(added)[2:])
def test_a_field_added_or_repeated(added: bytes) -> None:
    body = dumped(UP)
    for place in re.finditer(rb"(?<=\{)(?!\})", body):
        assert_same(body[: place.end()] + added + b"," + body[place.end() :])
    for place in re.finditer(rb"(?<!\{)(?=\})", body):
        assert_same(body[: place.end()] + b"," + added + body[place.end() :])


@pytest.mark.parametrize("apart_s", [0, 59, 60, 61, 119, 120, 121, 599, 600, 601, 86_400, 86_401])
@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("off_ns", [-1, 0, 1])
def test_arrivals_near_every_limit(apart_s: int, sign: int, off_ns: int) -> None:
    for time in [UP["time"], *TIMES]:
        body = dumped(UP | {"time": time})
        assert_same(body, from_rfc3339(UP["time"]) + sign * apart_s * SECOND + off_ns)


@pytest.mark.parametrize("received_ns", [None, ARRIVAL, ARRIVAL + 10**16, 2**63 - 1])
@pytest.mark.parametrize(
    "moment",
    ["0001-01-01T00:00:00", "1969-12-31T23:59:59", "1970-01-01T00:01:30", "1999-12-31T23:59:59",
     "2000-01-01T00:00:00", "2000-01-01T00:01:00", "2262-04-11T23:47:15", "2262-04-11T23:47:16",
     "2262-04-11T23:47:17", "9999-12-31T23:59:59"],
)  # fmt: skip
def test_clocks_that_agree_on_any_moment(moment: str, received_ns: int | None) -> None:
    for fraction in (b".0", b".5", b".999999999", b".9999999999"):
        body = dumped(UP).replace(b"2026-05-12T07:41:23", moment.encode())
        assert_same(re.sub(rb"\.\d+(?=\+00:00)", fraction, body), received_ns)


@pytest.mark.parametrize("apart_s", [-59, 59])
@pytest.mark.parametrize("moment", ["2262-04-11T23:46:16", "2262-04-11T23:47:14"])
def test_a_gateway_may_be_beyond_the_last_moment(moment: str, apart_s: int) -> None:
    """The last one that fits into 64 bits is 2262-04-11T23:47:16.854775807Z."""
    event = datetime.fromisoformat(f"{moment}.500+00:00")
    heard = (event + timedelta(seconds=apart_s)).isoformat()
    entries = [entry | {"nsTime": heard} for entry in UP["rxInfo"]]
    assert_same(dumped(UP | {"time": event.isoformat(), "rxInfo": entries}), None)


@pytest.mark.parametrize("received_ns", [None, ARRIVAL, ARRIVAL + 10**16])
def test_uplinks_that_no_gateway_heard(received_ns: int | None) -> None:
    assert_same(dumped(UP | {"rxInfo": []}), received_ns)


@pytest.mark.parametrize(
    "topic", ["application/a/device/24e124136d0c0417/event/up", "town/event/up", "town/sensors"]
)
@pytest.mark.parametrize("body", [UP, {"deviceInfo": UP["deviceInfo"], "margin": 7}])
def test_the_topic_counts_alike(topic: str, body: object) -> None:
    written = dumped(body)
    assert outcome(written, ARRIVAL, topic) == outcome(BOM + written, ARRIVAL, topic)


@pytest.mark.parametrize("event", ["event/join", "event/ack", "event/unknown", "command/up"])
def test_an_uplink_under_the_topic_of_another_event_is_none(event: str) -> None:
    topic = f"application/a/device/24e124136d0c0417/{event}"
    body = dumped(UP)
    assert outcome(body, ARRIVAL, topic) == outcome(BOM + body, ARRIVAL, topic)
    assert not outcome(body, ARRIVAL, topic).startswith("Uplink")


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_mutated_bodies(data: st.DataObject) -> None:
    body = copy.deepcopy(UP)
    for path in data.draw(st.lists(st.sampled_from(LEAVES), max_size=2, unique=True)):
        if data.draw(st.booleans()):
            parent(body, path)[path[-1]] = "HOLE"
        else:
            parent(body, path).pop(path[-1])
    written = dumped(body)
    while HOLE in written:
        written = written.replace(HOLE, data.draw(st.sampled_from(VALUES)), 1)
    for _ in range(data.draw(st.integers(0, 2))):
        # after the first brace: without it a body may be a binary one
        place = data.draw(st.integers(1, len(written)))
        rest = written[place + data.draw(st.integers(0, 3)) :]
        written = written[:place] + data.draw(st.binary(max_size=3)) + rest
    arrivals = [None, ARRIVAL, ARRIVAL - 100 * SECOND, ARRIVAL + 10**16]
    assert_same(written, data.draw(st.sampled_from(arrivals)))
