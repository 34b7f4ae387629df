"""Forecasts of gauges that another town shares."""

from __future__ import annotations

import pytest
from tests import forecasts
from tests.town import Town
from tests.world import World

from regionhub.errors import NotFound
from regionhub.features.gauges.forecast.store import GaugeForecast, gauge_forecast


def read(town: Town, gauge: int) -> GaugeForecast:
    with town.acting() as connection:
        return gauge_forecast(connection, gauge)


def test_who_sees_the_readings_sees_what_is_forecast(world: World) -> None:
    olpe, arnsberg, brilon = (world.town(slug) for slug in ("olpe", "arnsberg", "brilon"))
    site, above = olpe.gauge(), brilon.gauge()
    stream = olpe.device(site).readings("water_level", [(world.ago(minutes=5), 3.0)])
    other = brilon.device(above).readings("water_level", [(world.ago(minutes=5), 3.0)])
    forecasts.furnish(world, olpe.tenant_id, site, world.ago(minutes=5))
    with pytest.raises(NotFound):
        read(arnsberg, site)
    world.grant(stream, arnsberg, "hourly")
    with pytest.raises(NotFound):
        read(arnsberg, site)
    world.grant(stream, arnsberg, "raw")
    found = read(arnsberg, site)
    assert [(lead.p05_cm, lead.p95_cm) for lead in found.leads] == [(5.0, 95.0)]
    assert (found.refused, [one.lead_hours for one in found.skill]) == (None, [1])
    # it stands on a gauge of a third town
    world.owner.execute("update core.gauge_forecast set upstream = %s", [[above]])
    with pytest.raises(NotFound):
        read(arnsberg, site)
    assert read(olpe, site).leads
    world.grant(other, arnsberg, "daily")
    assert read(arnsberg, site).leads
