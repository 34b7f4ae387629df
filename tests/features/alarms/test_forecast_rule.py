"""A rule on how likely a forecast calls a stage."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests import forecasts
from tests.features.alarms.hub import AlarmTown, alarm_town
from tests.world import World

from regionhub.errors import InputError
from regionhub.features.alarms.rules import rule
from regionhub.features.alarms.trial import try_rule


@pytest.fixture
def olpe(world: World) -> AlarmTown:
    made = alarm_town(world)
    made.told("Wehr")
    return made


def say(olpe: AlarmTown, site: int, time: datetime, **likely: float) -> None:
    """A forecast: how likely stage 2 is, by lead as `h6`."""
    world = olpe.world
    same = {"tenant_id": olpe.town.tenant_id, "site_id": site, "level_time": time}
    world.add("core.gauge_forecast", **same, **forecasts.RUN, trained_at=time)
    for lead, pct in likely.items():
        lead_hours = int(lead.removeprefix("h"))
        row = forecasts.QUANTILES | {"lead_hours": lead_hours, "stage_2_pct": pct}
        world.add("core.gauge_forecast_lead", **same, **row)


def test_a_stage_that_is_likely_is_told(olpe: AlarmTown) -> None:
    """Leads up to the hours of the rule count; below the lower limit it is over."""
    world, site = olpe.world, olpe.town.gauge("Brücke")
    olpe.town.device(site)
    made = olpe.rule("forecast", stage=2, hours=6, limit_value=50.0, clear_value=30.0, level=2)
    say(olpe, site, world.ago(minutes=30), h1=1, h6=49, h12=90)
    olpe.look()
    assert olpe.alarms() == []
    say(olpe, site, world.ago(minutes=20), h1=1, h6=50)
    olpe.look()
    [alarm] = olpe.alarms()
    assert alarm["said"] == "Stufe 2 binnen 6 h zu erwarten"
    assert (alarm["value"], alarm["unit"], alarm["level"]) == (50.0, "%", 2)
    assert alarm["measured_at"] == world.ago(minutes=20)
    say(olpe, site, world.ago(minutes=10), h1=1, h6=31)
    olpe.look()
    assert olpe.log() == ["raised", "confirmed"]
    say(olpe, site, world.ago(minutes=5), h1=1, h6=29)
    olpe.look()
    assert olpe.log() == ["raised", "confirmed", "cleared"]
    with olpe.town.acting() as connection:
        trial = try_rule(connection, rule(connection, made), world.now)
    [firing] = trial.firings
    assert (firing.site_id, firing.at) == (site, world.ago(minutes=20))


def test_an_old_forecast_says_nothing(olpe: AlarmTown) -> None:
    olpe.rule("forecast", stage=2, hours=6, limit_value=50.0)
    say(olpe, olpe.town.gauge(), olpe.world.ago(minutes=46), h6=99)
    olpe.look()
    assert olpe.alarms() == []


def test_what_belongs_to_a_forecast_is_asked_for(olpe: AlarmTown) -> None:
    with pytest.raises(InputError, match="probability"):
        olpe.rule("forecast", stage=2, hours=6, limit_value=0.5)
    with pytest.raises(InputError, match="hours"):
        olpe.rule("forecast", stage=2, limit_value=50.0)
