"""The radio frames of a batch: each is stored once, and heard by all gateways."""

from __future__ import annotations

from typing import Any

import pytest
from tests.ingest.conftest import NOW_NS, Intake, make_uplink, register
from tests.messages import COPY, STORED

from regionhub.archive.items import NewUplink, Outcome
from regionhub.envelope import Arrival, ArrivalKind, Envelope
from regionhub.uplinks import Reception


def came(item: NewUplink, kind: ArrivalKind) -> NewUplink:
    """The same frame, come in another way."""
    envelope = item.envelope
    return item._replace(envelope=envelope._replace(arrival=envelope.arrival._replace(kind=kind)))


def test_a_frame_is_stored_with_its_reading_and_the_state_of_its_device(intake: Intake) -> None:
    outcome = intake.store.commit([make_uplink(intake, at=1, value=21.5)])

    assert outcome == [STORED]
    assert intake.rows("select value, quality from core.reading") == [(21.5, 1)]
    assert intake.rows("select value, quality from core.latest") == [(21.5, 1)]
    assert intake.rows("select rssi, snr, gateways, f_cnt from core.device_state") == [
        (-57, 12.5, 1, 1)
    ]
    assert intake.rows("select payload, profile_version from core.uplink") == [
        (b"\x03\x67\xc8\x00", "v1")
    ]
    assert intake.fates() == {("stored", ""): 1}


def test_a_copy_of_a_frame_within_ten_minutes_is_a_duplicate_in_any_batch(intake: Intake) -> None:
    first = make_uplink(intake, at=0, f_cnt=7)
    late_copy = make_uplink(intake, at=599, f_cnt=7, event_id="another")

    assert intake.store.commit([first, late_copy]) == [STORED, COPY]
    assert intake.store.commit([late_copy]) == [COPY]
    assert intake.rows("select count(*)::int from core.uplink") == [(1,)]


def test_a_stuck_counter_is_not_a_duplicate_after_ten_minutes(intake: Intake) -> None:
    intake.store.commit([make_uplink(intake, at=0, f_cnt=0)])

    assert intake.store.commit([make_uplink(intake, at=601, f_cnt=0)]) == [STORED]


@pytest.mark.parametrize("batches", [1, 3])
def test_a_new_session_starts_the_counter_again(intake: Intake, batches: int) -> None:
    frames = [
        make_uplink(intake, at=0, f_cnt=0, dev_addr="00000001"),
        make_uplink(intake, at=60, f_cnt=0, dev_addr="00000002"),
        make_uplink(intake, at=61, f_cnt=0, dev_addr=None),
    ]
    outcomes: list[Outcome] = []
    for batch in [frames] if batches == 1 else [[frame] for frame in frames]:
        outcomes += intake.store.commit(batch)

    assert outcomes == [STORED, STORED, COPY]
    assert intake.rows("select dev_addr from core.uplink order by time") == [
        ("00000001",),
        ("00000002",),
    ]


def test_without_a_counter_the_same_payload_within_a_minute_is_a_duplicate(intake: Intake) -> None:
    intake.store.commit([make_uplink(intake, at=0, f_cnt=None)])

    outcomes = intake.store.commit(
        [make_uplink(intake, at=59, f_cnt=None), make_uplink(intake, at=61, f_cnt=None)]
    )

    assert outcomes == [COPY, STORED]


def test_an_event_that_took_its_time_from_its_arrival_is_known_by_its_id(intake: Intake) -> None:
    intake.store.commit([make_uplink(intake, at=0, f_cnt=3, time_source="arrival", event_id="e1")])

    again = make_uplink(intake, at=7200, f_cnt=3, time_source="arrival", event_id="e1")

    assert intake.store.commit([again]) == [COPY]


def test_what_took_the_time_of_its_arrival_and_is_fetched_later_is_stored_once(
    intake: Intake,
) -> None:
    """The clock of its server was ahead: nothing says so when the frame is fetched."""
    intake.store.commit([make_uplink(intake, at=0, f_cnt=3, time_source="arrival", event_id="e1")])
    fetched = came(make_uplink(intake, at=7200, f_cnt=3, event_id="e1"), "imported")

    assert intake.store.commit([fetched]) == [COPY]


def test_without_a_counter_an_id_says_nothing_of_what_is_fetched(intake: Intake) -> None:
    """A server may count its events from one again, and a sensor says the same for months."""
    intake.store.commit(
        [make_uplink(intake, at=0, f_cnt=None, time_source="arrival", event_id="17")]
    )
    for at, f_cnt in ((-200 * 86_400, None), (-7200, None)):
        fetched = came(make_uplink(intake, at=at, f_cnt=f_cnt, event_id="17"), "imported")
        assert intake.store.commit([fetched]) == [STORED]


def test_an_id_that_a_server_gives_again_is_another_event(intake: Intake) -> None:
    intake.store.commit([make_uplink(intake, at=0, f_cnt=3, time_source="arrival", event_id="1")])

    other = make_uplink(intake, at=7200, f_cnt=4, time_source="arrival", event_id="1")

    assert intake.store.commit([other]) == [STORED]


