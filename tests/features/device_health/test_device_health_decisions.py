"""What is said of devices: each state from what was sent, and what it stands on."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from tests.devices import Device, Frame
from tests.town import Town
from tests.world import World

from regionhub.features.device_health.states import FAULTS, STATES

Curve = Callable[[float], float]


@pytest.fixture
def town(world: World) -> Town:
    return world.town("arnsberg")


def hour(world: World) -> datetime:
    """Figures go up to the last full hour in which the device was heard."""
    return world.now.replace(minute=0, second=0, microsecond=0)


def moments(world: World, days: float, every: timedelta = timedelta(minutes=30)) -> list[datetime]:
    """Back from the last full hour, the oldest first."""
    newest = hour(world) - timedelta(seconds=1)
    return [newest - number * every for number in range(int(timedelta(days=days) / every))][::-1]


def measured(
    town: Town, quantity: str, curve: Curve, days: float = 7, site: int | None = None
) -> Device:
    """A device that is heard and measures a curve of hours before now, with some noise."""
    world = town.world
    device = town.device(site or town.site("road"), interval_seconds=1800)
    times = moments(world, days)
    points = []
    for number, time in enumerate(times):
        hours = (time - hour(world)).total_seconds() / 3600
        points.append((time, curve(hours) + 0.1 * math.sin(7 * number)))
    device.readings(quantity, points)
    device.state(last_seen_at=world.now)
    return device


def state(device: Device) -> tuple[str, str]:
    row = device.town.row("device_health", device_id=device.device_id)
    return row["state"], row["sentence_de"]


def test_a_counter_that_began_again_is_no_loss(world: World, town: Town) -> None:
    device = town.device()
    device.state(last_seen_at=world.now)
    counters = [*range(5000, 5020), *range(10), 12, 11, 13]  # a late frame, too
    device.uplinks(
        Frame(hour(world) - timedelta(minutes=10 * (len(counters) - number)), f_cnt)
        for number, f_cnt in enumerate(counters)
    )

    health = town.row("device_health", device_id=device.device_id)
    assert (health["received"], health["expected"]) == (33, 34)


def test_a_device_that_sends_each_minute_is_late_before_it_is_silent(
    world: World, town: Town
) -> None:
    device = town.device(interval_seconds=60)
    states = []
    for minutes in (5, 20, 60, 180):
        device.state(last_seen_at=world.ago(minutes=minutes))
        states.append(state(device)[0])
    assert states == ["online", "online", "late", "silent"]


@pytest.mark.parametrize(("registered", "really"), [(600, 3600), (3600, 600)])
def test_a_device_is_silent_against_the_interval_that_it_really_keeps(
    world: World, town: Town, registered: int, really: int
) -> None:
    device = town.device(interval_seconds=registered)
    heard = world.ago(hours=4)
    device.uplinks(
        # every fifth frame is lost
        Frame(heard - timedelta(seconds=really * number), 1000 - number)
        for number in range(100)
        if number % 5
    )
    device.state(last_seen_at=heard)
    row = town.row("device_health", device_id=device.device_id)
    assert row["real_interval_seconds"] == really
    assert row["state"] == ("silent" if really == 600 else "late")
    assert row["since"] == heard
    span = "10 Minuten" if really == 600 else "60 Minuten"
    assert span in row["sentence_de"]


@pytest.mark.parametrize(
    ("quantity", "curve", "expected"),
    [
        ("soil_moisture_vwc", lambda h: 30 + h / 20, "online"),
        # watered, and dry again
        ("soil_moisture_vwc", lambda h: 22 + (h > -90) * 12 * math.exp(-(h + 90) / 40), "online"),
        ("soil_moisture_vwc", lambda h: 22 + (12 if h > -90 else 0), "online"),
        ("soil_moisture_vwc", lambda h: 30 - (12 if h > -90 else 0), "step"),
        ("soil_moisture_vwc", lambda h: 30 - (12 if -120 < h < -90 else 0), "online"),
        ("soil_moisture_vwc", lambda h: 30 + (25 if round(h * 2) % 60 == 0 else 0), "spikes"),
        ("water_level", lambda h: 80 + (60 if h > -30 else 0), "step"),
        ("water_level", lambda h: 80 - (60 if h > -30 else 0), "step"),
        # a flood rises for hours and falls for days
        ("water_level", lambda h: 80 + 99 / (1 + ((h + 30) / (4 + 26 * (h > -30))) ** 2), "online"),
        ("water_level", lambda h: 80 + (200 if h == -20.5 else 0), "online"),
        ("air_temperature", lambda h: 12 + 8 * math.sin(h / 24 * 2 * math.pi), "online"),
        # a thunderstorm
        ("air_temperature", lambda h: 25 - (11 if h > -20 else 0), "online"),
    ],
)  # fmt: skip
def test_what_a_curve_shows(town: Town, quantity: str, curve: Curve, expected: str) -> None:
    found, sentence = state(measured(town, quantity, curve))
    assert found == expected
    if expected == "step":
        assert "sprang am" in sentence
    if expected == "spikes":
        assert "Ausreißer" in sentence


def test_values_that_cannot_be_are_spikes_as_well_but_no_steps(world: World, town: Town) -> None:
    for curve, expected in (
        (lambda h: 30 + (60 if round(h * 2) % 60 == 0 else 0), "spikes"),
        (lambda h: 30 - (29 if h > -3 else 0), "online"),
    ):
        device = measured(town, "soil_moisture_vwc", curve)
        world.owner.execute(
            "update core.reading set quality = 4 where abs(value - 30) > 10 and datastream_id = %s",
            [device.stream("soil_moisture_vwc")],
        )
        assert state(device)[0] == expected


def test_what_was_measured_elsewhere_is_no_step(world: World, town: Town) -> None:
    device = measured(town, "soil_moisture_vwc", lambda h: 35 - (12 if h > -48 else 0))
    assert state(device)[0] == "step"
    device.install(town.tree(), since=hour(world) - timedelta(hours=48))
    assert state(device)[0] == "online"


def test_a_value_that_stands_still(world: World, town: Town) -> None:
    device = measured(town, "soil_moisture_vwc", lambda h: 30)
    world.owner.execute("update core.reading set tests = 8, quality = 3")
    world.owner.execute("update core.latest set unchanged_since = %s", [world.ago(days=5)])
    found, sentence = state(device)
    assert found == "stuck"
    assert sentence.startswith("Bodenfeuchte steht seit ")


def test_a_sensor_that_drifts_away_from_its_neighbours(town: Town) -> None:
    def weather(hours: float, offset: float = 0) -> float:
        return 12 + offset + 6 * math.sin(hours / 24 * 2 * math.pi) + 4 * math.sin(hours / 100)

    for offset in (-1, 0, 1, 2):
        measured(town, "air_temperature", partial(weather, offset=offset), days=30)
    drifting = measured(town, "air_temperature", lambda h: weather(h) + 4 + h / 24 / 6, days=30)
    states = [row["state"] for row in town.select("select state from api.device_health order by 1")]
    assert states == ["drift", *["online"] * 4]
    found, sentence = state(drifting)
    assert found == "drift"
    assert "4 Nachbarn" in sentence


class TestBattery:
    def level(self, town: Town, curve: Curve, quantity: str = "battery_level") -> tuple[str, str]:
        world = town.world
        device = town.device(interval_seconds=3600)
        points = [
            (time, curve((time - hour(world)) / timedelta(days=1)))
            for time in moments(world, 30, timedelta(hours=6))
        ]
        device.readings(quantity, points)
        device.state(last_seen_at=world.now)
        row = town.row("device_health", device_id=device.device_id)
        self.empty_on = row["battery_empty_on"]
        return row["state"], row["sentence_de"]

    def test_low_and_falling(self, world: World, town: Town) -> None:
        found, sentence = self.level(town, lambda day: 15 - day / 2)
        assert found == "battery_low"
        assert sentence.startswith("Batterie bei 15 %, voraussichtlich leer am ")
        days = (self.empty_on - world.now.date()).days
        assert 28 <= days <= 31

    def test_low_without_a_trend(self, town: Town) -> None:
        found, sentence = self.level(town, lambda day: 15 + day % 1)
        assert (found, self.empty_on) == ("battery_low", None)
        assert "lässt sich noch nicht sagen" in sentence

    def test_not_low_but_empty_soon(self, town: Town) -> None:
        assert self.level(town, lambda day: 30 - 2 * day)[0] == "battery_low"

    def test_in_order(self, town: Town) -> None:
        assert self.level(town, lambda day: 60 - day / 10)[0] == "online"
        assert self.empty_on is not None

    def test_by_voltage_against_that_when_it_was_new(self, town: Town) -> None:
        assert self.level(town, lambda day: 3.6, "battery_voltage")[0] == "online"
        assert self.level(town, lambda day: 3.0 - day / 50, "battery_voltage")[0] == "battery_low"


@pytest.mark.parametrize(
    ("lost", "snr", "expected"),
    [(0, 3.0, "online"), (4, 3.0, "frame_loss"), (0, -19.0, "weak_radio")],
)
def test_radio(world: World, town: Town, lost: int, snr: float, expected: str) -> None:
    device = town.device(town.tree(), interval_seconds=1800)
    frames = [
        Frame(time, number)
        for number, time in enumerate(moments(world, 2))
        if not lost or number % lost
    ]
    device.uplinks(frames, sf=12, snr=snr, rssi=-110)
    device.readings("soil_temperature", [(world.now, 3)])
    device.state(last_seen_at=world.now)
    assert state(device)[0] == expected
    [said] = town.select("select state, level from api.signal where signal = 'device_health'")
    assert (said["state"], said["level"]) == (expected, 0 if expected == "online" else 1)


def test_of_a_site_the_worst_device_is_said(world: World, town: Town) -> None:
    site = town.tree()
    for hours in (0, 9, 1):
        town.device(site).state(last_seen_at=world.ago(hours=hours))
    [row] = town.select("select state, reason, time from api.device_health_signal")
    assert (row["state"], row["reason"], row["time"]) == ("silent", "silent", world.ago(hours=9))


def test_of_a_site_without_a_device_that_is_said(town: Town) -> None:
    site = town.tree()
    town.device(town.site("road")).state(last_seen_at=town.world.now)
    rows = town.select(
        "select state, reason from api.device_health_signal where site_id = %s", site
    )
    assert rows == [{"state": "no_data", "reason": "no_device"}]


def test_a_decision_that_should_have_been_made_again_is_none(world: World, town: Town) -> None:
    device = town.device(town.tree(), since=world.ago(hours=1))
    device.state(last_seen_at=world.ago(minutes=10))
    assert state(device)[0] == "online"
    world.owner.execute("update core.device_condition set since = now()")
    for changed in (
        "update core.device_condition set due_at = now() - interval '6 seconds'",
        "update core.device_state set last_seen_at = now() - interval '6 seconds'",
    ):
        with world.owner.transaction(force_rollback=True):
            world.owner.execute(changed)
            with town.acting(decided=False):
                [row] = world.select(
                    "select state, level, since, sentence_de, sentence_en from api.device_health"
                )
                [signal] = world.select("select state, reason from api.device_health_signal")
            assert row == {
                "state": "no_data",
                "level": None,
                "since": None,
                "sentence_de": "wird gerade neu bewertet",
                "sentence_en": "is being judged again",
            }
            assert signal == {"state": "no_data", "reason": "not_decided"}


def test_a_device_that_was_not_judged_yet_is_there(world: World, town: Town) -> None:
    town.device()
    with town.acting(decided=False):
        rows = world.select("select state, sentence_de from api.device_health")
    assert rows == [{"state": "no_data", "sentence_de": "wird gerade neu bewertet"}]


def test_a_decision_is_not_made_again_before_the_worker_had_time_to(
    world: World, town: Town
) -> None:
    device = town.device(town.tree(), since=world.ago(hours=1))
    device.state(last_seen_at=world.ago(minutes=10))
    assert state(device)[0] == "online"
    world.owner.execute("update core.device_condition set due_at = now() - interval '4 seconds'")
    world.owner.execute("update core.device_state set last_seen_at = now() - interval '4 seconds'")
    with town.acting(decided=False):
        [row] = world.select("select state, sentence_de, sentence_en from api.device_health")
    assert row == {
        "state": "online",
        "sentence_de": "Sendet alle 10 Minuten.",
        "sentence_en": "Sends every 10 minutes.",
    }


def test_faults_are_those_of_a_device_that_is_heard() -> None:
    assert {code for code in STATES if STATES[code].level == 1} == {"silent", "no_values", *FAULTS}
