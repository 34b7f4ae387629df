"""What `regionhub work` does for decisions: each second, and all anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.rows import connect
from tests.town import Town
from tests.world import SIGNALS, World

from regionhub.signals import jobs
from regionhub.signals.jobs import decide_all
from regionhub.signals.touched import lag
from regionhub.store.database import Database
from regionhub.store.jobs import Locks, Work


@contextmanager
def region(url: str) -> Iterator[tuple[Town, Database]]:
    """Three gauges, measured for two days, about which nothing is decided."""
    with connect(url, autocommit=True) as owner, Database(url, size=3, role="ingest") as database:
        world = World(owner)
        town = world.town("olpe")
        for _ in range(3):
            times = world.times(48 * 6)
            points = [(time, 90.0 + 20 * (n // 100 % 2)) for n, time in enumerate(times)]
            town.sensor(town.gauge(stage_1_cm=100), "water_level", *points)
        yield town, database


def rows(town: Town) -> list[Any]:
    signals = town.world.select("select * from core.signal order by site_id, signal")
    for row in signals:
        del row["decided_at"]
    return [signals, town.world.select("select * from core.signal_change order by 1, 2, 3")]


def test_a_worker_decides_what_was_touched(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_RUN_SECONDS", 2)
    with region(database_url) as (town, database), Locks(database) as locks:
        with database.transaction() as connection:
            assert lag(connection).seconds > 0
        work = Work(owner=lambda: connect(database_url), database=database, locks=locks)
        for job in jobs.jobs(SIGNALS):
            job.run(work)
        found = town.world.select("select state, since from core.signal")
        assert [row["state"] for row in found] == ["stage_0"] * 3
        # the level fell below the stage a hundred readings ago
        [since] = {row["since"] for row in found}
        assert since == town.world.times(100)[-1]
        with database.transaction() as connection:
            assert lag(connection).seconds == lag(connection).past == 0


def test_all_anew_gives_the_same_and_says_how_far_it_is(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_SITES", 2)
    with region(database_url) as (town, database):
        town.world.decide()
        before = rows(town)
        town.world.owner.execute(
            "update core.signal set state = 'stage_3', level = 3, since = now()"
        )
        town.world.owner.execute("delete from core.signal_change")
        progress = list(decide_all(database, SIGNALS))
        assert rows(town) == before
        assert [(step.decided, step.sites) for step in progress[:2]] == [(2, 3), (3, 3)]
        assert progress[-1].past == 0
