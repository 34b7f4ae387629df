"""Rain that is to come, as it had been forecast."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
from tests import feeds, forecasts
from tests.features.gauges.rivers import river
from tests.features.gauges.test_forecast_jobs import GaugeTown, gauge_town
from tests.world import World

from regionhub.features.gauges.forecast.history import with_rain_forecasts
from regionhub.features.gauges.forecast.terms import LEADS

HOURS = 1900


def keep(at: GaugeTown, hours: int) -> None:
    """Of the last hours what had been forecast of rain: not quite what came."""
    world, rain = at.town.world, river(HOURS, seed=4)["rain_mm"].to_numpy(float)
    off = np.random.default_rng(1).uniform(0.5, 1.5, HOURS)
    run = forecasts.RUN | {"tenant_id": at.town.tenant_id, "site_id": at.gauge}
    end = world.ago(minutes=5)
    rows = []
    for place in range(HOURS - hours, HOURS - 1):
        ahead = [off[place] * rain[place + 1 : place + 1 + lead].sum() for lead in LEADS]
        time = end - timedelta(hours=HOURS - 1 - place)
        rows.append(run | {"level_time": time, "trained_at": time, "rain_ahead_mm": ahead})
    world.add_all("core.gauge_forecast", rows)


def foretell(at: GaugeTown, mm: float, hours: int = 14) -> None:
    """So much rain in each of the next hours, in place of what was forecast before; and again."""
    world, of = at.town.world, {"tenant_id": at.town.tenant_id}
    if not world.select("select from core.feed"):
        source = feeds.feed(at.town, "dwd")
        feeds.station(at.town, source, "dwd", latitude=51.2, longitude=8.2)
    [point] = world.select("select feed_station_id from core.feed_station")
    world.owner.execute("delete from core.weather_forecast")
    world.owner.execute(
        "delete from core.gauge_forecast where rain_ahead_mm is null or rain_forecast"
    )
    hour = world.now.replace(minute=0, second=0, microsecond=0)
    for number in range(hours):
        time = hour + timedelta(hours=number)
        issued = {"issued_at": world.now, "rain_mm": mm}
        world.add("core.weather_forecast", **of, **point, time=time, **issued)
    at.forecast()


def middles(at: GaugeTown) -> dict[int, float]:
    return {lead.lead_hours: lead.mean_cm for lead in at.read().leads}


def test_rain_that_is_forecast_counts_once_enough_of_it_was(world: World) -> None:
    at = gauge_town(world, HOURS)
    keep(at, HOURS)
    at.learn()
    foretell(at, 0.0)
    dry, found = middles(at), at.read()
    assert found.rain_forecast is True
    foretell(at, 5.0)
    wet = middles(at)
    assert wet[6] > dry[6] + 5
    assert wet[12] > dry[12] + 5
    foretell(at, 5.0, hours=8)  # of twelve hours it is not known
    assert at.read().rain_forecast is False


def test_a_forecast_is_known_from_when_it_was_made_on(world: World) -> None:
    town = world.town()
    site = town.gauge()
    end = world.now.replace(minute=0, second=0, microsecond=0)
    same = {"tenant_id": town.tenant_id, "site_id": site, "trained_at": end}
    made = end - timedelta(hours=2) + timedelta(minutes=20)
    row = same | {"level_time": made, "rain_ahead_mm": [1.0, 2.0, 3.0, 4.0]}
    world.add("core.gauge_forecast", **forecasts.RUN, **row)
    hours = pd.DataFrame({"level": 1.0}, index=pd.date_range(end=end, periods=5, freq="h"))
    with world.owner.transaction():
        known = with_rain_forecasts(world.owner, site, hours)
    assert known["rain_ahead_12"].dropna().to_dict() == {end - timedelta(hours=1): 4.0}
