"""Stored uplinks decoded again: what differs is replaced and kept, what is equal is not touched."""

# ruff: noqa: E501 - SQL reads best on one line
from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.ingest.conftest import NOW_NS, Hub, make_uplink

from regionhub.envelope import Envelope
from regionhub.errors import DecodeError, InputError, StoreError
from regionhub.profiles import DeviceProfile, default_directory, load_profiles
from regionhub.store._replay_rows import Rows
from regionhub.store.archive import Archive, Selection, advance
from regionhub.store.batch import NewUplink
from regionhub.store.database import Database
from regionhub.store.redecoded import Chunk
from regionhub.store.replay import Rewriter
from regionhub.times import to_datetime
from regionhub_ingest.decode import Codecs
from regionhub_ingest.own_times import at_possible_times
from regionhub_ingest.replay import replay

EM300_TH = "milesight/em300-th"
RIGHT = load_profiles()[EM300_TH]
BEGINNING = to_datetime(NOW_NS - 400 * 86_400 * 10**9)


def variant(version: str, before: str, after: str, profile: DeviceProfile = RIGHT) -> DeviceProfile:
    """The profile with a change in its codec."""
    assert before in profile.codec
    return profile.model_copy(
        update={"version": version, "codec": profile.codec.replace(before, after)}
    )


#: A codec that reads the temperature ten times too high.
WRONG = variant(
    "wrong", "data.temperature = signed(bytes, at) / 10", "data.temperature = signed(bytes, at)"
)
NO_HUMIDITY = variant(
    "no-humidity", "0x0468: { bytes: 1, read: humidity },", "0x0468: { bytes: 1 },"
)


_ENGINES: dict[str, Codecs] = {}


def engine(profile: DeviceProfile) -> Codecs:
    """Compiled once: it is the slow part."""
    return _ENGINES.setdefault(profile.version, Codecs({profile.id: profile}))


def payload(temperature: float, humidity: float = 50.0) -> bytes:
    return (
        b"\x03\x67"
        + struct.pack("<h", round(temperature * 10))
        + b"\x04\x68"
        + bytes([round(humidity * 2)])
    )


def history(*records: tuple[float, float]) -> bytes:
    """Stored readings: seconds after NOW_NS and temperature."""
    return b"".join(
        b"\x20\xce" + struct.pack("<IhBB", int(NOW_NS / 1e9 + at), round(value * 10), 100, 0)
        for at, value in records
    )


def uplink(hub: Hub, at: float, frame: bytes, profile: DeviceProfile = RIGHT) -> NewUplink | None:
    """What ingest makes of a frame with this profile; None where it becomes a dead letter."""
    item = make_uplink(hub, at=at, payload=frame, f_cnt=int(at) % 65536)
    arrival = item.uplink.time_ns + 10**8
    try:
        said = engine(profile).decode(
            EM300_TH, f_port=85, payload=frame, parameters={}, time_ns=item.uplink.time_ns
        )
    except DecodeError:
        return None
    measurements, _ = at_possible_times(said.measurements, received_ns=arrival)
    return item._replace(
        envelope=Envelope(topic="t", body=b"{}", received_ns=arrival),
        measurements=measurements,
        profile_version=profile.version,
    )


def store(hub: Hub, frames: Mapping[float, bytes], profile: DeviceProfile = RIGHT) -> None:
    for at, frame in frames.items():
        item = uplink(hub, at, frame, profile)
        if item is not None:
            assert hub.store.commit([item]) == [("stored", "")]


def run(
    hub: Hub, profile: DeviceProfile, *, tenant_id: int | None = None, **chosen: Any
) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "profile_id": EM300_TH,
        "from_time": BEGINNING,
        "to_time": to_datetime(NOW_NS + 10**18),
    }
    selection = Selection(**usual | chosen)
    with Database(hub.url, size=3, role="ingest") as database:
        started = Archive(database).start(
            "uplinks",
            tenant_id=tenant_id or hub.source.tenant_id,
            requested_by="anna",
            why="ten times too high",
            selection=selection,
        )
        return replay(database, engine(profile), started)


