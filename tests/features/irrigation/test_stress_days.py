"""For how long trees lacked water in a season: a look-up of the changes that were kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.world import World

from regionhub.features.irrigation.store import Stress, newest_season, stress_days
from regionhub.store.database import Connection


@pytest.mark.parametrize(
    ("now", "year"),
    [
        (datetime(2026, 3, 31, 21, 59, tzinfo=UTC), 2025),
        (datetime(2026, 3, 31, 22, tzinfo=UTC), 2026),
        (datetime(2026, 12, 31, tzinfo=UTC), 2026),
    ],
)
def test_the_newest_season(now: datetime, year: int) -> None:
    assert newest_season(now) == year


def changes(world: World, site: int, tenant_id: int, states: dict[str, str]) -> None:
    for at, state in states.items():
        world.add(
            "core.signal_change",
            site_id=site,
            tenant_id=tenant_id,
            signal="irrigation",
            at=at,
            state=state,
            level={"now": 2, "soon": 1, "good": 0}.get(state),
        )


def days(connection: Connection, year: int = 2024) -> dict[str, tuple[float, datetime | None]]:
    rows: list[Stress] = stress_days(connection, year)
    return {row.name: (row.days, row.since) for row in rows}


def test_days_are_counted_in_the_season_only(world: World) -> None:
    town, other = world.town("olpe"), world.town("brilon")
    histories = {
        # 2 days, and 12 hours
        "twice": {
            "epoch": "no_data",
            "2024-06-01 00:00Z": "now",
            "2024-06-03 00:00Z": "soon",
            "2024-07-01 06:00Z": "now",
            "2024-07-01 18:00Z": "good",
        },
        "before and after": {
            "2024-03-01 00:00Z": "now",
            "2024-04-02 22:00Z": "good",  # two days of April in Berlin
            "2024-09-29 22:00Z": "now",  # and one more day until October
            "2024-11-01 00:00Z": "good",
        },
        "always so": {"epoch": "now", "2024-04-10 22:00Z": "good"},
        "never": {"epoch": "no_data", "2024-06-01 00:00Z": "soon"},
        "winter": {"2024-01-01 00:00Z": "now", "2024-02-01 00:00Z": "good"},
    }
    for name, states in histories.items():
        changes(world, town.tree(name), town.tenant_id, states)
    changes(world, other.tree("theirs"), other.tenant_id, histories["twice"])
    with town.acting(decided=False) as connection:
        assert days(connection) == {
            "always so": (10, None),
            "before and after": (3, datetime(2024, 9, 29, 22, tzinfo=UTC)),
            "twice": (2.5, None),
        }
        assert days(connection, 2023) == {"always so": (183, None)}


def test_what_is_so_now_counts_until_now_and_says_since_when(world: World) -> None:
    town = world.town("olpe")
    year, begins = newest_season(world.now), world.now - timedelta(days=1)
    changes(world, town.tree("dry"), town.tenant_id, {begins.isoformat(): "now"})
    with town.acting(decided=False) as connection:
        found = days(connection, year)
        summer = 4 <= begins.month < 10 and 4 <= world.now.month < 10
        assert found == ({"dry": (1, begins)} if summer else {})
