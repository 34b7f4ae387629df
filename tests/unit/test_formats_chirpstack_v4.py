"""The traps of ChirpStack v4."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from tests.messages import arrived

from regionhub.envelope import Envelope
from regionhub.errors import ParseError
from regionhub.times import from_rfc3339
from regionhub.uplinks import DeviceEvent, Ignored, Message, Uplink
from regionhub_ingest.formats import parse

SAMPLES = Path(__file__).parent.parent / "data" / "lns"
EUI = "24e124136d0c0417"
TOPIC = "application/6f1c2a58-0d7e-4b3e-9a51-2f0f6f6f4c01/device/{}/event/{}"
UP: dict[str, Any] = json.loads((SAMPLES / "chirpstack-v4-up.json").read_text())
STATUS: dict[str, Any] = json.loads((SAMPLES / "chirpstack-v4-status.json").read_text())


def read(body: object, *, topic: str = "", received: str | None = None) -> Message:
    return parse(
        "chirpstack-v4",
        Envelope(
            topic=topic,
            body=json.dumps(body).encode(),
            arrival=arrived(from_rfc3339(received) if received else None),
        ),
    )


def up(**changes: Any) -> Uplink:
    message = read(UP | changes)
    assert isinstance(message, Uplink)
    return message


def status(**changes: Any) -> DeviceEvent:
    message = read(STATUS | changes)
    assert isinstance(message, DeviceEvent)
    return message


def receptions(**changes: Any) -> list[dict[str, Any]]:
    return [entry | changes for entry in copy.deepcopy(UP["rxInfo"])]


@pytest.mark.parametrize("missing", ["omitted", "null"])
def test_zeros_may_be_missing(missing: str) -> None:
    keys = ["fCnt", "fPort", "dr", "confirmed", "data", "object", "devAddr", "deduplicationId"]
    if missing == "null":
        message = read(UP | dict.fromkeys(keys))
    else:
        message = read({key: value for key, value in UP.items() if key not in keys})
    assert isinstance(message, Uplink)
    assert (message.f_cnt, message.f_port, message.dr, message.confirmed) == (0, 0, 0, False)
    assert (message.payload, message.decoded, message.dev_addr, message.event_id) == (
        b"",
        None,
        None,
        None,
    )


def test_an_empty_deduplication_id_is_none() -> None:
    assert up(deduplicationId="").event_id is None


def test_gps_time_far_off_gives_way_to_the_earliest_network_time() -> None:
    earliest = from_rfc3339("2026-05-12T07:41:23.171482903Z")
    for wrong in ("1980-01-06T00:00:18+00:00", "2026-05-12T08:11:23+00:00", None):
        message = up(time=wrong, rxInfo=list(reversed(UP["rxInfo"])))
        assert (message.time_ns, message.time_source) == (earliest, "network")


def heard(*gateways: str | None) -> list[dict[str, Any]]:
    """Receptions of one moment by gateways with these clocks (times of the day)."""
    now = "2026-05-12T07:41:23.100000+00:00"
    day = "2026-05-12T{}+00:00"
    return [
        {"gatewayId": f"{n:016x}", "nsTime": now, "rssi": -90, "snr": 7.5}
        | ({} if clock is None else {"gwTime": day.format(clock)})
        for n, clock in enumerate(gateways, 1)
    ]


@pytest.mark.parametrize(
    ("first", "gateways", "expected", "source"),
    [
        ("02:41:23.1", ("02:41:23.1", "07:41:23.1"), "07:41:23.1", "network"),
        ("02:41:23.1", ("02:41:23.1", None), "07:41:23.1", "network"),
        ("02:41:23.1", (None, None, None), "07:41:23.1", "network"),
        ("06:41:23.1", ("06:41:23.1", "07:41:22.9", "07:41:23.0"), "07:41:23.1", "network"),
        ("02:41:23.1", ("02:41:23.1", "05:00:00", "05:00:01"), "05:00:00", "event"),
        ("02:41:23.1", ("02:41:23.1",), "02:41:23.1", "event"),
        ("02:41:23.1", ("02:41:23.1", "02:41:23.2"), "02:41:23.1", "event"),
        ("07:41:00", ("07:41:00", "07:41:23", "07:41:23"), "07:41:00", "event"),
    ],
)
def test_among_several_gateways_most_count(
    first: str, gateways: tuple[str | None, ...], expected: str, source: str
) -> None:
    """A frame that one gateway heard live was not kept by another, whatever its clock says."""
    message = up(time=f"2026-05-12T{first}+00:00", rxInfo=heard(*gateways))
    assert message.time_ns == from_rfc3339(f"2026-05-12T{expected}Z")
    assert message.time_source == source
    old = [
        {("time" if key == "gwTime" else key): value for key, value in entry.items()}
        for entry in heard(*gateways)
    ]
    assert up(time=f"2026-05-12T{first}+00:00", rxInfo=old).time_ns == message.time_ns


def test_old_servers_send_no_network_time() -> None:
    rx_info = receptions(nsTime=None)
    message = read(
        UP | {"rxInfo": rx_info, "time": "1980-01-06T00:00:18+00:00"},
        received="2026-05-12T07:41:24Z",
    )
    assert isinstance(message, Uplink)
    assert (message.time_ns, message.time_source) == (
        from_rfc3339("2026-05-12T07:41:24Z"),
        "arrival",
    )


def test_two_antennas_are_one_gateway() -> None:
    message = up(rxInfo=receptions(gatewayId="AC1F09FFFE0A1B2C"))
    assert len(message.receptions) == 2
    assert message.gateway_ids == ("ac1f09fffe0a1b2c",)


def test_the_best_gateway_is_not_the_first_and_has_an_rssi() -> None:
    far, near, unknown = (
        {"gatewayId": f"000000000000000{n}", "rssi": rssi, "snr": snr}
        for n, rssi, snr in [(1, -119, -14.8), (2, -57, 12.5), (3, 0, 30.0)]
    )
    best = up(rxInfo=[far, unknown, near]).best_reception
    assert best is not None
    assert best.gateway_id == "0000000000000002"


def test_a_reception_without_gateway_is_left_out() -> None:
    assert up(rxInfo=[{"rssi": -57}]).receptions == ()


@pytest.mark.parametrize(
    "modulation", [{"fsk": {"datarate": 50_000}}, {"lrFhss": {"gridSteps": 8}}]
)
def test_other_modulations_have_no_snr_nor_spreading_factor(modulation: dict[str, Any]) -> None:
    message = up(
        txInfo={"frequency": 868_800_000, "modulation": modulation},
        rxInfo=[{"gatewayId": EUI, "rssi": -80}],
    )
    assert (message.sf, message.bw_hz, message.frequency_hz) == (None, None, 868_800_000)
    assert message.receptions[0].snr is None


@pytest.mark.parametrize("context", [{"appSKey": {"aesKey": "AA=="}}, {"sessionKeyId": "AA=="}])
def test_a_payload_may_still_be_encrypted(context: dict[str, Any]) -> None:
    message = up(joinServerContext=context)
    assert message.encrypted
    assert not message.decodable
    assert not up(joinServerContext=None).encrypted


def test_codec_results_without_numbers() -> None:
    assert up(object={"temperature": None, "when": {}}).decoded == {"temperature": None, "when": {}}


def test_frame_counters_have_32_bits() -> None:
    assert up(fCnt=2**32 - 1).f_cnt == 2**32 - 1


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"fCnt": 2**32}, "fCnt"),
        ({"fCnt": "4711"}, "fCnt"),
        ({"fPort": 256}, "fPort"),
        ({"fPort": True}, "fPort"),
        ({"data": "A" * 324 + "AA=="}, "data"),
        ({"data": "kein base64"}, "data"),
        ({"deviceInfo": None}, "deviceInfo.devEui is missing"),
        ({"deviceInfo": []}, "deviceInfo.devEui is missing"),
        ({"time": 1778572883, "rxInfo": []}, "time"),
        ({"deviceInfo": {"devEui": "rathaus"}}, "devEui"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], names: str) -> None:
    with pytest.raises(ParseError, match=f"^{names}"):
        up(**changes)


def test_a_status_and_its_frame_share_their_id() -> None:
    frame = json.loads((SAMPLES / "chirpstack-v4-up-mac-only.json").read_text())
    message = read(frame)
    assert isinstance(message, Uplink)
    assert not message.decodable
    assert message.event_id == status().event_id


@pytest.mark.parametrize(
    ("changes", "level", "external"),
    [
        ({"batteryLevel": 0, "batteryLevelUnavailable": True}, None, False),
        ({"batteryLevel": 0, "externalPowerSource": True}, None, True),
        ({"batteryLevel": None, "externalPowerSource": True}, None, True),
        ({"batteryLevel": 0.39}, 0.39, False),
        ({"batteryLevel": 100}, 100, False),
    ],
)
def test_battery(changes: dict[str, Any], level: float | None, external: bool) -> None:
    event = status(**changes)
    assert (event.battery_level, event.external_power) == (level, external)


@pytest.mark.parametrize(
    "changes", [{"margin": 200}, {"batteryLevel": "88"}, {"externalPowerSource": 0}]
)
def test_a_wrong_status(changes: dict[str, Any]) -> None:
    with pytest.raises(ParseError, match=next(iter(changes))):
        status(**changes)


def test_a_location_of_zero_says_nothing() -> None:
    for place in ({}, {"latitude": 0.0, "longitude": 0.0, "altitude": 3.0}):
        body = {"deviceInfo": UP["deviceInfo"], "time": UP["time"], "location": place}
        message = read(body, topic=TOPIC.format(EUI, "location"))
        assert message == Ignored(event="location", why="carries no position")


def test_the_topic_wins_over_the_shape() -> None:
    # A join whose device address is null looks like nothing.
    body = {"deviceInfo": UP["deviceInfo"], "time": UP["time"]}
    message = read(body, topic=TOPIC.format(EUI, "join"))
    assert isinstance(message, DeviceEvent)
    assert message.kind == "join"
    with pytest.raises(ParseError, match="tell its event"):
        read(body)


@pytest.mark.parametrize("device", ["24e124713c2a0093", "24-E1-24-71-3C-2A-00-93"])
def test_the_topic_is_of_another_device(device: str) -> None:
    with pytest.raises(ParseError, match="the topic is of device 24e124713c2a0093"):
        read(UP, topic=TOPIC.format(device, "up"))


@pytest.mark.parametrize(
    "topic",
    [
        TOPIC.format(EUI.upper(), "up"),
        TOPIC.format("24-E1-24-13-6D-0C-04-17", "up"),
        f"ac1f09fffe0a1b2c/{EUI}",
        "stadt/rathaus",
        "gateway/0016c001f1500001/" + TOPIC.format(EUI, "up"),
        f"bridge/{EUI[1:]}0/up",
    ],
)
def test_the_topic_agrees_or_names_no_device(topic: str) -> None:
    assert isinstance(read(UP, topic=topic), Uplink)


def test_events_of_later_versions_are_ignored() -> None:
    message = read({}, topic=TOPIC.format(EUI, "brandneu"))
    assert isinstance(message, Ignored)
    assert message.event == "unknown"


def test_an_old_integration_event_is_ignored() -> None:
    message = read({"deviceInfo": {}, "integrationName": "loracloud", "eventType": "dm"})
    assert isinstance(message, Ignored)
    assert message.event == "integration"


def test_without_any_time() -> None:
    with pytest.raises(ParseError, match="no time"):
        up(time=None, rxInfo=[])
