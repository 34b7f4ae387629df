"""Mappings that an operator writes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.mapped import EUI, read, sample, up

from regionhub.errors import InputError, NoTime, ParseError
from regionhub.times import from_rfc3339
from regionhub.uplinks import Ignored, Reception, Uplink
from regionhub_ingest.formats import read_mapping_file, reader
from regionhub_ingest.formats.mapping import load_mapping

OWN: dict[str, Any] = {
    "numbers_as_text": True,
    "take": [{"field": "kind", "is": [1, "uplink"]}],
    "ignore": [{"field": "kind", "is": False, "event": "beat", "why": "is a heartbeat"}],
    "dev_eui": "device.eui",
    "device_ref": "device.number",
    "devices": {"4711": EUI},
    "payload": {"field": "raw", "encoding": "hex"},
    "time": {"field": "at", "format": "epoch_s"},
    "f_cnt": "counter",
    "f_port": "port",
    "confirmed": {"field": "type", "is": 4},
    "encrypted": {"field": "key_state", "is": ["unknown", "lost"]},
    "late": {"field": "buffered"},
    "frequency": {"field": "radio[0].khz", "unit": "kHz"},
    "sf": "radio[0].sf",
    "bandwidth": "radio[0].bw",
    "receptions": {"list": "radio", "rssi": "level", "snr": "ratio"},
    "decoded": "values",
}


BODY: dict[str, Any] = {
    "kind": "uplink",
    "device": {"number": 4711},
    "raw": "0175",
    "at": "1778571683.5",
    "counter": "12",
    "port": 3,
    "type": 4,
    "radio": [{"khz": "868100", "sf": "10", "bw": 125000, "level": "-99", "ratio": "0.0"}, {}],
    "values": {"t": 1},
}


def own(body: dict[str, Any] | None = None, **changes: Any) -> Uplink:
    return up("generic", BODY | (body or {}), mapping=OWN | changes)


def test_a_mapping_of_ones_own() -> None:
    assert own() == Uplink(
        dev_eui=EUI,
        device_ref="4711",
        time_ns=1_778_571_683_500_000_000,
        time_source="event",
        f_port=3,
        payload=b"\x01\x75",
        f_cnt=12,
        confirmed=True,
        decoded={"t": 1},
        receptions=(
            Reception(gateway_id=None, rssi=-99, snr=0.0),
            Reception(gateway_id=None),
        ),
        sf=10,
        bw_hz=125_000,
        frequency_hz=868_100_000,
    )


@pytest.mark.parametrize(
    ("body", "name", "value"),
    [
        ({"kind": 1}, "dev_eui", EUI),
        ({"kind": 1.0}, "dev_eui", EUI),
        ({"device": {"eui": "0016C001F10A77E1", "number": 4711}}, "dev_eui", "0016c001f10a77e1"),
        ({"device": {"number": "9"}}, "dev_eui", None),
        ({"type": 2}, "confirmed", False),
        ({"type": None}, "confirmed", None),
        ({"key_state": "lost"}, "encrypted", True),
        ({"key_state": "known"}, "encrypted", False),
        ({"buffered": True}, "late", True),
        ({"counter": None}, "f_cnt", None),
        ({"at": 1_778_571_683}, "time_ns", 1_778_571_683 * 10**9),
    ],
)
def test_conditions_and_values(body: dict[str, Any], name: str, value: object) -> None:
    assert getattr(own(body), name) == value


def test_true_is_no_number_and_false_no_absence() -> None:
    with pytest.raises(ParseError, match="kind is True"):
        own({"kind": True})
    assert read("generic", BODY | {"kind": False}, mapping=OWN) == Ignored(
        event="beat", why="is a heartbeat"
    )
    with pytest.raises(ParseError, match="kind is absent"):
        own({"kind": None})


def test_numbers_as_text_only_where_the_mapping_says_so() -> None:
    with pytest.raises(ParseError, match=r"at must be a number, not '1778571683\.5'"):
        own(numbers_as_text=False)


def test_without_a_time_the_arrival_counts() -> None:
    mapping = {"dev_eui": "eui", "payload": {"field": "raw", "encoding": "base64"}}
    message = up("generic", {"eui": EUI, "raw": "AXU="}, mapping=mapping)
    assert message.time_source == "arrival"
    with pytest.raises(NoTime):
        read("generic", {"eui": EUI}, mapping=mapping, received=None)


def test_a_frequency_in_the_wrong_unit_is_unknown() -> None:
    mapping = {
        "dev_eui": "eui",
        "payload": {"field": "raw", "encoding": "hex"},
        "frequency": "f",
    }
    body = {"eui": EUI, "raw": "00", "f": 868.1}
    assert up("generic", body, mapping=mapping).frequency_hz is None
    assert up("generic", body | {"f": 868_100_000}, mapping=mapping).frequency_hz == 868_100_000
    assert up("generic", body | {"f": 0}, mapping=mapping).frequency_hz is None


def test_a_source_changes_a_shipped_mapping_by_the_entry() -> None:
    body = sample("kerlink-wanesy-dataup")
    message = up("kerlink-wanesy", body, mapping={"event_id": "endDevice.cluster.id"})
    assert message.event_id == "4711"
    assert message.f_cnt == up("kerlink-wanesy", body).f_cnt == 4711


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"payload": None}, "the mapping, payload: "),
        ({"payload": "raw"}, "the mapping, payload.encoding: is missing"),
        (
            {"payload": {"field": "raw", "encoding": "ascii"}},
            "the mapping, payload.encoding: Input",
        ),
        ({"f_cnt": 7}, "the mapping, f_cnt: must be a field path such as meta.frame_port"),
        ({"f_cnt": "a..b"}, r"the mapping, f_cnt: not a field path: 'a\.\.b'"),
        ({"f_cnt": "radio[*].n"}, r"the mapping, f_cnt: leads to several values"),
        (
            {"frequency": {"field": "f", "unit": "GHz"}},
            "the mapping, frequency.unit: Input should be",
        ),
        ({"time": {"field": "t", "format": "iso"}}, "the mapping, time.format: Input should be"),
        ({"devices": {"a": "24e1"}}, "the mapping, devices.a: must be a DevEUI of 16"),
        ({"devices": {"a": "JOEkE20MBBc="}}, "the mapping, devices.a: must be a DevEUI of 16"),
        (
            {"devices": {"a": 2412413600000417}},
            "the mapping, devices.a: Input should be a valid string",
        ),
        ({"devices": {"a": ""}}, "the mapping, devices.a: must be a DevEUI of 16"),
        ({"device_ref": None}, "the mapping devices needs device_ref"),
        ({"ignore": [{"field": "a", "event": "b"}]}, "the mapping, ignore.0.why: is missing"),
        ({"ignore": [{"field": "a", "event": "B c", "why": "x"}]}, "the mapping, ignore.0.event: "),
        ({"take": [{"field": "a", "is": {}}]}, "the mapping, take.0.is.0.bool"),
        ({"port": "p"}, "the mapping, port: a mapping has no such entry"),
        (
            {"numbers_as_text": "yes"},
            "the mapping, numbers_as_text: Input should be a valid boolean",
        ),
        (
            {"dev_eui": None, "device_ref": None, "devices": {}},
            "the mapping needs dev_eui, dev_eui_in_topic or device_ref",
        ),
    ],
)
def test_what_is_wrong_in_a_mapping_is_named(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=f"^{sentence}") as caught:
        reader("generic", json.dumps(OWN | changes))
    assert "\n" not in caught.value.detail


def test_formats_without_mapping_take_none() -> None:
    with pytest.raises(InputError, match="the format loriot takes no mapping"):
        reader("loriot", "{}")
    with pytest.raises(InputError, match="the format generic needs a mapping"):
        reader("generic")


@pytest.mark.parametrize("format_name", ["element-iot", "milesight-gw"])
def test_the_worked_examples_of_the_documentation_are_what_comes_with_us(format_name: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "lns-formats.md").read_text("utf-8")
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
    shipped = load_mapping(format_name, None).model_copy(update={"server": None})
    mappings = [json.dumps(block) for block in blocks if "payload" in block]
    assert shipped in [load_mapping("generic", mapping) for mapping in mappings]
    for block in blocks:
        if "payload" not in block:
            load_mapping("element-iot", json.dumps(block))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 5000, "nested too deeply"),
        ("{a: " * 5000, "nested too deeply"),
        ("a: 2026-99-99", "is no YAML: month"),
        ("a: 2026-01-01T25:00:00Z", "is no YAML: hour"),
        ("a: " + "9" * 5000, "is no YAML"),
        ("a: 0b_", "is no YAML"),
        ("f_port: port\npayload: data\nf_port: fport", "f_port stands in line 1 and again.*line 3"),
        ("time:\n  field: a\n  field: b", "field stands in line 2 and again"),
        ("devices: {node: a84041, node: a84042}", "node stands in line 1 and again"),
        ("a: &a [*a]", "write values out"),
        ("a0: &a0 [x]\n" + "".join(
            f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
        ), "write values out"),
        ("a: x\n" * 300_000, "longer than"),
    ],
)  # fmt: skip
def test_a_mapping_file_that_cannot_be_read_is_a_sentence(
    tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=said):
        read_mapping_file(file)


ROOT = {
    "dev_eui": "deveui",
    "payload": {"field": "data", "encoding": "base64"},
    "f_cnt": "seqn",
    "f_port": "port",
    "time": {"field": "time", "zone": "Europe/Berlin"},
    "receptions": {"gateway": "gweui", "rssi": "rssi", "snr": "lsnr"},
}


def test_a_gateway_may_stand_at_the_root() -> None:
    body = {
        "time": "2026-05-12T09:41:00",
        "lsnr": 10.8,
        "rssi": -34,
        "port": 2,
        "data": "DQoH6QAAAAE=",
        "deveui": "00-80-00-00-00-00-aa-bb",
        "gweui": "00-80-00-00-a0-00-00-01",
        "seqn": 5,
    }
    message = up("generic", body, mapping=ROOT)
    assert message.receptions == (Reception("00800000a0000001", -34, 10.8),)
    assert message.time_ns == from_rfc3339("2026-05-12T07:41:00Z")


def test_a_zone_that_is_none() -> None:
    for zone in ("Europe/Bielefeld", "../etc/passwd", ""):
        with pytest.raises(InputError, match=r"the mapping, time\.zone: no time zone"):
            read("generic", {}, mapping=ROOT | {"time": {"field": "t", "zone": zone}})


def test_where_the_topic_names_the_device_it_has_to_be_the_same() -> None:
    mapping = ROOT | {"dev_eui_in_topic": True}
    body = {"deveui": EUI, "data": ""}
    assert up("generic", body, mapping=mapping, topic=f"x/{EUI}/y").dev_eui == EUI
    with pytest.raises(ParseError, match="the topic is of device 24e124713c2a0093"):
        read("generic", body, mapping=mapping, topic="x/24e124713c2a0093/y")
    assert up("generic", body, mapping=ROOT, topic="x/24e124713c2a0093/y").dev_eui == EUI
