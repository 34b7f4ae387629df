"""Alarms of rules, as `regionhub work` finds them."""

from __future__ import annotations

import pytest
from tests.devices import Device
from tests.features.alarms.hub import AlarmTown, alarm_town
from tests.world import World


@pytest.fixture
def olpe(world: World) -> AlarmTown:
    town = alarm_town(world)
    town.told("Leitung")
    return town


def gauge(olpe: AlarmTown, level: float, **columns: float) -> int:
    site = olpe.town.gauge("Biggesee", stage_1_cm=100.0, stage_2_cm=200.0, **columns)
    olpe.town.sensor(site, "water_level", (olpe.world.ago(minutes=5), level))
    return site


def rise(olpe: AlarmTown, site: int, level: float, minutes: float = 1) -> None:
    [device] = olpe.world.select(
        "select device_id, dev_eui, profile_id from core.device "
        "join core.installation using (device_id) where site_id = %s",
        site,
    )
    Device(olpe.town, **device).readings("water_level", [(olpe.world.ago(minutes=minutes), level)])


def test_a_signal_from_its_level_on(olpe: AlarmTown) -> None:
    gauge(olpe, 120.0)
    olpe.rule("signal", "Hochwasser", signal="gauges", level=2)
    olpe.look()
    assert olpe.alarms() == []
    olpe.rule("signal", "Beobachten", signal="gauges", level=1)
    olpe.look()
    [alarm] = olpe.alarms()
    assert (alarm["rule_name"], alarm["said"], alarm["place"]) == (
        "Beobachten",
        "Stufe 1",
        "Biggesee",
    )
    assert (alarm["level"], alarm["value"], alarm["unit"]) == (1, 120.0, "cm")
    assert olpe.log() == ["raised", "confirmed"]
    assert olpe.notices() == [("Leitung", "confirmed")]


def test_a_single_echo_is_told_as_one_and_is_no_alarm_of_its_stage(olpe: AlarmTown) -> None:
    site = gauge(olpe, 50.0)
    olpe.rule("signal", signal="gauges", level=2)
    rise(olpe, site, 51.0, 4)
    rise(olpe, site, 250.0, 3)
    olpe.look()
    [alarm] = olpe.alarms()
    assert (alarm["said"], alarm["level"], alarm["confirmed_at"]) == ("Stufe 2", 2, None)
    assert olpe.notices() == [("Leitung", "unconfirmed")]
    for minutes in (2, 1):
        rise(olpe, site, 251.0, minutes)
    olpe.look()
    assert olpe.notices() == [("Leitung", "unconfirmed"), ("Leitung", "confirmed")]


def test_one_alarm_for_a_cause_however_often_one_looks(olpe: AlarmTown) -> None:
    site = gauge(olpe, 120.0)
    olpe.rule("signal", signal="gauges")
    for minutes in (4, 3, 2):
        olpe.look()
        rise(olpe, site, 121.0 + minutes, minutes)
    olpe.look(sites=[site])
    assert len(olpe.alarms()) == 1
    for seconds in (60, 30):
        rise(olpe, site, 250.0, seconds / 60)
    olpe.look(sites=[site])
    [alarm] = olpe.alarms()
    assert (alarm["level"], alarm["said"]) == (2, "Stufe 2")
    assert olpe.log() == ["raised", "confirmed", "higher"]


def test_what_nobody_knows_ends_no_alarm(olpe: AlarmTown) -> None:
    site = gauge(olpe, 120.0)
    olpe.rule("signal", signal="gauges")
    olpe.look()
    take_away(olpe, site, hours=20)
    olpe.back(hours=5)
    olpe.look()
    assert olpe.alarms()[0]["closed_at"] is None
    olpe.town.device(site, since=olpe.world.now)
    take_away(olpe, site, hours=30)
    olpe.look()
    assert olpe.alarms()[0]["closed_at"] is None  # another sensor is there, though it said nothing


def test_a_place_without_a_sensor_for_a_day_keeps_no_alarm_open(olpe: AlarmTown) -> None:
    site = gauge(olpe, 120.0)
    olpe.rule("signal", signal="gauges")
    olpe.look()
    take_away(olpe, site, hours=30)
    olpe.look()
    assert olpe.log() == ["raised", "confirmed", "closed"]


