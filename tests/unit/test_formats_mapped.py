"""Formats that are mappings: those that come with regionhub, and a town's own."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from tests.unit.mapped import EUI, PACKET, read, sample, up

from regionhub.errors import ParseError
from regionhub.times import from_rfc3339
from regionhub.uplinks import Ignored, Reception


@pytest.mark.parametrize("written", ["24-E1-24-13-6D-0C-04-17", "DevEUI: 24E1 2413 6D0C 0417\n"])
def test_an_element_packet_names_a_device_that_the_source_lists(written: str) -> None:
    unlisted = up("element-iot", PACKET)
    assert (unlisted.dev_eui, unlisted.device_ref) == (None, PACKET["device_id"])
    devices = {PACKET["device_id"]: written}
    assert up("element-iot", PACKET, mapping={"devices": devices}).dev_eui == EUI


def test_the_frame_of_elements_websocket_names_the_eui() -> None:
    opts = {"device_eui": EUI.upper(), "app_session_key": "removed"}
    frame = [{"event": "packet_added", "body": PACKET | {"interface": {"opts": opts}}}]
    message = up("element-iot", frame)
    assert message.dev_eui == EUI
    assert message.payload == up("element-iot", PACKET).payload
    assert up("element-iot", frame[0]) == message


def test_several_messages_in_one_are_refused() -> None:
    with pytest.raises(ParseError, match="an array of 2 messages"):
        read("element-iot", [PACKET, PACKET])
    with pytest.raises(ParseError, match="an array of 0 messages"):
        read("element-iot", [])


@pytest.mark.parametrize(
    ("changes", "event"),
    [
        ({"packet_type": "down"}, "down"),
        ({"payload_encoding": "json", "payload": {"t": 1}}, "decoded"),
        ({"measured_at": "2026-05-12T07:41:23Z"}, "reading"),
    ],
)
def test_what_element_sends_besides_is_ignored(changes: dict[str, Any], event: str) -> None:
    message = read("element-iot", PACKET | changes)
    assert isinstance(message, Ignored)
    assert message.event == event


def test_an_element_packet_without_gateways_or_port() -> None:
    body = copy.deepcopy(PACKET)
    body["meta"] |= {"gateway_stats": None, "frame_port": None, "datr": 50_000}
    body["payload"] = ""
    message = up("element-iot", body)
    assert (message.receptions, message.f_port, message.payload) == ((), None, b"")
    assert (message.sf, message.bw_hz) == (None, None)
    body["meta"] = None
    assert up("element-iot", body).f_cnt is None


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, "packet_type is absent: the mapping neither takes nor ignores"),
        (PACKET | {"packet_type": "side"}, "packet_type is 'side': the mapping neither"),
        (PACKET | {"device_id": None}, "the message names no device: interface.opts.device_eui or"),
        (PACKET | {"device_id": {}}, "device_id must be a printable text"),
        (PACKET | {"payload": "AXVk=="}, "payload must be whole bytes"),
        (PACKET | {"payload": 7}, "payload must be whole bytes"),
        (PACKET | {"meta": {"frame_count_up": "1"}}, "meta.frame_count_up must be a whole number"),
        (PACKET | {"transceived_at": "gestern"}, "transceived_at must be a timestamp"),
    ],
)
def test_what_is_wrong_is_named(body: dict[str, Any], names: str) -> None:
    with pytest.raises(ParseError, match=f"^{names}"):
        read("element-iot", body)


# Milesight


OFF = sample("milesight-gw-up-metadata-off")


@pytest.mark.parametrize(
    "topic", [f"umwelt/{EUI}/uplink", f"/{EUI.upper()}", "a/24:E1:24:13:6D:0C:04:17"]
)
def test_a_milesight_gateway_may_name_the_device_in_the_topic_only(topic: str) -> None:
    message = up("milesight-gw", OFF, topic=topic)
    assert (message.dev_eui, message.f_cnt, message.f_port) == (EUI, None, None)
    assert message.receptions == (Reception(gateway_id="24e124fffef50a1b"),)
    assert message.decodable


def test_a_topic_that_names_none_or_several_devices() -> None:
    with pytest.raises(ParseError, match="devEUI or an EUI in the topic is missing"):
        read("milesight-gw", OFF, topic="umwelt/uplink")
    with pytest.raises(ParseError, match="the topic names several EUIs"):
        read("milesight-gw", OFF, topic=f"24e124fffef50a1b/{EUI}")
    with pytest.raises(ParseError, match="the topic is of device"):
        read("milesight-gw", sample("milesight-gw-up"), topic="umwelt/24e124713c2a0093/uplink")


def test_a_codec_in_the_gateway_replaces_the_frame() -> None:
    with pytest.raises(ParseError, match="data is absent: the mapping neither takes nor ignores"):
        read("milesight-gw", {"devEUI": EUI, "temperature": 23.3})
    both = sample("milesight-gw-up", temperature=23.3, applicationID=1)
    assert up("milesight-gw", both) == up("milesight-gw", sample("milesight-gw-up"))


def test_a_command_to_a_milesight_gateway_is_no_uplink() -> None:
    command = {"devEUI": EUI, "fPort": 85, "data": "/xD/", "confirmed": False}
    for body in (command, {"fport": 2, "data": "/xD/", "confirmed": True}):
        message = read("milesight-gw", body, topic=f"milesight/downlink/{EUI}")
        assert isinstance(message, Ignored)
        assert message.event == "command"
    assert up("milesight-gw", sample("milesight-gw-up", confirmed=False)).f_cnt == 4711


def test_an_uplink_of_chirpstack_is_not_taken_for_one_of_a_milesight_gateway() -> None:
    with pytest.raises(ParseError, match="it looks like a message of chirpstack-v4"):
        read("milesight-gw", sample("chirpstack-v4-up"), topic=f"application/1/device/{EUI}/up")


# Wanesy


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"encodingType": None, "gwInfo": None}, {"receptions": (), "sf": 7}),
        ({"encrypted": True}, {"encrypted": True}),
        ({"confirmed": True}, {"confirmed": True}),
        ({"confirmed": None}, {"confirmed": None}),
        ({"dataRate": "SF9", "modulation": "LORA"}, {"sf": 9, "bw_hz": None}),
        ({"ulFrequency": 867.1}, {"frequency_hz": 867_100_000}),
    ],
)
def test_levels_of_detail_of_wanesy(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    message = up("kerlink-wanesy", sample("kerlink-wanesy-dataup", **changes))
    assert {name: getattr(message, name) for name in expected} == expected


def test_a_delayed_frame_has_the_time_of_its_gateway() -> None:
    heard = from_rfc3339("2026-05-10T05:00:00Z")
    body = sample("kerlink-wanesy-dataup", delayed=True, gwRecvTime=heard // 10**6)
    message = up("kerlink-wanesy", body)
    assert (message.late, message.time_ns, message.time_source) == (True, heard, "event")
    at_once = up("kerlink-wanesy", body | {"delayed": False})
    assert at_once.time_ns == from_rfc3339("2026-05-12T07:41:23.194Z")


def test_another_encoding_of_wanesy_is_not_guessed() -> None:
    with pytest.raises(ParseError, match="encodingType is 'ASCII'"):
        read("kerlink-wanesy", sample("kerlink-wanesy-dataup", encodingType="ASCII"))


# Helium Console


def test_hotspots_keep_their_ids() -> None:
    message = up("helium-console", sample("helium-console-up"))
    assert message.gateway_ids == ("11exampleExampleExampleExampleExampleExampleExample",)
    assert (message.sf, message.bw_hz, message.frequency_hz) == (7, 125_000, 868_500_000)
    assert message.dev_addr == "48001f2a"
    none = up("helium-console", sample("helium-console-up", hotspots=[]))
    assert (none.receptions, none.frequency_hz) == ((), None)


# A town's own
