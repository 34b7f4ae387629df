"""What stands behind a missing value, from times that lie exactly on every limit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.town import Town
from tests.world import World

SECOND, MINUTE, HOUR = (timedelta(seconds=s) for s in (1, 60, 3600))
NOTHING = {"heard_at": None, "value_at": None, "newest_quality": None, "unreadable": False}


@pytest.fixture
def town(world: World) -> Town:
    return world.town("olpe")


@pytest.mark.parametrize(
    ("function", "interval", "limit"),
    [
        ("late_after", 60, 45 * MINUTE),
        ("late_after", 900, 45 * MINUTE),
        ("late_after", 3600, 3 * HOUR),
        ("silent_after", 60, 2 * HOUR),
        ("silent_after", 720, 2 * HOUR),
        ("silent_after", 3600, 10 * HOUR),
    ],
)
def test_late_and_silent(world: World, function: str, interval: int, limit: timedelta) -> None:
    assert world.select(f"select api.{function}({interval}) as limit") == [{"limit": limit}]


#: When the device came and was heard, when it gave its last value: ages. Then flag and unreadable.
CAME, OLD = 90 * HOUR, 60 * HOUR
#: For a device that sends each hour: it is late after three.
LATE = 3 * HOUR


@pytest.mark.parametrize(
    ("heard", "value", "quality", "unreadable", "stale", "reason", "since"),
    [
        (None, None, None, False, HOUR, "not_heard_yet", CAME),
        (None, OLD, 1, False, HOUR, "no_recent_reading", OLD),
        (None, OLD, 4, True, HOUR, "no_recent_reading", OLD),
        # a limit of the site longer than that of the device, and shorter
        (5 * HOUR + SECOND, OLD, 1, True, 5 * HOUR, "device_silent", 5 * HOUR + SECOND),
        (5 * HOUR, OLD, 1, False, 5 * HOUR, "probe_without_values", OLD),
        (LATE + SECOND, OLD, 4, True, HOUR, "device_silent", LATE + SECOND),
        (LATE, OLD, 4, True, HOUR, "no_recent_reading", OLD),
        (HOUR + SECOND, OLD, 1, True, HOUR, "no_recent_reading", OLD),
        (HOUR, OLD, 4, True, HOUR, "not_readable", OLD),
        (HOUR, OLD, 4, False, HOUR, "implausible", OLD),
        (HOUR, OLD, 3, False, HOUR, "probe_without_values", OLD),
        (HOUR, OLD, 9, False, HOUR, "probe_without_values", OLD),
        (HOUR, None, 9, False, HOUR, "probe_without_values", None),
        (HOUR, None, None, False, HOUR, "probe_without_values", None),
    ],
)
def test_reasons(
    world: World,
    heard: timedelta | None,
    value: timedelta | None,
    quality: int | None,
    unreadable: bool,
    stale: timedelta,
    reason: str,
    since: timedelta | None,
) -> None:
    def moment(age: timedelta | None) -> datetime | None:
        return None if age is None else world.now - age

    [row] = world.select(
        "select * from api.absence(%(came)s, %(heard)s, %(value)s, %(quality)s::smallint, "
        "%(unreadable)s, 3600, %(stale)s)",
        came=moment(CAME),
        heard=moment(heard),
        value=moment(value),
        quality=quality,
        unreadable=unreadable,
        stale=stale,
    )
    assert row == {"reason": reason, "since": moment(since)}


class TestInstalledStream:
    """What is known of each datastream where it hangs now."""

    def ask(self, world: World, site: int) -> list[dict[str, Any]]:
        return world.select(
            "select * from core.installed_stream where site_id = %s order by quantity", site
        )

    def known(self, world: World, site: int) -> dict[str, Any]:
        [row] = self.ask(world, site)
        return {key: row[key] for key in NOTHING}

    @pytest.mark.parametrize(
        ("since", "until", "there"),
        [
            (-HOUR, None, True),
            (timedelta(), None, True),
            (SECOND, None, False),
            (-HOUR, SECOND, True),
            (-HOUR, timedelta(), False),
        ],
    )
    def test_only_where_it_hangs_now(
        self, world: World, town: Town, since: timedelta, until: timedelta | None, there: bool
    ) -> None:
        site = town.site("road")
        end = None if until is None else world.now + until
        town.sensor(site, "air_temperature", since=world.now + since, until=end)
        assert len(self.ask(world, site)) == there

    def test_what_says_something_of_its_surroundings(self, world: World, town: Town) -> None:
        site = town.site("road")
        device = town.device(site)
        [row] = self.ask(world, site)
        found = (row["device_id"], row["datastream_id"], row["quantity"])
        assert found == (device.device_id, None, None)
        device.stream("battery_voltage")
        assert [row["quantity"] for row in self.ask(world, site)] == [None]
        for quantity in ("relative_humidity", "air_temperature"):
            device.stream(quantity)
        town.sensor(town.site("road"), "soil_temperature")
        rows = self.ask(world, site)
        assert [row["quantity"] for row in rows] == ["air_temperature", "relative_humidity"]
        assert {key: rows[0][key] for key in NOTHING} == NOTHING

    def test_heard_since_it_came(self, world: World, town: Town) -> None:
        came = world.ago(hours=3)
        for seen, heard in ((came, came), (came - SECOND, None)):
            site = town.site("road")
            town.sensor(site, "air_temperature", since=came).state(last_seen_at=seen)
            assert self.known(world, site) == NOTHING | {"heard_at": heard}

    @pytest.mark.parametrize(
        ("ages", "latest", "value", "quality"),
        [
            # the newest reading of all is kept apart: age in minutes, flag
            ([], (5, 1), 5, 1),
            ([], (-5, 3), -5, 3),
            ([], (180, 2), 180, 2),
            # before it came, or of tomorrow: the readings tell
            ([(60, 1)], (181, 1), 60, 1),
            ([(60, 1)], (-6, 1), 60, 1),
            ([(60, 1), (-5, 3), (-6, 1)], (-6, 1), -5, 1),
            # not believed: an older one is
            ([(60, 1), (20, 2), (5, 4)], (5, 4), 20, 4),
            ([(180, 1), (5, 9)], (5, 9), 180, 9),
            ([(181, 1), (5, 9)], (5, 9), None, 9),
            # flags of readings from before it came tell nothing
            ([(181, 4)], (181, 4), None, None),
            ([(180, 4)], (181, 1), None, 4),
            ([(100, 9), (90, 4)], None, None, 4),
            ([(100, 4), (90, 1)], None, 90, 1),
        ],
    )
    def test_the_last_believable_value_and_the_newest_flag(
        self,
        world: World,
        town: Town,
        ages: list[tuple[int, int]],
        latest: tuple[int, int] | None,
        value: int | None,
        quality: int | None,
    ) -> None:
        site = town.site("road")
        device = town.device(site, since=world.ago(hours=3))
        town.sensor(town.site("road"), "air_temperature", (world.now, 1))
        points = [(world.ago(minutes=minutes), 1, flag) for minutes, flag in ages]
        device.readings("air_temperature", points, kept=False)
        if latest is not None:
            device.latest("air_temperature", world.ago(minutes=latest[0]), 1, latest[1])
        known = self.known(world, site)
        assert known["value_at"] == (None if value is None else world.ago(minutes=value))
        assert known["newest_quality"] == quality

    @pytest.mark.parametrize(
        ("frame", "came", "uplink", "columns", "unreadable"),
        [
            (60, 180, 61, {}, True),
            (60, 180, None, {}, True),
            # something came after it
            (60, 180, 60, {}, False),
            # it came before the device did
            (180, 180, None, {}, True),
            (181, 180, None, {}, False),
            (60, 180, 61, {"outcome": "stored"}, False),
            (60, 180, 61, {"dev_eui": "a840410000000009"}, False),
            (None, 180, 61, {}, False),
        ],
    )
    def test_unreadable_is_what_waits_and_is_newer_than_all_that_could_be_read(
        self,
        world: World,
        town: Town,
        frame: int | None,
        came: int,
        uplink: int | None,
        columns: dict[str, Any],
        unreadable: bool,
    ) -> None:
        site = town.site("road")
        device = town.sensor(site, "air_temperature", since=world.ago(minutes=came))
        if uplink is not None:
            device.state(last_uplink_time=world.ago(minutes=uplink))
        letter: dict[str, Any] = {"dev_eui": device.dev_eui} | columns
        if "outcome" in columns:
            letter |= {"resolved_at": world.now, "resolved_by": "anna"}
        time = None if frame is None else world.ago(minutes=frame)
        town.dead_letter("not_decodable", frame_time=time, **letter)
        assert self.known(world, site)["unreadable"] is unreadable

    def test_a_letter_of_another_town_says_nothing(self, world: World, town: Town) -> None:
        site = town.site("road")
        dev_eui = town.sensor(site, "air_temperature").dev_eui
        brilon = world.town("brilon")
        brilon.dead_letter("not_decodable", frame_time=world.now, dev_eui=dev_eui)
        assert self.known(world, site) == NOTHING