def readings(hub: Hub, quantity: str = "air_temperature") -> list[tuple[Any, ...]]:
    return hub.rows(
        "select value, quality, tests from core.reading join core.datastream using (datastream_id) "
        "where quantity = %s order by time",
        quantity,
    )


def counts(row: Mapping[str, Any]) -> dict[str, int]:
    names = (
        "changed",
        "unchanged",
        "failed",
        "readings_changed",
        "readings_added",
        "readings_missing",
    )
    return {name: row[name] for name in names if row[name]}


FRAMES = {600.0 * n: payload(20 + n / 10) for n in range(6)}


def test_a_corrected_codec_replaces_the_values_and_keeps_the_former_ones(hub: Hub) -> None:
    store(hub, FRAMES, WRONG)
    assert {row[1] for row in readings(hub)} == {4}

    row = run(hub, RIGHT)

    assert row["state"] == "done"
    assert counts(row) == {"changed": 6, "readings_changed": 6}
    assert readings(hub) == [(pytest.approx(20 + n / 10), 1, 0) for n in range(6)]
    assert hub.rows("select distinct profile_version from core.uplink") == [(RIGHT.version,)]
    versions = hub.rows(
        "select value, quality, tests, profile_version, replay_id, replaced_at is not null "
        "from core.reading_version order by time"
    )
    assert versions == [(200 + n, 4, 2, "wrong", row["replay_id"], True) for n in range(6)]
    # humidity was right from the start
    assert {r[1] for r in readings(hub, "relative_humidity")} == {1}


def test_the_newest_value_and_the_memory_of_the_quality_tests_follow(hub: Hub) -> None:
    store(hub, FRAMES, WRONG)
    run(hub, RIGHT)
    newest = (
        "select value, quality, believed_value, extract(epoch from believed_at)::float8, unchanged_value "
        "from core.latest join core.datastream using (datastream_id) where quantity = 'air_temperature'"
    )
    assert hub.rows(newest.replace("::float8,", "::float8 as at,")) == [
        (20.5, 1, 20.5, NOW_NS / 1e9 + 3000, 20.5)
    ]

    store(hub, {3600.0: payload(35)})
    assert readings(hub)[-1] == (35.0, 3, 4)  # too fast after 20.5


def test_the_word_of_a_replay_cannot_be_removed(hub: Hub) -> None:
    store(hub, FRAMES, WRONG)
    run(hub, RIGHT)
    for statement in ("delete from core.replay", "truncate core.replay cascade"):
        with pytest.raises(psycopg.errors.RaiseException, match="never removed"):
            hub.owner.execute(statement)


def test_what_no_replay_answers_for_is_not_kept(hub: Hub) -> None:
    started = Archive(hub.database).start(
        "uplinks",
        tenant_id=hub.source.tenant_id,
        requested_by="anna",
        why="a test",
        selection=Selection(profile_id=EM300_TH, from_time=BEGINNING, to_time=to_datetime(NOW_NS)),
    )
    unknown = replace(started, replay_id=started.replay_id + 1)
    with (
        pytest.raises(StoreError, match="there is no replay"),
        hub.database.transaction() as connection,
    ):
        advance(connection, unknown, counts={})


def test_a_second_run_writes_nothing(hub: Hub) -> None:
    store(hub, FRAMES, WRONG)
    run(hub, RIGHT)
    before = hub.rows("select xmin::text, * from core.reading order by 2, 4")

    assert counts(run(hub, RIGHT)) == {"unchanged": 6}
    assert hub.rows("select xmin::text, * from core.reading order by 2, 4") == before


def test_flags_are_those_of_a_codec_that_was_right_from_the_start(hub: Hub) -> None:
    """A jump that is too fast, a flat line that began before the correction, a late frame."""
    values = [20.0] * 3 + [20.1, 34.0, 20.2, 20.3] + [7.5] * 45 + [60.0, 7.6]
    frames = {600.0 * n: payload(value) for n, value in enumerate(values)}
    store(hub, frames)
    expected = readings(hub)
    assert {flag for _, flag, _ in expected} == {1, 3, 4}
    hub.empty()

    half = len(frames) // 2
    store(hub, dict(list(frames.items())[:half]))
    store(hub, dict(list(frames.items())[half:]), WRONG)
    assert readings(hub) != expected
    run(hub, RIGHT)

    assert readings(hub) == expected


