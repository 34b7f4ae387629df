"""Official values for a town: warnings and the fire danger index, its own or the region's."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from tests.feeds import feed, station, warning
from tests.town import Town
from tests.world import World

OLPE: dict[str, Any] = {"latitude": 51.03, "longitude": 7.85}


@pytest.fixture
def olpe(world: World) -> Town:
    """A town."""
    return world.town("olpe", ags="05966024", **OLPE)


@pytest.fixture
def region(world: World) -> Town:
    """What it fetches is for all."""
    return world.town("suedwestfalen", kind="region")


def headlines(town: Town) -> list[str]:
    """What the town is warned of."""
    return [row["headline"] for row in town.select("select headline from api.warning order by 1")]


def test_a_warning_is_for_the_town_that_it_names(world: World, olpe: Town, region: Town) -> None:
    source = feed(region, "dwd")
    warning(region, source, "Gewitter", "805966024")
    warning(region, source, "Sturm", "805966016")
    warning(region, source, "gone", "805966024", expires=world.ago(minutes=1))
    warning(region, source, "endless", "805966024", expires=None)
    assert headlines(olpe) == ["Gewitter", "endless"]
    assert headlines(world.town("attendorn", ags="05966004")) == []
    assert headlines(region) == []


@pytest.mark.parametrize(
    ("seen_hours_ago", "sent_hours_ago", "held"),
    [
        (1, 100, True),  # it stands in the feed
        (23, 24, True),
        (25, 26, False),  # the feed is away
        (None, 23, True),
        (None, 25, False),
        (25, -100, False),  # a clock that is wrong
    ],
)
def test_a_warning_without_an_end_is_gone_a_day_after_it_was_seen(
    world: World,
    olpe: Town,
    region: Town,
    seen_hours_ago: int | None,
    sent_hours_ago: int,
    held: bool,
) -> None:
    seen = None if seen_hours_ago is None else world.ago(hours=seen_hours_ago)
    source = feed(region, "dwd", fetched_at=seen)
    sent = world.ago(hours=sent_hours_ago)
    warning(region, source, "endless", "805966024", expires=None, sent_at=sent)
    warning(region, source, "long", "805966024", expires=world.ago(hours=-48), sent_at=sent)
    assert headlines(olpe) == (["endless", "long"] if held else ["long"])


def test_a_district_has_a_cell_of_its_own(world: World, region: Town) -> None:
    warning(region, feed(region, "dwd"), "Frost", "105966000")
    assert headlines(world.town("kreis-olpe", kind="district", ags="05966")) == ["Frost"]


@pytest.mark.usefixtures("region")
def test_a_warning_that_another_town_fetched_is_its_own(world: World, olpe: Town) -> None:
    other = world.town("attendorn", ags="05966004")
    warning(other, feed(other, "dwd"), "Gewitter", "805966024")
    assert headlines(olpe) == []
    warning(olpe, feed(olpe, "dwd"), "Sturm", "805966024")
    assert headlines(olpe) == ["Sturm"]


@pytest.mark.usefixtures("region")
def test_a_fire_danger_index_that_another_town_fetched_is_its_own(world: World, olpe: Town) -> None:
    other = world.town("attendorn", latitude=51.1, longitude=7.85)
    for town, wbi in ((other, 5), (olpe, 2)):
        point = station(town, feed(town, "dwd", "dwd-wbi"), "near", latitude=51.1, longitude=7.85)
        day = {"day": "2026-08-14", "issued_at": world.now, "wbi": wbi}
        ids = {"tenant_id": town.tenant_id, "feed_station_id": point}
        world.add("core.fire_danger_index", **ids, **day)
    assert olpe.select("select wbi from api.fire_danger_index") == [{"wbi": 2}]


def test_the_fire_danger_index_is_that_of_the_nearest_station(olpe: Town, region: Town) -> None:
    source = feed(region, "dwd", "dwd-wbi")
    today = date(2026, 8, 14)
    for code, latitude, wbi in (("near", 51.1, 4), ("farther", 51.3, 2), ("far", 52.0, 5)):
        point = station(region, source, code, latitude=latitude, longitude=7.85)
        ids = {"tenant_id": region.tenant_id, "feed_station_id": point}
        for ahead in range(2 if code == "near" else 3):
            olpe.world.add(
                "core.fire_danger_index",
                **ids,
                day=str(today + timedelta(days=ahead)),
                issued_at=olpe.world.now,
                wbi=wbi,
            )
    rows = olpe.select("select station, wbi from api.fire_danger_index order by day")
    assert [(row["station"], row["wbi"]) for row in rows] == [
        ("near", 4),
        ("near", 4),
        ("farther", 2),
    ]
