"""The traps of ChirpStack v3, in both of its dialects."""

from __future__ import annotations

import copy
import json
import time
from pathlib import Path
from typing import Any

import pytest
from tests.messages import arrived

from regionhub.envelope import Envelope
from regionhub.errors import NoTime, ParseError
from regionhub.times import from_rfc3339
from regionhub.uplinks import DeviceEvent, Ignored, Message, Uplink
from regionhub_ingest.formats import parse

SAMPLES = Path(__file__).parent.parent / "data" / "lns"
EUI = "24e124136d0c0417"
TOPIC = f"application/12/device/{EUI}/"
HEX: dict[str, Any] = json.loads((SAMPLES / "chirpstack-v3-up-json_v3.json").read_text())
BASE64: dict[str, Any] = json.loads((SAMPLES / "chirpstack-v3-up-json.json").read_text())
STATUS: dict[str, Any] = json.loads((SAMPLES / "chirpstack-v3-status.json").read_text())
ARRIVAL = "2026-05-12T07:51:24Z"
IDS = {"applicationID": "12", "applicationName": "umwelt", "deviceName": "flur", "devEUI": EUI}


def read(body: object, *, topic: str = "", received: str | None = ARRIVAL) -> Message:
    received_ns = from_rfc3339(received) if received else None
    return parse(
        "chirpstack-v3",
        Envelope(topic=topic, body=json.dumps(body).encode(), arrival=arrived(received_ns)),
    )


def up(body: dict[str, Any], **changes: Any) -> Uplink:
    message = read(body | changes)
    assert isinstance(message, Uplink)
    return message


def without(body: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in keys}


@pytest.mark.parametrize(
    ("ending", "body"),
    [
        ("event/up", HEX),
        ("up", HEX),  # before 3.11
        ("rx", HEX),  # oldest
        ("event/up", BASE64),
        ("rx", BASE64),
    ],
)
def test_topics_of_uplinks(ending: str, body: dict[str, Any]) -> None:
    assert isinstance(read(body, topic=TOPIC + ending), Uplink)
    assert isinstance(read(body, topic=f"kreis/{TOPIC}{ending}"), Uplink)


@pytest.mark.parametrize(
    ("ending", "event"),
    [
        ("event/ack", "ack"), ("ack", "ack"), ("event/txack", "txack"), ("event/error", "error"),
        ("error", "error"), ("event/integration", "integration"), ("command/down", "command"),
        ("tx", "command"), ("event/brandneu", "unknown"),
    ],
)  # fmt: skip
def test_topics_of_what_is_ignored(ending: str, event: str) -> None:
    message = read({}, topic=TOPIC + ending)
    assert isinstance(message, Ignored)
    assert message.event == event


@pytest.mark.parametrize(
    ("body", "event"),
    [
        ({"acknowledged": True, "fCnt": 7}, "ack"),
        ({"fCnt": 7}, "txack"),
        ({"gatewayID": "rB8J//4KGyw=", "fCnt": 7}, "txack"),
        ({"type": "OTAA", "error": "no such key"}, "error"),
        ({"object": {"lat": 51.2}}, "integration"),
        ({"integrationName": "loracloud", "eventType": "x", "objectJSON": "{}"}, "integration"),
        ({"confirmed": True, "fPort": 2, "data": "AQ=="}, "command"),
        ({"location": {"latitude": 0, "longitude": 0, "altitude": 0}}, "location"),
    ],
)
def test_bodies_tell_what_is_ignored(body: dict[str, Any], event: str) -> None:
    message = read(IDS | body)
    assert isinstance(message, Ignored)
    assert message.event == event


def test_a_body_that_tells_nothing() -> None:
    with pytest.raises(ParseError, match="tell its event"):
        read(IDS)


def test_both_dialects_say_the_same() -> None:
    same = ["dev_eui", "f_port", "event_id"]
    a, b = up(HEX), up(BASE64)
    assert [getattr(a, name) for name in same] == [getattr(b, name) for name in same]
    assert b.dev_addr == "01a4c3f2"
    assert b.gateway_ids == ("ac1f09fffe0a1b2c",)


def test_confirmed_is_told_in_one_dialect_only() -> None:
    assert up(HEX).confirmed is None
    assert up(BASE64).confirmed is False
    assert up(BASE64, confirmedUplink=True).confirmed is True


@pytest.mark.parametrize(
    ("dr", "frequency", "sf", "bw_hz"),
    [
        (0, 868_100_000, 12, 125_000),
        (3, 868_100_000, 9, 125_000),
        (5, 867_100_000, 7, 125_000),
        (6, 868_300_000, 7, 250_000),
        (7, 868_800_000, None, None),  # FSK
        (5, 923_200_000, None, None),  # another band counts its rates differently
    ],
)
def test_the_data_rate_of_the_european_band(
    dr: int, frequency: int, sf: int | None, bw_hz: int | None
) -> None:
    message = up(HEX, txInfo={"frequency": frequency, "dr": dr})
    assert (message.sf, message.bw_hz, message.dr) == (sf, bw_hz, dr)


