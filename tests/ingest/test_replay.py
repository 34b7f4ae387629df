"""Stored uplinks decoded again: what differs is replaced and kept, what is equal is not touched."""

# ruff: noqa: E501 - SQL reads best on one line
from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from tests.ingest.conftest import NOW_NS, Intake, make_uplink
from tests.ingest.replays import (
    BEGINNING,
    EM300_TH,
    FRAMES,
    NO_HUMIDITY,
    RIGHT,
    WRONG,
    counts,
    payload,
    readings,
    run,
    store,
    variant,
)

from regionhub.archive.profile_versions import keep_profiles
from regionhub.archive.runs import Archive, Selection, advance
from regionhub.errors import InputError, StoreError
from regionhub.profiles import default_directory
from regionhub.times import to_datetime


def test_a_corrected_codec_replaces_the_values_and_keeps_the_former_ones(intake: Intake) -> None:
    store(intake, FRAMES, WRONG)
    assert {row[1] for row in readings(intake)} == {4}

    row = run(intake, RIGHT)

    assert row.state == "done"
    assert counts(row) == {"changed": 6, "readings_changed": 6}
    assert readings(intake) == [(pytest.approx(20 + n / 10), 1, 0) for n in range(6)]
    assert intake.rows("select distinct profile_version from core.uplink") == [(RIGHT.version,)]
    versions = intake.rows(
        "select value, quality, tests, profile_version, replay_id, replaced_at is not null "
        "from core.reading_version order by time"
    )
    assert versions == [(200 + n, 4, 2, "wrong", row.replay_id, True) for n in range(6)]
    # humidity was right from the start
    assert {r[1] for r in readings(intake, "relative_humidity")} == {1}


def test_the_newest_value_and_the_memory_of_the_quality_tests_follow(intake: Intake) -> None:
    store(intake, FRAMES, WRONG)
    run(intake, RIGHT)
    newest = (
        "select value, quality, believed_value, extract(epoch from believed_at)::float8, unchanged_value "
        "from core.latest join core.datastream using (datastream_id) where quantity = 'air_temperature'"
    )
    assert intake.rows(newest.replace("::float8,", "::float8 as at,")) == [
        (20.5, 1, 20.5, NOW_NS / 1e9 + 3000, 20.5)
    ]

    store(intake, {3600.0: payload(35)})
    assert readings(intake)[-1] == (35.0, 3, 4)  # too fast after 20.5


def test_the_word_of_a_replay_cannot_be_removed(intake: Intake) -> None:
    store(intake, FRAMES, WRONG)
    run(intake, RIGHT)
    for statement in ("delete from core.replay", "truncate core.replay cascade"):
        with pytest.raises(psycopg.errors.RaiseException, match="never removed"):
            intake.owner.execute(statement)


def test_what_no_replay_answers_for_is_not_kept(intake: Intake) -> None:
    started = Archive(intake.database).start(
        "uplinks",
        tenant_id=intake.source.tenant_id,
        requested_by="anna",
        why="a test",
        selection=Selection(profile_id=EM300_TH, from_time=BEGINNING, to_time=to_datetime(NOW_NS)),
    )
    unknown = replace(started, replay_id=started.replay_id + 1)
    with (
        pytest.raises(StoreError, match="there is no replay"),
        intake.database.transaction() as connection,
    ):
        advance(connection, unknown, counts={})


def test_a_second_run_writes_nothing(intake: Intake) -> None:
    store(intake, FRAMES, WRONG)
    run(intake, RIGHT)
    before = intake.rows("select xmin::text, * from core.reading order by 2, 4")

    assert counts(run(intake, RIGHT)) == {"unchanged": 6}
    assert intake.rows("select xmin::text, * from core.reading order by 2, 4") == before


def test_flags_are_those_of_a_codec_that_was_right_from_the_start(intake: Intake) -> None:
    """A jump that is too fast, a flat line that began before the correction, a late frame."""
    values = [20.0] * 3 + [20.1, 34.0, 20.2, 20.3] + [7.5] * 45 + [60.0, 7.6]
    frames = {600.0 * n: payload(value) for n, value in enumerate(values)}
    store(intake, frames)
    expected = readings(intake)
    assert {flag for _, flag, _ in expected} == {1, 3, 4}
    intake.empty()

    half = len(frames) // 2
    store(intake, dict(list(frames.items())[:half]))
    store(intake, dict(list(frames.items())[half:]), WRONG)
    assert readings(intake) != expected
    run(intake, RIGHT)

    assert readings(intake) == expected


