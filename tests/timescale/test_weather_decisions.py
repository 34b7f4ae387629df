"""Roads and fire weather are decided alike where readings lie in chunks and rollups are kept."""

from __future__ import annotations

import pytest
from tests.conftest import TimescaleDatabase
from tests.features.forest.test_fire_weather import DAY, DRY, PLACE, measure, newest, station
from tests.world import World

pytestmark = pytest.mark.timescale


def test_a_stand_and_a_road(own_timescale: TimescaleDatabase) -> None:
    world = World(own_timescale.owner())  # stations of others would be near
    town = world.town(**PLACE)
    stand, road = town.site("forest", **PLACE), town.site("road")
    device, last = station(town, stand), newest(world)
    for back in range(30):
        measure(device, last - back * DAY, DRY)
    surface = town.device(road)
    times = world.times(60)
    surface.readings("road_surface_temperature", [(time, -2.0) for time in times])
    surface.readings("dew_point", [(time, -1.0) for time in times])
    days = town.select("select fwi from api.fire_weather where site_id = %s order by day", stand)
    assert len(days) == 30
    assert days[0]["fwi"] < days[-1]["fwi"]
    assert town.row("road", site_id=road)["state"] == "ice"
