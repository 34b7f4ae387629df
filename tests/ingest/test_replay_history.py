"""Decoded again: readings that a device stored and sent later, with times of their own."""

from __future__ import annotations

import struct
import time
from typing import Any

import pytest
from tests.ingest.conftest import NOW_NS, Intake
from tests.ingest.replays import (
    DOUBLE,
    NO_HUMIDITY,
    RIGHT,
    WRONG,
    counts,
    history,
    payload,
    readings,
    run,
    store,
    variant,
)

from regionhub.archive.replay import match
from regionhub.times import to_datetime


def test_stored_readings_of_a_device_keep_their_own_times(intake: Intake) -> None:
    frames = {0.0: payload(20), 7200.0: history((-1200, 20), (-600, 20.5)), 7800.0: payload(21)}
    late = variant("an-hour-off", "time: unixTime(bytes, at)", "time: unixTime(bytes, at) - 3600")
    store(intake, frames, late)

    row = run(intake, RIGHT)

    # temperature and humidity of two records: at the right time now, missing at the wrong one
    assert counts(row) == {"changed": 1, "unchanged": 2, "readings_added": 4, "readings_missing": 4}
    assert readings(intake) == [(None, 9, 0)] * 2 + [
        (20, 1, 0),
        (20.5, 1, 0),
        (20, 1, 0),
        (21, 1, 0),
    ]


def test_stored_readings_that_the_new_codec_does_not_give_are_missing(intake: Intake) -> None:
    frames = {0.0: payload(20), 7200.0: history((-1200, 90), (-600, 91)), 7800.0: payload(21)}
    store(intake, frames)
    without = variant("no-history", "(data.history = data.history || []).push(record);", "")

    row = run(intake, without)

    assert counts(row) == {"changed": 1, "unchanged": 2, "readings_missing": 4}
    assert readings(intake) == [(None, 9, 0), (None, 9, 0), (20, 1, 0), (21, 1, 0)]
    assert counts(run(intake, without)) == {"unchanged": 3}


def test_stored_readings_beside_a_value_of_now_are_missing_too(intake: Intake) -> None:
    frames = {0.0: payload(20), 7200.0: history((-1200, 90), (-600, 91)) + payload(20.5)}
    store(intake, frames)
    without = variant("no-history", "(data.history = data.history || []).push(record);", "")

    assert counts(run(intake, without)) == {"changed": 1, "unchanged": 1, "readings_missing": 4}
    assert readings(intake) == [(None, 9, 0), (None, 9, 0), (20, 1, 0), (20.5, 1, 0)]
    assert counts(run(intake, without)) == {"unchanged": 2}
    assert counts(run(intake, RIGHT)) == {"changed": 1, "unchanged": 1, "readings_changed": 4}


def test_stored_readings_are_found_wherever_a_wrong_codec_put_them(intake: Intake) -> None:
    off = variant(
        "years-off", "time: unixTime(bytes, at)", "time: unixTime(bytes, at) - 3 * 365 * 86400"
    )
    store(intake, {0.0: history((-1200, 20)), 600.0: history((-600, 21))}, off)

    assert counts(run(intake, RIGHT)) == {
        "changed": 2,
        "readings_added": 4,
        "readings_missing": 4,
    }
    assert [value for value, _, _ in readings(intake)] == [None, None, 20, 21]
    # and back: what a replay put somewhere is found by the next
    assert counts(run(intake, off)) == {
        "changed": 2,
        "readings_changed": 4,
        "readings_missing": 4,
    }
    assert [value for value, _, _ in readings(intake)] == [20, 21, None, None]


def test_a_stored_reading_at_an_impossible_time_stays_out(intake: Intake) -> None:
    at_1970 = 100 - NOW_NS / 1e9
    store(intake, {0.0: history((at_1970, 20), (-600, 21))}, WRONG)

    assert counts(run(intake, RIGHT)) == {"changed": 1, "readings_changed": 1}
    assert readings(intake) == [(21, 1, 0)]


def test_a_frame_may_lose_its_own_value_beside_stored_readings(intake: Intake) -> None:
    store(intake, {7200.0: payload(20) + history((-1200, 19), (-600, 19.5))})
    without = variant("only-history", "data.temperature = signed(bytes, at) / 10", "var unused = 0")

    row = run(intake, without)

    assert row.state == "done"
    assert readings(intake)[-1] == (None, 9, 0)
    assert counts(run(intake, without)) == {"unchanged": 1}


def test_of_two_stored_readings_of_one_moment_the_first_stays(intake: Intake) -> None:
    store(intake, {7200.0: history((-600, 19), (-600, 20))})

    assert counts(run(intake, RIGHT)) == {"unchanged": 1}
    assert readings(intake) == [(19, 1, 0)]


WITHOUT = variant("no-history", "(data.history = data.history || []).push(record);", "")


def test_a_flag_stays_when_history_of_long_ago_goes(intake: Intake) -> None:
    """The value before it is older than the period, or than the chunk."""
    for before in (30 * 86_400, 1200):
        intake.empty()
        store(intake, {0.0: payload(20), 600.0: history((-before, 20)) + payload(34)})
        assert readings(intake)[-1] == (34.0, 3, 4)
        run(intake, WITHOUT, from_time=to_datetime(NOW_NS + 300 * 10**9))
        assert readings(intake)[-1] == (34.0, 3, 4)


