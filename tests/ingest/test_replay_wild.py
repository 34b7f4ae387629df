"""Decoded again: whatever the frames are, the result is what the right codec would have made."""

# ruff: noqa: E501 - SQL reads best on one line
from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.ingest.conftest import NOW_NS, Intake
from tests.ingest.replays import (
    DOUBLE,
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

from regionhub.times import to_datetime

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
    intake: Intake, frames: list[tuple[int, bytes]], since: int
) -> None:
    intake.empty()
    # in any order of arrival
    store(intake, {600.0 * at: content for at, content in frames})
    state = [
        intake.rows(f"select xmin::text, * from core.{table} order by 2, 3, 4")
        for table in ("reading", "uplink", "latest")
    ]

    row = run(intake, RIGHT, from_time=to_datetime(NOW_NS + since * 600 * 10**9))

    assert counts(row) in ({}, {"unchanged": row.handled})
    assert intake.rows("select 1 from core.reading_version") == []
    assert state == [
        intake.rows(f"select xmin::text, * from core.{table} order by 2, 3, 4")
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
    intake: Intake, frames: list[tuple[int, bytes]], wrong_from: int, chunk: int
) -> None:
    wrong = variant(
        "wrong-without-humidity", "0x0468: { bytes: 1, read: humidity },", "0x0468: { bytes: 1 },",
        WRONG,
    )  # fmt: skip
    in_time = {1200.0 * at: content for at, content in sorted(frames, key=lambda f: f[0])}
    found = []
    for profile in (RIGHT, wrong):
        intake.empty()
        for number, (at, content) in enumerate(in_time.items()):
            store(intake, {at: content}, profile if number >= wrong_from else RIGHT)
        if profile is wrong:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("regionhub_ingest.replay.CHUNK_SIZE", chunk)
                run(intake, RIGHT)
        found.append(
            [
                intake.rows(
                    "select quantity, r.time, value, quality, tests "
                    "from core.reading r join core.datastream using (datastream_id) order by 1, 2"
                ),
                intake.rows(
                    "select quantity, l.time, value, quality, believed_at, believed_value, "
                    "unchanged_since, unchanged_value "
                    "from core.latest l join core.datastream using (datastream_id) order by 1"
                ),
            ]
        )
    assert found[1] == found[0]


@st.composite
def frames_with_history(draw: st.DrawFn) -> dict[float, bytes]:
    """In order of time, each with records of up to forty minutes before; no moment comes twice."""
    some = st.sampled_from([15.0, 15.0, 16.0, 25.0])
    used: set[float] = set()
    frames = {}
    for place in sorted(draw(st.sets(st.integers(0, 20), min_size=2, max_size=8))):
        back = draw(st.sets(st.integers(1, 4), max_size=2))
        records = {600.0 * (place - n) + 300 for n in back} - used
        used |= records
        frames[600.0 * place] = history(*((at, draw(some)) for at in sorted(records))) + payload(
            draw(some)
        )
    return frames


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(frames=frames_with_history(), chunk=st.sampled_from([1, 2, 50]))
def test_a_correction_judges_history_as_on_arrival(
    intake: Intake, frames: dict[float, bytes], chunk: int
) -> None:
    found = []
    for profile in (RIGHT, DOUBLE):
        intake.empty()
        store(intake, frames, profile)
        if profile is DOUBLE:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("regionhub_ingest.replay.CHUNK_SIZE", chunk)
                run(intake, RIGHT)
        found.append(readings(intake))
    assert found[1] == found[0]