def test_more_and_fewer_values(hub: Hub) -> None:
    """What a codec begins to give is added; what it stops to give is missing, never gone."""
    store(hub, FRAMES, NO_HUMIDITY)
    assert counts(run(hub, RIGHT)) == {"changed": 6, "readings_added": 6}
    assert readings(hub, "relative_humidity") == [(50.0, 1, 0)] * 6
    assert hub.rows("select count(*)::int from core.latest") == [(2,)]

    assert counts(run(hub, NO_HUMIDITY)) == {"changed": 6, "readings_missing": 6}
    assert readings(hub, "relative_humidity") == [(None, 9, 0)] * 6
    assert hub.rows("select value, quality from core.reading_version") == [(50.0, 1)] * 6
    assert counts(run(hub, NO_HUMIDITY)) == {"unchanged": 6}

    assert counts(run(hub, RIGHT)) == {"changed": 6, "readings_changed": 6}
    assert readings(hub, "relative_humidity") == [(50.0, 1, 0)] * 6
    assert hub.rows("select count(*)::int from core.reading_version") == [(12,)]


def test_stored_readings_of_a_device_keep_their_own_times(hub: Hub) -> None:
    frames = {0.0: payload(20), 7200.0: history((-1200, 20), (-600, 20.5)), 7800.0: payload(21)}
    late = variant("an-hour-off", "time: unixTime(bytes, at)", "time: unixTime(bytes, at) - 3600")
    store(hub, frames, late)

    row = run(hub, RIGHT)

    # temperature and humidity of two records: at the right time now, missing at the wrong one
    assert counts(row) == {"changed": 1, "unchanged": 2, "readings_added": 4, "readings_missing": 4}
    assert readings(hub) == [(None, 9, 0)] * 2 + [(20, 1, 0), (20.5, 1, 0), (20, 1, 0), (21, 1, 0)]


def test_stored_readings_that_the_new_codec_does_not_give_are_missing(hub: Hub) -> None:
    frames = {0.0: payload(20), 7200.0: history((-1200, 90), (-600, 91)), 7800.0: payload(21)}
    store(hub, frames)
    without = variant("no-history", "(data.history = data.history || []).push(record);", "")

    row = run(hub, without)

    assert counts(row) == {"changed": 1, "unchanged": 2, "readings_missing": 4}
    assert readings(hub) == [(None, 9, 0), (None, 9, 0), (20, 1, 0), (21, 1, 0)]
    assert counts(run(hub, without)) == {"unchanged": 3}


def test_stored_readings_beside_a_value_of_now_are_missing_too(hub: Hub) -> None:
    frames = {0.0: payload(20), 7200.0: history((-1200, 90), (-600, 91)) + payload(20.5)}
    store(hub, frames)
    without = variant("no-history", "(data.history = data.history || []).push(record);", "")

    assert counts(run(hub, without)) == {"changed": 1, "unchanged": 1, "readings_missing": 4}
    assert readings(hub) == [(None, 9, 0), (None, 9, 0), (20, 1, 0), (20.5, 1, 0)]
    assert counts(run(hub, without)) == {"unchanged": 2}
    assert counts(run(hub, RIGHT)) == {"changed": 1, "unchanged": 1, "readings_changed": 4}


def test_stored_readings_are_found_wherever_a_wrong_codec_put_them(hub: Hub) -> None:
    off = variant(
        "years-off", "time: unixTime(bytes, at)", "time: unixTime(bytes, at) - 3 * 365 * 86400"
    )
    store(hub, {0.0: history((-1200, 20)), 600.0: history((-600, 21))}, off)

    assert counts(run(hub, RIGHT)) == {
        "changed": 2,
        "readings_added": 4,
        "readings_missing": 4,
    }
    assert [value for value, _, _ in readings(hub)] == [None, None, 20, 21]
    # and back: what a replay put somewhere is found by the next
    assert counts(run(hub, off)) == {
        "changed": 2,
        "readings_changed": 4,
        "readings_missing": 4,
    }
    assert [value for value, _, _ in readings(hub)] == [20, 21, None, None]