def test_fsk_has_no_snr() -> None:
    heard = [{"gatewayID": "ac1f09fffe0a1b2c", "rssi": -80, "loRaSNR": 0}]
    fsk = {"frequency": 868_800_000, "modulation": "FSK", "fskModulationInfo": {"datarate": 50000}}
    assert up(HEX, rxInfo=heard).receptions[0].snr == 0.0
    assert up(HEX, rxInfo=heard, txInfo={"dr": 7}).receptions[0].snr is None
    message = up(BASE64, rxInfo=heard, txInfo=fsk)
    assert (message.receptions[0].snr, message.sf) == (None, None)


@pytest.mark.parametrize(
    ("changes", "decoded"),
    [
        ({"objectJSON": ""}, None),
        ({"objectJSON": None}, None),
        ({"objectJSON": '{"t": 1.5}'}, {"t": 1.5}),
        ({"objectJSON": "[1, 2]"}, None),
        ({"objectJSON": "null"}, None),
    ],
)
def test_the_codecs_result_is_a_text(changes: dict[str, Any], decoded: object) -> None:
    assert up(BASE64, **changes).decoded == decoded


def test_the_codecs_result_may_be_no_object() -> None:
    assert up(HEX, object=[1]).decoded is None
    assert up(without(HEX, "object")).decoded is None


def test_nothing_beside_the_frame() -> None:
    message = up(without(HEX, "rxInfo", "object", "tags", "deviceProfileID") | {"data": None})
    assert (message.payload, message.receptions) == (b"", ())
    assert message.time_source == "arrival"
    assert not message.decodable


def test_without_gps_the_arrival_counts() -> None:
    body = copy.deepcopy(HEX)
    del body["rxInfo"][0]["time"]
    message = read(body)
    assert isinstance(message, Uplink)
    assert (message.time_ns, message.time_source) == (from_rfc3339(ARRIVAL), "arrival")
    with pytest.raises(NoTime):
        read(body, received=None)


def test_of_several_gateways_the_clock_nearest_to_the_arrival_counts() -> None:
    body = copy.deepcopy(HEX)
    body["rxInfo"][0]["time"] = "1980-01-06T00:00:18Z"
    body["rxInfo"][1]["time"] = "2026-05-12T07:51:22.5Z"
    message = read(body)
    assert isinstance(message, Uplink)
    assert message.time_ns == from_rfc3339("2026-05-12T07:51:22.5Z")


def test_the_servers_clock_counts_more_than_a_gateways() -> None:
    body = copy.deepcopy(BASE64)
    body["rxInfo"][0]["time"] = "2026-05-12T05:51:23Z"
    message = read(body)
    assert isinstance(message, Uplink)
    assert message.time_ns == from_rfc3339("2026-05-12T07:51:23.402915774Z")


def test_a_join_of_each_dialect() -> None:
    hex_join = IDS | {"devAddr": "01a4c3f2", "rxInfo": HEX["rxInfo"], "txInfo": HEX["txInfo"]}
    base64_join = hex_join | {
        "devEUI": "JOEkE20MBBc=", "devAddr": "AaTD8g==", "publishedAt": BASE64["publishedAt"],
    }  # fmt: skip
    for body in (hex_join, base64_join):
        message = read(body)
        assert isinstance(message, DeviceEvent)
        assert (message.kind, message.dev_eui, message.dev_addr) == ("join", EUI, "01a4c3f2")


def test_a_status_and_a_location() -> None:
    status = read(STATUS)
    assert isinstance(status, DeviceEvent)
    assert (status.battery_level, status.margin, status.external_power) == (97.24, 12, False)
    assert status.time_ns == from_rfc3339(ARRIVAL)
    mains = read(STATUS | {"batteryLevel": 0, "externalPowerSource": True})
    assert isinstance(mains, DeviceEvent)
    assert mains.battery_level is None
    place = {"latitude": 51.2187, "longitude": 7.6301, "altitude": 428}
    location = read(IDS | {"location": place})
    assert isinstance(location, DeviceEvent)
    assert (location.latitude, location.longitude) == (51.2187, 7.6301)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (HEX | {"devEUI": "24e1"}, "devEUI"),
        (without(HEX, "devEUI"), "devEUI is missing"),
        (HEX | {"fCnt": "4711"}, "fCnt"),
        (HEX | {"data": "AQ"[:1]}, "data"),
        (
            HEX | {"rxInfo": [{"mac": "24e124fffef50a1b"}]},
            "rxInfo calls its gateways mac.+milesight",
        ),
    ],
)
def test_what_is_wrong_is_named(body: dict[str, Any], names: str) -> None:
    with pytest.raises(ParseError, match=f"^{names}"):
        read(body)


def test_without_an_index_the_data_rate_is_unknown() -> None:
    tx_info = {"frequency": 868_300_000}
    assert (up(HEX, txInfo=tx_info | {"dr": 0}).sf, up(HEX, txInfo=tx_info).sf) == (12, None)


def test_the_topic_is_of_another_device() -> None:
    with pytest.raises(ParseError, match="the topic is of device"):
        read(BASE64, topic="application/12/device/24e124713c2a0093/event/up")


def test_an_uplink_without_a_frequency_costs_no_search_for_it() -> None:
    """A range looks at each of its numbers when it is asked for what is none."""
    tx_info = {key: value for key, value in HEX["txInfo"].items() if key != "frequency"}
    started = time.process_time()
    uplink = up(HEX, txInfo=tx_info)
    assert time.process_time() - started < 0.05
    assert (uplink.frequency_hz, uplink.sf, uplink.bw_hz) == (None, None, None)
