"""Smoke at forest stands: at once, and unknown where nobody knows."""

from __future__ import annotations

from typing import Any

import pytest
from tests.devices import Point
from tests.features.alarms.hub import alarm_town
from tests.town import Town
from tests.world import World


@pytest.fixture
def town(world: World) -> Town:
    return world.town("olpe")


def said(town: Town, site: int) -> tuple[Any, ...] | None:
    found = town.select(
        "select state, level, reason from api.signal where signal = 'smoke' and site_id = %s", site
    )
    return tuple(found[0].values()) if found else None


@pytest.mark.parametrize(
    ("quantity", "value", "expected"),
    [
        ("smoke_concentration", 12, ("smoke", 3, None)),
        ("smoke_concentration", 5, ("smoke", 3, None)),
        ("smoke_concentration", 4.9, ("smoke_possible", 1, None)),
        ("smoke_concentration", 0, ("no_smoke", 0, None)),
        ("smoke_alarm", 1, ("smoke", 3, None)),
        ("smoke_alarm", 0, ("no_smoke", 0, None)),
    ],
)
def test_the_first_reading_says_it(
    world: World, town: Town, quantity: str, value: float, expected: tuple[Any, ...]
) -> None:
    site = town.site("forest")
    town.sensor(site, quantity, (world.ago(minutes=1), value))
    assert said(town, site) == expected


def test_what_is_old_or_doubted_is_not_in_order(world: World, town: Town) -> None:
    old, doubted, failed, mended = (town.site("forest") for _ in range(4))
    town.sensor(old, "smoke_concentration", (world.ago(hours=3), 0))
    # the sensor was fine, and then taken off its base
    town.sensor(
        doubted, "smoke_alarm", (world.ago(minutes=20), 0), (world.ago(minutes=5), 1, 3, 1)
    ).state(last_seen_at=world.ago(minutes=5))
    town.sensor(failed, "smoke_alarm", (world.ago(minutes=20), 1), (world.ago(minutes=5), None, 4))
    points: list[Point] = [(world.ago(minutes=20), 0), (world.ago(minutes=9), 0, 3, 1)]
    town.sensor(mended, "smoke_alarm", *points, (world.ago(minutes=2), 0))
    states = {site: said(town, site) for site in (old, doubted, failed, mended)}
    assert [state and state[:2] for state in states.values()] == [
        *[("no_data", None)] * 3,
        ("no_smoke", 0),
    ]
    assert states[old] == ("no_data", None, "no_recent_reading")
    assert states[doubted] == ("no_data", None, "doubted")


def test_all_sensors_of_a_stand_have_to_be_heard(world: World, town: Town) -> None:
    site = town.site("forest")
    town.sensor(site, "smoke_concentration", (world.ago(minutes=1), 0))
    second = town.sensor(site, "smoke_concentration", (world.ago(hours=9), 0))
    assert said(town, site) == ("no_data", None, "one_silent")
    second.readings("smoke_alarm", [(world.ago(minutes=2), 1)])
    assert said(town, site) == ("smoke", 3, None)


def test_a_stand_without_a_smoke_sensor_says_nothing_of_smoke(world: World, town: Town) -> None:
    site = town.site("forest")
    town.sensor(site, "air_temperature", (world.ago(minutes=1), 12))
    assert said(town, site) is None
    found = town.select("select signal, state from api.signal where site_id = %s", site)
    assert {"signal": "observations", "state": "measuring"} in found


def test_smoke_stands_for_the_stand(world: World, town: Town) -> None:
    site = town.site("forest", soil_texture="Ls3")
    device = town.sensor(site, "soil_moisture_vwc", (world.ago(minutes=1), 16.0))
    device.readings("smoke_alarm", [(world.ago(minutes=1), 1)])
    found = town.select("select signal, state, level from api.signal where site_id = %s", site)
    states = {row["signal"]: row["state"] for row in found}
    assert (states["smoke"], states["drought"]) == ("smoke", "severe_drought")
    assert "observations" not in states


def test_the_first_reading_raises_an_alarm(world: World) -> None:
    olpe = alarm_town(world)
    olpe.told("Wache")
    olpe.rule("signal", "Rauch im Wald", signal="smoke", level=3)
    device = olpe.town.sensor(olpe.town.site("forest", "Kamm"), "smoke_concentration")
    device.readings("smoke_concentration", [(world.ago(minutes=20), 0)])
    olpe.look()
    assert olpe.alarms() == []
    device.readings("smoke_concentration", [(world.ago(minutes=1), 14)])
    olpe.look()
    [alarm] = olpe.alarms()
    assert (alarm["said"], alarm["place"], alarm["level"]) == ("Rauch", "Kamm", 3)
    assert olpe.notices() == [("Wache", "confirmed")]
