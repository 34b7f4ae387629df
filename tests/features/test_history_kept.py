"""Changes of state outlive the readings that they were decided on; nothing else of them is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.town import Town
from tests.world import SIGNALS, World

from regionhub.archive.retention import apply_retention, set_retention
from regionhub.signals.decide import Change, write_changes

KEEP = timedelta(days=500)
EPOCH = datetime.fromtimestamp(0, UTC)


@pytest.fixture
def town(world: World) -> Town:
    return world.town("olpe")


def changes(world: World) -> list[tuple[Any, str]]:
    rows = world.select("select at, state from core.signal_change order by site_id, signal, at")
    return [(row["at"], row["state"]) for row in rows]


def decide_anew(world: World, since: str = "1970-01-01Z") -> None:
    for row in world.select("select site_id from core.site"):
        world.add("core.touched", site_ids=[row["site_id"]], times=[since])
    world.decide()


def test_deciding_anew_keeps_what_nobody_can_decide_any_more(world: World, town: Town) -> None:
    """And decides all the rest: neither grows with each time."""
    device = town.device(town.gauge(stage_1_cm=100), interval_seconds=86_400)
    days = [(world.ago(days=day), 150.0 if day % 100 < 50 else 50.0) for day in range(700)]
    device.readings("water_level", days)
    world.decide()
    before = changes(world)
    set_retention(world.owner, what="reading", keep=KEEP)
    apply_retention(world.owner)
    oldest = world.select("select min(time) as time from core.reading")[0]["time"]
    assert oldest > world.ago(days=501)
    assert len(before) > 12

    for _ in range(2):
        decide_anew(world)
        after = changes(world)
        assert [row for row in after if row[0] < oldest] == [
            row for row in before if row[0] < oldest
        ]
        assert after == before


def test_a_correction_changes_the_past_from_its_time_on_only(world: World, town: Town) -> None:
    device = town.device(town.gauge(stage_1_cm=100), interval_seconds=3600)
    levels = [(world.ago(hours=hours), 150.0 if hours % 40 < 20 else 50.0) for hours in range(200)]
    stream = device.readings("water_level", levels)
    world.decide()
    before, corrected = changes(world), world.ago(hours=100)
    world.owner.execute(
        "update core.reading set value = 50 where datastream_id = %s and time >= %s",
        [stream, corrected],
    )
    decide_anew(world, corrected.isoformat())
    after = changes(world)
    assert _until(after, corrected) == _until(before, corrected)
    assert [state for at, state in after if at > corrected] != [
        state for at, state in before if at > corrected
    ]


def _until(rows: list[tuple[Any, str]], time: datetime) -> list[tuple[Any, str]]:
    return [row for row in rows if row[0] < time - timedelta(hours=1)]


def test_how_it_began_may_be_decided_twice_at_once(world: World, town: Town) -> None:
    """The last hour and the past of a signal that says something for the first time."""
    site, [signal] = town.site("road"), [one for one in SIGNALS if one.name == "road"]
    for state, level in (("no_ice", 0), ("ice", 2)):
        began = Change(site, town.tenant_id, EPOCH, state, level)
        with world.owner.transaction():
            write_changes(world.owner, signal, [began])
    assert changes(world) == [(EPOCH, "ice")]
