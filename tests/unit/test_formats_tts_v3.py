"""The traps of The Things Stack v3."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.messages import arrived

from regionhub.envelope import Envelope
from regionhub.errors import InputError, ParseError
from regionhub.times import from_rfc3339
from regionhub.uplinks import DeviceEvent, Ignored, Message, Uplink
from regionhub_ingest.formats import named, parse

SAMPLES = Path(__file__).parent.parent / "data" / "lns"
TOPIC = "v3/umwelt-musterkreis@musterkreis/devices/{}/{}"
DEVICE = "eui-24e124136d0c0417"
UP: dict[str, Any] = json.loads((SAMPLES / "tts-v3-up.json").read_text())
RECEPTION: dict[str, Any] = UP["uplink_message"]["rx_metadata"][0]


def read(body: object, *, topic: str = "", received: str | None = None) -> Message:
    received_ns = from_rfc3339(received) if received else None
    body_bytes = json.dumps(body).encode()
    return parse("tts-v3", Envelope(topic=topic, body=body_bytes, arrival=arrived(received_ns)))


def up(**changes: Any) -> Uplink:
    """The sample with changes in its uplink_message."""
    message = read(UP | {"uplink_message": UP["uplink_message"] | changes})
    assert isinstance(message, Uplink)
    return message


def ids(**changes: Any) -> dict[str, Any]:
    return UP | {"end_device_ids": UP["end_device_ids"] | changes}


@pytest.mark.parametrize("missing", ["omitted", "null"])
def test_zeros_are_missing(missing: str) -> None:
    keys = ["f_cnt", "f_port", "confirmed", "frm_payload", "decoded_payload"]
    body = copy.deepcopy(UP)
    for key in keys:
        if missing == "null":
            body["uplink_message"][key] = None
        else:
            body["uplink_message"].pop(key, None)
    message = read(body)
    assert isinstance(message, Uplink)
    assert (message.f_cnt, message.f_port, message.confirmed) == (0, 0, False)
    assert (message.payload, message.decoded) == (b"", None)


def test_mac_commands_of_old_servers_are_not_a_payload() -> None:
    message = up(f_port=None, frm_payload="AgM=")
    assert message.payload == b"\x02\x03"
    assert not message.decodable


def test_a_snr_of_zero_is_missing() -> None:
    entry = {key: value for key, value in RECEPTION.items() if key != "snr"}
    assert up(rx_metadata=[entry]).receptions[0].snr == 0.0
    fsk = {"data_rate": {"fsk": {"bit_rate": 50000}}, "frequency": "868800000"}
    assert up(rx_metadata=[entry], settings=fsk).receptions[0].snr is None


@pytest.mark.parametrize(
    ("entry", "gateway_id"),
    [
        ({"gateway_ids": {"gateway_id": "gw", "eui": "AC1F09FFFE0A1B2C"}}, "ac1f09fffe0a1b2c"),
        ({"gateway_ids": {"gateway_id": "gw-ohne-eui"}}, "gw-ohne-eui"),
        (
            {
                "gateway_ids": {"gateway_id": "packetbroker"},
                "packet_broker": {"forwarder_gateway_eui": "7276FF002E0650A4"},
            },
            "7276ff002e0650a4",
        ),
        (
            {
                "gateway_ids": {"gateway_id": "packetbroker"},
                "packet_broker": {"forwarder_gateway_id": "schule-nord-gw"},
            },
            "schule-nord-gw",
        ),
    ],
)
def test_gateway_ids(entry: dict[str, Any], gateway_id: str) -> None:
    assert up(rx_metadata=[entry | {"rssi": -80}]).gateway_ids == (gateway_id,)


def test_the_network_servers_time_counts_not_the_gateways() -> None:
    entry = RECEPTION | {"time": "1980-01-06T00:00:18Z", "gps_time": None}
    message = up(rx_metadata=[entry])
    assert message.time_ns == from_rfc3339("2026-05-12T07:41:23.194507229Z")
    assert message.time_source == "event"


def test_a_network_server_far_off_gives_way_to_the_application_server() -> None:
    for wrong in ("2025-05-12T07:41:23Z", "2026-05-12T07:44:23Z", "0001-01-01T00:00:00Z", None):
        message = up(received_at=wrong)
        assert message.time_ns == from_rfc3339("2026-05-12T07:41:23.401208113Z")
        assert message.time_source == "network"


def test_the_arrival_is_the_last_resort() -> None:
    body = UP | {"received_at": None, "uplink_message": {"rx_metadata": [RECEPTION]}}
    message = read(body, received="2026-05-12T07:41:24Z")
    assert isinstance(message, Uplink)
    assert message.time_source == "arrival"
    with pytest.raises(ParseError, match="no time"):
        read(body)


@pytest.mark.parametrize(
    ("correlation_ids", "event_id"),
    [
        (["gs:uplink:01A"], "gs:uplink:01A"),
        (["app:mine", "pba:uplink:01B"], "pba:uplink:01B"),
        (["gs:conn:1", "gs:uplink:2", "gs:uplink:3", "ns:uplink:4", "as:up:5"], "as:up:5"),
        (["rpc:/ttn", "ns:uplink:4"], None),
        ([], None),
        (None, None),
    ],
)
def test_event_ids(correlation_ids: list[str] | None, event_id: str | None) -> None:
    message = read(UP | {"correlation_ids": correlation_ids})
    assert isinstance(message, Uplink)
    assert message.event_id == event_id


def test_a_simulated_uplink_says_so() -> None:
    message = read(UP | {"simulated": True})
    assert isinstance(message, Uplink)
    assert message.simulated
    assert not up().simulated


def test_a_payload_may_still_be_encrypted() -> None:
    message = up(app_s_key={"encrypted_key": "AA==", "kek_label": "own"})
    assert message.encrypted
    assert not message.decodable


def test_decoded_values_may_be_texts() -> None:
    assert up(decoded_payload={"t": "NaN"}).decoded == {"t": "NaN"}


def test_battery_of_the_last_status_is_not_the_uplinks() -> None:
    battery = {"f_cnt": 3, "value": 88.2, "received_at": "2026-05-12T05:00:11Z"}
    assert up(last_battery_percentage=battery) == up()


@pytest.mark.parametrize("missing", [None, ""])
def test_a_device_without_eui_is_called_by_the_servers_id(missing: str | None) -> None:
    message = read(ids(dev_eui=missing))
    assert isinstance(message, Uplink)
    assert (message.dev_eui, message.device_ref) == (None, DEVICE)
    place = read(
        {"end_device_ids": {"device_id": DEVICE}, "location_solved": {"location": {"latitude": 1}}}
    )
    assert place == Ignored(event="location/solved", why="is of a device without a DevEUI")
    with pytest.raises(ParseError, match="names no device"):
        read(UP | {"end_device_ids": {}})


def test_which_device_is_which_can_be_said() -> None:
    listed = orjson.dumps({"devices": {DEVICE: "A8:40:41:FF:FF:18:00:77"}}).decode()
    reader = named("tts-v3").with_mapping
    assert reader is not None
    body = orjson.dumps(ids(dev_eui=None))
    message = reader(listed)(Envelope(topic="", body=body, arrival=arrived(None)))
    assert isinstance(message, Uplink)
    assert (message.dev_eui, message.device_ref) == ("a84041ffff180077", None)
    with pytest.raises(InputError, match="f_cnt: a mapping has no such entry"):
        reader('{"f_cnt": "n"}')


def test_a_saved_answer_of_the_servers_storage() -> None:
    assert read({"result": UP}) == read(UP)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (ids(dev_eui="24E1"), "dev_eui"),
        (ids(device_id=7), "device_id"),
        (UP | {"end_device_ids": "x"}, "end_device_ids"),
        (UP | {"simulated": "true"}, "simulated"),
        (UP | {"uplink_message": []}, "uplink_message is missing"),
        (UP | {"uplink_message": {}}, "uplink_message is missing"),
    ],
)
def test_what_is_wrong_is_named(body: dict[str, Any], names: str) -> None:
    with pytest.raises(ParseError, match=f"^{names}"):
        read(body)


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"f_cnt": "4711"}, "f_cnt"),
        ({"f_port": 256}, "f_port"),
        ({"frm_payload": "A" * 328}, "frm_payload"),
    ],
)
def test_what_is_wrong_in_the_uplink_is_named(changes: dict[str, Any], names: str) -> None:
    with pytest.raises(ParseError, match=f"^{names}"):
        up(**changes)


def test_the_topic_is_of_another_device() -> None:
    with pytest.raises(ParseError, match="the topic is of device"):
        read(UP, topic=TOPIC.format("kita-sued", "up"))


@pytest.mark.parametrize("name", [DEVICE, "24e124713c2a0099", "eui-70b3d57ed0000001", "baum-7"])
def test_a_device_may_be_called_like_any_eui(name: str) -> None:
    """The server's id is a name: who takes over a broken device's keeps it."""
    message = read(ids(device_id=name, dev_eui="24E124713C2A0093"), topic=TOPIC.format(name, "up"))
    assert isinstance(message, Uplink)
    assert message.dev_eui == "24e124713c2a0093"


def test_a_location() -> None:
    place = {"latitude": 51.2191, "longitude": 7.6275, "altitude": 421, "source": "SOURCE_GPS"}
    body = {
        "end_device_ids": UP["end_device_ids"],
        "received_at": UP["received_at"],
        "location_solved": {"service": "geo", "location": place},
    }
    message = read(body, topic=TOPIC.format(DEVICE, "location/solved"))
    assert message == read(body)
    assert isinstance(message, DeviceEvent)
    assert (message.kind, message.latitude, message.longitude) == ("location", 51.2191, 7.6275)
    assert message.time_ns == from_rfc3339(UP["received_at"])
    body["location_solved"]["location"] = {}
    assert read(body) == Ignored(event="location/solved", why="carries no position")


@pytest.mark.parametrize(
    "event", ["down/queued", "down/sent", "down/ack", "down/nack", "down/failed",
              "down/invalidated", "down/push", "down/replace", "service/data", "up/normalized"],
)  # fmt: skip
def test_other_events_are_ignored(event: str) -> None:
    message = read({}, topic=TOPIC.format(DEVICE, event))
    assert isinstance(message, Ignored)
    assert message.event == event


def test_events_of_later_versions_are_ignored() -> None:
    message = read({}, topic=TOPIC.format(DEVICE, "brandneu"))
    assert isinstance(message, Ignored)
    assert message.event == "unknown"
