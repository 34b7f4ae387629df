"""Who writes readings says so, and everybody who listens hears of all of them."""

from __future__ import annotations

from tests.ingest.conftest import Intake, make_uplink
from tests.ingest.replays import FRAMES, NO_HUMIDITY, RIGHT, WRONG, run, store

from regionhub.store.listen import Notices, listening, notify


def heard(notices: Notices, wanted: set[int]) -> set[int]:
    """What is heard until all of `wanted` is there, or nothing comes any more."""
    found: set[int] = set()
    while not found >= wanted and (more := notices.wait(5).datastreams):
        found |= more
    return found


def series(intake: Intake, *quantities: str) -> set[int]:
    rows = intake.rows(
        "select datastream_id from core.datastream where quantity = any(%s)", list(quantities)
    )
    return {datastream_id for (datastream_id,) in rows}


def test_a_batch_says_which_series_have_new_readings(intake: Intake) -> None:
    with listening(intake.database) as notices:
        intake.store.commit([make_uplink(intake)])
        wanted = series(intake, "air_temperature")
        assert heard(notices, wanted) == wanted


def test_a_replay_says_which_series_it_changed(intake: Intake) -> None:
    store(intake, FRAMES, WRONG)
    with listening(intake.database) as notices:
        run(intake, RIGHT)
        # humidity was right from the start
        wanted = series(intake, "air_temperature")
        assert heard(notices, wanted) == wanted


def test_a_replay_says_which_series_it_made(intake: Intake) -> None:
    store(intake, FRAMES, NO_HUMIDITY)
    with listening(intake.database) as notices:
        run(intake, RIGHT)
        wanted = series(intake, "relative_humidity")
        assert heard(notices, wanted) == wanted


def test_the_longest_ids_fit_into_notices(intake: Intake) -> None:
    wanted = set(range(2**31 - 1 - 2_000, 2**31 - 1))
    with listening(intake.database) as notices:
        with intake.database.transaction() as connection:
            notify(connection, wanted)
        assert heard(notices, wanted) == wanted
