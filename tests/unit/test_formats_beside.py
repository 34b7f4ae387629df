"""What stands beside a frame never decides over it: radio, gateways, names, the server's codec."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.messages import arrived

from regionhub.envelope import Envelope
from regionhub.times import from_rfc3339
from regionhub.uplinks import Ignored, Uplink
from regionhub_ingest.formats import parse

EUI = "24e124136d0c0417"
ARRIVAL = from_rfc3339("2026-05-12T07:41:24Z")
SAMPLES = Path(__file__).parents[1] / "data" / "lns"
#: Of each format an uplink, and what it is read for: a path to each field that makes the frame.
FRAMES: dict[str, tuple[str, set[tuple[str, ...]]]] = {
    "chirpstack-v4": (
        "chirpstack-v4-up.json",
        {("deviceInfo", "devEui"), ("fCnt",), ("fPort",), ("data",), ("time",)},
    ),
    "chirpstack-v3": (
        "chirpstack-v3-up-json_v3.json",
        {("devEUI",), ("fCnt",), ("fPort",), ("data",)},
    ),
    "tts-v3": (
        "tts-v3-up.json",
        {("end_device_ids", "dev_eui"), ("end_device_ids", "device_id")}
        | {("uplink_message", key) for key in ("f_cnt", "f_port", "frm_payload", "received_at")},
    ),
    "thingpark": (
        "thingpark-up.json",
        {
            ("DevEUI_uplink", key)
            for key in ("DevEUI", "FCntUp", "FPort", "payload_hex", "Time", "Late")
        },
    ),
    "loriot": ("loriot-gw.json", {("cmd",), ("EUI",), ("fcnt",), ("port",), ("data",), ("ts",)}),
}
odd: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path in a body at which something stands, containers too."""
    inside = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [path, *(leaf for key, item in inside for leaf in leaves(item, (*path, key)))]


def frame(message: object) -> tuple[Any, ...]:
    """What nothing beside it may change."""
    assert isinstance(message, Uplink)
    return (message.dev_eui, message.f_cnt, message.f_port, message.payload)


def read(name: str, body: dict[str, Any]) -> object:
    topic = f"application/1/device/{EUI}/event/up" if name == "chirpstack-v3" else ""
    sent = Envelope(topic, json.dumps(body).encode(), arrived(ARRIVAL))
    try:
        return parse(name, sent)
    except Exception as error:
        error.add_note(json.dumps(body)[:2000])
        raise


@settings(max_examples=250, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("name", FRAMES)
def test_anything_may_stand_beside_a_frame(name: str, data: st.DataObject) -> None:
    file, essential = FRAMES[name]
    body = json.loads((SAMPLES / file).read_text("utf-8"))
    before = frame(read(name, body))
    beside = [
        path
        for path in leaves(body)
        if not any(part[: len(path)] == path for part in essential)
        and path not in {("joinServerContext",), ("simulated",), ("encdata",)}
        and path[-1:] not in {("app_s_key",), ("PayloadEncryption",), ("AppSKey",), ("mac",)}
    ]
    changed = copy.deepcopy(body)
    path = data.draw(st.sampled_from(beside))
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = data.draw(odd)
    assert frame(read(name, changed)) == before


@pytest.mark.parametrize("body", [b"{}", b"\x0a\x10\x00", b"not JSON", b""])
@pytest.mark.parametrize("name", ["chirpstack-v4", "chirpstack-v3"])
@pytest.mark.parametrize(
    "topic",
    [
        "eu868/gateway/0016c001f1500001/event/stats",
        "gateway/0016C001F1500001/event/up",
        "eu868/gateway/0016c001f1500001/state/conn",
        "stadt/eu868/gateway/0016c001f1500001/command/down",
        "gateway/0016c001f1500001/stats",
    ],
)
def test_messages_of_gateways_are_ignored(topic: str, name: str, body: bytes) -> None:
    message = parse(name, Envelope(topic, body, arrived(None)))
    assert message == Ignored(event="gateway", why="is of a gateway, not of a device")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("chirpstack-v4", {"gatewayId": "0016c001f1500001", "rxPacketsReceived": 5}),
        ("chirpstack-v4", {"phyPayload": "QAE=", "rxInfo": {}, "txInfo": {}}),
        ("chirpstack-v3", {"gatewayID": "ABbAAfFQAAE=", "ip": "", "rxPacketsReceived": 5}),
        ("chirpstack-v3", {"phyPayload": "QAE=", "rxInfo": {}, "txInfo": {}}),
    ],
)
def test_on_a_topic_of_its_own_a_gateway_is_told_by_its_message(
    name: str, body: dict[str, Any]
) -> None:
    message = parse(name, Envelope("stadt/alles", json.dumps(body).encode(), arrived(None)))
    assert isinstance(message, Ignored)
    assert message.event == "gateway"


def test_a_frame_that_hundreds_of_gateways_heard() -> None:
    body = json.loads((SAMPLES / "tts-v3-up-packetbroker.json").read_text("utf-8"))
    one = body["uplink_message"]["rx_metadata"][0] | {"uplink_token": "A" * 700}
    body["uplink_message"]["rx_metadata"] = [one] * 200
    message = read("tts-v3", body)
    assert isinstance(message, Uplink)
    assert len(message.receptions) == 200
