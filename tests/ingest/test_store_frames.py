"""The radio frames of a batch: each is stored once, and heard by all gateways."""

from __future__ import annotations

from typing import Any

import pytest
from tests.ingest.conftest import NOW_NS, Hub, make_uplink, register
from tests.messages import COPY, STORED

from regionhub.archive.items import NewUplink, Outcome
from regionhub.envelope import Arrival, ArrivalKind, Envelope
from regionhub.uplinks import Reception


def came(item: NewUplink, kind: ArrivalKind) -> NewUplink:
    """The same frame, come in another way."""
    envelope = item.envelope
    return item._replace(envelope=envelope._replace(arrival=envelope.arrival._replace(kind=kind)))


def test_a_frame_is_stored_with_its_reading_and_the_state_of_its_device(hub: Hub) -> None:
    outcome = hub.store.commit([make_uplink(hub, at=1, value=21.5)])

    assert outcome == [STORED]
    assert hub.rows("select value, quality from core.reading") == [(21.5, 1)]
    assert hub.rows("select value, quality from core.latest") == [(21.5, 1)]
    assert hub.rows("select rssi, snr, gateways, f_cnt from core.device_state") == [
        (-57, 12.5, 1, 1)
    ]
    assert hub.rows("select payload, profile_version from core.uplink") == [
        (b"\x03\x67\xc8\x00", "v1")
    ]
    assert hub.fates() == {("stored", ""): 1}


def test_a_copy_of_a_frame_within_ten_minutes_is_a_duplicate_in_any_batch(hub: Hub) -> None:
    first = make_uplink(hub, at=0, f_cnt=7)
    late_copy = make_uplink(hub, at=599, f_cnt=7, event_id="another")

    assert hub.store.commit([first, late_copy]) == [STORED, COPY]
    assert hub.store.commit([late_copy]) == [COPY]
    assert hub.rows("select count(*)::int from core.uplink") == [(1,)]


def test_a_stuck_counter_is_not_a_duplicate_after_ten_minutes(hub: Hub) -> None:
    hub.store.commit([make_uplink(hub, at=0, f_cnt=0)])

    assert hub.store.commit([make_uplink(hub, at=601, f_cnt=0)]) == [STORED]


@pytest.mark.parametrize("batches", [1, 3])
def test_a_new_session_starts_the_counter_again(hub: Hub, batches: int) -> None:
    frames = [
        make_uplink(hub, at=0, f_cnt=0, dev_addr="00000001"),
        make_uplink(hub, at=60, f_cnt=0, dev_addr="00000002"),
        make_uplink(hub, at=61, f_cnt=0, dev_addr=None),
    ]
    outcomes: list[Outcome] = []
    for batch in [frames] if batches == 1 else [[frame] for frame in frames]:
        outcomes += hub.store.commit(batch)

    assert outcomes == [STORED, STORED, COPY]
    assert hub.rows("select dev_addr from core.uplink order by time") == [
        ("00000001",),
        ("00000002",),
    ]


def test_without_a_counter_the_same_payload_within_a_minute_is_a_duplicate(hub: Hub) -> None:
    hub.store.commit([make_uplink(hub, at=0, f_cnt=None)])

    outcomes = hub.store.commit(
        [make_uplink(hub, at=59, f_cnt=None), make_uplink(hub, at=61, f_cnt=None)]
    )

    assert outcomes == [COPY, STORED]


def test_an_event_that_took_its_time_from_its_arrival_is_known_by_its_id(hub: Hub) -> None:
    hub.store.commit([make_uplink(hub, at=0, f_cnt=3, time_source="arrival", event_id="e1")])

    again = make_uplink(hub, at=7200, f_cnt=3, time_source="arrival", event_id="e1")

    assert hub.store.commit([again]) == [COPY]


def test_what_took_the_time_of_its_arrival_and_is_fetched_later_is_stored_once(hub: Hub) -> None:
    """The clock of its server was ahead: nothing says so when the frame is fetched."""
    hub.store.commit([make_uplink(hub, at=0, f_cnt=3, time_source="arrival", event_id="e1")])
    fetched = came(make_uplink(hub, at=7200, f_cnt=3, event_id="e1"), "imported")

    assert hub.store.commit([fetched]) == [COPY]


def test_without_a_counter_an_id_says_nothing_of_what_is_fetched(hub: Hub) -> None:
    """A server may count its events from one again, and a sensor says the same for months."""
    hub.store.commit([make_uplink(hub, at=0, f_cnt=None, time_source="arrival", event_id="17")])
    for at, f_cnt in ((-200 * 86_400, None), (-7200, None)):
        fetched = came(make_uplink(hub, at=at, f_cnt=f_cnt, event_id="17"), "imported")
        assert hub.store.commit([fetched]) == [STORED]


def test_an_id_that_a_server_gives_again_is_another_event(hub: Hub) -> None:
    hub.store.commit([make_uplink(hub, at=0, f_cnt=3, time_source="arrival", event_id="1")])

    other = make_uplink(hub, at=7200, f_cnt=4, time_source="arrival", event_id="1")

    assert hub.store.commit([other]) == [STORED]


def test_devices_whose_events_have_one_id_are_two(hub: Hub) -> None:
    """Where a server counts the events of each device by itself."""
    said: dict[str, Any] = {"time_source": "arrival", "event_id": "17", "f_cnt": None}
    register(hub.town, "24e124136d0c0001")

    for device in hub.store.devices().values():
        item = make_uplink(hub, payload=b"a", **said)._replace(device=device)
        assert hub.store.commit([item]) == [STORED]


