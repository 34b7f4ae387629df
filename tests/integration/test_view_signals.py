"""What readers see of decisions: as long as these hold, and of their own towns."""

from __future__ import annotations

from typing import Any

from tests.town import Town
from tests.world import World


def test_what_waits_too_long_is_shown_to_nobody(world: World) -> None:
    town = world.town()
    site = town.gauge(stage_1_cm=100)
    sensor = town.sensor(site, "water_level", (world.ago(minutes=1), 50.0))
    assert town.row("gauge_signal", site_id=site)["state"] == "stage_0"

    def said() -> tuple[str, int | None, str | None]:
        with town.acting(decided=False):
            [row] = world.select(
                "select state, level, reason from api.gauge_signal where site_id = %s", site
            )
        return row["state"], row["level"], row["reason"]

    for seconds, expected in ((5, ("stage_0", 0, None)), (6, ("no_data", None, "not_decided"))):
        key = world.add(
            "core.touched",
            device_ids=[sensor.device_id],
            times=[world.now],
            touched_at=world.ago(seconds=seconds),
        )["touched_id"]
        assert said() == expected
        world.owner.execute("delete from core.touched where touched_id = %s", [key])
        world.owner.execute(
            "update core.signal set due_at = %s where site_id = %s",
            [world.ago(seconds=seconds), site],
        )
        assert said() == expected
        world.owner.execute("update core.signal set due_at = null where site_id = %s", [site])


def shown(town: Town, site: int) -> dict[str, Any]:
    """What a town sees of a gauge, without anything decided first."""
    with town.acting(decided=False):
        [row] = town.world.select("select * from api.gauge_signal where site_id = %s", site)
    return row


def kept_level(world: World, site: int) -> int | None:
    """As alarms read it; views of features take that of the state."""
    [row] = world.select("select level from core.current_signal where site_id = %s", site)
    level: int | None = row["level"]
    return level


def touch(town: Town, device: int) -> None:
    """A device of which nothing was decided for ten seconds."""
    long = town.world.ago(seconds=10)
    town.world.add("core.touched", device_ids=[device], times=[long], touched_at=long)


def dry_gauge(town: Town, **installation: Any) -> tuple[int, int]:
    """A gauge in order, and its device."""
    site = town.gauge(stage_1_cm=100)
    device = town.device(site, **installation)
    device.readings("water_level", [(town.world.now, 50.0), (town.world.ago(minutes=1), 50.0)])
    return site, device.device_id


def test_a_device_that_waits_is_only_of_the_site_where_it_is(world: World) -> None:
    """From the moment of its installation on, until it is taken away."""
    town = world.town()
    before, elsewhere, now = (
        dry_gauge(town, **more) for more in ({"since": world.ago(days=3)}, {}, {"since": world.now})
    )
    world.owner.execute(
        "update core.installation set to_time = now() where device_id = %s", [before[1]]
    )
    world.decide()
    for site, _ in (elsewhere, now):
        assert shown(town, site)["state"] == "stage_0"
    touch(town, now[1])
    touch(town, before[1])
    assert shown(town, now[0])["reason"] == "not_decided"
    assert shown(town, elsewhere[0])["state"] == "stage_0"
    assert shown(town, before[0])["reason"] != "not_decided"


def test_who_waits_for_the_past_is_decided_for_today(world: World) -> None:
    town = world.town()
    site, _ = dry_gauge(town)
    world.decide()
    touched = {"site_ids": [site], "times": [world.ago(days=9)]}
    long = {"touched_at": world.ago(hours=1)}
    world.add("core.touched", **touched, **long, until=world.ago(hours=1))
    assert shown(town, site)["state"] == "stage_0"
    for age, state in ((5, "stage_0"), (6, "no_data")):
        key = world.add("core.touched", **touched, touched_at=world.ago(seconds=age))["touched_id"]
        assert shown(town, site)["state"] == state
        world.owner.execute("delete from core.touched where touched_id = %s", [key])


def test_of_what_waits_nothing_is_said(world: World) -> None:
    """Neither a level nor since when, also of a site whose sensor is silent."""
    town = world.town()
    silent = town.gauge(stage_1_cm=100)
    sensor = town.sensor(silent, "water_level", (world.ago(hours=30), 50.0))
    sensor.state(last_seen_at=world.ago(hours=30))
    site, device = dry_gauge(town)
    world.decide()
    assert shown(town, silent)["reason_since"] is not None
    assert shown(town, site)["since"] is not None
    assert kept_level(world, site) == 0
    touch(town, device)
    touch(town, sensor.device_id)
    for each in (silent, site):
        row = shown(town, each)
        assert (row["state"], row["reason"]) == ("no_data", "not_decided")
        assert (row["level"], row["since"], row["reason_since"]) == (None, None, None)
        assert kept_level(world, each) is None
