"""Which of several sensors says why a site has no value."""

from __future__ import annotations

from typing import Any

import pytest
from tests.devices import Device, Point
from tests.town import Town
from tests.world import World

from regionhub.sites import SiteKind


@pytest.fixture
def town(world: World) -> Town:
    return world.town("olpe")


class TestWhichSensorSaysWhy:
    """Of several the one that gave a value last, or was heard last."""

    #: View, kind of site, what is looked for there and the column with the reason.
    VIEWS = (
        ("gauge", "gauge", "water_level", "no_data_reason"),
        ("irrigation", "tree", "soil_moisture_vwc", "no_data_reason"),
        ("observation_signal", "forest", "air_temperature", "reason"),
    )

    def sensor(
        self, town: Town, site: int, quantity: str, value: float | None, heard: float | None,
        quality: int = 1, **device: Any,
    ) -> Device:  # fmt: skip
        """Hours ago; a value that is not the newest one, whose flag is `quality`."""
        made, ago = town.device(site, **device), town.world.ago
        points: list[Point] = [] if value is None else [(ago(hours=value), 1)]
        made.readings(quantity, points, kept=False)
        if quality != 1:
            made.latest(quantity, ago(hours=0.1), 1, quality)
        if heard is not None:
            made.state(last_seen_at=ago(hours=heard))
        return made

    @pytest.mark.parametrize(("view", "kind", "quantity", "column"), VIEWS)
    @pytest.mark.parametrize(
        ("first", "second", "reason"),
        [
            # hours since the last value, since it was heard, flag of the newest reading
            ((50, 0.1, 4), (40, 30, 1), "device_silent"),
            ((30, 0.1, 4), (40, 30, 1), "implausible"),
            ((None, 0.1, 4), (40, 30, 1), "device_silent"),
            ((None, 0.1, 4), (None, 30, 1), "implausible"),
            ((None, 50, 4), (None, 0.1, 1), "probe_without_values"),
            ((None, None, 1), (None, 30, 1), "device_silent"),
        ],
    )
    @pytest.mark.parametrize("turned", [False, True])
    def test_the_last_one(
        self,
        town: Town,
        view: str,
        kind: SiteKind,
        quantity: str,
        column: str,
        first: tuple[float | None, float | None, int],
        second: tuple[float | None, float | None, int],
        reason: str,
        turned: bool,
    ) -> None:
        site, other = (town.site(kind) for _ in range(2))
        self.sensor(town, other, quantity, 20, 0.1, 9)
        for sensor in (second, first) if turned else (first, second):
            self.sensor(town, site, quantity, *sensor)
        assert town.row(view, site_id=site)[column] == reason

    @pytest.mark.parametrize(
        ("view", "quantity", "unlike", "column"),
        [
            ("gauge", "water_level", "air_temperature", "no_data_reason"),
            ("irrigation", "soil_moisture_vwc", "soil_temperature", "no_data_reason"),
            ("irrigation", "soil_water_tension", "air_temperature", "no_data_reason"),
        ],
    )
    def test_only_of_what_is_looked_for(
        self, town: Town, view: str, quantity: str, unlike: str, column: str
    ) -> None:
        site = town.site("gauge" if view == "gauge" else "bed")
        self.sensor(town, site, quantity, 50, 30)
        self.sensor(town, site, unlike, 20, 0.1)
        assert town.row(view, site_id=site)[column] == "device_silent"

    def test_of_a_gauge_only_what_has_a_height(self, world: World, town: Town) -> None:
        site = town.gauge()
        self.sensor(town, site, "distance", 50, 30, mounting_height_cm=300)
        self.sensor(town, site, "distance", 20, 0.1)
        row = town.row("gauge", site_id=site)
        assert (row["no_data_reason"], row["reason_since"]) == (
            "device_silent",
            world.ago(hours=30),
        )

    @pytest.mark.parametrize(
        ("view", "kind", "quantity", "column"), [view for view in VIEWS if view[0] != "irrigation"]
    )
    def test_to_others_only_of_what_is_shared_as_readings(
        self, world: World, town: Town, view: str, kind: SiteKind, quantity: str, column: str
    ) -> None:
        neighbour = world.town()
        site = town.site(kind)
        world.grant(self.sensor(town, site, quantity, 50, 30).stream(quantity), neighbour)
        hourly = self.sensor(town, site, quantity, 40, 0.1).stream(quantity)
        world.grant(hourly, neighbour, "hourly")
        self.sensor(town, site, quantity, 20, 0.1, 4)
        assert town.row(view, site_id=site)[column] == "implausible"
        row = neighbour.row(view, site_id=site)
        assert (row[column], row["reason_since"]) == ("device_silent", world.ago(hours=30))

    @pytest.mark.parametrize(("view", "kind", "quantity", "column"), VIEWS)
    def test_a_site_with_a_value_needs_none(
        self, world: World, town: Town, view: str, kind: SiteKind, quantity: str, column: str
    ) -> None:
        texture = {"soil_texture": "Ls3"} if kind == "tree" else {}
        site = town.site(kind, **texture)
        self.sensor(town, site, quantity, 20, 0.1)
        device = self.sensor(town, site, quantity, 0.1, 0.1)
        device.latest(quantity, world.ago(hours=0.1), 20)
        row = town.row(view, site_id=site)
        assert (row[column], row["reason_since"]) == (None, None)

    @pytest.mark.parametrize(
        ("interval", "age", "reason"),
        [
            # as long as a device is not late
            (600, 0.75, "probe_without_values"),
            # two intervals; the device is late after three
            (43_200, 24, "probe_without_values"),
            (43_200, 24.01, "no_recent_reading"),
        ],
    )
    @pytest.mark.parametrize(("view", "kind", "quantity", "column"), VIEWS)
    def test_an_age_that_makes_a_value_old(
        self, town: Town, view: str, kind: SiteKind, quantity: str, column: str,
        interval: int, age: float, reason: str,
    ) -> None:  # fmt: skip
        """The limit of the site counts, too, when a device counts as heard."""
        site = town.site(kind)
        self.sensor(town, site, quantity, 60, age, interval_seconds=interval)
        assert town.row(view, site_id=site)[column] == reason