def test_nothing_to_decode(hub: Hub) -> None:
    store(hub, FRAMES)
    before = to_datetime(NOW_NS - 10**12)
    assert run(hub, RIGHT, to_time=before)["handled"] == 0


def test_a_codec_that_refuses_all_of_a_chunk(hub: Hub) -> None:
    store(hub, FRAMES)
    refusing = variant("refusing", "var data = {};", "throw 'no';")
    assert counts(run(hub, refusing)) == {"failed": 6}


def test_a_stored_reading_at_an_impossible_time_stays_out(hub: Hub) -> None:
    at_1970 = 100 - NOW_NS / 1e9
    store(hub, {0.0: history((at_1970, 20), (-600, 21))}, WRONG)

    assert counts(run(hub, RIGHT)) == {"changed": 1, "readings_changed": 1}
    assert readings(hub) == [(21, 1, 0)]


def test_a_corrected_unit_becomes_values_in_the_unit_of_the_quantity(hub: Hub) -> None:
    store(hub, FRAMES)
    kelvin = [
        mapping.model_copy(update={"unit": "K"}) if mapping.unit == "degC" else mapping
        for mapping in RIGHT.measurements
    ]
    profile = RIGHT.model_copy(update={"measurements": kelvin, "version": "kelvin"})
    del profile.rules  # made of the former measurements, and copied too
    row = run(hub, profile)

    assert counts(row) == {"changed": 6, "readings_changed": 6}
    assert [value for value, _, _ in readings(hub)] == [
        pytest.approx(20 + n / 10 - 273.15) for n in range(6)
    ]


def test_a_frame_may_lose_its_own_value_beside_stored_readings(hub: Hub) -> None:
    store(hub, {7200.0: payload(20) + history((-1200, 19), (-600, 19.5))})
    without = variant("only-history", "data.temperature = signed(bytes, at) / 10", "var unused = 0")

    row = run(hub, without)

    assert row["state"] == "done"
    assert readings(hub)[-1] == (None, 9, 0)
    assert counts(run(hub, without)) == {"unchanged": 1}


def test_an_uplink_that_the_new_codec_refuses_stays_as_it_is(hub: Hub) -> None:
    store(hub, FRAMES)
    before = readings(hub)
    picky = variant("picky", "var data = {};", "var data = {}; if (bytes[2] === 200) throw 'no';")

    row = run(hub, picky)

    assert counts(row) == {"unchanged": 5, "failed": 1}
    assert "24e124136d0c0417" in row["problem"]
    assert readings(hub) == before


def test_a_period_and_a_device(hub: Hub) -> None:
    store(hub, FRAMES, WRONG)
    at = [to_datetime(NOW_NS + int(n * 600 * 10**9)) for n in range(6)]

    assert counts(run(hub, RIGHT, from_time=at[2], to_time=at[4])) == {
        "changed": 2,
        "readings_changed": 2,
    }
    assert [value > 100 for value, _, _ in readings(hub)] == [True, True, False, False, True, True]
    assert counts(run(hub, RIGHT, profile_id=None, dev_eui=hub.device.dev_eui)) == {
        "changed": 4,
        "unchanged": 2,
        "readings_changed": 4,
    }


def test_a_frame_of_a_server_whose_clock_is_ahead_is_decoded_again(hub: Hub) -> None:
    store(hub, {300.0: payload(20)}, WRONG)
    assert counts(run(hub, RIGHT, to_time=None))["changed"] == 1


def test_another_town_is_left_alone(hub: Hub) -> None:
    store(hub, FRAMES, WRONG)
    with pytest.raises(InputError, match="no device"):
        run(hub, RIGHT, tenant_id=hub.foreign_source.tenant_id)
    assert {row[1] for row in readings(hub)} == {4}
    assert hub.rows("select state, problem is not null from core.replay") == [("stopped", True)]