@pytest.mark.parametrize(
    ("changes", "kind", "outcome"),
    [
        ({}, "redelivered", COPY),
        ({"f_cnt": 4}, "redelivered", STORED),
        ({"dev_addr": "00000002"}, "redelivered", STORED),
        ({"time_source": "network"}, "redelivered", STORED),
        # a counter that stands still: only a delivery that says so is one more of the same message
        ({}, "live", STORED),
        ({}, "imported", STORED),
    ],
)
def test_a_frame_without_time_and_id_that_is_delivered_again_after_an_outage(
    hub: Hub, changes: dict[str, Any], kind: ArrivalKind, outcome: Outcome
) -> None:
    hub.store.commit([make_uplink(hub, at=0, f_cnt=3, time_source="arrival")])

    said: dict[str, Any] = {"f_cnt": 3, "time_source": "arrival"} | changes
    again = came(make_uplink(hub, at=7200, **said), kind)

    assert hub.store.commit([again]) == [outcome]


def test_of_two_frames_of_one_moment_the_later_one_is_the_state_of_the_device(hub: Hub) -> None:
    hub.store.commit([make_uplink(hub, at=0, f_cnt=f_cnt) for f_cnt in (5, 7, 6)])

    assert hub.rows("select f_cnt from core.device_state") == [(6,)]


def test_a_frame_that_was_kept_for_us_was_heard_when_it_was_sent(hub: Hub) -> None:
    """Else a sensor that fell silent while ingest was down would seem to be well."""
    kept, ahead = make_uplink(hub, at=-7200, f_cnt=1), make_uplink(hub, at=60)
    arrival = Envelope(topic="t", body=b"{}", arrival=Arrival("live", NOW_NS))

    hub.store.commit([kept._replace(envelope=arrival)])
    seen = "select extract(epoch from last_seen_at)::float8 from core.device_state"
    assert hub.rows(seen) == [(NOW_NS / 1e9 - 7200,)]

    hub.store.commit([ahead._replace(envelope=arrival)])
    assert hub.rows(seen) == [(NOW_NS / 1e9,)]


def _receptions(hub: Hub) -> list[tuple[object, ...]]:
    return hub.rows(
        "select u.gateways::int, u.rssi, r ->> 'gateway', (r ->> 'source_id')::int "
        "from core.uplink u, jsonb_array_elements(u.receptions) r order by u.uplink_id, 3"
    )


NEAR = Reception(gateway_id="ac1f09fffe0a1b2c", rssi=-57, snr=12.5)
FAR = Reception(gateway_id="0016c001f10a77e1", rssi=-111, snr=-3.2)
UNNAMED = Reception(gateway_id=None, rssi=-57, snr=12.5)


@pytest.mark.parametrize("batches", [1, 3])
def test_a_frame_over_two_networks_is_stored_once_and_heard_by_all(hub: Hub, batches: int) -> None:
    other = hub.source_beside()
    copies = [
        make_uplink(hub, receptions=(FAR,)),
        make_uplink(hub, receptions=(NEAR, FAR), event_id="x")._replace(source=other),
        make_uplink(hub, receptions=(NEAR,), event_id="y"),
    ]
    outcomes: list[Outcome] = []
    for batch in [copies] if batches == 1 else [[copy] for copy in copies]:
        outcomes += hub.store.commit(batch)

    assert outcomes == [STORED, COPY, COPY]
    assert _receptions(hub) == [
        (2, -57.0, FAR.gateway_id, None),
        (2, -57.0, NEAR.gateway_id, other.source_id),
    ]


@pytest.mark.parametrize("batches", [1, 2])
@pytest.mark.parametrize("named_first", [True, False])
def test_a_gateway_without_a_name_is_one_of_those_with_one(
    hub: Hub, batches: int, named_first: bool
) -> None:
    copies = [make_uplink(hub, receptions=(NEAR, FAR)), make_uplink(hub, receptions=(UNNAMED,))]
    if not named_first:
        copies.reverse()
    for batch in [copies] if batches == 1 else [[copy] for copy in copies]:
        hub.store.commit(batch)

    assert [row[:3] for row in _receptions(hub)] == [
        (2, -57.0, FAR.gateway_id),
        (2, -57.0, NEAR.gateway_id),
    ]


@pytest.mark.parametrize("batches", [1, 4])
def test_a_frame_keeps_what_a_hundred_gateways_heard(hub: Hub, batches: int) -> None:
    """A server gone mad that names other gateways in every copy must not make a row grow."""
    gateways = [Reception(f"{number:016x}", -90, 1.0) for number in range(32_800)]
    size = len(gateways) // 40
    copies = [
        make_uplink(hub, receptions=tuple(gateways[start : start + size]))
        for start in range(0, len(gateways), size)
    ]
    outcomes: list[Outcome] = []
    for each in range(batches):
        outcomes += hub.store.commit(copies[each::batches])

    assert outcomes == [STORED] + [COPY] * (len(copies) - 1)
    assert hub.rows(
        "select gateways::int, jsonb_array_length(receptions)::int from core.uplink"
    ) == [(100, 100)]


def test_the_last_places_of_a_frame_go_to_the_first_who_come(hub: Hub) -> None:
    for start in (0, 60, 150):
        receptions = tuple(Reception(f"{start + n:016x}", -90, 1.0) for n in range(60))
        hub.store.commit([make_uplink(hub, receptions=receptions)])

    assert hub.rows(
        "select count(distinct r ->> 'gateway')::int, max(r ->> 'gateway') "
        "from core.uplink, jsonb_array_elements(receptions) r"
    ) == [(100, f"{99:016x}")]