def test_a_flag_stays_when_history_older_than_the_chunk_goes(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regionhub_ingest.replay.CHUNK_SIZE", 1)
    store(intake, {0.0: payload(20), 600.0: history((-1200, 20)) + payload(34)})
    run(intake, WITHOUT)
    assert readings(intake)[-1] == (34.0, 3, 4)


@pytest.mark.parametrize("slot", [-600, 600])
def test_a_moment_that_one_frame_leaves_is_free_for_another(
    intake: Intake, monkeypatch: pytest.MonkeyPatch, slot: int
) -> None:
    """Records every ten minutes, which a faulty codec put one place off."""
    frames = {600.0 * n: history((600.0 * n - 1300, 20 + n / 10)) + payload(20) for n in range(8)}
    off = variant("slot-off", "time: unixTime(bytes, at)", f"time: unixTime(bytes, at) + {slot}")
    records = (
        "select value, f_cnt::int from core.reading join core.datastream using (datastream_id) "
        "join core.uplink using (uplink_id) where quantity = 'air_temperature' "
        "and core.reading.time <> core.uplink.time and value is not null order by core.reading.time"
    )
    store(intake, frames, RIGHT)
    expected = intake.rows(records)
    assert len(expected) == 8

    for chunk, runs in ((50, 1), (3, 2)):
        intake.empty()
        monkeypatch.setattr("regionhub_ingest.replay.CHUNK_SIZE", chunk)
        store(intake, frames, off)
        # over the border of a chunk it takes a second run
        for _ in range(runs):
            row = run(intake, RIGHT)
        assert intake.rows(records) == expected
        first = row.replay_id - runs + 1
        kept = (
            "select count(*)::int from core.reading_version "
            "where replay_id = %s and value is not null"
        )
        assert intake.rows(kept, first)[0][0] >= 8
        assert counts(run(intake, RIGHT)) == {"unchanged": 8}


def test_new_datastreams_while_the_chunk_before_is_written(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come into being between two looks of the thread that writes."""
    monkeypatch.setattr("regionhub_ingest.replay.CHUNK_SIZE", 2)
    store(intake, {600.0 * n: payload(20)[:4] for n in range(4)}, WRONG)
    store(intake, {600.0 * n: payload(20) for n in range(4, 8)}, NO_HUMIDITY)
    stored_readings = match.stored_readings

    def slow(*arguments: Any) -> Any:
        time.sleep(0.2)
        return stored_readings(*arguments)

    monkeypatch.setattr(match, "stored_readings", slow)
    assert counts(run(intake, RIGHT)) == {
        "changed": 8,
        "readings_changed": 4,
        "readings_added": 4,
    }


def test_flags_are_not_judged_by_history_that_is_corrected_too(intake: Intake) -> None:
    frames = {600.0 * n: history((600.0 * n - 300, 20)) + payload(20) for n in range(4)}
    store(intake, frames, DOUBLE)
    run(intake, RIGHT)
    assert readings(intake) == [(20, 1, 0)] * 8


def record(at: int, humidity: float) -> bytes:
    """A stored reading of 20 degrees."""
    when = NOW_NS // 10**9 + at
    return b"\x20\xce" + struct.pack("<IhBB", when, 200, round(humidity * 2), 0)


def test_records_beside_a_value_that_is_new_are_judged_anew(intake: Intake) -> None:
    frame = payload(20, 50) + record(300, 50) + record(900, 90)
    store(intake, {1200.0: frame}, RIGHT)
    expected = readings(intake, "relative_humidity")
    intake.empty()
    store(intake, {1200.0: frame}, NO_HUMIDITY)
    assert readings(intake, "relative_humidity")[1] == (90, 3, 4)

    run(intake, RIGHT)

    assert readings(intake, "relative_humidity") == expected


#: A codec that knows no "invalid" humidity: 255 is 63.75 %.
LOOSE = variant("loose", "bytes[at] / 2;", "bytes[at] / 4;")


@pytest.mark.parametrize("chunk", [1, 50])
@pytest.mark.parametrize("humidity", [127.5, 50.0])
def test_a_word_of_the_device_itself_is_not_free_for_another_frame(
    intake: Intake, monkeypatch: pytest.MonkeyPatch, chunk: int, humidity: float
) -> None:
    monkeypatch.setattr("regionhub_ingest.replay.CHUNK_SIZE", chunk)
    store(intake, {600.0: record(0, 127.5) + payload(20)}, LOOSE)
    store(intake, {0.0: payload(20, humidity)}, LOOSE)

    run(intake, RIGHT)

    before = readings(intake, "relative_humidity")
    assert before[0] == (None, 9, 1)
    assert counts(run(intake, RIGHT)) == {"unchanged": 2}
    assert readings(intake, "relative_humidity") == before


def test_of_two_frames_that_give_a_moment_for_the_first_time_the_first_is_kept(
    intake: Intake,
) -> None:
    frames = {at: history((0.0, 20 + at / 600)) + payload(20) for at in (600.0, 1200.0)}
    store(intake, frames, WITHOUT)

    assert counts(run(intake, RIGHT)) == {"changed": 1, "unchanged": 1, "readings_added": 2}
    assert readings(intake)[0] == (21, 1, 0)
    assert counts(run(intake, RIGHT)) == {"unchanged": 2}


def test_what_is_filled_again_is_not_counted_as_missing(intake: Intake) -> None:
    frames = {600.0 * n: history((600.0 * n - 1300, 20 + n)) + payload(20) for n in range(8)}
    late = variant("slot-off", "time: unixTime(bytes, at)", "time: unixTime(bytes, at) + 600")
    store(intake, frames, late)

    row = run(intake, RIGHT)

    # temperature and humidity: seven moments have another frame's value now, one is new, one empty
    assert counts(row) == {
        "changed": 8,
        "readings_changed": 14,
        "readings_added": 2,
        "readings_missing": 2,
    }