def test_more_and_fewer_values(intake: Intake) -> None:
    """What a codec begins to give is added; what it stops to give is missing, never gone."""
    store(intake, FRAMES, NO_HUMIDITY)
    assert counts(run(intake, RIGHT)) == {"changed": 6, "readings_added": 6}
    assert readings(intake, "relative_humidity") == [(50.0, 1, 0)] * 6
    assert intake.rows("select count(*)::int from core.latest") == [(2,)]

    assert counts(run(intake, NO_HUMIDITY)) == {"changed": 6, "readings_missing": 6}
    assert readings(intake, "relative_humidity") == [(None, 9, 0)] * 6
    assert intake.rows("select value, quality from core.reading_version") == [(50.0, 1)] * 6
    assert counts(run(intake, NO_HUMIDITY)) == {"unchanged": 6}

    assert counts(run(intake, RIGHT)) == {"changed": 6, "readings_changed": 6}
    assert readings(intake, "relative_humidity") == [(50.0, 1, 0)] * 6
    assert intake.rows("select count(*)::int from core.reading_version") == [(12,)]


def test_nothing_to_decode(intake: Intake) -> None:
    store(intake, FRAMES)
    before = to_datetime(NOW_NS - 10**12)
    assert run(intake, RIGHT, to_time=before).handled == 0


def test_a_codec_that_refuses_all_of_a_chunk(intake: Intake) -> None:
    store(intake, FRAMES)
    refusing = variant("refusing", "var data = {};", "throw 'no';")
    assert counts(run(intake, refusing)) == {"failed": 6}


def test_a_corrected_unit_becomes_values_in_the_unit_of_the_quantity(intake: Intake) -> None:
    store(intake, FRAMES)
    kelvin = [
        mapping.model_copy(update={"unit": "K"}) if mapping.unit == "degC" else mapping
        for mapping in RIGHT.measurements
    ]
    profile = RIGHT.model_copy(update={"measurements": kelvin, "version": "kelvin"})
    del profile.rules  # made of the former measurements, and copied too
    row = run(intake, profile)

    assert counts(row) == {"changed": 6, "readings_changed": 6}
    assert [value for value, _, _ in readings(intake)] == [
        pytest.approx(20 + n / 10 - 273.15) for n in range(6)
    ]


def test_an_uplink_that_the_new_codec_refuses_stays_as_it_is(intake: Intake) -> None:
    store(intake, FRAMES)
    before = readings(intake)
    picky = variant("picky", "var data = {};", "var data = {}; if (bytes[2] === 200) throw 'no';")

    row = run(intake, picky)

    assert counts(row) == {"unchanged": 5, "failed": 1}
    assert row.problem is not None
    assert "24e124136d0c0417" in row.problem
    assert readings(intake) == before


def test_a_period_and_a_device(intake: Intake) -> None:
    store(intake, FRAMES, WRONG)
    at = [to_datetime(NOW_NS + int(n * 600 * 10**9)) for n in range(6)]

    assert counts(run(intake, RIGHT, from_time=at[2], to_time=at[4])) == {
        "changed": 2,
        "readings_changed": 2,
    }
    assert [value > 100 for value, _, _ in readings(intake)] == [
        True,
        True,
        False,
        False,
        True,
        True,
    ]
    assert counts(run(intake, RIGHT, profile_id=None, dev_eui=intake.device.dev_eui)) == {
        "changed": 4,
        "unchanged": 2,
        "readings_changed": 4,
    }


def test_a_frame_of_a_server_whose_clock_is_ahead_is_decoded_again(intake: Intake) -> None:
    store(intake, {300.0: payload(20)}, WRONG)
    assert counts(run(intake, RIGHT, to_time=None))["changed"] == 1


def test_another_town_is_left_alone(intake: Intake) -> None:
    store(intake, FRAMES, WRONG)
    with pytest.raises(InputError, match="no device"):
        run(intake, RIGHT, tenant_id=intake.foreign_source.tenant_id)
    assert {row[1] for row in readings(intake)} == {4}
    assert intake.rows("select state, problem is not null from core.replay") == [("stopped", True)]


def test_frames_that_no_codec_read_are_not_read_now(intake: Intake) -> None:
    """Encrypted ones, for example: a codec would make numbers of noise."""
    unread = make_uplink(intake, at=0, payload=payload(20))
    intake.store.commit([unread._replace(measurements=(), profile_version=None)])
    assert run(intake, RIGHT).handled == 0


def test_the_files_behind_a_version_are_kept(intake: Intake) -> None:
    with intake.database.transaction() as connection:
        for _ in range(2):
            keep_profiles(connection, [RIGHT])
    folder = default_directory() / EM300_TH
    assert intake.rows("select version, profile, codec from core.profile_version") == [
        (RIGHT.version, (folder / "profile.yaml").read_text(), (folder / "codec.js").read_text())
    ]
