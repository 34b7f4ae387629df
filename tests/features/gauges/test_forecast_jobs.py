"""Forecasts as `regionhub work` learns, makes and keeps them, and as a town reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.features.gauges.rivers import river
from tests.town import Town
from tests.world import World

from regionhub.errors import NotFound
from regionhub.features.gauges.forecast import jobs, model
from regionhub.features.gauges.forecast.bands import Correction
from regionhub.features.gauges.forecast.history import gauge, history
from regionhub.features.gauges.forecast.jobs import (
    Due,
    due_for_forecasts,
    due_for_learning,
    forecast_gauge,
    learn_gauge,
)
from regionhub.features.gauges.forecast.kept import packed, unpacked
from regionhub.features.gauges.forecast.make import over
from regionhub.features.gauges.forecast.model import Boosted, Trend
from regionhub.features.gauges.forecast.predictors import predictors
from regionhub.features.gauges.forecast.skill import StageSkill, stage_skill
from regionhub.features.gauges.forecast.store import GaugeForecast, gauge_forecast
from regionhub.features.gauges.river.links import put_link


@dataclass(frozen=True)
class GaugeTown:
    """A town with a gauge, rain beside it and a gauge above it."""

    town: Town
    gauge: int
    above: int

    @property
    def due(self) -> Due:
        return Due(site_id=self.gauge, slug=self.town.slug)

    def learn(self) -> None:
        with self.town.world.owner.transaction():
            learn_gauge(self.town.world.owner, self.due, self.town.world.now)

    def forecast(self, now: datetime | None = None) -> None:
        with self.town.world.owner.transaction():
            forecast_gauge(self.town.world.owner, self.due, now or self.town.world.now)

    def read(self) -> GaugeForecast:
        with self.town.acting() as connection:
            return gauge_forecast(connection, self.gauge)


def gauge_town(world: World, hours: int, *, newest_minutes: float = 5) -> GaugeTown:
    town = world.town()
    where: dict[str, Any] = {"latitude": 51.2, "longitude": 8.2}
    gauge = town.gauge("Brücke", stage_1_cm=45.0, stage_2_cm=300.0, **where)
    above = town.gauge("Oberlauf", **where)
    table = river(hours, seed=4)
    end = world.ago(minutes=newest_minutes)
    times = [end - timedelta(hours=hours - 1 - place) for place in range(hours)]
    for site, quantity, column in (
        (gauge, "water_level", "level"),
        (above, "water_level", "upstream_1"),
        (town.tree(**where), "precipitation", "rain_mm"),
    ):
        town.sensor(site, quantity, *zip(times, table[column].tolist(), strict=True))
    with town.acting(decided=False) as connection:
        put_link(connection, gauge, above, minutes=None, by="Test")
    return GaugeTown(town, gauge, above)


def test_a_gauge_is_learnt_and_forecast(world: World) -> None:
    """With rain and the gauge above; the skill stands beside it."""
    at = gauge_town(world, 1800)
    assert at.read().refused == "not_learnt"
    at.learn()
    assert at.read().refused == "not_made"
    at.forecast()
    found = at.read()
    assert found.refused is None
    assert (found.model, found.model_reason) == ("gradient boosting", None)
    assert (found.rain, found.rain_forecast) == (True, False)
    assert found.upstream == [at.above]
    assert found.trained_at == world.now
    assert [lead.lead_hours for lead in found.leads] == [1, 3, 6, 12]
    for lead in found.leads:
        assert lead.time - lead.lead_hours * timedelta(hours=1) == world.ago(minutes=5)
        assert lead.p05_cm <= lead.mean_cm <= lead.p95_cm
        assert lead.stage_1_pct is not None
        assert lead.stage_3_pct is None
    assert found.leads[0].p95_cm - found.leads[0].p05_cm < 20
    skill = found.skill[0]
    assert (skill.basis, skill.lead_hours) == ("backtest", 1)
    assert skill.skill_over_persistence is not None
    assert skill.skill_over_persistence > 0.3
    assert [one.stage for one in skill.stages] == [1, 2]
    assert skill.stages[0].hits > 0
    # the same again is not made twice
    at.forecast()
    assert at.read() == found
    nobody = world.town()
    with nobody.acting() as connection, pytest.raises(NotFound):
        gauge_forecast(connection, at.gauge)


def test_little_history_is_a_trend_and_says_why(world: World) -> None:
    at = gauge_town(world, 300)
    at.learn()
    at.forecast()
    found = at.read()
    assert (found.model, found.model_reason) == ("trend", "too_little_history")
    assert found.leads[2].mean_cm == pytest.approx(found.level_cm)


def test_without_the_extra_there_is_a_trend(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "can_learn", lambda: False)
    at = gauge_town(world, 1900)
    at.learn()
    at.forecast()
    assert (at.read().model, at.read().model_reason) == ("trend", "extra_missing")


def test_an_old_level_is_no_ground_for_a_forecast(world: World) -> None:
    at = gauge_town(world, 300, newest_minutes=46)
    at.learn()
    at.forecast()
    found = at.read()
    assert found.refused == "stale_level"
    assert found.leads == []


def test_a_false_echo_is_not_gone_on_from(world: World) -> None:
    """What a single reading says is not known yet: the one before it is."""
    at = gauge_town(world, 300, newest_minutes=15)
    [device] = world.select("select device_id from core.installation where site_id = %s", at.gauge)
    at.learn()
    at.forecast()
    before = at.read()
    stream = world.select(
        "select datastream_id from core.datastream where device_id = %s", device["device_id"]
    )[0]["datastream_id"]
    world.add(
        "core.reading",
        datastream_id=stream,
        tenant_id=at.town.tenant_id,
        time=world.ago(minutes=1),
        value=900.0,
        quality=1,
        tests=0,
    )
    at.forecast()
    assert at.read().level_time == before.level_time


def test_an_echo_is_forecast_once_and_then_when_another_level_comes(world: World) -> None:
    town = world.town()
    gauge = town.gauge()
    levels = [(world.ago(hours=hours, minutes=15), 50.0) for hours in range(120)]
    device = town.sensor(gauge, "water_level", *levels)
    at = GaugeTown(town, gauge, gauge)
    at.learn()
    # an echo; what says that the water is there
    for minutes, level, forecast_from in ((2, 900.0, 15), (1, 902.0, 1)):
        device.readings("water_level", [(world.ago(minutes=minutes), level)])
        world.decide()
        assert at.due in due_for_forecasts(world.owner)
        at.forecast()
        assert at.due not in due_for_forecasts(world.owner)
        assert at.read().level_time == world.ago(minutes=forecast_from)


@pytest.mark.parametrize(("hours", "before", "again"), [(0, 23, 24), (40, 23, 24), (90, 5, 8)])
def test_what_has_too_little_history_is_not_looked_at_again_before_it_may_have_enough(
    world: World, hours: int, before: int, again: int
) -> None:
    at = gauge_town(world, hours or 1, newest_minutes=5)
    world.decide()
    if not hours:  # a level that is not believed is none to learn from
        world.owner.execute("update core.reading set quality = 4")

    def is_due(**ahead: float) -> bool:
        return at.due in due_for_learning(world.owner, world.now + timedelta(**ahead))

    assert is_due()
    at.learn()
    assert not is_due(hours=before)
    assert is_due(hours=again)


def test_what_was_made_is_measured_when_there_is_a_month_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_LEAST_STORED", 20)
    at = gauge_town(world, 200)
    at.learn()
    for ago in range(40, 0, -1):
        at.forecast(world.ago(hours=ago))
        at.forecast(world.ago(hours=ago))
    at.learn()
    skill = at.read().skill
    assert {one.basis for one in skill} == {"stored"}
    assert skill[0].n == 39
    assert skill[2].skill_over_persistence == pytest.approx(0)


def test_of_an_hour_one_forecast_is_kept(world: World) -> None:
    town = world.town()
    gauge = town.gauge()
    hour = world.ago(hours=5).replace(minute=0, second=0, microsecond=0)
    times = [hour + timedelta(minutes=5 * place) for place in range(13)]
    table = river(13 * 12)["level"].tolist()
    town.sensor(gauge, "water_level", *zip(times, table, strict=False))
    older = [hour - timedelta(hours=place) for place in range(1, 120)]
    town.sensor(gauge, "water_level", *zip(older, table, strict=False))
    at = GaugeTown(town, gauge, gauge)
    at.learn()
    for time in times:
        at.forecast(time)
    kept = world.select(
        "select level_time from core.gauge_forecast where site_id = %s order by 1", gauge
    )
    assert [row["level_time"] for row in kept] == [hour, times[-1]]


def test_what_is_kept_forecasts_what_was_learnt() -> None:
    """Our trees and our line say what those of scikit-learn say, gaps included."""
    parts = model._parts()
    known = predictors(river(1500))
    known.iloc[::7, 3] = np.nan
    level = river(1500)["level"]
    change = (level.shift(-3) - level).fillna(0.0)
    boosted = Boosted.of(known, change)
    x = known.to_numpy(float)
    with parts.threads(1):
        theirs = parts.trees(loss="squared_error").fit(x, change)
        line = parts.line().fit(x, change)
    np.testing.assert_allclose(boosted.trees.predict(x)[:, 0], theirs.predict(x), atol=1e-5)
    np.testing.assert_allclose(boosted.line.predict(x), line.predict(x), atol=1e-8)
    again, correction = unpacked(packed(boosted, Correction(0.5, 0.1)))
    assert correction == Correction(0.5, 0.1)
    pd.testing.assert_series_equal(
        pd.Series(again.forecast(known).mean), pd.Series(boosted.forecast(known).mean)
    )
    assert not again.is_outside(known[:1400]).any()
    higher = known[-1:] + 1000
    assert again.is_outside(higher).all()
    assert again.forecast(higher).quantiles[0, -1] >= boosted.line.predict(higher.to_numpy())[0]


def test_a_pickle_is_not_read() -> None:
    """Who writes into the database cannot make the worker run something."""
    file = BytesIO()
    np.savez(file, correction=np.array([Trend], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        unpacked(file.getvalue())


def test_probabilities_fall_with_the_level() -> None:
    quantiles = np.array([90.0, 98.0, 100.0, 103.0, 112.0])
    likely = [over(limit, quantiles) for limit in (0, 90, 100, 112, 113, 150, 1000)]
    assert likely == sorted(likely, reverse=True)
    assert likely[1:4] == pytest.approx([0.95, 0.5, 0.05])
    assert likely[0] > 0.99
    assert likely[-1] < 0.001
    calm = np.full(5, 100.0)
    assert (over(99.0, calm), over(101.0, calm)) == pytest.approx((1, 0))


def test_stages_are_counted_by_event() -> None:
    """Of two floods one was said in time, and a third one that did not come."""
    hours = np.arange(300.0)
    level, ahead = np.full(300, 50.0), np.full(300, 50.0)
    level[100:130] = level[200:203] = 120.0
    ahead[98:131] = 120.0
    ahead[250:253] = 120.0
    found = stage_skill(hours, level, ahead, 3, 1, 100.0)
    assert found == StageSkill(1, hits=1, misses=1, false_alarms=1)


def test_rain_falls_into_the_hours_before_the_level(world: World) -> None:
    """Hours end with the newest level; what fell in one of the clock's is divided evenly."""
    town = world.town()
    site = town.gauge(latitude=51.2, longitude=8.2)
    clock = world.ago(days=1).replace(minute=0, second=0, microsecond=0)
    half = clock + timedelta(hours=5, minutes=30)
    town.sensor(site, "water_level", (half - timedelta(hours=4), 9.0), (half, 10.0))
    fell = [
        (clock + timedelta(hours=place, minutes=10), mm) for place, mm in enumerate((1.0, 2.0, 4.0))
    ]
    fell += [(clock + timedelta(hours=4, minutes=10), 8.0), (half - timedelta(minutes=20), 16.0)]
    town.sensor(town.tree(latitude=51.21, longitude=8.2), "precipitation", *fell)
    with world.owner.transaction():
        found_site = gauge(world.owner, town.slug, site)
        assert found_site is not None
        span = timedelta(hours=6)
        found = history(world.owner, town.slug, found_site, half, span)
    assert found is not None
    assert found.time == half
    rain = found.hours["rain_mm"].tolist()
    # of the hour without a reading nobody knows, so half of each beside it is all that is known
    assert rain == pytest.approx([1.5, 3.0, 2.0, 4.0, 20.0])
