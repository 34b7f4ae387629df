"""A rule on how soon a gauge reaches a stage at the rate of now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from tests.features.alarms.hub import AlarmTown, alarm_town
from tests.world import World

from regionhub.errors import InputError
from regionhub.features.alarms.rules import rule
from regionhub.features.alarms.trial import try_rule

STAGES: dict[str, Any] = {"stage_1_cm": 100.0, "stage_2_cm": 200.0}
#: Minutes ago and cm: 30 cm/h.
RISE: dict[float, float] = {70 - 10 * n: 110.0 + 5 * n for n in range(6)}


@pytest.fixture
def olpe(world: World) -> AlarmTown:
    made = alarm_town(world)
    made.told("Wehr")
    return made


def soon(olpe: AlarmTown, **values: float) -> int:
    """Stage 2 in two hours or less; over where it takes three."""
    usual: dict[str, Any] = {"stage": 2, "limit_value": 2.0, "clear_value": 3.0, "level": 2}
    return olpe.rule("time_to_stage", "Bald", **usual | values)


def gauge(olpe: AlarmTown, *courses: Mapping[float, float]) -> None:
    """A gauge with levels so many minutes ago; the rules look after each course."""
    device = olpe.town.device(olpe.town.gauge(**STAGES))
    for course in courses:
        device.readings(
            "water_level", [(olpe.world.ago(minutes=back), cm) for back, cm in course.items()]
        )
        olpe.look()


def test_a_stage_that_comes_within_the_hours_is_told_until_it_does_not(olpe: AlarmTown) -> None:
    soon(olpe)
    gauge(olpe, RISE)
    assert olpe.alarms() == []  # 135 cm: stage 2 is 2.2 hours away
    gauge(olpe, RISE, {10: 145.0})
    [alarm] = olpe.alarms()
    assert alarm["said"] == "Stufe 2 in unter 2 h zu erwarten"
    assert (alarm["unit"], alarm["level"]) == ("h", 2)
    assert 1.7 < alarm["value"] <= 2
    assert olpe.log() == ["raised", "confirmed"]


def test_between_its_limits_it_stays_and_a_level_that_stands_ends_it(olpe: AlarmTown) -> None:
    made = soon(olpe)
    gauge(olpe, RISE | {10: 145.0})
    change = "update core.alarm_rule set limit_value = 1, clear_value = %s where rule_id = %s"
    for clear, log in ((3, ["raised", "confirmed"]), (1, ["raised", "confirmed", "cleared"])):
        olpe.world.owner.execute(change, [clear, made])
        olpe.look()
        assert olpe.log() == log
    other = alarm_town(olpe.world)
    other.told("Wehr")
    soon(other)
    gauge(other, RISE | {10: 145.0}, {n / 3: 145.0 for n in range(27)})
    assert other.log() == ["raised", "confirmed", "cleared"]


def test_a_stage_that_is_reached_is_no_hours_away(olpe: AlarmTown) -> None:
    soon(olpe)
    gauge(olpe, {30 - 10 * n: 210.0 for n in range(3)})
    assert [alarm["value"] for alarm in olpe.alarms()] == [0.0]


@pytest.mark.parametrize("course", [{60: 190.0}, dict.fromkeys((30, 20, 10), 190.0)])
def test_an_old_level_and_one_that_stands_say_nothing(
    olpe: AlarmTown, course: dict[float, float]
) -> None:
    soon(olpe)
    gauge(olpe, course)
    assert olpe.alarms() == []


def test_what_jumps_faster_than_water_waits_for_the_next_reading(olpe: AlarmTown) -> None:
    soon(olpe)
    world, site = olpe.world, olpe.town.gauge(**STAGES)
    device = olpe.town.device(site)
    still = [(world.ago(minutes=back), 50.0, 1, 0) for back in (30, 20)]
    device.readings("water_level", [*still, (world.ago(minutes=10), 190.0, 3, 8)])
    olpe.look()
    assert olpe.alarms() == []


def test_it_is_tried_on_the_last_year(olpe: AlarmTown) -> None:
    """A flood of 40 cm/h, two days ago; of hourly means stage 2 is nearer than two hours once."""
    world, site = olpe.world, olpe.town.gauge("Brücke", **STAGES)
    begin = world.ago(days=2).replace(minute=0, second=0, microsecond=0)
    quarter = timedelta(minutes=15)
    course = [50.0] * 12 + [50.0 + 10 * n for n in range(20)] + [250.0 - 10 * n for n in range(20)]
    points = [(begin + n * quarter, level) for n, level in enumerate(course)]
    olpe.town.sensor(site, "water_level", *points)
    made = soon(olpe)
    with olpe.town.acting() as connection:
        trial = try_rule(connection, rule(connection, made), world.now)
    [firing] = trial.firings
    # of the second hour of the rise the mean is 105 cm, its end 125 cm
    assert (firing.site_id, firing.at) == (site, begin + timedelta(hours=4))


@pytest.mark.parametrize("values", [{"limit_value": 25.0}, {"clear_value": 1.0}, {"stage": 4}])
def test_what_does_not_fit_is_refused(olpe: AlarmTown, values: dict[str, float]) -> None:
    with pytest.raises(InputError):
        soon(olpe, **values)
