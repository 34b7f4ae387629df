"""What trees and beds need where a sensor was moved, is old or lies at a limit."""

from __future__ import annotations

from typing import Any

import pytest
from tests.town import Town
from tests.world import World


@pytest.fixture
def town(world: World) -> Town:
    return world.town("arnsberg")


def test_a_tree_is_not_judged_by_what_its_sensor_measured_elsewhere(
    world: World, town: Town
) -> None:
    before, after = town.tree(), town.tree()
    moved = world.ago(hours=2)
    device = town.device(before, since=world.ago(days=90))
    device.install(after, since=moved)
    times = [world.ago(minutes=minutes) for minutes in range(5, 24 * 60, 10)]
    device.readings("soil_moisture_vwc", [(t, 16.0 if t >= moved else 31.0) for t in times])

    tree = town.row("irrigation", site_id=after)
    assert tree["vwc_pct"] == 16.0
    assert tree["irrigation_level"] == "now"
    assert town.row("irrigation", site_id=before)["irrigation_level"] == "no_data"


@pytest.mark.parametrize(
    ("quantity", "value", "level"),
    [
        ("soil_water_tension", 5.0, "wet"),
        ("soil_water_tension", 33.0, "good"),
        ("soil_water_tension", 34.0, "soon"),
        ("soil_water_tension", 81.0, "soon"),
        ("soil_water_tension", 82.0, "now"),
        # Ls3: wilting point 15.3 %, field capacity 31.5 % by volume
        ("soil_moisture_vwc", 31.5, "wet"),
        ("soil_moisture_vwc", 23.5, "good"),
        ("soil_moisture_vwc", 23.3, "soon"),
        ("soil_moisture_vwc", 20.3, "soon"),
        ("soil_moisture_vwc", 20.0, "now"),
    ],
)
def test_limits_of_the_irrigation_levels(
    world: World, town: Town, quantity: str, value: float, level: str
) -> None:
    tree = town.tree(soil_texture="Ls3")
    town.device(tree).readings(quantity, [(world.ago(minutes=5), value)])

    assert town.row("irrigation", site_id=tree)["irrigation_level"] == level


def test_an_old_value_is_no_data(world: World, town: Town) -> None:
    tree = town.tree()
    town.device(tree).readings("soil_moisture_vwc", [(world.ago(hours=7), 30.0)])

    row = town.row("irrigation", site_id=tree)
    assert (row["irrigation_level"], row["no_data_reason"]) == ("no_data", "no_recent_reading")


@pytest.mark.parametrize(
    ("nfk_pct", "shown", "level"),
    [(30, 30.0, "soon"), (29.9999, 29.9, "now"), (49.96, 49.9, "soon"), (50, 50.0, "good")],
)
@pytest.mark.parametrize("soil_texture", ["Ss", "Ls3", "Tu3"])
def test_plant_available_water_is_never_rounded_over_a_limit(
    world: World, town: Town, soil_texture: str, nfk_pct: float, shown: float, level: str
) -> None:
    tree = town.tree(soil_texture=soil_texture)
    [row] = world.select(
        "select wilting_point_pct + %s / 100.0 * (field_capacity_pct - wilting_point_pct) as vwc "
        "from core.soil_texture where soil_texture = %s",
        *(nfk_pct, soil_texture),
    )
    town.device(tree).readings("soil_moisture_vwc", [(world.ago(minutes=5), row["vwc"])])

    found = town.row("irrigation", site_id=tree)
    assert (found["irrigation_level"], found["nfk_pct"]) == (level, shown)
    assert town.row("irrigation_signal", site_id=tree)["value"] == int(shown)


