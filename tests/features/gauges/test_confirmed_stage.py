"""A stage needs a second reading: single echoes, bounds and what a device doubts."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from tests.devices import Device
from tests.town import Town
from tests.world import World

STAGES: dict[str, Any] = {"stage_1_cm": 100, "stage_2_cm": 200, "stage_3_cm": 300}
DEVICE, RANGE, RATE, FLAT_LINE, BOUND = 1, 2, 4, 8, 16
EVERY = 10


@pytest.fixture
def town(world: World) -> Town:
    return world.town("olpe")


class Gauge(NamedTuple):
    """A gauge with one sensor, which sends every ten minutes unless another interval is said."""

    town: Town
    site: int
    device: Device
    every: int = EVERY

    @classmethod
    def of(cls, town: Town, every: int = EVERY, **columns: Any) -> Gauge:
        site = town.gauge(**STAGES)
        device = town.device(site, interval_seconds=60 * every, **columns)
        return cls(town, site, device, every)

    def time(self, number: int) -> datetime:
        """When the reading of this number came; 3 is the newest that can be."""
        return self.town.world.ago(minutes=1 + (3 - number) * self.every)

    def send(
        self, *levels: float | None, last: int = 0, quantity: str = "water_level", flags: Any = ()
    ) -> None:
        """Readings up to that of a number; `flags` are quality and tests of the newest of them."""
        first = last - len(levels) + 1
        points: list[Any] = [(self.time(first + n), level) for n, level in enumerate(levels)]
        for n, flag in enumerate(reversed(flags)):
            points[-1 - n] = (*points[-1 - n], *flag)
        self.device.readings(quantity, points)
        self.town.world.decide()

    def row(self) -> dict[str, Any]:
        return self.town.row("gauge", site_id=self.site)

    def stages(self) -> list[tuple[datetime | None, str]]:
        """When which state began, after there was nothing."""
        rows = self.town.select(
            "select at, state from api.signal_change where site_id = %s order by at nulls first",
            self.site,
        )
        assert (rows[0]["at"], rows[0]["state"]) == (None, "no_data")
        return [(row["at"], row["state"]) for row in rows[1:]]


class TestEcho:
    @pytest.mark.parametrize(("echo", "stage"), [(350, 3), (299, 2)])
    def test_is_shown_at_once_and_leaves_no_trace(
        self, town: Town, echo: float, stage: int
    ) -> None:
        gauge = Gauge.of(town)
        gauge.send(60, 60.3, 60, 60, echo)
        row = gauge.row()
        assert (row["stage"], row["unconfirmed_stage"], row["stale"]) == (0, stage, False)
        assert (row["level_cm"], row["median_cm"]) == (echo, 60)
        signal = town.row("gauge_signal", site_id=gauge.site)
        assert (signal["state"], signal["level"]) == ("stage_0", 0)
        assert signal["reason"] == f"unconfirmed_{stage}"
        [reason] = town.select(
            "select level, urgency from api.reason where signal = 'gauges' and reason = %s",
            signal["reason"],
        )
        assert reason == {"level": stage, "urgency": stage - 0.5}
        assert gauge.stages() == [(gauge.time(-4), "stage_0")]

        gauge.send(60, last=1)
        row = gauge.row()
        assert (row["stage"], row["unconfirmed_stage"], row["reason"]) == (0, None, None)
        assert gauge.stages() == [(gauge.time(-4), "stage_0")]
        assert row["since"] == gauge.time(-4)

    def test_counts_since_the_first_when_the_second_agrees(self, town: Town) -> None:
        gauge = Gauge.of(town)
        gauge.send(60, 60, 60, 60, 250)
        gauge.send(310, last=1)
        row = gauge.row()
        assert (row["stage"], row["unconfirmed_stage"]) == (2, 3)
        assert gauge.stages()[1:] == [(gauge.time(0), "stage_2")]
        assert row["since"] == gauge.time(0)
        gauge.send(320, last=2)
        assert gauge.row()["stage"] == 3
        assert gauge.stages()[1:] == [(gauge.time(0), "stage_2"), (gauge.time(1), "stage_3")]

    def test_of_stage_1_is_nothing_to_show(self, town: Town) -> None:
        gauge = Gauge.of(town)
        gauge.send(60, 60, 150)
        row = gauge.row()
        assert (row["stage"], row["unconfirmed_stage"], row["reason"]) == (0, None, None)

    def test_downwards_takes_no_stage_away(self, town: Town) -> None:
        gauge = Gauge.of(town)
        gauge.send(250, 250, 250, 20, last=-1)
        assert gauge.row()["stage"] == 2
        gauge.send(250, 250, last=1)
        assert [state for _, state in gauge.stages()] == ["stage_2"]
        gauge.send(80, 70, last=3)
        assert gauge.row()["stage"] == 0
        assert gauge.stages()[1:] == [(gauge.time(2), "stage_0")]

    def test_alone_after_nothing_and_after_a_gap(self, town: Town) -> None:
        gauge = Gauge.of(town)
        gauge.send(60, 60, last=-20)
        gauge.send(350)
        row = gauge.row()
        assert (row["state"], row["stage"], row["stale"]) == ("no_data", None, False)
        assert (row["unconfirmed_stage"], row["no_data_reason"]) == (3, "unconfirmed_3")
        old = gauge.time(-20) + timedelta(minutes=45, microseconds=1)
        assert gauge.stages()[1:] == [(old, "no_data")]
        gauge.send(60, last=1)
        assert [state for _, state in gauge.stages()] == ["stage_0", "no_data", "stage_0"]
        assert gauge.stages()[2][0] == gauge.time(0)

    def test_a_lost_frame_begins_nothing_anew(self, town: Town) -> None:
        gauge = Gauge.of(town)
        gauge.send(250, 250, 250, last=-5)
        gauge.send(255)
        row = gauge.row()
        assert (row["stage"], row["unconfirmed_stage"]) == (2, None)
        assert [state for _, state in gauge.stages()] == ["stage_2", "no_data", "stage_2"]

    def test_the_first_reading_of_all_counts_where_it_alarms_nobody(self, town: Town) -> None:
        gauge = Gauge.of(town)
        gauge.send(150)
        assert gauge.row()["stage"] == 1

    def test_late_ones_are_judged_where_they_belong(self, town: Town) -> None:
        gauge = Gauge.of(town)
        gauge.send(60, 60, last=-20)
        gauge.send(60, 60, 60)
        gauge.send(350, last=-19)
        gauge.send(60, last=-18)
        assert "stage_3" not in [state for _, state in gauge.stages()]
        # two of three did
        gauge.send(355, last=-17)
        assert (gauge.time(-18), "stage_3") in gauge.stages()

    def test_a_slow_device_is_not_blind(self, town: Town) -> None:
        gauge = Gauge.of(town, every=360)
        gauge.send(60, 60, 60, 250, last=2)
        row = gauge.row()
        assert (row["stage"], row["unconfirmed_stage"]) == (0, 2)
        gauge.send(260, last=3)
        assert gauge.row()["stage"] == 2
        assert gauge.row()["since"] == gauge.time(2)

    def test_of_two_sensors_each_is_judged_by_its_own_readings(self, town: Town) -> None:
        gauge = Gauge.of(town)
        gauge.send(60, 60, 60, 60)
        other = gauge._replace(device=town.device(gauge.site, interval_seconds=600))
        other.send(50, 50, 50, 350)
        row = gauge.row()
        assert (row["stage"], row["unconfirmed_stage"]) == (0, 3)
        gauge.send(350, last=1)
        row = gauge.row()
        assert (row["stage"], row["unconfirmed_stage"]) == (0, 3)


class TestBound:
    """Water in the blind zone of a sensor that hangs 300 cm above zero."""

    @pytest.fixture
    def gauge(self, town: Town) -> Gauge:
        return Gauge.of(town, mounting_height_cm=320)

    def test_keeps_the_stage(self, gauge: Gauge) -> None:
        blind: list[Any] = [(3, BOUND)] * 6
        levels = [1500, 1000, 600, 350, 290, 280, 280, 280, 280, 280, 280]
        gauge.send(*levels, quantity="distance", flags=blind)
        row = gauge.row()
        assert (row["stage"], row["bound"], row["stale"]) == (2, "at_least", False)
        assert (row["reason"], row["no_data_reason"], row["level_cm"]) == ("at_least", None, 292)
        assert [state for _, state in gauge.stages()] == ["stage_1", "stage_2"]

    def test_that_says_too_little_is_no_stage(self, town: Town, gauge: Gauge) -> None:
        low = Gauge.of(town, mounting_height_cm=120)
        low.send(500, 300, 280, 280, quantity="distance", flags=[(3, BOUND)] * 2)
        row = low.row()
        assert (row["stage"], row["no_data_reason"]) == (None, "at_least")
        assert (row["stale"], row["level_cm"]) == (False, 92)
        # a single one may be a spider
        gauge.send(3000, 3000, 3000, 280, quantity="distance", flags=[(3, BOUND)])
        row = gauge.row()
        assert (row["stage"], row["unconfirmed_stage"], row["bound"]) == (0, 2, "at_least")

    @pytest.mark.parametrize(("height", "stage"), [(320, 0), (900, None)])
    def test_at_most(self, town: Town, height: float, stage: int | None) -> None:
        gauge = Gauge.of(town, mounting_height_cm=height)
        gauge.send(5000, 5000, 5000, quantity="distance", flags=[(3, BOUND)] * 3)
        row = gauge.row()
        assert (row["stage"], row["bound"], row["reason"]) == (stage, "at_most", "at_most")


class TestDoubt:
    """What a device doubts, or what cannot be, decides nothing."""

    @pytest.mark.parametrize(
        ("flag", "reason"),
        [((3, DEVICE), "doubted"), ((3, RANGE), "implausible"), ((4, RANGE), "implausible"),
         ((4, DEVICE), "doubted"), ((3, DEVICE | RANGE), "doubted")],
    )  # fmt: skip
    def test_alone_is_no_data(self, town: Town, flag: tuple[int, int], reason: str) -> None:
        gauge = Gauge.of(town)
        gauge.send(50, last=-30)
        gauge.send(350, 350, 350, flags=[flag] * 3)
        gauge.device.state(last_seen_at=gauge.time(0))
        row = gauge.row()
        assert (row["stage"], row["unconfirmed_stage"]) == (None, None)
        assert (row["no_data_reason"], row["reason_since"]) == (reason, gauge.time(-30))

    @pytest.mark.parametrize("flag", [(3, DEVICE), (3, RANGE), (4, RANGE)])
    def test_among_others_is_passed_over(self, town: Town, flag: tuple[int, int]) -> None:
        gauge = Gauge.of(town)
        gauge.send(50, 52, 350, 350, last=3, flags=[flag] * 2)
        row = gauge.row()
        assert (row["stage"], row["unconfirmed_stage"], row["level_cm"]) == (0, None, 52)

    @pytest.mark.parametrize("flag", [(3, RATE), (3, FLAT_LINE)])
    def test_of_a_test_that_may_be_a_flood_counts(self, town: Town, flag: tuple[int, int]) -> None:
        gauge = Gauge.of(town)
        gauge.send(50, 50, 350, 350, flags=[flag] * 2)
        row = gauge.row()
        assert (row["stage"], row["reason"]) == (3, "suspect")


def test_what_is_decided_as_it_comes_is_what_is_decided_at_once(town: Town, world: World) -> None:
    levels = [60, 60, 350, 60, 60, 250, 310, 60, 320, 330, 20, 340, 60, 50, 350]
    by_and_by, at_once = Gauge.of(town), Gauge.of(town)
    for number, level in enumerate(levels):
        by_and_by.send(level, last=number - len(levels) + 1)
    at_once.send(*levels)
    assert by_and_by.stages() == at_once.stages()
    states = [state for _, state in at_once.stages()]
    assert all(a != b for a, b in pairwise(states))
    assert states == ["stage_0", "stage_2", "stage_3", "stage_0"]
    assert at_once.stages()[1:3] == [(at_once.time(-9), "stage_2"), (at_once.time(-7), "stage_3")]


def test_a_height_that_is_corrected_is_decided_again_from_the_beginning(town: Town) -> None:
    gauge = Gauge.of(town, mounting_height_cm=400)
    gauge.send(*[3100] * 20, quantity="distance")
    assert [state for _, state in gauge.stages()] == ["stage_0"]
    town.world.owner.execute("update core.installation set mounting_height_cm = 412")
    assert gauge.row()["stage"] == 1
    assert gauge.stages() == [(gauge.time(-19), "stage_1")]
