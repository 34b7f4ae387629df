"""What a batch leaves in the database: each message one fate, each refusal a dead letter."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace

import psycopg
import pytest
from psycopg import sql
from tests.ingest.conftest import EM300, NOW_NS, Intake, make_dead_letter, make_uplink
from tests.ingest.recorded import ledger
from tests.messages import STORED, dead_letter

from regionhub.archive.items import Item, NewDeviceEvent, NewIgnored, Outcome
from regionhub.archive.write import letters
from regionhub.archive.write.frames import Frames
from regionhub.archive.write.ingest import IngestStore
from regionhub.errors import StoreError, StoreUnavailable
from regionhub.store.database import Database, select_value
from regionhub.uplinks import DeviceEvent

R = "store_rejected"


def test_a_refused_row_becomes_a_dead_letter_and_the_others_stay(intake: Intake) -> None:
    poison = make_uplink(intake, at=1, dev_addr="nul \x00 byte")

    outcomes = intake.store.commit([make_uplink(intake, at=0), poison, make_uplink(intake, at=2)])

    assert outcomes == [STORED, dead_letter("store_rejected"), STORED]
    assert intake.rows("select count(*)::int from core.uplink") == [(2,)]
    assert intake.rows("select reason from core.dead_letter") == [("store_rejected",)]
    assert sum(intake.fates().values()) == 3


@pytest.mark.parametrize(
    ("field", "number"),
    [
        ("f_port", 2**15),
        ("bw_hz", 2**31),
        ("f_cnt", 2**63),
        ("frequency_hz", 2**70),
        ("time_ns", 2**70),
        ("time_ns", -(2**70)),
    ],
)
def test_a_number_that_no_column_can_hold_is_refused(
    intake: Intake, field: str, number: int
) -> None:
    poison = make_uplink(intake, at=1, **{field: number})

    outcomes = intake.store.commit([make_uplink(intake, at=0), poison, make_uplink(intake, at=2)])

    assert outcomes == [STORED, dead_letter(R), STORED]


def test_a_frame_that_the_database_refuses_is_no_loss_on_the_air(intake: Intake) -> None:
    widths = {-1802: 4_000_000_000}
    intake.store.commit(
        [
            make_uplink(intake, at=at, f_cnt=1810 + at, bw_hz=widths.get(at))
            for at in range(-1803, -1800)
        ]
    )

    letters = "select dev_eui, f_cnt::int, dev_addr, extract(epoch from frame_time)::float8 as at "
    assert intake.rows(letters + "from core.dead_letter") == [
        (EM300, 8, "01a4c3f2", NOW_NS / 1e9 - 1802)
    ]
    row = ledger(intake)
    assert (row.received, row.waiting, row.missing) == (3, 1, 0)


def test_nothing_is_left_of_a_batch_that_did_not_commit(intake: Intake) -> None:
    intake.owner.execute("begin")
    intake.owner.execute("lock table core.ingest_fate in access exclusive mode")
    try:
        with pytest.raises(StoreUnavailable):
            _blocked(intake)
    finally:
        intake.owner.execute("rollback")

    assert intake.rows("select count(*)::int from core.reading") == [(0,)]
    assert intake.store.commit([make_uplink(intake)]) == [STORED]


def _blocked(intake: Intake) -> None:
    # the last statement of a batch counts its fates; killing the session there loses all of it
    def kill() -> None:
        with psycopg.connect(intake.url, autocommit=True) as other:
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
        intake.store.commit([make_uplink(intake)])
    finally:
        killer.join()


def test_dead_letters_keep_the_bytes_and_count_copies(intake: Intake) -> None:
    intake.store.commit([make_dead_letter(intake, b"\x00\xff not text")])
    intake.store.commit([make_dead_letter(intake, b"\x00\xff not text")])

    rows = intake.rows("select body, body_bytes, copies, detail from core.dead_letter")
    assert rows == [(b"\x00\xff not text", 11, 2, "no JSON")]
    assert intake.fates() == {("dead_letter", "not_parseable"): 2}


def test_a_redelivered_dead_letter_counts_as_a_duplicate(intake: Intake) -> None:
    intake.store.commit([make_dead_letter(intake)])

    assert intake.store.commit([make_dead_letter(intake, kind="redelivered")]) == [
        Outcome("duplicate", "not_parseable", "letter")
    ]
    assert intake.rows("select copies from core.dead_letter") == [(1,)]


def test_garbage_of_one_source_fills_no_disk(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "LETTERS_A_DAY", 6)
    monkeypatch.setattr(letters, "BYTES_A_DAY", 5_000)
    garbage = [make_dead_letter(intake, b"%d" % i + b"x" * 1_999) for i in range(9)]
    parse = dead_letter("not_parseable")
    over = Outcome("ignored", "over_allowance", "nothing")
    assert intake.store.commit(garbage[:4]) == [parse] * 4
    assert intake.store.commit(garbage[4:]) == [parse, parse, over, over, over]
    kept = "select length(body), body_bytes from core.dead_letter order by dead_letter_id"
    assert intake.rows(kept) == [(2000, 2000)] * 2 + [(1024, 2000)] * 4
    assert intake.fates() == {
        ("dead_letter", "not_parseable"): 6,
        ("ignored", "over_allowance"): 3,
    }
    # another source, an import and the next day have their own
    beside = intake.source_beside()
    assert intake.store.commit([replace(garbage[8], source=beside)]) == [parse]
    assert intake.store.commit([make_dead_letter(intake, b"i", "imported")]) == [parse]
    intake.owner.execute("update core.letter_count set day = day - 1")
    assert intake.store.commit([make_dead_letter(intake, b"tomorrow")]) == [parse]


def test_a_huge_message_keeps_its_true_length(intake: Intake) -> None:
    intake.store.commit([make_dead_letter(intake, b"x" * 300_000)])

    assert intake.rows("select length(body), body_bytes from core.dead_letter") == [
        (262_144, 300_000)
    ]


def test_two_events_that_took_the_time_of_one_arrival_are_two(intake: Intake) -> None:
    def status(event_id: str) -> NewDeviceEvent:
        event = DeviceEvent(
            kind="status", dev_eui=intake.device.dev_eui, time_ns=NOW_NS, event_id=event_id
        )
        envelope = make_dead_letter(intake).envelope
        return NewDeviceEvent(
            source=intake.source, device=intake.device, envelope=envelope, event=event
        )

    stored, duplicate = (Outcome(fate, "status", "event") for fate in ("stored", "duplicate"))
    assert intake.store.commit([status("a"), status("b"), status("a")]) == [
        stored,
        stored,
        duplicate,
    ]
    assert intake.store.commit([status("b"), status("c")]) == [duplicate, stored]
    assert intake.rows("select event_id from core.device_event order by time") == [
        ("a",),
        ("b",),
        ("c",),
    ]


def test_device_events_change_the_state_once(intake: Intake) -> None:
    def event(**fields: object) -> NewDeviceEvent:
        return NewDeviceEvent(
            source=intake.source,
            device=intake.device,
            envelope=make_dead_letter(intake).envelope,
            event=DeviceEvent(dev_eui=intake.device.dev_eui, **fields),  # type: ignore[arg-type]
        )

    status = event(kind="status", time_ns=NOW_NS, event_id="s1", battery_level=88.0, margin=7)
    join = event(kind="join", time_ns=NOW_NS, event_id="j1", dev_addr="0071b2d9")
    place = event(kind="location", time_ns=NOW_NS, latitude=51.2, longitude=7.6)

    assert intake.store.commit([status, status, join, place]) == [
        Outcome("stored", "status", "event"),
        Outcome("duplicate", "status", "event"),
        Outcome("stored", "join", "event"),
        Outcome("stored", "location", "event"),
    ]
    assert intake.rows(
        "select battery_level, margin_db, dev_addr, reported_latitude from core.device_state"
    ) == [(88.0, 7, "0071b2d9", 51.2)]


def test_every_message_is_counted_exactly_once(intake: Intake) -> None:
    items: list[Item] = [
        make_uplink(intake, at=0),
        make_uplink(intake, at=0),
        make_dead_letter(intake),
        NewIgnored(source=intake.source, reason="txack"),
    ]

    outcomes = intake.store.commit(items)

    assert intake.fates() == {(outcome.fate, outcome.reason): 1 for outcome in outcomes}
    assert len(outcomes) == len(items)


def test_batches_are_not_compiled(intake: Intake) -> None:
    with intake.database.transaction() as connection:
        assert select_value(connection, str, "show jit") == "off"


def test_no_statement_meets_a_limit_of_unpacked_rows(intake: Intake) -> None:
    """On TimescaleDB it would meet it with every try: ingest, replay and retention would stop."""
    setting = "select current_setting('timescaledb.max_tuples_decompressed_per_dml_transaction')"
    with intake.database.transaction() as connection:
        for each in (intake.owner, connection):
            assert select_value(each, str, setting) == "0"


def test_the_registry_changes_when_a_change_is_committed(intake: Intake) -> None:
    before = intake.store.registry_version()
    with psycopg.connect(intake.url) as another:
        another.execute("update core.device set active = false")
        another.execute("update core.source set enabled = false where tenant_id = 1")
        while_open = intake.store.registry_version()
        assert (intake.device.tenant_id, intake.device.dev_eui) in intake.store.devices()
    assert while_open == before
    assert intake.store.registry_version() > before
    assert intake.store.devices() == {}

    after = intake.store.registry_version()
    intake.owner.execute("delete from core.device")
    assert intake.store.registry_version() > after


def test_a_batch_with_a_refused_message_is_one_transaction(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [make_uplink(intake, at=i, bw_hz=4_000_000_000 if i == 5 else None) for i in range(8)]

    def away(*_: object) -> Item:
        raise StoreUnavailable

    with monkeypatch.context() as patched:
        patched.setattr("regionhub.archive.write.ingest._refused", away)
        with pytest.raises(StoreUnavailable):
            intake.store.commit(items)

    assert intake.fates() == {}
    assert Counter(intake.store.commit(items)) == {STORED: 7, dead_letter(R): 1}
    assert intake.fates() == {("stored", ""): 7, ("dead_letter", R): 1}


def test_a_message_at_which_the_program_fails_costs_no_other(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Frames.write

    def fails_at_three(frames: Frames) -> object:
        if any(item.uplink.f_cnt == 3 for item in frames._items):
            raise ZeroDivisionError
        return write(frames)

    monkeypatch.setattr(Frames, "write", fails_at_three)
    outcomes = intake.store.commit([make_uplink(intake, at=i) for i in range(5)])
    assert outcomes == [STORED, STORED, STORED, dead_letter("unexpected"), STORED]


def test_a_right_that_is_missing_makes_no_dead_letters(intake: Intake) -> None:
    intake.owner.execute("revoke insert on core.uplink from rh_ingest")
    with pytest.raises(StoreError):
        intake.store.commit([make_uplink(intake)])
    assert intake.fates() == {}


def test_a_message_of_a_device_that_is_gone_is_a_dead_letter(intake: Intake) -> None:
    uplink = make_uplink(intake)
    intake.owner.execute("delete from core.device")

    assert intake.store.commit([uplink]) == [dead_letter(R)]
    assert intake.rows("select dev_eui from core.dead_letter") == [(None,)]


def test_a_database_that_only_reads_is_waited_for(intake: Intake) -> None:
    name = sql.Identifier(intake.owner.info.dbname)
    intake.owner.execute(
        sql.SQL("alter database {} set default_transaction_read_only = on").format(name)
    )
    with Database(intake.url, size=1, role="ingest") as standby, pytest.raises(StoreUnavailable):
        IngestStore(standby).commit([make_uplink(intake)])
