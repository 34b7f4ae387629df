"""Session keys leave a message before it is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.messages import arrived
from tests.unit.wire import chirpstack_up, field

from regionhub.envelope import Envelope
from regionhub.uplinks import Uplink
from regionhub_ingest.formats import parse, without_keys

SAMPLES = Path(__file__).parent.parent / "data" / "lns"
KEY = "8d9f3a2b1c4e5f60718293a4b5c6d7e8"
EUI = "24e124136d0c0417"


def kept(body: bytes, topic: str = "") -> bytes:
    return without_keys(Envelope(topic=topic, body=body, arrival=arrived(None))).body


@pytest.mark.parametrize(
    "name",
    ["app_session_key", "network_session_key", "device_key", "nwk_s_enc_key", "AppSKey", "appskey",
     "NWKSKEY", "aesKey", "key", "genAppKey", "root keys/appKey"],
)  # fmt: skip
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" , ", " : ")])
def test_keys_are_removed(name: str, separators: tuple[str, str]) -> None:
    body = {"interface": {"opts": {name: KEY, "device_eui": EUI}}, "data": "AQ=="}
    result = kept(json.dumps(body, separators=separators).encode())
    assert KEY.encode() not in result
    body["interface"]["opts"][name] = "removed"  # type: ignore[index]
    assert json.loads(result) == body


def test_a_key_with_escapes_is_removed_to_its_end() -> None:
    body = json.dumps({"AppSKey": 'ab"cd\\ef' + KEY}).replace("cd", "\\/").encode()
    assert json.loads(kept(body)) == {"AppSKey": "removed"}


@pytest.mark.parametrize("damage", [slice(None, -1), slice(3, None)])
def test_keys_leave_bodies_that_are_no_json(damage: slice) -> None:
    body = json.dumps({"nwk": "x", "app_session_key": KEY}).encode()[damage]
    assert KEY.encode() not in kept(body)


@pytest.mark.parametrize("file", sorted(p.name for p in SAMPLES.iterdir()))
def test_nothing_else_changes(file: str) -> None:
    message = Envelope(topic="", body=(SAMPLES / file).read_bytes(), arrival=arrived(None))
    assert without_keys(message) is message


def test_an_encrypted_uplink_stays_one_without_its_key() -> None:
    body: dict[str, Any] = json.loads((SAMPLES / "chirpstack-v4-up.json").read_text())
    body["joinServerContext"] = {"appSKey": {"kekLabel": "", "aesKey": "jZ86KxxOX2BxgpOktcbX6A=="}}
    message = without_keys(
        Envelope(topic="", body=json.dumps(body).encode(), arrival=arrived(None))
    )
    assert b"jZ86" not in message.body
    uplink = parse("chirpstack-v4", message)
    assert isinstance(uplink, Uplink)
    assert uplink.encrypted


@pytest.mark.parametrize("number", [15, 6])  # of the context in an uplink and in a join
def test_keys_leave_protobuf(number: int) -> None:
    key = bytes.fromhex(KEY)
    context = field(1, "session-1") + field(2, field(1, "") + field(2, key))
    dr = b"" if number == 6 else field(6, 5)
    body = field(1, "id") + field(3, field(8, EUI)) + dr + field(number, context)
    result = kept(body)
    assert key not in result
    assert b"session-1" in result
    assert EUI.encode() in result


def test_protobuf_without_keys_stays_as_it_came() -> None:
    message = Envelope(topic="", body=chirpstack_up(), arrival=arrived(None))
    assert without_keys(message) is message
    assert kept(b"\x0a\xff garbage") == b"\x0a\xff garbage"
