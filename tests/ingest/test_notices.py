"""Who writes readings says so, and everybody who listens hears of all of them."""

from __future__ import annotations

import psycopg
import pytest
from tests.ingest.conftest import Intake, make_uplink
from tests.ingest.replays import FRAMES, NO_HUMIDITY, RIGHT, WRONG, run, store
from tests.messages import STORED

from regionhub.store.listen import LOST, Notices, listening, notify


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
        notify(intake.database, wanted)
        assert heard(notices, wanted) == wanted


def test_what_cannot_be_told_is_stored_all_the_same(intake: Intake) -> None:
    """Such as while somebody has filled the one queue of all notices."""
    intake.owner.execute("revoke select on core.deployment from rh_ingest")
    lost = LOST._value.get()
    assert intake.store.commit([make_uplink(intake)]) == [STORED]
    assert intake.rows("select count(*)::int from core.reading") == [(1,)]
    assert LOST._value.get() == lost + 1


def test_nobody_outside_knows_where_notices_go(intake: Intake) -> None:
    [(channel,)] = intake.rows("select notice_channel from core.deployment")
    assert len(channel) > 30
    for role in ("rh_g_arnsberg", "rh_t_arnsberg", "rh_g_region"):
        with intake.owner.transaction(force_rollback=True):
            intake.owner.execute(f"set local role {role}")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                intake.owner.execute("select notice_channel from core.deployment")
