"""The traps of ThingPark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.messages import arrived

from regionhub.envelope import Envelope
from regionhub.errors import ParseError
from regionhub.times import from_rfc3339
from regionhub.uplinks import Ignored, Message, Reception, Uplink
from regionhub_ingest.formats import parse

SAMPLES = Path(__file__).parent.parent / "data" / "lns"
UP: dict[str, Any] = json.loads((SAMPLES / "thingpark-up.json").read_text())["DevEUI_uplink"]
LATE: dict[str, Any] = json.loads((SAMPLES / "thingpark-up-strings-late.json").read_text())[
    "DevEUI_uplink"
]
TOPIC = "mqtt/things/24E124136D0C0417/uplink"


def read(body: object, *, topic: str = TOPIC, received: str = "2026-05-12T07:41:24Z") -> Message:
    return parse(
        "thingpark",
        Envelope(
            topic=topic, body=json.dumps(body).encode(), arrival=arrived(from_rfc3339(received))
        ),
    )


def up(body: dict[str, Any] = UP, **changes: Any) -> Uplink:
    message = read({"DevEUI_uplink": body | changes})
    assert isinstance(message, Uplink)
    return message


def quoted(value: Any) -> Any:
    """The same with every number as a text."""
    if isinstance(value, dict):
        return {key: quoted(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [quoted(entry) for entry in value]
    return str(value) if type(value) in {int, float} else value


def test_numbers_as_text_say_the_same() -> None:
    assert up(quoted(UP)) == up()


def test_metadata_removes_the_root() -> None:
    assert read(UP) == up()


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("downlink_Sent", "downlink_sent"),
        ("location", "location"),
        ("notification", "notification"),
        ("brandneu", "unknown"),
    ],
)
def test_other_reports_are_ignored(kind: str, event: str) -> None:
    message = read({f"DevEUI_{kind}": {"DevEUI": UP["DevEUI"], "FCntUp": 1}})
    assert isinstance(message, Ignored)
    assert message.event == event


def test_decoded_values_alone_are_not_enough() -> None:
    with pytest.raises(ParseError, match=r"sendRawDecodedFormat=false"):
        read({"temperature": 23.3})


@pytest.mark.parametrize(
    ("m_type", "confirmed"), [(2, False), (4, True), ("4", True), (None, None)]
)
def test_the_message_type_tells_what_is_confirmed(m_type: object, confirmed: object) -> None:
    assert up(MType=m_type).confirmed is confirmed


def test_a_late_frame_keeps_its_time() -> None:
    month_later = "2026-06-12T07:41:24Z"
    late = read({"DevEUI_uplink": LATE}, received=month_later)
    assert isinstance(late, Uplink)
    assert late.late
    assert (late.time_ns, late.time_source) == (from_rfc3339("2026-05-12T06:58:01.004Z"), "event")
    early = read({"DevEUI_uplink": LATE | {"Late": "0"}}, received=month_later)
    assert isinstance(early, Uplink)
    assert early.time_source == "arrival"
    never_set = read({"DevEUI_uplink": LATE | {"Time": "1980-01-06T00:00:18Z"}})
    assert isinstance(never_set, Uplink)
    assert never_set.time_source == "arrival"


def test_a_base_station_has_no_eui() -> None:
    assert up().gateway_ids == ("10001a2b", "10001c77")


def test_a_single_base_station_may_come_without_its_list() -> None:
    one = {"Lrrid": "10001A2B", "LrrRSSI": "-63.000000", "LrrSNR": "0.000000"}
    heard = (Reception(gateway_id="10001a2b", rssi=-63.0, snr=0.0),)
    assert up(Lrrs={"Lrr": one}).receptions == heard
    assert up({**UP, **one, "Lrrs": None}).receptions == heard
    assert up({**UP, "Lrrs": {}, "Lrrid": None}).receptions == ()


def test_without_port_and_payload_it_is_a_mac_frame() -> None:
    message = up({key: UP[key] for key in UP if key not in {"FPort", "payload_hex"}})
    assert (message.f_port, message.payload, message.decodable) == (0, b"", False)


@pytest.mark.parametrize("changes", [{"PayloadEncryption": 1}, {"PayloadEncryption": "1"},
                                     {"AppSKey": "8d9f3a2b1c4e5f60718293a4b5c6d7e8"}])  # fmt: skip
def test_a_payload_may_still_be_encrypted(changes: dict[str, Any]) -> None:
    assert up(**changes).encrypted
    assert not up().encrypted


def test_decoded_values() -> None:
    assert up(payload={"temperature": 23.3}).decoded == {"temperature": 23.3}
    assert up(payload=[1]).decoded is None


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"DevEUI": None}, "DevEUI is missing"),
        ({"DevEUI": "24E1"}, "DevEUI"),
        ({"FCntUp": "47x"}, "FCntUp"),
        ({"FCntUp": "-1"}, "FCntUp"),
        ({"FCntUp": "4.5"}, "FCntUp"),
        ({"FCntUp": None}, "FCntUp is missing"),
        ({"FPort": "256"}, "FPort"),
        ({"FPort": " 85"}, "FPort"),
        ({"FPort": "٨٥"}, "FPort"),
        ({"FPort": True}, "FPort"),
        ({"Late": 2}, "Late"),
        ({"Time": "2026-05-12T09:41:23.118"}, "Time"),
        ({"payload_hex": "01 02"}, "payload_hex"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], names: str) -> None:
    with pytest.raises(ParseError, match=f"^{names}"):
        up(**changes)


def test_the_topic_is_of_another_device() -> None:
    with pytest.raises(ParseError, match="the topic is of device"):
        read({"DevEUI_uplink": UP}, topic="mqtt/things/24E124713C2A0093/uplink")
