"""Whatever arrives, the answer is a message or a ParseError."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.messages import arrived

from regionhub.envelope import Envelope
from regionhub.errors import InputError, MessageTooLarge, ParseError
from regionhub.uplinks import DeviceEvent, Ignored, Message, Uplink, as_record
from regionhub_ingest.formats import FORMATS, MAX_BODY_BYTES, parse, without_keys

SAMPLES = Path(__file__).parent.parent / "data" / "lns"
MANIFEST: list[dict[str, Any]] = json.loads((SAMPLES / "manifest.json").read_text())["samples"]
JSON = [sample for sample in MANIFEST if sample["file"].endswith(".json")]
BODIES = {sample["file"]: json.loads((SAMPLES / sample["file"]).read_text()) for sample in JSON}
ARRIVAL = 1_778_571_684_000_000_000

formats = st.sampled_from(list(FORMATS))
#: A mapping with every entry, over the keys that the samples have.
MAPPING = json.dumps(
    {
        "wrapped_in": "body",
        "numbers_as_text": True,
        "ignore": [{"field": "cmd", "is": ["txd", 1], "event": "txd", "why": "is none"}],
        "dev_eui": "dev_eui",
        "dev_eui_in_topic": True,
        "device_ref": "EUI",
        "devices": {"24E124136D0C0417": "24e124136d0c0417"},
        "payload": {"field": "data", "encoding": "hex"},
        "f_cnt": "fcnt",
        "f_port": "port",
        "time": {"field": "ts", "format": "epoch_ms"},
        "network_time": "publishedAt",
        "late_time": {"field": "reported_at", "format": "epoch_s"},
        "late": "offline",
        "confirmed": {"field": "ack", "is": True},
        "encrypted": "encrypted",
        "event_id": "seqno",
        "dev_addr": "devaddr",
        "decoded": "object",
        "frequency": {"field": "freq", "unit": "MHz"},
        "data_rate": "dr",
        "sf": "sf",
        "bandwidth": {"field": "txInfo.bandwidth", "unit": "kHz"},
        "receptions": {"list": "gws", "gateway": "gweui", "rssi": "rssi", "snr": "snr"},
    }
)
topics = st.sampled_from([sample["topic"] for sample in MANIFEST] + ["", "/", "a/b"]) | st.text()
arrivals = st.none() | st.integers(0, 2**62)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(
        [
            "",
            "4711",
            "AA==",
            "24E124136D0C0417",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59-23:00",
        ]
    )
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def outcome(
    name: str, topic: str, body: bytes, received_ns: int | None, mapping: str | None = None
) -> Message | None:
    """The message, whose record can be written as JSON, or None for a ParseError."""
    envelope = without_keys(Envelope(topic=topic, body=body, arrival=arrived(received_ns)))
    try:
        message = parse(name, envelope, mapping)
    except ParseError as error:
        detail = error.detail
    else:
        assert isinstance(message, Uplink | DeviceEvent | Ignored)
        orjson.dumps(as_record(message))
        return message
    assert 0 < len(detail) < 200
    assert "\n" not in detail
    return None


def paths(value: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, as keys and indices."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    here = [(*prefix, key) for key, _ in inner]
    return here + [path for key, item in inner for path in paths(item, (*prefix, key))]


def parent(body: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        body = body[key]
    return body


@settings(max_examples=200, deadline=None)
@given(data=st.data(), received_ns=arrivals)
def test_mutated_samples(data: st.DataObject, received_ns: int | None) -> None:
    sample = data.draw(st.sampled_from(JSON))
    body = copy.deepcopy(BODIES[sample["file"]])
    for _ in range(data.draw(st.integers(1, 3))):
        places = paths(body)
        if not places:
            break
        path = data.draw(st.sampled_from(places))
        if data.draw(st.booleans()):
            del parent(body, path)[path[-1]]
        else:
            parent(body, path)[path[-1]] = data.draw(values)
    topic = data.draw(st.sampled_from([sample["topic"], ""]))
    outcome(sample["lns"], topic, json.dumps(body).encode(), received_ns)


@pytest.mark.parametrize("sample", JSON, ids=lambda sample: sample["file"])
@pytest.mark.parametrize("value", [None, True, -1, 1.5, 10**30, "", "x", [[]], {"a": 1}])
def test_each_field_of_each_sample_replaced(sample: dict[str, Any], value: object) -> None:
    for path in paths(BODIES[sample["file"]]):
        body = copy.deepcopy(BODIES[sample["file"]])
        parent(body, path)[path[-1]] = value
        outcome(sample["lns"], sample["topic"], json.dumps(body).encode(), None)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), received_ns=arrivals)
def test_a_mapping_meets_anything(data: st.DataObject, received_ns: int | None) -> None:
    body = copy.deepcopy(BODIES["loriot-gw.json"])
    for _ in range(data.draw(st.integers(0, 3))):
        places = [*paths(body), ("dev_eui",), ("object",), ("reported_at",), ("body",), ("sf",)]
        path = data.draw(st.sampled_from(places))
        parent(body, path)[path[-1]] = data.draw(values)
    outcome("generic", data.draw(topics), json.dumps(body).encode(), received_ns, MAPPING)


@settings(max_examples=200, deadline=None)
@given(name=formats, topic=topics, value=values, received_ns=arrivals)
def test_random_json(name: str, topic: str, value: object, received_ns: int | None) -> None:
    outcome(name, topic, json.dumps(value).encode(), received_ns)


@settings(max_examples=200, deadline=None)
@given(name=formats, topic=topics, body=st.binary(max_size=200))
def test_random_bytes(name: str, topic: str, body: bytes) -> None:
    message = outcome(name, topic, body, None)
    binary = name == "chirpstack-v4" and body[:1] in {b"\x0a", b"\x08", b"\x12"}
    ignored = isinstance(message, Ignored)  # the topic says so
    assert message is None or ignored or binary or body.lstrip()[:1] in {b"{", b"[", b"\xef"}


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_damaged_samples(data: st.DataObject) -> None:
    sample = data.draw(st.sampled_from(MANIFEST))
    body = bytearray((SAMPLES / sample["file"]).read_bytes())
    place = data.draw(st.integers(0, len(body) - 1))
    body[place : place + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=40))
    outcome(sample["lns"], sample["topic"], bytes(body), None)


@pytest.mark.parametrize("depth", [240, 250, 255, 900, 5000])
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("chirpstack-v4-up", ("object",)),
        ("tts-v3-up", ("uplink_message", "decoded_payload")),
        ("chirpstack-v3-up-json_v3", ("object",)),
        ("thingpark-up", ("DevEUI_uplink", "payload")),
        ("helium-console-up", ("decoded", "payload")),
    ],
)
def test_deep_nesting(name: str, path: tuple[str, ...], depth: int) -> None:
    sample = next(sample for sample in JSON if sample["file"] == f"{name}.json")
    body = copy.deepcopy(BODIES[sample["file"]])
    for key in path[:-1]:
        body.setdefault(key, {})
    parent(body, path)[path[-1]] = "HERE"
    nested = b'{"a":' * depth + b"{}" + b"}" * depth
    message = outcome(sample["lns"], "", json.dumps(body).encode().replace(b'"HERE"', nested), None)
    assert message is not None


def test_size_limit() -> None:
    body = (SAMPLES / "chirpstack-v4-up.json").read_bytes().ljust(MAX_BODY_BYTES)
    assert outcome("chirpstack-v4", "", body, None) is not None
    with pytest.raises(MessageTooLarge, match="over 262144 bytes"):
        parse("chirpstack-v4", Envelope(topic="", body=body + b" ", arrival=arrived(None)))


def test_unknown_format() -> None:
    with pytest.raises(InputError, match="unknown format 'x', known are chirpstack-v4, tts-v3"):
        parse("x", Envelope(topic="", body=b"{}", arrival=arrived(None)))