def test_frames_that_no_codec_read_are_not_read_now(hub: Hub) -> None:
    """Encrypted ones, for example: a codec would make numbers of noise."""
    unread = make_uplink(hub, at=0, payload=payload(20))
    hub.store.commit([unread._replace(measurements=(), profile_version=None)])
    assert run(hub, RIGHT)["handled"] == 0


frame = st.one_of(
    st.builds(
        payload,
        st.sampled_from([20.0, 20.0, 20.1, 35.0, 60.0]),
        st.sampled_from([50.0, 100.0, 127.5]),
    ),
    st.builds(
        history,
        st.tuples(st.integers(-90_000, 9000), st.sampled_from([15.0, 20.0, 50.0])),
    ),
    st.just(b"\x01\x75\x64"),
    st.just(b"\xff\x0b\xff"),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    frames=st.lists(
        st.tuples(st.integers(0, 60), frame), min_size=1, max_size=25, unique_by=lambda f: f[0]
    ),
    since=st.integers(0, 60),
)
def test_an_unchanged_codec_changes_nothing(
    hub: Hub, frames: list[tuple[int, bytes]], since: int
) -> None:
    hub.empty()
    # in any order of arrival
    store(hub, {600.0 * at: content for at, content in frames})
    state = [
        hub.rows(f"select xmin::text, * from core.{table} order by 2, 3, 4")
        for table in ("reading", "uplink", "latest")
    ]

    row = run(hub, RIGHT, from_time=to_datetime(NOW_NS + since * 600 * 10**9))

    assert counts(row) in ({}, {"unchanged": row["handled"]})
    assert hub.rows("select 1 from core.reading_version") == []
    assert state == [
        hub.rows(f"select xmin::text, * from core.{table} order by 2, 3, 4")
        for table in ("reading", "uplink", "latest")
    ]


temperature = st.sampled_from([20.0, 20.0, 20.1, 24.0, 50.0])
measuring = st.one_of(
    st.builds(payload, temperature, st.sampled_from([50.0, 100.0])),
    st.builds(lambda value: payload(value)[:4], temperature),
    st.builds(lambda value: payload(20, value)[4:], st.sampled_from([50.0, 100.0])),
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    # ten hours: what is older than twelve is of no use to the tests, and a replay does not look there
    frames=st.lists(st.tuples(st.integers(0, 30), measuring), min_size=2, max_size=20),
    wrong_from=st.integers(0, 20),
    chunk=st.sampled_from([1, 3, 50]),
)
def test_a_correction_leaves_what_the_right_codec_would_have_made(
    hub: Hub, frames: list[tuple[int, bytes]], wrong_from: int, chunk: int
) -> None:
    wrong = variant(
        "wrong-without-humidity", "0x0468: { bytes: 1, read: humidity },", "0x0468: { bytes: 1 },",
        WRONG,
    )  # fmt: skip
    in_time = {1200.0 * at: content for at, content in sorted(frames, key=lambda f: f[0])}
    found = []
    for profile in (RIGHT, wrong):
        hub.empty()
        for number, (at, content) in enumerate(in_time.items()):
            store(hub, {at: content}, profile if number >= wrong_from else RIGHT)
        if profile is wrong:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("regionhub_ingest.replay.CHUNK_SIZE", chunk)
                run(hub, RIGHT)
        found.append(
            [
                hub.rows(
                    "select quantity, r.time, value, quality, tests "
                    "from core.reading r join core.datastream using (datastream_id) order by 1, 2"
                ),
                hub.rows(
                    "select quantity, l.time, value, quality, believed_at, believed_value, "
                    "unchanged_since, unchanged_value "
                    "from core.latest l join core.datastream using (datastream_id) order by 1"
                ),
            ]
        )
    assert found[1] == found[0]


def test_of_two_stored_readings_of_one_moment_the_first_stays(hub: Hub) -> None:
    store(hub, {7200.0: history((-600, 19), (-600, 20))})

    assert counts(run(hub, RIGHT)) == {"unchanged": 1}
    assert readings(hub) == [(19, 1, 0)]


