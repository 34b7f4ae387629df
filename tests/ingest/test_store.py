"""What a batch leaves in the database: each message one fate, each frame once."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg import sql
from tests.ingest.conftest import NOW_NS, Hub, make_dead_letter, make_uplink

from regionhub.envelope import Envelope
from regionhub.errors import StoreUnavailable
from regionhub.readings import Measurement
from regionhub.store.batch import Item, NewDeviceEvent, NewIgnored, Outcome
from regionhub.store.database import Database
from regionhub.store.ingest import IngestStore
from regionhub.uplinks import DeviceEvent, Reception

R = "store_rejected"


def test_a_frame_is_stored_with_its_reading_and_the_state_of_its_device(hub: Hub) -> None:
    outcome = hub.store.commit([make_uplink(hub, at=1, value=21.5)])

    assert outcome == [("stored", "")]
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

    assert hub.store.commit([first, late_copy]) == [("stored", ""), ("duplicate", "frame")]
    assert hub.store.commit([late_copy]) == [("duplicate", "frame")]
    assert hub.rows("select count(*)::int from core.uplink") == [(1,)]


def test_a_stuck_counter_is_not_a_duplicate_after_ten_minutes(hub: Hub) -> None:
    hub.store.commit([make_uplink(hub, at=0, f_cnt=0)])

    assert hub.store.commit([make_uplink(hub, at=601, f_cnt=0)]) == [("stored", "")]


def test_a_new_session_starts_the_counter_again(hub: Hub) -> None:
    hub.store.commit([make_uplink(hub, at=0, f_cnt=0, dev_addr="00000001")])

    assert hub.store.commit([make_uplink(hub, at=60, f_cnt=0, dev_addr="00000002")]) == [
        ("stored", "")
    ]
    assert hub.store.commit([make_uplink(hub, at=61, f_cnt=0, dev_addr=None)]) == [
        ("duplicate", "frame")
    ]


def test_without_a_counter_the_same_payload_within_a_minute_is_a_duplicate(hub: Hub) -> None:
    hub.store.commit([make_uplink(hub, at=0, f_cnt=None)])

    outcomes = hub.store.commit(
        [make_uplink(hub, at=59, f_cnt=None), make_uplink(hub, at=61, f_cnt=None)]
    )

    assert outcomes == [("duplicate", "frame"), ("stored", "")]


def test_an_event_that_took_its_time_from_its_arrival_is_known_by_its_id(hub: Hub) -> None:
    hub.store.commit([make_uplink(hub, at=0, f_cnt=3, time_source="arrival", event_id="e1")])

    again = make_uplink(hub, at=7200, f_cnt=3, time_source="arrival", event_id="e1")

    assert hub.store.commit([again]) == [("duplicate", "frame")]


def test_what_took_the_time_of_its_arrival_and_is_fetched_later_is_stored_once(hub: Hub) -> None:
    """The clock of its server was ahead: nothing says so when the frame is fetched."""
    hub.store.commit([make_uplink(hub, at=0, f_cnt=3, time_source="arrival", event_id="e1")])
    fetched = make_uplink(hub, at=7200, f_cnt=3, event_id="e1")
    fetched = fetched._replace(envelope=fetched.envelope._replace(backfill=True))

    assert hub.store.commit([fetched]) == [("duplicate", "frame")]


def test_an_id_that_a_server_gives_again_is_another_event(hub: Hub) -> None:
    hub.store.commit([make_uplink(hub, at=0, f_cnt=3, time_source="arrival", event_id="1")])

    other = make_uplink(hub, at=7200, f_cnt=4, time_source="arrival", event_id="1")

    assert hub.store.commit([other]) == [("stored", "")]


def test_devices_whose_events_have_one_id_are_two(hub: Hub) -> None:
    """Where a server counts the events of each device by itself."""
    said: dict[str, Any] = {"time_source": "arrival", "event_id": "17", "f_cnt": None}
    hub.owner.execute(
        "insert into core.device (tenant_id, dev_eui, name, profile_id, interval_seconds) "
        "select tenant_id, '24e124136d0c0001', 'other', profile_id, interval_seconds "
        "from core.device"
    )

    for device in hub.store.devices().values():
        item = make_uplink(hub, payload=b"a", **said)._replace(device=device)
        assert hub.store.commit([item]) == [("stored", "")]


@pytest.mark.parametrize(
    ("changes", "envelope", "outcome"),
    [
        ({}, {"redelivered": True}, ("duplicate", "frame")),
        ({"f_cnt": 4}, {"redelivered": True}, ("stored", "")),
        ({"dev_addr": "00000002"}, {"redelivered": True}, ("stored", "")),
        ({"time_source": "network"}, {"redelivered": True}, ("stored", "")),
        # a counter that stands still: only a delivery that says so is one more of the same message
        ({}, {"redelivered": False}, ("stored", "")),
        ({}, {"redelivered": True, "backfill": True}, ("stored", "")),
    ],
)
def test_a_frame_without_time_and_id_that_is_delivered_again_after_an_outage(
    hub: Hub, changes: dict[str, Any], envelope: dict[str, Any], outcome: Outcome
) -> None:
    hub.store.commit([make_uplink(hub, at=0, f_cnt=3, time_source="arrival")])

    said: dict[str, Any] = {"f_cnt": 3, "time_source": "arrival"} | changes
    again = make_uplink(hub, at=7200, **said)
    again = again._replace(envelope=again.envelope._replace(**envelope))

    assert hub.store.commit([again]) == [outcome]


def test_of_two_frames_of_one_moment_the_later_one_is_the_state_of_the_device(hub: Hub) -> None:
    hub.store.commit([make_uplink(hub, at=0, f_cnt=f_cnt) for f_cnt in (5, 7, 6)])

    assert hub.rows("select f_cnt from core.device_state") == [(6,)]


def test_an_older_frame_does_not_replace_the_newest_value(hub: Hub) -> None:
    hub.store.commit([make_uplink(hub, at=1000, value=20)])
    hub.store.commit([make_uplink(hub, at=0, value=19)])

    assert hub.rows("select value from core.latest") == [(20.0,)]
    assert hub.rows("select f_cnt from core.device_state") == [(1000,)]
    assert hub.rows("select count(*)::int from core.reading") == [(2,)]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("seconds", [0.0, 2e-7])
def test_of_two_frames_of_one_moment_the_first_gives_the_reading(
    hub: Hub, together: bool, seconds: float
) -> None:
    """Also of two that the network server puts closer together than the database can."""
    first, second = (
        make_uplink(hub, at=at, f_cnt=f_cnt, value=value)
        for at, f_cnt, value in ((1000, 1, 20.0), (1000, 2, 21.0))
    )
    first, second = (
        item._replace(measurements=(item.measurements[0]._replace(time_ns=None),))
        for item in (first, second)
    )
    uplink = second.uplink._replace(time_ns=second.uplink.time_ns + round(seconds * 1e9))
    for batch in [[first, second._replace(uplink=uplink)]] if together else [[first], [second]]:
        assert {fate for fate, _ in hub.store.commit(batch)} == {"stored"}

    assert hub.rows("select value from core.reading") == [(20.0,)]
    assert hub.rows("select value from core.latest") == [(20.0,)]
    assert hub.rows("select count(*)::int from core.uplink") == [(2,)]


def test_a_moment_that_a_replay_has_just_filled_stays(hub: Hub) -> None:
    """A replay brings the newest values up to date at its end only."""
    hub.store.commit([make_uplink(hub, at=0, value=20)])
    hub.owner.execute(
        "insert into core.reading (datastream_id, tenant_id, time, value, quality) "
        "select datastream_id, tenant_id, time + interval '10 s', 7, 1 from core.reading"
    )

    assert hub.store.commit([make_uplink(hub, at=10, value=21), make_uplink(hub, at=11)]) == [
        ("stored", ""),
        ("stored", ""),
    ]
    values = hub.rows("select value from core.reading order by time")
    assert values[:2] == [(20.0,), (7.0,)]
    assert len(values) == 3


def test_a_frame_that_was_kept_for_us_was_heard_when_it_was_sent(hub: Hub) -> None:
    """Else a sensor that fell silent while ingest was down would seem to be well."""
    kept, ahead = make_uplink(hub, at=-7200, f_cnt=1), make_uplink(hub, at=60)
    arrival = Envelope(topic="t", body=b"{}", received_ns=NOW_NS)

    hub.store.commit([kept._replace(envelope=arrival)])
    seen = "select extract(epoch from last_seen_at)::float8 from core.device_state"
    assert hub.rows(seen) == [(NOW_NS / 1e9 - 7200,)]

    hub.store.commit([ahead._replace(envelope=arrival)])
    assert hub.rows(seen) == [(NOW_NS / 1e9,)]


def test_values_are_kept_in_the_unit_of_their_quantity(hub: Hub) -> None:
    """Several units in one batch, beside a value that is missing; flags are for what is kept."""
    first, second = make_uplink(hub, at=0), make_uplink(hub, at=600)
    said = (
        Measurement("air_temperature", 20.0, "degC"),
        Measurement("soil_moisture_vwc", 0.27415, "m3/m3"),
        Measurement("pressure_difference", -0.971000492573, "bar"),
    )
    also = (
        Measurement("air_temperature", 293.65, "K"),
        Measurement("soil_moisture_vwc", 27.5, "%"),
        Measurement("pressure_difference", None, "bar", "invalid", "channel error"),
    )
    hub.store.commit([first._replace(measurements=said), second._replace(measurements=also)])

    kept = (
        "select quantity, value, quality from core.reading "
        "join core.datastream using (datastream_id) order by quantity, time"
    )
    assert hub.rows(kept) == [
        ("air_temperature", 20.0, 1),
        ("air_temperature", 20.5, 1),
        ("pressure_difference", -971.000492573, 1),
        ("pressure_difference", None, 9),
        ("soil_moisture_vwc", 27.415, 1),
        ("soil_moisture_vwc", 27.5, 1),
    ]


def test_a_unit_that_a_quantity_cannot_have_costs_one_message(hub: Hub) -> None:
    wrong = make_uplink(hub, at=600)
    wrong = wrong._replace(measurements=(Measurement("air_temperature", 1.0, "bar"),))

    assert hub.store.commit([make_uplink(hub, at=0), wrong]) == [
        ("stored", ""),
        ("dead_letter", "store_rejected"),
    ]
    assert hub.rows("select detail from core.dead_letter") == [
        ("air_temperature cannot be measured in bar",)
    ]


def test_impossible_values_are_kept_and_flagged(hub: Hub) -> None:
    hub.store.commit([make_uplink(hub, at=0, value=20), make_uplink(hub, at=600, value=327.67)])

    assert hub.rows("select value, quality, tests from core.reading order by time") == [
        (20.0, 1, 0),
        (327.67, 4, 2),
    ]


def test_quality_tests_remember_across_batches(hub: Hub) -> None:
    hub.store.commit([make_uplink(hub, at=0, value=10)])
    hub.store.commit([make_uplink(hub, at=900, value=30)])

    assert hub.rows("select quality, tests from core.reading order by time") == [(1, 0), (3, 4)]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    said=st.lists(
        st.tuples(st.integers(0, 6), st.sampled_from([20.0, 20.05, 20.08, 20.1, 26.0, 70.0])),
        min_size=2,
        max_size=16,
    ),
    size=st.integers(2, 8),
)
# a slow drift that counts as flat if the last value is what the next one is compared with
@example(said=[(n, 20.0 + n * 0.08) for n in range(7)], size=7)
# two late ones of one moment
@example(said=[(2, 20.0), (0, 20.0), (1, 26.0), (1, 20.05)], size=4)
@example(said=[(2, 20.0), (3, 20.0), (1, 26.0), (1, 20.05)], size=2)
def test_what_is_kept_does_not_depend_on_how_messages_fall_into_batches(
    hub: Hub, said: list[tuple[int, float]], size: int
) -> None:
    """Late ones and several of one moment too; the memory of the quality tests goes on."""
    items = [
        item._replace(
            measurements=(item.measurements[0]._replace(quantity="soil_moisture_vwc", unit="%"),)
        )
        for item in (
            make_uplink(hub, at=12 * 3600 * turn, f_cnt=number, value=value)
            for number, (turn, value) in enumerate(said)
        )
    ]
    found = []
    for length in (1, size):
        hub.empty()
        for start in range(0, len(items), length):
            hub.store.commit(items[start : start + length])
        found.append(
            [
                hub.rows("select time, value, quality, tests from core.reading order by 1"),
                hub.rows(
                    "select time, value, quality, received_at, believed_at, believed_value, "
                    "unchanged_since, unchanged_value from core.latest"
                ),
            ]
        )
    assert found[1] == found[0]


def test_a_refused_row_becomes_a_dead_letter_and_the_others_stay(hub: Hub) -> None:
    poison = make_uplink(hub, at=1, event_id="nul \x00 byte")

    outcomes = hub.store.commit([make_uplink(hub, at=0), poison, make_uplink(hub, at=2)])

    assert outcomes == [("stored", ""), ("dead_letter", "store_rejected"), ("stored", "")]
    assert hub.rows("select count(*)::int from core.uplink") == [(2,)]
    assert hub.rows("select reason from core.dead_letter") == [("store_rejected",)]
    assert sum(hub.fates().values()) == 3


def test_nothing_is_left_of_a_batch_that_did_not_commit(hub: Hub) -> None:
    hub.owner.execute("begin")
    hub.owner.execute("lock table core.ingest_fate in access exclusive mode")
    try:
        with pytest.raises(StoreUnavailable):
            _blocked(hub)
    finally:
        hub.owner.execute("rollback")

    assert hub.rows("select count(*)::int from core.reading") == [(0,)]
    assert hub.store.commit([make_uplink(hub)]) == [("stored", "")]


def _blocked(hub: Hub) -> None:
    # the last statement of a batch counts its fates; killing the session there loses all of it
    def kill() -> None:
        with psycopg.connect(hub.url, autocommit=True) as other:
            for _ in range(100):
                killed = other.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where datname = current_database() and wait_event_type = 'Lock'"
                ).fetchall()
                if killed:
                    return
                threading.Event().wait(0.05)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        hub.store.commit([make_uplink(hub)])
    finally:
        killer.join()


def test_dead_letters_keep_the_bytes_and_count_copies(hub: Hub) -> None:
    hub.store.commit([make_dead_letter(hub, b"\x00\xff not text")])
    hub.store.commit([make_dead_letter(hub, b"\x00\xff not text")])

    rows = hub.rows("select body, body_bytes, copies, detail from core.dead_letter")
    assert rows == [(b"\x00\xff not text", 11, 2, "no JSON")]
    assert hub.fates() == {("dead_letter", "not_parseable"): 2}


def test_a_redelivered_dead_letter_counts_as_a_duplicate(hub: Hub) -> None:
    hub.store.commit([make_dead_letter(hub)])

    assert hub.store.commit([make_dead_letter(hub, redelivered=True)]) == [
        ("duplicate", "not_parseable")
    ]
    assert hub.rows("select copies from core.dead_letter") == [(1,)]


def test_a_huge_message_keeps_its_true_length(hub: Hub) -> None:
    hub.store.commit([make_dead_letter(hub, b"x" * 100_000)])

    assert hub.rows("select length(body), body_bytes from core.dead_letter") == [(65536, 100_000)]


def test_two_events_that_took_the_time_of_one_arrival_are_two(hub: Hub) -> None:
    def status(event_id: str) -> NewDeviceEvent:
        event = DeviceEvent(
            kind="status", dev_eui=hub.device.dev_eui, time_ns=NOW_NS, event_id=event_id
        )
        envelope = make_dead_letter(hub).envelope
        return NewDeviceEvent(source=hub.source, device=hub.device, envelope=envelope, event=event)

    stored, duplicate = ("stored", "status"), ("duplicate", "status")
    assert hub.store.commit([status("a"), status("b"), status("a")]) == [stored, stored, duplicate]
    assert hub.store.commit([status("b"), status("c")]) == [duplicate, stored]
    assert hub.rows("select event_id from core.device_event order by time") == [
        ("a",),
        ("b",),
        ("c",),
    ]


def test_device_events_change_the_state_once(hub: Hub) -> None:
    def event(**fields: object) -> NewDeviceEvent:
        return NewDeviceEvent(
            source=hub.source,
            device=hub.device,
            envelope=make_dead_letter(hub).envelope,
            event=DeviceEvent(dev_eui=hub.device.dev_eui, **fields),  # type: ignore[arg-type]
        )

    status = event(kind="status", time_ns=NOW_NS, event_id="s1", battery_level=88.0, margin=7)
    join = event(kind="join", time_ns=NOW_NS, event_id="j1", dev_addr="0071b2d9")
    place = event(kind="location", time_ns=NOW_NS, latitude=51.2, longitude=7.6)

    assert hub.store.commit([status, status, join, place]) == [
        ("stored", "status"),
        ("duplicate", "status"),
        ("stored", "join"),
        ("stored", "location"),
    ]
    assert hub.rows(
        "select battery_level, margin_db, dev_addr, reported_latitude from core.device_state"
    ) == [(88.0, 7, "0071b2d9", 51.2)]


def test_every_message_is_counted_exactly_once(hub: Hub) -> None:
    items: list[Item] = [
        make_uplink(hub, at=0),
        make_uplink(hub, at=0),
        make_dead_letter(hub),
        NewIgnored(source=hub.source, reason="txack"),
    ]

    outcomes = hub.store.commit(items)

    assert hub.fates() == dict.fromkeys(outcomes, 1)
    assert len(outcomes) == len(items)


def test_batches_are_not_compiled(hub: Hub) -> None:
    with hub.database.transaction() as connection:
        assert connection.execute("show jit").fetchone() == {"jit": "off"}


def test_the_registry_changes_when_a_change_is_committed(hub: Hub) -> None:
    before = hub.store.registry_version()
    with psycopg.connect(hub.url) as another:
        another.execute("update core.device set active = false")
        another.execute("update core.source set enabled = false where tenant_id = 1")
        while_open = hub.store.registry_version()
        assert hub.device.dev_eui in hub.store.devices()
    assert while_open == before
    assert hub.store.registry_version() > before
    assert hub.device.dev_eui not in hub.store.devices()

    after = hub.store.registry_version()
    hub.owner.execute("delete from core.device")
    assert hub.store.registry_version() > after


def test_a_batch_with_a_refused_message_is_one_transaction(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [make_uplink(hub, at=i, bw_hz=4_000_000_000 if i == 5 else None) for i in range(8)]

    def away(*_: object) -> Item:
        raise StoreUnavailable

    with monkeypatch.context() as patched:
        patched.setattr("regionhub.store.ingest._refused", away)
        with pytest.raises(StoreUnavailable):
            hub.store.commit(items)

    assert hub.fates() == {}
    assert Counter(hub.store.commit(items)) == {("stored", ""): 7, ("dead_letter", R): 1}
    assert hub.fates() == {("stored", ""): 7, ("dead_letter", R): 1}


def test_a_message_of_a_device_that_is_gone_is_a_dead_letter(hub: Hub) -> None:
    uplink = make_uplink(hub)
    hub.owner.execute("delete from core.device")

    assert hub.store.commit([uplink]) == [("dead_letter", R)]
    assert hub.rows("select dev_eui from core.dead_letter") == [(None,)]


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

    assert outcomes == [("stored", ""), ("duplicate", "frame"), ("duplicate", "frame")]
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

    assert outcomes == [("stored", "")] + [("duplicate", "frame")] * (len(copies) - 1)
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


def test_a_database_that_only_reads_is_waited_for(hub: Hub) -> None:
    name = sql.Identifier(hub.owner.info.dbname)
    hub.owner.execute(
        sql.SQL("alter database {} set default_transaction_read_only = on").format(name)
    )
    with Database(hub.url, size=1, role="ingest") as standby, pytest.raises(StoreUnavailable):
        IngestStore(standby).commit([make_uplink(hub)])