def take_away(olpe: AlarmTown, site: int, hours: float) -> None:
    """Let the sensors that measured there have been taken away so long ago."""
    olpe.world.owner.execute(
        "update core.installation set to_time = %s where site_id = %s and from_time < %s",
        [olpe.world.ago(hours=hours), site, olpe.world.ago(hours=hours)],
    )


def test_it_is_closed_when_it_was_over_for_a_while(olpe: AlarmTown) -> None:
    site = gauge(olpe, 120.0)
    olpe.rule("signal", signal="gauges")
    olpe.look()
    rise(olpe, site, 60.0)
    olpe.look()
    assert olpe.alarms()[0]["closed_at"] is None
    olpe.back(minutes=11)
    olpe.look()
    assert olpe.alarms()[0]["closed_at"] is not None
    assert olpe.log() == ["raised", "confirmed", "cleared", "closed"]


def test_the_next_step_of_the_chain_is_told_when_nobody_acknowledges(olpe: AlarmTown) -> None:
    olpe.told("Vertretung", step=2)
    gauge(olpe, 120.0)
    olpe.rule("signal", signal="gauges")
    olpe.look()
    olpe.back(minutes=10)
    olpe.look()
    assert olpe.notices() == [("Leitung", "confirmed"), ("Vertretung", "escalated")]


@pytest.mark.parametrize(
    ("below", "limit", "clear", "values", "alarms"),
    [
        (False, 30.0, 25.0, (29.9,), 0),
        (False, 30.0, 25.0, (30.0,), 1),
        (True, 0.0, 2.0, (0.1,), 0),
        (True, 0.0, 2.0, (-1.0,), 1),
    ],
)
def test_a_value_over_or_under_its_limit(
    olpe: AlarmTown, below: bool, limit: float, clear: float, values: tuple[float], alarms: int
) -> None:
    site = olpe.town.site("road", "Brücke")
    olpe.town.sensor(site, "air_temperature", (olpe.world.ago(minutes=2), values[0]))
    olpe.rule(
        "threshold",
        quantity="air_temperature",
        below=below,
        limit_value=limit,
        clear_value=clear,
    )
    olpe.look()
    assert len(olpe.alarms()) == alarms


def test_between_its_limits_an_alarm_stays_as_it_is(olpe: AlarmTown) -> None:
    site = olpe.town.site("road", "Brücke")
    device = olpe.town.sensor(site, "air_temperature", (olpe.world.ago(minutes=9), 31.0))
    olpe.rule("threshold", quantity="air_temperature", limit_value=30.0, clear_value=25.0)
    olpe.look()
    for minutes, value, cleared in ((5, 27.0, False), (3, 24.0, True), (1, 27.0, True)):
        device.readings("air_temperature", [(olpe.world.ago(minutes=minutes), value)])
        olpe.look()
        assert (olpe.alarms()[0]["cleared_at"] is not None) is cleared


def test_a_site_has_a_limit_of_its_own(olpe: AlarmTown) -> None:
    hot, cool = olpe.town.site("road", "Süd"), olpe.town.site("road", "Nord")
    for site in (hot, cool):
        olpe.town.sensor(site, "air_temperature", (olpe.world.ago(minutes=2), 31.0))
    rule = olpe.rule("threshold", quantity="air_temperature", limit_value=30.0)
    olpe.value(rule, hot, 35.0)
    olpe.look()
    assert [alarm["site_id"] for alarm in olpe.alarms()] == [cool]


def test_an_old_value_raises_nothing(olpe: AlarmTown) -> None:
    site = olpe.town.site("road")
    olpe.town.sensor(site, "air_temperature", (olpe.world.ago(hours=3), 31.0))
    olpe.rule("threshold", quantity="air_temperature", limit_value=30.0)
    olpe.look()
    assert olpe.alarms() == []


