"""Messages of a fleet: order, determinism, counters, faults, and the shape of the servers' JSON."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest

from regionhub.errors import InputError
from regionhub.times import from_rfc3339
from regionhub_simulators import radio
from regionhub_simulators.faults import assign_faults
from regionhub_simulators.fleet import Fleet
from regionhub_simulators.model import DAY_S, Fault, SimulatedDevice, SimulatedMessage
from regionhub_simulators.region import demo_region
from regionhub_simulators.sensors import PROFILES
from regionhub_simulators.stamps import gps_duration, stamp, ulid, uuid4

DAY_NS = DAY_S * 10**9
REFERENCE_NS = from_rfc3339("2026-07-20T12:00:00Z")
REGION = demo_region()

# The keys of real messages; "?" marks those that a server leaves out when there is nothing to say.
CHIRPSTACK_UP = (
    "deduplicationId time deviceInfo devAddr adr dr fCnt fPort confirmed data object? rxInfo"
    " txInfo regionConfigId"
)
CHIRPSTACK_RX = (
    "gatewayId uplinkId gwTime nsTime timeSinceGpsEpoch? rssi snr? channel? rfChain? location"
    " context crcStatus"
)
CHIRPSTACK_INFO = (
    "tenantId tenantName applicationId applicationName deviceProfileId deviceProfileName"
    " deviceName devEui deviceClassEnabled tags"
)
CHIRPSTACK_JOIN = "deduplicationId time deviceInfo devAddr regionConfigId"
CHIRPSTACK_STATUS = (
    "deduplicationId time deviceInfo margin externalPowerSource batteryLevelUnavailable"
    " batteryLevel"
)
TTS_UPLINK = (
    "session_key_id f_port? f_cnt? frm_payload? decoded_payload? normalized_payload? rx_metadata"
    " settings received_at consumed_airtime locations version_ids"
    " network_ids"
)
TTS_RX = (
    "gateway_ids time? timestamp rssi channel_rssi snr? frequency_offset location uplink_token"
    " channel_index? gps_time? received_at"
)


def assert_keys(got: dict[str, Any], names: str) -> None:
    expected = names.split()
    assert got.keys() <= {key.rstrip("?") for key in expected}
    assert {key for key in expected if not key.endswith("?")} <= got.keys()


def make_fleet(devices: list[SimulatedDevice], **options: Any) -> Fleet:
    return Fleet(devices, reference_ns=REFERENCE_NS, **options)


@pytest.fixture(scope="module")
def messages() -> list[SimulatedMessage]:
    fleet = make_fleet(REGION.devices)
    return list(fleet.messages(REFERENCE_NS - 3 * DAY_NS, REFERENCE_NS))


@pytest.fixture(scope="module")
def bodies(messages: list[SimulatedMessage]) -> dict[str, list[dict[str, Any]]]:
    """Parsed bodies by kind of topic."""
    result: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for message in messages:
        try:
            body = json.loads(message.body)
        except ValueError:
            continue
        kind = message.topic.split("/", 5)[-1] if message.topic.startswith("a") else "tts"
        if kind == "tts":
            kind = "tts/" + message.topic.split("/", 4)[-1]
        result[kind].append(body)
    return result


def test_the_region_has_five_towns_and_all_device_types() -> None:
    assert [town.slug for town in REGION.towns] == [
        "arnsberg",
        "bad-berleburg",
        "menden",
        "olpe",
        "soest",
    ]
    assert {device.profile for device in REGION.devices} == set(PROFILES)
    assert Counter(town.lns for town in REGION.towns) == {"chirpstack-v4": 3, "tts-v3": 2}
    assert len({device.dev_eui for device in REGION.devices}) == len(REGION.devices) == 160
    for town in REGION.towns:
        assert len({site.name for site in town.sites}) == len(town.sites)
        for site in town.sites:
            north = (site.device.latitude - town.latitude) * 111.2
            east = (site.device.longitude - town.longitude) * 111.2 * np.cos(0.9)
            assert np.hypot(north, east) < 2.1


def test_towns_can_be_chosen_and_stay_the_same() -> None:
    chosen = demo_region(towns=["Soest", "olpe"])
    assert [town.slug for town in chosen.towns] == ["olpe", "soest"]
    assert chosen.towns[1] == REGION.towns[4]
    with pytest.raises(InputError, match="'siegen'"):
        demo_region(towns=["Siegen"])


def test_messages_come_in_the_order_of_time(messages: list[SimulatedMessage]) -> None:
    times = [message.sent_ns for message in messages]
    assert times == sorted(times)
    assert times[0] >= REFERENCE_NS - 3 * DAY_NS
    assert times[-1] < REFERENCE_NS


def test_the_same_seed_gives_the_same_bytes_whatever_the_pieces() -> None:
    cuts = [REFERENCE_NS - int(days * DAY_NS) for days in (3, 2.3, 1, 0.0001, 0)]
    whole = list(make_fleet(REGION.devices[::9]).messages(cuts[0], cuts[-1]))
    fleet = make_fleet(demo_region().devices[::9])
    pieces = [m for start, end in pairwise(cuts) for m in fleet.messages(start, end)]
    assert pieces == whole
    assert list(islice(fleet.live(cuts[0]), len(whole))) == whole


def test_another_seed_gives_other_values() -> None:
    devices = REGION.devices[:3]
    first, second = (
        list(make_fleet(devices, seed=seed).messages(REFERENCE_NS - DAY_NS, REFERENCE_NS))
        for seed in (1, 2)
    )
    assert {m.body for m in first}.isdisjoint(m.body for m in second)


def test_the_world_has_a_beginning() -> None:
    fleet = make_fleet(REGION.devices[:1], days=2)
    assert list(fleet.messages(REFERENCE_NS - 2 * DAY_NS, REFERENCE_NS))
    with pytest.raises(InputError, match="so far"):
        next(fleet.messages(REFERENCE_NS - 3 * DAY_NS, REFERENCE_NS))


def test_chirpstack_messages_have_the_servers_keys(
    bodies: dict[str, list[dict[str, Any]]],
) -> None:
    for body in bodies["up"]:
        assert_keys(body, CHIRPSTACK_UP)
        assert_keys(body["deviceInfo"], CHIRPSTACK_INFO)
        assert body["txInfo"]["modulation"]["lora"]["spreadingFactor"] == 12 - body["dr"]
        for reception in body["rxInfo"]:
            assert_keys(reception, CHIRPSTACK_RX)
            assert reception.get("snr", 1) != 0
            assert -140 < reception["rssi"] < -20
            assert ("timeSinceGpsEpoch" in reception) == ("source" in reception["location"])
    assert len(bodies["status"]) > 150
    for body in bodies["status"]:
        assert_keys(body, CHIRPSTACK_STATUS)
    uplink_ids = {body["deduplicationId"] for body in bodies["up"]}
    assert all(body["deduplicationId"] in uplink_ids for body in bodies["status"])


def test_things_stack_messages_have_the_servers_keys(
    bodies: dict[str, list[dict[str, Any]]],
) -> None:
    assert bodies["tts/up"]
    for body in bodies["tts/up"]:
        ids = body["end_device_ids"]
        assert set(body) == {"end_device_ids", "correlation_ids", "received_at", "uplink_message"}
        assert set(ids) == {"device_id", "application_ids", "dev_eui", "join_eui", "dev_addr"}
        assert ids["dev_eui"] == ids["dev_eui"].upper()
        uplink = body["uplink_message"]
        assert_keys(uplink, TTS_UPLINK)
        assert 0 not in {uplink.get("f_cnt", 1), uplink.get("f_port", 1)}
        assert isinstance(uplink["settings"]["frequency"], str)
        for reception in uplink["rx_metadata"]:
            assert_keys(reception, TTS_RX)
    ups = {body["correlation_ids"][0] for body in bodies["tts/up"]}
    assert bodies["tts/up/normalized"]
    for body in bodies["tts/up/normalized"]:
        assert isinstance(body["uplink_normalized"]["normalized_payload"], dict)
        assert body["correlation_ids"][0] in ups


def test_joins_reset_the_counter_and_gaps_are_losses() -> None:
    device = next(d for d in REGION.devices if d.lns == "chirpstack-v4" and d.fault is None)
    fleet = make_fleet([replace(device, interval_s=900)])
    ups: dict[str, list[int]] = defaultdict(list)
    joined: list[str] = []
    for message in fleet.messages(REFERENCE_NS - 60 * DAY_NS, REFERENCE_NS):
        body = json.loads(message.body)
        if message.topic.endswith("/join"):
            assert_keys(body, CHIRPSTACK_JOIN)
            joined.append(body["devAddr"])
        elif message.topic.endswith("/up"):
            ups[body["devAddr"]].append(body["fCnt"])
            assert (body["fPort"] == 0) == (body["fCnt"] == 0) == (body["data"] == "")
    assert joined
    assert list(ups)[-len(joined) :] == joined
    for address in joined:
        assert min(ups[address]) <= 2
    counters = sorted(set(ups[next(iter(ups))]))
    lost = counters[-1] - counters[0] + 1 - len(counters)
    assert 0 < lost < 0.1 * len(counters)


def test_some_messages_come_twice_or_late(messages: list[SimulatedMessage]) -> None:
    copies: dict[tuple[str, str, int], set[str]] = defaultdict(set)
    late = 0
    for message in messages:
        if not message.topic.startswith("app") or not message.topic.endswith("/up"):
            continue
        try:
            body = json.loads(message.body)
        except ValueError:
            continue
        copies[message.dev_eui, body["devAddr"], body["fCnt"]].add(body["deduplicationId"])
        arrival = from_rfc3339(body["rxInfo"][0]["nsTime"])
        late += arrival - from_rfc3339(body["time"]) > 600 * 10**9
        assert abs(arrival - message.sent_ns) < 2 * 10**9 + 10**9 * 2
    bodies = Counter(message.body for message in messages)
    assert max(bodies.values()) == 2
    assert max(len(ids) for ids in copies.values()) == 2
    assert late


def faulty(fault: Fault, **changes: Any) -> list[SimulatedMessage]:
    device = next(
        d for d in REGION.devices if d.profile == "decentlab/dl-trs12" and d.lns == "chirpstack-v4"
    )
    fleet = make_fleet([replace(device, fault=fault, **changes)])
    return list(fleet.messages(REFERENCE_NS - 20 * DAY_NS, REFERENCE_NS))


def payloads(messages: list[SimulatedMessage]) -> list[bytes]:
    return [
        base64.b64decode(json.loads(m.body)["data"]) for m in messages if m.topic.endswith("/up")
    ]


def test_a_stuck_sensor_repeats_itself() -> None:
    words = [data[5:11] for data in payloads(faulty(Fault.STUCK))]
    assert len(set(words[-75:])) == 1
    assert len(set(words[:75])) > 20


def test_an_unplugged_probe_leaves_the_battery() -> None:
    lengths = [len(data) for data in payloads(faulty(Fault.UNPLUGGED))]
    assert set(lengths[-40:]) == {7}
    assert set(lengths[:40]) <= {0, 13}


def test_a_dead_device_is_silent() -> None:
    last = faulty(Fault.SILENT)[-1]
    assert REFERENCE_NS - 4 * DAY_NS < last.sent_ns < REFERENCE_NS - 2.9 * DAY_NS


def test_a_skewed_gateway_clock_runs_ahead() -> None:
    for message in faulty(Fault.CLOCK_SKEW)[-50:]:
        body = json.loads(message.body)
        for reception in body.get("rxInfo", ()):
            ahead = from_rfc3339(reception["gwTime"]) - from_rfc3339(reception["nsTime"])
            assert ahead > 39 * 60 * 10**9 or ahead < 0


def test_spikes_and_impossible_values_are_rare() -> None:
    for fault in (Fault.SPIKE, Fault.OUT_OF_RANGE):
        good = {data[5:11] for data in payloads(faulty(Fault.SILENT))}
        words = [data[5:11] for data in payloads(faulty(fault))]
        odd = [word for word in words[:300] if word and word not in good]
        assert 2 <= len(odd) <= 60


def test_undecodable_payloads_have_another_protocol_number() -> None:
    versions = Counter(data[0] for data in payloads(faulty(Fault.UNDECODABLE)) if data)
    assert set(versions) == {0x02, 0xFF}


def test_strays_are_not_json_too_large_or_of_a_stranger() -> None:
    assert any(m.body[-1:] != b"}" for m in faulty(Fault.NOT_JSON))
    assert max(len(m.body) for m in faulty(Fault.OVERSIZED)) == 270_000
    strangers = [m for m in faulty(Fault.UNKNOWN_DEVICE) if m.dev_eui.startswith("02ffffff")]
    assert strangers
    for message in strangers:
        assert json.loads(message.body)["deviceInfo"]["devEui"] == message.topic.split("/")[3]


def test_faults_hit_one_device_each() -> None:
    faults = Counter(d.fault for d in assign_faults(REGION.devices, seed=1, faults=Fault))
    assert dict.fromkeys(Fault, 1).items() <= faults.items()
    assert all(device.fault is None for device in demo_region(faults=False).devices)


def test_an_unknown_device_type_is_named() -> None:
    fleet = make_fleet([replace(REGION.devices[0], profile="acme/x1")])
    with pytest.raises(InputError, match="acme/x1"):
        next(fleet.live(REFERENCE_NS))


def test_stamps_are_those_of_the_servers() -> None:
    ns = from_rfc3339("2026-05-12T07:41:23.118Z")
    assert stamp(ns) == "2026-05-12T07:41:23.118"
    assert stamp(ns + 1) == "2026-05-12T07:41:23.118000001"
    assert stamp(ns + 911_000) == "2026-05-12T07:41:23.118911"
    assert stamp(ns - 118_000_000) == "2026-05-12T07:41:23"
    assert gps_duration(ns) == "1462606901.118s"
    assert ulid(0, "0" * 32) == "0" * 26
    assert ulid(1_469_922_850_259_000_000, "f" * 20) == "01ARZ3NDEKZZZZZZZZZZZZZZZZ"
    assert uuid4("0123456789abcdef" * 2) == "01234567-89ab-4def-8123-456789abcdef"


def test_airtime_is_that_of_the_data_sheet() -> None:
    assert radio.airtime_s(7, 10) == pytest.approx(0.061696)
    assert radio.airtime_s(12, 0) == pytest.approx(1.155072)


def test_the_simulator_knows_nothing_of_the_decoding_side() -> None:
    code = (
        "import sys, regionhub_simulators.fleet, regionhub_simulators.region,"
        " regionhub_simulators.publisher\n"
        "print([m for m in sys.modules if m.startswith('regionhub_ingest') or 'quickjs' in m])"
    )
    path = [entry for entry in sys.path if entry]
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"
