"""Why a site has no data: the same reasons for trees, gauges, forest stands and road spots."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, get_args

import pytest
from tests.described import DESCRIBED
from tests.devices import Device
from tests.hub import Hub
from tests.town import Town
from tests.world import World

from regionhub.features import FEATURES
from regionhub.sites import SiteKind

#: What a site of each kind is there for, and a value of it.
MEASURED = {
    "tree": ("soil_water_tension", 40.0),
    "bed": ("soil_moisture_vwc", 24.0),
    "gauge": ("distance", 3210.0),
    "forest": ("air_temperature", 9.5),
    "road": ("road_surface_temperature", 4.3),
    "weather": ("air_temperature", 9.5),
}
#: What the API says in fields of their own: `frost`, `basis`, `finest`.
SAID_OTHERWISE = {"frost", "estimated", "not_shared"}
KINDS = pytest.mark.parametrize("kind", get_args(SiteKind))


@dataclass
class Place:
    """A site with one device, and the moments that tests compare."""

    town: Town
    kind: SiteKind
    site: int
    device: Device

    def ago(self, hours: float) -> datetime:
        return self.town.world.ago(hours=hours)

    def heard(self, hours: float) -> None:
        """The device was heard so many hours ago."""
        self.device.state(last_seen_at=self.ago(hours), last_uplink_time=self.ago(hours))

    def measured(self, *readings: tuple[float, int], quantity: str | None = None) -> int:
        """Readings by their age in hours and their flag."""
        usual, value = MEASURED[self.kind]
        return self.device.readings(
            quantity or usual,
            [
                (self.ago(hours), None if quality == 9 else value, quality)
                for hours, quality in readings
            ],
        )

    def said(self) -> tuple[str | None, datetime | None]:
        """The reason with its moment, the same in the signal and in the view of its feature."""
        by_kind = {"gauge": "gauges", "tree": "irrigation", "bed": "irrigation", "road": "road"}
        name = by_kind.get(self.kind, "observations")
        signal = self.town.row("signal", site_id=self.site, signal=name)
        found = (signal["reason"], signal["reason_since"])
        if self.kind in ("tree", "bed", "gauge"):
            row = self.town.row(
                "gauge" if self.kind == "gauge" else "irrigation", site_id=self.site
            )
            assert (row["no_data_reason"], row["reason_since"]) == found
        assert (signal["state"] == "no_data") == (found[0] is not None)
        return found


@pytest.fixture
def town(world: World) -> Town:
    return world.town("arnsberg")


def place_in(
    town: Town,
    kind: SiteKind,
    *,
    interval_seconds: int = 900,
    installed: float = 240,
    **columns: Any,
) -> Place:
    texture = {"soil_texture": "Ls3"} if kind in ("tree", "bed") else {}
    site = town.site(kind, **texture | columns)
    device = town.device(
        site,
        interval_seconds=interval_seconds,
        since=town.world.ago(hours=installed),
        mounting_height_cm=500,
    )
    return Place(town, kind, site, device)


@pytest.fixture
def place(town: Town) -> Callable[..., Place]:
    return partial(place_in, town)


@KINDS
def test_nothing_is_installed(place: Callable[..., Place], kind: str) -> None:
    there = place(kind)
    there.measured((0.1, 1))
    there.heard(0.1)
    there.town.world.owner.execute(
        "update core.installation set to_time = now() where device_id = %s",
        [there.device.device_id],
    )
    assert there.said() == ("no_sensor", None)


@pytest.mark.parametrize("kind", ["tree", "gauge"])
def test_what_measures_something_else_is_no_sensor(place: Callable[..., Place], kind: str) -> None:
    there = place(kind)
    there.measured((0.1, 1), quantity="relative_humidity")
    there.measured((0.1, 1), quantity="battery_voltage")
    there.heard(0.1)
    assert there.said() == ("no_sensor", None)


@KINDS
def test_installed_and_not_heard_yet(place: Callable[..., Place], kind: str) -> None:
    there = place(kind, installed=30)
    assert there.said() == ("not_heard_yet", there.ago(30))


@KINDS
def test_a_device_that_came_from_another_site_has_not_been_heard_at_this_one(
    place: Callable[..., Place], kind: str
) -> None:
    there = place(kind, installed=3)
    there.measured((5, 1))
    there.heard(5)
    assert there.said() == ("not_heard_yet", there.ago(3))


@KINDS
def test_a_silent_device(place: Callable[..., Place], kind: str) -> None:
    there = place(kind)
    there.measured((60, 1), (52, 9))
    there.heard(52)
    assert there.said() == ("device_silent", there.ago(52))


@KINDS
def test_a_value_that_is_too_old_while_the_device_is_not_late(
    place: Callable[..., Place], kind: str
) -> None:
    """The page of devices calls it well: a single message is missing."""
    there = place(kind, interval_seconds=4 * 3600)
    there.measured((10, 1))
    there.heard(10)
    assert there.said() == ("no_recent_reading", there.ago(10))
    health = there.town.row("device_health", device_id=there.device.device_id)
    assert health["state"] == "online"


@KINDS
def test_a_device_that_sends_and_measures_nothing(place: Callable[..., Place], kind: str) -> None:
    there = place(kind)
    there.measured((97, 1), (50, 9), (0.1, 9))
    there.measured((0.1, 1), quantity="battery_voltage")
    there.heard(0.1)
    assert there.said() == ("probe_without_values", there.ago(97))


@KINDS
def test_values_that_simply_stop(place: Callable[..., Place], kind: str) -> None:
    """Some codecs leave out what the probe does not give."""
    there = place(kind)
    there.measured((97, 1))
    there.heard(0.1)
    assert there.said() == ("probe_without_values", there.ago(97))


@KINDS
def test_a_device_of_which_only_the_battery_was_ever_heard(
    place: Callable[..., Place], kind: str
) -> None:
    there = place(kind)
    there.measured((0.1, 1), quantity="battery_level")
    there.heard(0.1)
    assert there.said() == ("probe_without_values", None)


@KINDS
def test_values_that_cannot_be_believed(place: Callable[..., Place], kind: str) -> None:
    there = place(kind)
    there.measured((33, 1), (20, 4), (0.1, 4))
    there.heard(0.1)
    assert there.said() == ("implausible", there.ago(33))


@KINDS
def test_messages_that_cannot_be_decoded(place: Callable[..., Place], kind: str) -> None:
    there = place(kind)
    there.measured((40, 1))
    there.heard(0.1)
    there.device.state(last_uplink_time=there.ago(40))
    there.town.dead_letter("not_decodable", dev_eui=there.device.dev_eui, frame_time=there.ago(0.1))
    assert there.said() == ("not_readable", there.ago(40))


@KINDS
def test_of_two_sensors_the_better_one_says_why(place: Callable[..., Place], kind: str) -> None:
    there = place(kind)
    there.town.device(there.site, since=there.ago(100), mounting_height_cm=500)
    there.measured((70, 1))
    there.heard(0.2)
    assert there.said() == ("probe_without_values", there.ago(70))


@KINDS
def test_a_fresh_value_needs_no_reason(place: Callable[..., Place], kind: str) -> None:
    there = place(kind)
    there.measured((0.2, 1))
    there.heard(0.2)
    assert there.said() == (None, None)


def test_what_is_missing_beside_a_value_comes_first(
    town: Town, place: Callable[..., Place]
) -> None:
    tree, gauge = place("bed", soil_texture=None), place("gauge")
    town.world.owner.execute(
        "update core.installation set mounting_height_cm = null where device_id = %s",
        [gauge.device.device_id],
    )
    for there in (tree, gauge):
        there.measured((0.2, 1))
        there.heard(0.2)
    assert tree.said() == ("soil_texture_missing", None)
    assert gauge.said() == ("mounting_height_missing", None)


def test_every_reason_has_words_and_the_api_names_it() -> None:
    fields = [
        field.get("description", "")
        for schema in DESCRIBED["components"]["schemas"].values()
        for name, field in schema.get("properties", {}).items()
        if name.endswith("reason")
    ]
    named = set(re.findall(r"\w+", " ".join(fields)))
    for feature in FEATURES:
        for signal in feature.signals:
            if signal.order is None:  # of devices, which have words of their own
                continue
            assert signal.reasons.keys() - SAID_OTHERWISE - named == set(), signal.name


def test_a_device_that_sends_without_values_is_listed(hub: Hub) -> None:
    """Silence of a probe begins when silence of a device would: ten intervals, at least 2 hours."""
    client = hub.client(key=hub.a.key)

    def health(there: Place) -> tuple[Any, ...]:
        [row] = client.get("/api/v1/device-health", params={"site": there.site}).json()["items"]
        since = row["missing_since"]
        return (
            row["state"],
            row["missing_quantities"],
            None if since is None else datetime.fromisoformat(since),
        )

    broken, battery, partly, silent, well, new = (place_in(hub.a.town, "tree") for _ in range(6))
    broken.measured((97, 1), (0.1, 9))
    battery.measured((0.1, 1), quantity="battery_voltage")
    partly.measured((0.1, 1))
    partly.measured((30, 1), quantity="soil_temperature")
    silent.measured((30, 1))
    well.measured((2, 1), (0.1, 9))
    for there in (broken, battery, partly, well):
        there.heard(0.1)
    silent.heard(30)
    assert health(broken) == ("no_values", ["soil_water_tension"], broken.ago(97))
    assert health(battery) == ("no_values", [], battery.ago(240))
    assert health(partly) == ("no_values", ["soil_temperature"], partly.ago(30))
    assert health(silent) == ("silent", [], None)
    assert health(well) == ("online", [], None)
    assert health(new) == ("never", [], None)
