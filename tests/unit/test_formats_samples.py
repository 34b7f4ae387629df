"""Every sample message gives the values that its manifest expects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.messages import arrived

from regionhub.envelope import Envelope
from regionhub.errors import ParseError
from regionhub.times import from_rfc3339
from regionhub.uplinks import DeviceEvent, Ignored, Uplink, as_record
from regionhub_ingest.formats import FORMATS, parse

SAMPLES = Path(__file__).parent.parent / "data" / "lns"
MANIFEST: list[dict[str, Any]] = json.loads((SAMPLES / "manifest.json").read_text())["samples"]
each_sample = pytest.mark.parametrize("sample", MANIFEST, ids=lambda sample: sample["file"])

KINDS = dict.fromkeys(("up", "rx", "gw", "packet", "dataUp"), Uplink) | dict.fromkeys(
    ("join", "status", "location"), DeviceEvent
)
ARRIVAL = from_rfc3339("2026-05-12T07:41:24Z")


def envelope(sample: dict[str, Any], *, topic: str | None = None) -> Envelope:
    return Envelope(
        topic=sample["topic"] if topic is None else topic,
        body=(SAMPLES / sample["file"]).read_bytes(),
        arrival=arrived(ARRIVAL if sample.get("names_no_time") else None),
    )


def test_the_manifest_lists_every_sample() -> None:
    files = {path.name for path in SAMPLES.iterdir()} - {"manifest.json"}
    assert files == {sample["file"] for sample in MANIFEST}


@each_sample
def test_expected_values(sample: dict[str, Any]) -> None:
    record = as_record(parse(sample["lns"], envelope(sample)))
    expected = sample.get("expect", {})
    assert {key: record[key] for key in expected} == expected


@each_sample
@pytest.mark.parametrize("as_format", ["chirpstack-v4", "chirpstack-v3", "tts-v3", "thingpark"])
def test_an_uplink_of_another_server_is_named(sample: dict[str, Any], as_format: str) -> None:
    """Where the body is JSON, of a server that one can tell, and the EUI is not elsewhere."""
    written_alike = {"chirpstack-v3", "milesight-gw"} >= {sample["lns"], as_format}
    if KINDS.get(sample["event"]) is not Uplink or as_format == sample["lns"] or written_alike:
        return
    if sample["file"].endswith(".bin") or sample.get("topic_names_device"):
        return
    with pytest.raises(ParseError) as caught:
        parse(as_format, envelope(sample, topic="stadt/sensoren"))
    if sample["lns"] != "helium-console":
        assert f"it looks like a message of {sample['lns']}" in str(caught.value)


@each_sample
def test_kind_of_message(sample: dict[str, Any]) -> None:
    message = parse(sample["lns"], envelope(sample))
    assert type(message) is KINDS.get(sample["event"], Ignored)


@each_sample
@pytest.mark.parametrize("topic", ["", "stadt/sensoren"])
def test_the_body_tells_its_event_where_the_topic_does_not(
    sample: dict[str, Any], topic: str
) -> None:
    by_topic = parse(sample["lns"], envelope(sample))
    elsewhere = envelope(sample, topic=topic)
    if sample.get("topic_names_device"):
        with pytest.raises(ParseError, match="devEUI or an EUI in the topic is missing"):
            parse(sample["lns"], elsewhere)
    else:
        assert parse(sample["lns"], elsewhere) == by_topic


@each_sample
def test_a_bridge_may_prefix_the_topic(sample: dict[str, Any]) -> None:
    by_topic = parse(sample["lns"], envelope(sample))
    assert parse(sample["lns"], envelope(sample, topic=f"kreis/{sample['topic']}")) == by_topic


def test_two_network_servers_tell_of_one_frame_alike() -> None:
    """What the store compares: the rest is how each of them saw it."""
    files = ["chirpstack-v4-up.json", "loriot-rx.json", "loriot-gw.json", "tts-v3-up.json",
             "thingpark-up.json", "helium-console-up.json", "kerlink-wanesy-dataup.json",
             "milesight-gw-up.json", "chirpstack-v3-up-json_v3.json"]  # fmt: skip
    uplinks = [
        parse(sample["lns"], envelope(sample)) for sample in MANIFEST if sample["file"] in files
    ]
    assert len(uplinks) == len(files)
    frames = {
        (message.dev_eui, message.f_cnt, message.f_port, message.payload)
        for message in uplinks
        if isinstance(message, Uplink)
    }
    assert frames == {("24e124136d0c0417", 4711, 85, bytes.fromhex("0175640367e90004687b"))}
    times = [message.time_ns for message in uplinks if isinstance(message, Uplink)]
    assert max(times) - min(times) < 10**9


def test_every_format_has_samples() -> None:
    assert {sample["lns"] for sample in MANIFEST} == set(FORMATS)


def test_events_show_what_is_set() -> None:
    records = {
        sample["file"]: as_record(parse(sample["lns"], envelope(sample)))
        for sample in MANIFEST
        if sample["event"] in {"join", "status", "location", "ack"}
    }
    assert records["chirpstack-v4-status.json"] == {
        "event": "status",
        "dev_eui": "24e124713c2a0093",
        "time": "2026-05-12T05:00:11.020187332Z",
        "dedup_id": "a61f9f2e-35d0-4b2d-8d1e-44f1b1b53c09",
        "battery_level": 88.18898,
        "external_power": False,
        "margin": 7,
    }
    assert records["chirpstack-v4-location.json"] == {
        "event": "location",
        "dev_eui": "24e124136d0c0417",
        "time": "2026-05-12T09:02:14.559Z",
        "dedup_id": "e0c7d6b5-a493-4281-9f0e-1d2c3b4a5968",
        "latitude": 51.2191,
        "longitude": 7.6275,
    }
    assert records["tts-v3-join.json"] == {
        "event": "join",
        "dev_eui": "24e124713c2a0093",
        "time": "2026-05-12T07:59:57.310022118Z",
        "dedup_id": "gs:uplink:01KRDK69BYP1XPA7Z3DJ8FSSZ5",
        "dev_addr": "27fc22b1",
    }
    assert records["chirpstack-v4-ack.json"] == {
        "event": "ack",
        "ignored": "tells the fate of a downlink",
    }
