"""The strict readers: what they accept, and the sentence when they do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from regionhub.errors import ParseError
from regionhub_ingest.formats import fields as read

EUI = "24e124136d0c0417"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x0a\x24protobuf",
        b"null",
        b"[]",
        b'"text"',
        b'{"fCnt": 1',
        b'{"fCnt": NaN}',
        b'{"fCnt": Infinity}',
        b'{"fCnt": 1e400}',
        b'{"fCnt": ' + b"9" * 5000 + b"}",
        b'{"object": "\xff"}',
        b'{"object": "\\ud800"}',
        b"[" * 30_000,
        b'{"a":' * 2000 + b"1" + b"}" * 2000,
    ],
)
def test_not_a_json_object(body: bytes) -> None:
    with pytest.raises(ParseError, match="the body"):
        read.json_object(body)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b" \n", "is empty"),
        (b"\x1f\x8b\x08\x00", "is compressed, not JSON: switch compression off"),
        ("{}".encode("utf-16"), "is UTF-16: JSON has to be sent as UTF-8"),
        (b"\x0a\x08\xff\xc3", "is binary, not JSON: let the server send JSON"),
        (b"{'a': 1}", "is not JSON: "),
    ],
)
def test_what_a_body_is_instead_of_json(body: bytes, says: str) -> None:
    with pytest.raises(ParseError, match=f"^the body {says}"):
        read.json_object(body)


def test_json_with_a_byte_order_mark() -> None:
    assert read.json_object(b'\xef\xbb\xbf{"fCnt": 1}') == {"fCnt": 1}


def test_of_a_repeated_key_the_last_counts() -> None:
    assert read.json_object(b'{"fCnt": 1, "fCnt": 2}') == {"fCnt": 2}


@pytest.mark.parametrize("value", [0, 0.0, None])
def test_zero_null_and_absent_are_the_same_number(value: object) -> None:
    assert read.whole({"fCnt": value}, "fCnt") == read.whole({}, "fCnt") == 0


def test_whole_numbers() -> None:
    assert read.whole({"fCnt": 2**32 - 1}, "fCnt") == 2**32 - 1
    integral = read.whole({"fCnt": 4242.0}, "fCnt")
    assert (integral, type(integral)) == (4242, int)
    assert read.whole({"margin": -20}, "margin", low=-128) == -20


@pytest.mark.parametrize("value", ["4711", 4711.5, True, -1, 2**32, 1e300, [], {}, ""])
def test_not_a_whole_number(value: object) -> None:
    with pytest.raises(ParseError, match=r"^fCnt must be a whole number from 0 to 4294967295, not"):
        read.whole({"fCnt": value}, "fCnt")


@pytest.mark.parametrize("value", ["868500000", 868500000, 868500000.0])
def test_hertz(value: object) -> None:
    assert read.hertz({"frequency": value}, "frequency") == 868_500_000


@pytest.mark.parametrize("value", ["868.5", "-1", "", "٨٦٨", "9" * 30, True, 868.5])
def test_not_hertz(value: object) -> None:
    with pytest.raises(ParseError, match=r"^frequency must be"):
        read.hertz({"frequency": value}, "frequency")


@pytest.mark.parametrize(
    "written",
    [
        EUI,
        EUI.upper(),
        f"eui-{EUI}",
        f"ELSYS-{EUI.upper()}",
        "24-E1-24-13-6D-0C-04-17",
        "24:e1:24:13:6d:0c:04:17",
        "JOEkE20MBBc=",
    ],
)
def test_eui(written: str) -> None:
    assert read.eui({"devEui": written}, "devEui") == EUI


@pytest.mark.parametrize(
    "written",
    [EUI[1:], EUI + "0", f"{EUI}\n", f" {EUI}", "24e124136d0c041g", "24-e1:24-13-6d-0c-04-17",
     "٢" * 16, "JOEkE20MBBcA", 24, True, [EUI], {}],
)  # fmt: skip
def test_not_an_eui(written: object) -> None:
    with pytest.raises(ParseError, match=r"^devEui must be an EUI"):
        read.eui({"devEui": written}, "devEui")


def test_dev_addr() -> None:
    assert read.dev_addr({"devAddr": "27FC10A3"}, "devAddr") == "27fc10a3"
    assert read.dev_addr({"devAddr": ""}, "devAddr") is None
    with pytest.raises(ParseError, match=r"^devAddr must be"):
        read.dev_addr({"devAddr": "27FC10"}, "devAddr")


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        (None, ""),
        ("", ""),
        ("/wNYAg==", "ff035802"),
        ("/wNYAg", "ff035802"),
        ("_wNYAg==", "ff035802"),
        ("_wNYAg", "ff035802"),
        ("-_-_", "fbffbf"),
    ],
)
def test_base64(encoded: str | None, expected: str) -> None:
    assert read.base64_bytes({"data": encoded}, "data").hex() == expected


@pytest.mark.parametrize(
    "encoded",
    ["/wNY Ag==", "/wNYAg==\n", "/wNYAg=", "A", "=", "==AA", "AA==AA==", "-/-/", "+_", "äöü=",
     "AQ*=", "\x00", 7, True, ["AQ=="], "AXVkA2fpAARoex==", "0175640367e90004687b0"],
)  # fmt: skip
def test_not_base64(encoded: object) -> None:
    with pytest.raises(ParseError, match=r"^data must be base64"):
        read.base64_bytes({"data": encoded}, "data")


def test_a_payload_fits_into_a_frame() -> None:
    assert len(read.payload({"data": "AAAA" * 80 + "AAA="}, "data")) == 242
    with pytest.raises(ParseError, match="data has 243 bytes"):
        read.payload({"data": "AAAA" * 81}, "data")


def test_instant_keeps_nine_digits_and_any_offset() -> None:
    assert read.instant({"t": "1970-01-01T01:00:00.123456789+01:00"}, "t") == 123_456_789
    assert read.instant({"t": "0001-01-01T00:00:00Z"}, "t") is None
    assert read.instant({"t": "2262-04-11T23:47:16Z"}, "t") == 9_223_372_036_000_000_000
    assert read.instant({"t": "2262-04-11T23:47:17Z"}, "t") is None
    assert read.instant({"t": "9999-12-31T23:59:59-12:00"}, "t") is None
    assert read.instant({"t": None}, "t") is None


@pytest.mark.parametrize(
    "value",
    ["2026-05-12T07:41:23", "2026-13-12T07:41:23Z", "2026-05-12", "gestern", 1778572883,
     "9999-13-31T23:59:59-12:00", "2026-05-12T07:41:23+99:99", "٢٠٢٦-05-12T07:41:23Z", True],
)  # fmt: skip
def test_not_an_instant(value: object) -> None:
    with pytest.raises(ParseError, match=r"^t must be a timestamp with an offset"):
        read.instant({"t": value}, "t")


def test_a_position_of_zero_is_not_configured() -> None:
    assert read.position({}, "location") == {}
    assert read.position({"location": {}}, "location") == {}
    assert read.position({"location": {"latitude": 0, "longitude": 0.0}}, "location") == {}
    assert read.position({"location": {"longitude": 7.6}}, "location") == {
        "latitude": 0.0,
        "longitude": 7.6,
    }
    with pytest.raises(ParseError, match="not on the earth"):
        read.position({"location": {"latitude": 91}}, "location")


@pytest.mark.parametrize(
    ("entry", "has_snr", "expected"),
    [
        ({"rssi": -119}, True, (-119, 0.0)),
        ({"rssi": -119}, False, (-119, None)),
        ({"rssi": 0, "snr": 3.0}, True, (None, 3.0)),
        ({}, True, (None, None)),
    ],
)
def test_reception(
    entry: dict[str, Any], has_snr: bool, expected: tuple[float | None, float | None]
) -> None:
    reception = read.reception(entry, "gateway", has_snr=has_snr)
    assert (reception.rssi, reception.snr) == expected


def test_a_decoded_object_that_could_not_be_written_is_refused() -> None:
    nested: dict[str, Any] = {}
    for _ in range(300):
        nested = {"deeper": nested}
    with pytest.raises(ParseError, match="nested too deeply"):
        read.decoded({"object": nested}, "object")


@pytest.mark.parametrize(
    ("reader", "wrong"),
    [
        (read.child, []),
        (read.children, {}),
        (read.children, [1]),
        (read.children, [None]),
        (read.number, "1"),
        (read.number, True),
        (read.number, float("inf")),
        (read.flag, "false"),
        (read.flag, 1),
        (read.text, 1),
        (read.text, "\x00"),
        (read.text, "x" * 256),
        (read.texts, "x"),
        (read.texts, [1]),
        (read.decoded, "text"),
        (read.position, "x"),
    ],
)
def test_a_wrong_type_is_named(reader: Callable[[Any, str], object], wrong: object) -> None:
    with pytest.raises(ParseError, match=r"^field must be .+, not .+$"):
        reader({"field": wrong}, "field")


def test_a_wrong_value_is_shown_short() -> None:
    nested: list[Any] = []
    for _ in range(1000):
        nested = [nested]
    for wrong in (nested, {"a": nested}, "x" * 60_000):
        with pytest.raises(ParseError) as caught:
            read.whole({"fCnt": wrong}, "fCnt")
        assert len(caught.value.detail) < 130


@pytest.mark.parametrize("value", [1e308, -1e308, 10**30, -1, 2.0**63])
def test_an_epoch_that_no_clock_shows_is_refused(value: float) -> None:
    with pytest.raises(ParseError, match="at must be a time since 1970"):
        read.epoch({"at": value}, "at", unit_ns=10**9)


@pytest.mark.parametrize("value", [1e308, -1e308, 10**30, -1, 4300])
def test_a_frequency_that_no_radio_has_is_refused(value: float) -> None:
    with pytest.raises(ParseError, match="f must be a frequency"):
        read.scaled_hertz({"f": value}, "f", unit=10**6)


@pytest.mark.parametrize("text", ["SF7BW125", "SF12BW125", "SF7BW" + "9" * 400])
def test_a_data_rate_in_words_is_never_a_fault(text: str) -> None:
    sf, bw_hz = read.lora_rate({"datr": text}, "datr")
    assert sf in {7, 12, None}
    assert bw_hz in {125_000, None}


@pytest.mark.parametrize("value", [1e300, -1e39, 1001, 10**30])
def test_a_level_that_no_radio_has_is_refused(value: float) -> None:
    with pytest.raises(ParseError, match="rssi must be a level within 1000 dB of 0"):
        read.reception({"rssi": value}, "a", has_snr=True)


@pytest.mark.parametrize("value", [0, 1e-300, -1e-300, 5e-324])
def test_a_level_too_small_to_be_stored_is_zero(value: float) -> None:
    assert read.reception({"rssi": -90, "snr": value}, "a", has_snr=True).snr == 0
    assert read.reception({"rssi": value}, "a", has_snr=True).rssi is None


@pytest.mark.parametrize("value", [10_000_001, 2**31, 2**32 - 1])
def test_a_bandwidth_that_no_radio_has_is_refused(value: int) -> None:
    with pytest.raises(ParseError, match="bw must be"):
        read.hertz({"bw": value}, "bw", high=read.MAX_BANDWIDTH_HZ)
    with pytest.raises(ParseError, match="bw must be a frequency"):
        read.scaled_hertz({"bw": value}, "bw", unit=1, high=read.MAX_BANDWIDTH_HZ)