def test_devices_whose_events_have_one_id_are_two(intake: Intake) -> None:
    """Where a server counts the events of each device by itself."""
    said: dict[str, Any] = {"time_source": "arrival", "event_id": "17", "f_cnt": None}
    register(intake.town, "24e124136d0c0001")

    for device in intake.store.devices().values():
        item = make_uplink(intake, payload=b"a", **said)._replace(device=device)
        assert intake.store.commit([item]) == [STORED]


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
    intake: Intake, changes: dict[str, Any], kind: ArrivalKind, outcome: Outcome
) -> None:
    intake.store.commit([make_uplink(intake, at=0, f_cnt=3, time_source="arrival")])

    said: dict[str, Any] = {"f_cnt": 3, "time_source": "arrival"} | changes
    again = came(make_uplink(intake, at=7200, **said), kind)

    assert intake.store.commit([again]) == [outcome]


def test_of_two_frames_of_one_moment_the_later_one_is_the_state_of_the_device(
    intake: Intake,
) -> None:
    intake.store.commit([make_uplink(intake, at=0, f_cnt=f_cnt) for f_cnt in (5, 7, 6)])

    assert intake.rows("select f_cnt from core.device_state") == [(6,)]


def test_a_frame_that_was_kept_for_us_was_heard_when_it_was_sent(intake: Intake) -> None:
    """Else a sensor that fell silent while ingest was down would seem to be well."""
    kept, ahead = make_uplink(intake, at=-7200, f_cnt=1), make_uplink(intake, at=60)
    arrival = Envelope(topic="t", body=b"{}", arrival=Arrival("live", NOW_NS))

    intake.store.commit([kept._replace(envelope=arrival)])
    seen = "select extract(epoch from last_seen_at)::float8 from core.device_state"
    assert intake.rows(seen) == [(NOW_NS / 1e9 - 7200,)]

    intake.store.commit([ahead._replace(envelope=arrival)])
    assert intake.rows(seen) == [(NOW_NS / 1e9,)]


def _receptions(intake: Intake) -> list[tuple[object, ...]]:
    return intake.rows(
        "select u.gateways::int, u.rssi, r ->> 'gateway', (r ->> 'source_id')::int "
        "from core.uplink u, jsonb_array_elements(u.receptions) r order by u.uplink_id, 3"
    )


NEAR = Reception(gateway_id="ac1f09fffe0a1b2c", rssi=-57, snr=12.5)
FAR = Reception(gateway_id="0016c001f10a77e1", rssi=-111, snr=-3.2)
UNNAMED = Reception(gateway_id=None, rssi=-57, snr=12.5)


@pytest.mark.parametrize("batches", [1, 3])
def test_a_frame_over_two_networks_is_stored_once_and_heard_by_all(
    intake: Intake, batches: int
) -> None:
    other = intake.source_beside()
    copies = [
        make_uplink(intake, receptions=(FAR,)),
        make_uplink(intake, receptions=(NEAR, FAR), event_id="x")._replace(source=other),
        make_uplink(intake, receptions=(NEAR,), event_id="y"),
    ]
    outcomes: list[Outcome] = []
    for batch in [copies] if batches == 1 else [[copy] for copy in copies]:
        outcomes += intake.store.commit(batch)

    assert outcomes == [STORED, COPY, COPY]
    assert _receptions(intake) == [
        (2, -57.0, FAR.gateway_id, None),
        (2, -57.0, NEAR.gateway_id, other.source_id),
    ]


@pytest.mark.parametrize("batches", [1, 2])
@pytest.mark.parametrize("named_first", [True, False])
def test_a_gateway_without_a_name_is_one_of_those_with_one(
    intake: Intake, batches: int, named_first: bool
) -> None:
    copies = [
        make_uplink(intake, receptions=(NEAR, FAR)),
        make_uplink(intake, receptions=(UNNAMED,)),
    ]
    if not named_first:
        copies.reverse()
    for batch in [copies] if batches == 1 else [[copy] for copy in copies]:
        intake.store.commit(batch)

    assert [row[:3] for row in _receptions(intake)] == [
        (2, -57.0, FAR.gateway_id),
        (2, -57.0, NEAR.gateway_id),
    ]


@pytest.mark.parametrize("batches", [1, 4])
def test_a_frame_keeps_what_a_hundred_gateways_heard(intake: Intake, batches: int) -> None:
    """A server gone mad that names other gateways in every copy must not make a row grow."""
    gateways = [Reception(f"{number:016x}", -90, 1.0) for number in range(32_800)]
    size = len(gateways) // 40
    copies = [
        make_uplink(intake, receptions=tuple(gateways[start : start + size]))
        for start in range(0, len(gateways), size)
    ]
    outcomes: list[Outcome] = []
    for each in range(batches):
        outcomes += intake.store.commit(copies[each::batches])

    assert outcomes == [STORED] + [COPY] * (len(copies) - 1)
    assert intake.rows(
        "select gateways::int, jsonb_array_length(receptions)::int from core.uplink"
    ) == [(100, 100)]


def test_the_last_places_of_a_frame_go_to_the_first_who_come(intake: Intake) -> None:
    for start in (0, 60, 150):
        receptions = tuple(Reception(f"{start + n:016x}", -90, 1.0) for n in range(60))
        intake.store.commit([make_uplink(intake, receptions=receptions)])

    assert intake.rows(
        "select count(distinct r ->> 'gateway')::int, max(r ->> 'gateway') "
        "from core.uplink, jsonb_array_elements(receptions) r"
    ) == [(100, f"{99:016x}")]
