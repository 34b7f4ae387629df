"""The readings of a batch: units, quality flags, newest values."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.ingest.conftest import Intake, make_uplink
from tests.messages import STORED, dead_letter

from regionhub.readings import Measurement


def test_an_older_frame_does_not_replace_the_newest_value(intake: Intake) -> None:
    intake.store.commit([make_uplink(intake, at=1000, value=20)])
    intake.store.commit([make_uplink(intake, at=0, value=19)])

    assert intake.rows("select value from core.latest") == [(20.0,)]
    assert intake.rows("select f_cnt from core.device_state") == [(1000,)]
    assert intake.rows("select count(*)::int from core.reading") == [(2,)]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("seconds", [0.0, 2e-7])
def test_of_two_frames_of_one_moment_the_first_gives_the_reading(
    intake: Intake, together: bool, seconds: float
) -> None:
    """Also of two that the network server puts closer together than the database can."""
    first, second = (
        make_uplink(intake, at=at, f_cnt=f_cnt, value=value)
        for at, f_cnt, value in ((1000, 1, 20.0), (1000, 2, 21.0))
    )
    first, second = (
        item._replace(measurements=(item.measurements[0]._replace(time_ns=None),))
        for item in (first, second)
    )
    uplink = second.uplink._replace(time_ns=second.uplink.time_ns + round(seconds * 1e9))
    for batch in [[first, second._replace(uplink=uplink)]] if together else [[first], [second]]:
        assert set(intake.store.commit(batch)) == {STORED}

    assert intake.rows("select value from core.reading") == [(20.0,)]
    assert intake.rows("select value from core.latest") == [(20.0,)]
    assert intake.rows("select count(*)::int from core.uplink") == [(2,)]


def test_a_moment_that_a_replay_has_just_filled_stays(intake: Intake) -> None:
    """A replay brings the newest values up to date at its end only."""
    intake.store.commit([make_uplink(intake, at=0, value=20)])
    intake.owner.execute(
        "insert into core.reading (datastream_id, tenant_id, time, value, quality) "
        "select datastream_id, tenant_id, time + interval '10 s', 7, 1 from core.reading"
    )

    assert intake.store.commit(
        [make_uplink(intake, at=10, value=21), make_uplink(intake, at=11)]
    ) == [
        STORED,
        STORED,
    ]
    values = intake.rows("select value from core.reading order by time")
    assert values[:2] == [(20.0,), (7.0,)]
    assert len(values) == 3


def test_values_are_kept_in_the_unit_of_their_quantity(intake: Intake) -> None:
    """Several units in one batch, beside a value that is missing; flags are for what is kept."""
    first, second = make_uplink(intake, at=0), make_uplink(intake, at=600)
    said = (
        Measurement("air_temperature", 20.0, "degC"),
        Measurement("soil_moisture_vwc", 0.27415, "m3/m3"),
        Measurement("pressure_difference", 0.0971000492573, "bar"),
    )
    also = (
        Measurement("air_temperature", 293.65, "K"),
        Measurement("soil_moisture_vwc", 27.5, "%"),
        Measurement("pressure_difference", None, "bar", "invalid", "channel error"),
    )
    intake.store.commit([first._replace(measurements=said), second._replace(measurements=also)])

    kept = (
        "select quantity, value, quality from core.reading "
        "join core.datastream using (datastream_id) order by quantity, time"
    )
    assert intake.rows(kept) == [
        ("air_temperature", 20.0, 1),
        ("air_temperature", 20.5, 1),
        ("pressure_difference", 97.1000492573, 1),
        ("pressure_difference", None, 9),
        ("soil_moisture_vwc", 27.415, 1),
        ("soil_moisture_vwc", 27.5, 1),
    ]


def test_a_unit_that_a_quantity_cannot_have_costs_one_message(intake: Intake) -> None:
    wrong = make_uplink(intake, at=600)
    wrong = wrong._replace(measurements=(Measurement("air_temperature", 1.0, "bar"),))

    assert intake.store.commit([make_uplink(intake, at=0), wrong]) == [
        STORED,
        dead_letter("store_rejected"),
    ]
    assert intake.rows("select detail from core.dead_letter") == [
        ("air_temperature cannot be measured in bar",)
    ]


def test_impossible_values_are_kept_and_flagged(intake: Intake) -> None:
    intake.store.commit(
        [make_uplink(intake, at=0, value=20), make_uplink(intake, at=600, value=327.67)]
    )

    assert intake.rows("select value, quality, tests from core.reading order by time") == [
        (20.0, 1, 0),
        (327.67, 4, 2),
    ]


def test_quality_tests_remember_across_batches(intake: Intake) -> None:
    intake.store.commit([make_uplink(intake, at=0, value=10)])
    intake.store.commit([make_uplink(intake, at=900, value=30)])

    assert intake.rows("select quality, tests from core.reading order by time") == [(1, 0), (3, 4)]


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
    intake: Intake, said: list[tuple[int, float]], size: int
) -> None:
    """Late ones and several of one moment too; the memory of the quality tests goes on."""
    items = [
        item._replace(
            measurements=(item.measurements[0]._replace(quantity="soil_moisture_vwc", unit="%"),)
        )
        for item in (
            make_uplink(intake, at=12 * 3600 * turn, f_cnt=number, value=value)
            for number, (turn, value) in enumerate(said)
        )
    ]
    found = []
    for length in (1, size):
        intake.empty()
        for start in range(0, len(items), length):
            intake.store.commit(items[start : start + length])
        found.append(
            [
                intake.rows("select time, value, quality, tests from core.reading order by 1"),
                intake.rows(
                    "select time, value, quality, received_at, believed_at, believed_value, "
                    "unchanged_since, unchanged_value from core.latest"
                ),
            ]
        )
    assert found[1] == found[0]