def test_of_a_rate_one_wrong_value_is_not_enough(olpe: AlarmTown) -> None:
    rises = [(olpe.world.ago(minutes=60 - 10 * n), 10.0 + 5 * n) for n in range(6)]
    spike = [(time, 10.0 if n != 3 else 90.0) for n, (time, _) in enumerate(rises)]
    for name, points in (("steigt", rises), ("Ausreißer", spike)):
        olpe.town.sensor(olpe.town.gauge(name), "water_level", *points)
    olpe.rule("rate", quantity="water_level", limit_value=25.0, minutes=60)
    olpe.look()
    [alarm] = olpe.alarms()
    assert (alarm["place"], alarm["value"], alarm["unit"]) == (
        "steigt",
        pytest.approx(30.0),
        "cm/h",
    )


@pytest.mark.parametrize("silent", ["device", "site", "source"])
def test_silence(olpe: AlarmTown, silent: str) -> None:
    world, town = olpe.world, olpe.town
    for name, hours in (("still", 5), ("laut", 1)):
        site = town.site("tree", name)
        device = town.sensor(site, "air_temperature", (world.ago(hours=hours), 3.0), name=name)
        world.put(
            "core.device_state",
            "device_id",
            tenant_id=town.tenant_id,
            device_id=device.device_id,
            last_seen_at=world.ago(hours=hours),
        )
        town.source_state(town.source(name), last_message_at=world.ago(hours=hours))
    olpe.rule("silence", silent=silent, minutes=180)
    olpe.look(sites=[])
    assert olpe.alarms() == []
    olpe.look()
    [alarm] = olpe.alarms()
    assert "still" in alarm["place"] + alarm["said"]
    assert alarm["cause"].startswith(silent)


@pytest.mark.parametrize("gone", ["swapped", "given up", "source"])
def test_what_is_not_looked_at_any_more_keeps_no_alarm_open(olpe: AlarmTown, gone: str) -> None:
    world, town = olpe.world, olpe.town
    site = town.site("tree")
    old = town.sensor(site, "air_temperature", (world.ago(hours=5), 3.0))
    source = town.source("alt")
    town.source_state(source, last_message_at=world.ago(hours=5))
    olpe.rule("silence", silent="source" if gone == "source" else "device", minutes=180)
    olpe.look()
    assert [alarm["closed_at"] for alarm in olpe.alarms()] == [None]
    if gone == "source":
        world.owner.execute("update core.source set enabled = false where source_id = %s", [source])
    elif gone == "given up":
        world.owner.execute(
            "update core.device set active = false where device_id = %s", [old.device_id]
        )
    else:
        take_away(olpe, site, hours=0)
        town.device(site, since=world.now)
    olpe.look()
    assert olpe.log()[-1] == "closed"


def test_only_the_sites_that_the_rule_names(olpe: AlarmTown) -> None:
    first = gauge(olpe, 120.0)
    second = olpe.town.gauge("Lister", stage_1_cm=100.0)
    olpe.town.sensor(second, "water_level", (olpe.world.ago(minutes=5), 150.0))
    olpe.rule("signal", signal="gauges", site_ids=[second])
    olpe.look()
    assert [alarm["site_id"] for alarm in olpe.alarms()] == [second] != [first]


def test_a_rule_sees_nothing_of_another_town(olpe: AlarmTown) -> None:
    gauge(olpe, 120.0)
    other = alarm_town(olpe.world)
    site = gauge(other, 250.0)
    olpe.rule("signal", signal="gauges", site_ids=[site])
    other.rule("silence", silent="site", minutes=1)
    olpe.look()
    assert olpe.alarms() == []
    assert {alarm["site_id"] for alarm in other.alarms()} == {site}


def test_a_rule_that_is_off_does_nothing_and_one_that_is_deleted_closes_its_alarm(
    olpe: AlarmTown,
) -> None:
    gauge(olpe, 120.0)
    olpe.rule("signal", "aus", signal="gauges", on=False)
    rule = olpe.rule("signal", "an", signal="gauges")
    olpe.look()
    olpe.world.owner.execute("delete from core.alarm_rule where rule_id = %s", [rule])
    olpe.look()
    [alarm] = olpe.alarms()
    assert (alarm["rule_name"], alarm["closed_at"] is not None) == ("an", True)
