"""The traps of LORIOT."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.messages import arrived

from regionhub.envelope import Envelope
from regionhub.errors import ParseError
from regionhub.times import from_rfc3339
from regionhub.uplinks import DeviceEvent, Ignored, Message, Reception, Uplink
from regionhub_ingest.formats import parse

SAMPLES = Path(__file__).parent.parent / "data" / "lns"
RX: dict[str, Any] = json.loads((SAMPLES / "loriot-rx.json").read_text())
GW: dict[str, Any] = json.loads((SAMPLES / "loriot-gw.json").read_text())
SERVER_NS = from_rfc3339("2026-05-12T07:41:23.194Z")
DAY_NS = 86_400 * 10**9


def read(body: object, *, received_ns: int | None = SERVER_NS) -> Message:
    return parse(
        "loriot",
        Envelope(topic="umwelt", body=json.dumps(body).encode(), arrival=arrived(received_ns)),
    )


def uplink(body: dict[str, Any], **changes: Any) -> Uplink:
    message = read(body | changes)
    assert isinstance(message, Uplink)
    return message


def test_rx_and_gw_are_one_frame() -> None:
    rx, gw = uplink(RX), uplink(GW)
    for name in ("dev_eui", "f_cnt", "f_port", "payload", "time_ns", "sf", "frequency_hz"):
        assert getattr(rx, name) == getattr(gw, name)
    assert rx.receptions == (Reception(gateway_id=None, rssi=-57, snr=12.5),)
    assert (rx.gateways, rx.gateway_ids) == (1, ())
    assert (gw.gateways, gw.best_reception) == (2, gw.receptions[0])


@pytest.mark.parametrize(
    ("gws", "gateways"),
    [
        ([], 0),
        ([{"rssi": -108, "snr": 4.2, "gweui": "647FDAFFFF0069F5"}], 1),
        # two antennas of one gateway
        ([{"rssi": -106, "snr": 1, "gweui": "7076FFFFFF019BF7"}] * 2, 1),
        # the lowest verbosity names none
        ([{"rssi": -130, "snr": 1.2}, {"rssi": -120, "snr": 0}], 2),
    ],
)
def test_gateways(gws: list[dict[str, Any]], gateways: int) -> None:
    message = uplink(GW, gws=gws)
    assert message.gateways == gateways
    assert [r.snr for r in message.receptions] == [entry["snr"] for entry in gws]


def test_what_the_server_cannot_decrypt() -> None:
    body = {key: value for key, value in GW.items() if key != "data"}
    message = uplink(body, encdata="A1B2c3")
    assert message.encrypted
    assert not message.decodable
    assert message.payload == b"\xa1\xb2\xc3"
    assert not uplink(GW, encdata="A1B2").encrypted


def test_an_eui_with_a_vendor() -> None:
    assert uplink(GW, EUI="ELSYS-A81758FFFE03CFE0").dev_eui == "a81758fffe03cfe0"
    assert uplink(GW, EUI="A8-17-58-FF-FE-03-CF-E0").dev_eui == "a81758fffe03cfe0"


@pytest.mark.parametrize(
    ("rate", "sf", "bw_hz"),
    [
        ("SF12 BW125 4/5", 12, 125_000),
        ("SF7 BW250 4/5", 7, 250_000),
        ("SF7 BW62.5 4/6", 7, 62_500),
        ("FSK 50000", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_data_rates(rate: str | None, sf: int | None, bw_hz: int | None) -> None:
    message = uplink(GW, dr=rate)
    assert (message.sf, message.bw_hz) == (sf, bw_hz)


def test_counters_have_32_bits_and_zeros_may_be_missing() -> None:
    assert uplink(GW, fcnt=787_465).f_cnt == 787_465
    body = {key: GW[key] for key in ("cmd", "EUI", "ts")}
    message = uplink(body)
    assert (message.f_cnt, message.f_port, message.payload, message.receptions) == (0, 0, b"", ())
    assert (message.confirmed, message.decodable) == (None, False)


def test_some_servers_tell_what_is_confirmed() -> None:
    assert uplink(GW, confirmed=True).confirmed is True
    assert uplink(GW, ack=True).confirmed is None  # answers a downlink


def test_a_frame_that_waited_keeps_its_time() -> None:
    message = read(GW, received_ns=SERVER_NS + 30 * DAY_NS)
    assert isinstance(message, Uplink)
    assert (message.time_ns, message.time_source) == (SERVER_NS, "event")


@pytest.mark.parametrize("ts", [None, 0, 1_778_571_683, 2_778_571_683_000])
def test_a_clock_that_cannot_be_right(ts: int | None) -> None:
    message = uplink(GW, ts=ts)
    assert (message.time_ns, message.time_source) == (SERVER_NS, "arrival")


def test_a_location() -> None:
    geo = {
        "cmd": "geo",
        "EUI": GW["EUI"],
        "ts": "2026-05-12T07:41:23.194Z",
        "lat": 51.2,
        "lon": 7.6,
    }
    message = read(geo)
    assert message == DeviceEvent(
        kind="location",
        dev_eui="24e124136d0c0417",
        time_ns=SERVER_NS,
        latitude=51.2,
        longitude=7.6,
    )
    assert read(geo | {"lat": None, "lon": None}) == Ignored(event="geo", why="carries no position")


@pytest.mark.parametrize(("command", "event"), [("txd", "txd"), ("tx", "tx"), ("new", "unknown")])
def test_other_messages_are_ignored(command: str, event: str) -> None:
    message = read({"cmd": command, "EUI": "24E124136D0C0417"})
    assert isinstance(message, Ignored)
    assert message.event == event


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"EUI": "24E124136D0C0417"}, "cmd is missing"),
        (GW | {"cmd": 7}, "cmd"),
        (GW | {"EUI": None}, "EUI is missing"),
        (GW | {"EUI": "24E1"}, "EUI"),
        (GW | {"data": "0102A"}, "data must be whole bytes"),
        (
            GW | {"data": "AQID+g=="},
            "data must be whole bytes.+'; set the data format of the LORIOT application",
        ),
        (GW | {"data": "00" * 243}, "data has 243 bytes"),
        (GW | {"fcnt": "4711"}, "fcnt"),
        (GW | {"ts": "1778571683194"}, "ts"),
        (GW | {"ts": -1}, "ts"),
    ],
)
def test_what_is_wrong_is_named(body: dict[str, Any], names: str) -> None:
    with pytest.raises(ParseError, match=f"^{names}"):
        read(body)