class TestFrost:
    """Ls3: 12 % by volume is far below the wilting point, 26 % is good."""

    def tree(
        self, town: Town, moisture: float, degrees: float | None, **device: Any
    ) -> dict[str, Any]:
        site = town.tree(soil_texture="Ls3")
        times = town.world.times(150)
        probe = town.device(site, **device)
        probe.readings("soil_moisture_vwc", [(time, moisture) for time in times])
        if degrees is not None:
            probe.readings("soil_temperature", [(time, degrees) for time in times])
        return town.row("irrigation", site_id=site) | {
            "signal": town.row("irrigation_signal", site_id=site)
        }

    @pytest.mark.parametrize(
        ("moisture", "degrees", "level", "frost"),
        [
            (12, -1.5, "frozen", True),
            (26, 0, "frozen", True),
            # about to freeze: dry is what ice looks like
            (12, 0.4, "frozen", True),
            (26, 0.4, "good", True),
            (12, 1.1, "now", False),
            (12, None, "now", False),
        ],
    )
    def test_is_no_need_for_water(
        self, town: Town, moisture: float, degrees: float | None, level: str, frost: bool
    ) -> None:
        tree = self.tree(town, moisture, degrees)
        assert (tree["irrigation_level"], tree["frost"]) == (level, frost)
        assert tree["no_data_reason"] is None
        signal = tree["signal"]
        assert signal["level"] == {"now": 2}.get(level, 0)
        assert signal["reason"] == ("frost" if frost else None)

    @pytest.mark.parametrize(("hours", "level"), [(20, "frozen"), (25, "now")])
    def test_is_over_when_nothing_of_it_is_in_the_median(
        self, world: World, town: Town, hours: float, level: str
    ) -> None:
        site = town.tree(soil_texture="Ls3")
        probe = town.device(site)
        probe.readings("soil_moisture_vwc", [(time, 12) for time in world.times(200)])
        temperatures = [(world.ago(hours=hours), -0.5), (world.ago(minutes=5), 4)]
        probe.readings("soil_temperature", temperatures)
        assert town.row("irrigation", site_id=site)["irrigation_level"] == level

    def test_of_one_depth_leaves_the_other(self, world: World, town: Town) -> None:
        site = town.tree(soil_texture="Ls3")
        times = world.times(150)
        for depth, moisture, degrees in ((10, 8, -2), (60, 26, 4)):
            probe = town.device(site, depth_cm=depth)
            probe.readings("soil_moisture_vwc", [(time, moisture) for time in times])
            town.device(site, depth_cm=depth).readings("soil_temperature", [(times[0], degrees)])
        row = town.row("irrigation", site_id=site)
        assert (row["irrigation_level"], row["vwc_pct"]) == ("good", 26)

    def test_of_a_depth_that_is_corrected(self, world: World, town: Town) -> None:
        site = town.tree(soil_texture="Ls3")
        probe = town.device(site, depth_cm=60)
        probe.readings("soil_moisture_vwc", [(world.ago(minutes=5), 26)])
        for depth, degrees in ((10, -2), (60, 4)):
            frost = town.device(site, depth_cm=depth)
            frost.readings("soil_temperature", [(world.ago(minutes=5), degrees)])
        assert town.row("irrigation", site_id=site)["irrigation_level"] == "good"
        world.owner.execute(
            "update core.installation set depth_cm = 10 where device_id = %s", [probe.device_id]
        )
        assert town.row("irrigation", site_id=site)["irrigation_level"] == "frozen"

    def test_of_one_position_leaves_the_other(self, world: World, town: Town) -> None:
        site = town.tree(soil_texture="Ls3")
        profile = town.device(site)
        for position, moisture, degrees in (("depth_1", 8, -2), ("depth_2", 26, 4)):
            for quantity, value in (("soil_moisture_vwc", moisture), ("soil_temperature", degrees)):
                profile.readings(quantity, [(world.ago(minutes=5), value)], position=position)
        row = town.row("irrigation", site_id=site)
        assert (row["irrigation_level"], row["vwc_pct"]) == ("good", 26)


class TestDoubt:
    """What a device doubts and what cannot be decides nothing, whether there is frost included."""

    @pytest.mark.parametrize(
        ("flag", "reason"), [((3, 1), "doubted"), ((3, 3), "doubted"), ((3, 2), "implausible")]
    )
    def test_alone_is_no_data(
        self, world: World, town: Town, flag: tuple[int, int], reason: str
    ) -> None:
        site = town.tree()
        probe = town.device(site)
        for quantity in ("soil_moisture_vwc", "soil_temperature"):
            probe.readings(quantity, [(time, 0, *flag) for time in world.times(72)])
        probe.state(last_seen_at=world.ago(minutes=1))
        row = town.row("irrigation", site_id=site)
        assert (row["irrigation_level"], row["no_data_reason"]) == ("no_data", reason)
        assert (row["frost"], row["sensors"], row["reason_since"]) == (False, 0, None)

    def test_is_no_part_of_the_mean(self, world: World, town: Town) -> None:
        site = town.tree()
        town.device(site).readings("soil_moisture_vwc", [(world.ago(minutes=5), 26)])
        town.device(site).readings("soil_moisture_vwc", [(world.ago(minutes=5), 0, 3, 1)])
        row = town.row("irrigation", site_id=site)
        assert (row["irrigation_level"], row["vwc_pct"], row["sensors"]) == ("good", 26, 1)

    def test_more_water_than_there_are_pores(self, world: World, town: Town) -> None:
        site = town.tree(soil_texture="Ls3")
        probe = town.device(site)
        probe.readings("soil_moisture_vwc", [(world.ago(minutes=5), 54)])
        row = town.row("irrigation", site_id=site)
        assert (row["irrigation_level"], row["no_data_reason"]) == ("no_data", "implausible")


@pytest.mark.parametrize(
    ("potential", "level"), [(-120, "now"), (-81, "soon"), (-20, "good"), (-3, "wet"), (1, "wet")]
)
def test_potential_is_tension_the_other_way_round(
    world: World, town: Town, potential: float, level: str
) -> None:
    tree = town.tree(soil_texture=None)
    town.device(tree).readings("soil_water_potential", [(world.ago(minutes=5), potential)])
    row = town.row("irrigation", site_id=tree)
    assert (row["irrigation_level"], row["tension_kpa"]) == (level, -potential)
    assert row["no_data_reason"] is None