def test_killed_in_the_middle_and_run_again_every_value_is_replaced_once(
    hub: Hub, tmp_path: Path
) -> None:
    store(hub, {0.0: payload(20)}, WRONG)
    count = 12_000
    hub.owner.execute(
        "insert into core.uplink select nextval('core.uplink_id'), tenant_id, source_id, device_id, "
        "time - n * interval '1 minute', time_source, received_at - n * interval '1 minute', null, "
        "dev_addr, n, f_port, payload, content_key, confirmed, sf, bw_hz, frequency_hz, dr, gateways, "
        "rssi, snr, receptions, profile_id, profile_version "
        "from core.uplink, generate_series(1, %s) n",
        [count - 1],
    )
    hub.owner.execute(
        "insert into core.reading select r.datastream_id, r.tenant_id, u.time, r.value, r.quality, "
        "r.tests, u.uplink_id from core.uplink u, core.reading r on conflict do nothing"
    )
    command = [
        sys.executable,
        "-m",
        "regionhub",
        "replay",
        "--profile",
        EM300_TH,
        "--since",
        "90d",
        "--until",
        "2200-01-01",
        "--reason",
        "x",
        "--by",
        "anna",
    ]
    environment = os.environ | {"REGIONHUB_DATABASE_URL": hub.url, "COLUMNS": "200"}
    handled = "select coalesce(max(handled), 0)::int from core.replay"

    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as first:
        while hub.rows(handled) == [(0,)]:
            assert first.poll() is None
            time.sleep(0.002)
        os.kill(first.pid, signal.SIGKILL)
    [(before,)] = hub.rows(handled)
    assert 0 < before < count
    assert hub.rows("select count(*)::int from core.reading_version") == [(before,)]

    second = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )

    assert second.returncode == 0, second.stderr
    assert f"{count - before:,}" in second.stdout
    assert hub.rows(
        "select value, count(*)::int from core.reading join core.datastream using (datastream_id) where quantity = 'air_temperature' group by 1"
    ) == [(20.0, count)]
    assert hub.rows(
        "select count(*)::int, count(distinct (datastream_id, time))::int as moments from core.reading_version"
    ) == [(count, count)]
    assert hub.rows(
        "select state, changed::int, unchanged::int from core.replay order by replay_id"
    ) == [
        ("stopped", before, 0),
        ("done", count - before, before),
    ]


def test_flags_after_an_interruption_are_those_of_a_run_without_one(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reading after the last changed value is judged by it, in the second run as well."""
    monkeypatch.setattr("regionhub_ingest.replay.CHUNK_SIZE", 1)
    frames = {0.0: payload(20), 60.0: payload(32), 120.0: payload(20), 180.0: payload(20)}
    no_heat = variant("no-heat", "signed(bytes, at) / 10", "Math.min(signed(bytes, at) / 10, 20)")
    store(hub, frames, no_heat)
    write = Rewriter.write
    written: list[Chunk] = []

    def killed(self: Rewriter, chunk: Chunk, rows: Rows) -> None:
        if len(written) == 2:
            raise KeyboardInterrupt
        write(self, chunk, rows)
        written.append(chunk)

    with monkeypatch.context() as first:
        first.setattr(Rewriter, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            run(hub, RIGHT)
    run(hub, RIGHT)
    interrupted = readings(hub)

    run(hub, no_heat)
    run(hub, RIGHT)
    assert interrupted == readings(hub)
    assert interrupted[2] == (20, 3, 4)


def test_the_files_behind_a_version_are_kept(hub: Hub) -> None:
    with Database(hub.url, size=1, role="ingest") as database:
        for _ in range(2):
            Archive(database).keep_profiles([RIGHT])
    folder = default_directory() / EM300_TH
    assert hub.rows("select version, profile, codec from core.profile_version") == [
        (RIGHT.version, (folder / "profile.yaml").read_text(), (folder / "codec.js").read_text())
    ]
