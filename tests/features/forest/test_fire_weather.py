"""The fire weather of a stand, from what a weather station near it measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from math import log
from typing import Any, LiteralString

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.devices import Device
from tests.rows import connect
from tests.town import Town
from tests.world import World

from regionhub.features.forest import fire_weather
from regionhub.features.forest.classes import CLASSES, EFFIS, Seasons
from regionhub.features.forest.fire_weather import FireDay, Weather, decide, fire_days
from regionhub.features.forest.fwi import SPRING, Noon, advance
from regionhub.features.forest.fwi_season import Rain, follow, overwintered
from regionhub.features.forest.jobs import look_again
from regionhub.signals.jobs import take
from regionhub.store.database import Database
from regionhub.store.jobs import Locks, Work

PLACE: dict[str, Any] = {"latitude": 51.03, "longitude": 7.85}
DRY = Noon(temperature=24, humidity=30, wind=18, rain=0)
DAY = timedelta(days=1)


@pytest.fixture
def town(world: World) -> Town:
    return world.town("olpe", **PLACE)


def newest(world: World) -> date:
    """The last day whose noon has passed for an hour."""
    return (world.now - timedelta(hours=12)).astimezone(UTC).date()


def noon_of(day: date) -> datetime:
    return datetime.combine(day, time(11), UTC)


def station(town: Town, site: int, **device: Any) -> Device:
    parameters = {"wind_height_m": 10}
    return town.device(site, interval_seconds=3600, parameters=parameters, **device)


def measure(device: Device, day: date, noon: Noon) -> None:
    """The weather of a noon, and rain in the first of the 24 hours before."""
    at = noon_of(day)
    device.readings("air_temperature", [(at, noon.temperature)])
    device.readings("relative_humidity", [(at, noon.humidity)])
    device.readings("wind_speed", [(at, noon.wind / 3.6)])
    hours = [at - timedelta(hours=hour, minutes=30) for hour in range(24)]
    rain = [(hour, noon.rain if hour == hours[-1] else 0.0) for hour in hours]
    device.readings("precipitation", rain)


def decide_step(database: Database) -> bool:
    """A step as `regionhub work` takes it."""
    return take(database, decide)


def days(town: Town, site: int) -> list[dict[str, Any]]:
    return town.select("select * from api.fire_weather where site_id = %s order by day", site)


def test_codes_of_each_day_follow_from_those_before(world: World, town: Town) -> None:
    site, last = town.site("forest", **PLACE), newest(world)
    device = station(town, site)
    noons = [DRY, Noon(temperature=12, humidity=80, wind=5, rain=6), DRY, DRY]
    for back, noon in zip((3, 2, 1, 0), noons, strict=True):
        measure(device, last - back * DAY, noon)
    rows = days(town, site)
    assert [row["day"] for row in rows] == [last - back * DAY for back in (3, 2, 1, 0)]
    codes = SPRING
    for row, noon in zip(rows, noons, strict=True):
        day = advance(codes, noon, row["day"].month)
        codes = day.codes
        assert row["fwi"] == pytest.approx(day.fwi, abs=0.051)
        assert row["dc"] == pytest.approx(codes.dc, abs=0.051)
        assert row["rain_mm"] == noon.rain
        assert [row[mark] for mark in ("uncertain", "is_forecast", "under_canopy")] == [False] * 3
    said = town.row("signal", site_id=site, signal="fire_weather")
    assert (said["state"], said["time"], said["unit"]) == (
        rows[-1]["state"], noon_of(last), "FWI",
    )  # fmt: skip
    assert said["value"] == rows[-1]["fwi"]
    assert not town.select("select from api.observation_signal where site_id = %s", site)


def test_a_late_reading_changes_the_days_it_touches(world: World, town: Town) -> None:
    site, last = town.site("forest", **PLACE), newest(world)
    device = station(town, site)
    for back in (6, 5, 4, 2, 1, 0):
        measure(device, last - back * DAY, DRY)
    before = days(town, site)
    assert [row["fwi"] is None for row in before] == [False] * 3 + [True] + [False] * 3
    assert before[3]["state"] == "no_data"

    measure(device, last - 3 * DAY, DRY)
    after = days(town, site)
    assert after[:3] == before[:3]
    assert all(row["fwi"] is not None for row in after)
    assert after[-1]["dc"] > before[-1]["dc"]
    history = town.select(
        "select state from api.signal_change where site_id = %s and signal = 'fire_weather' "
        "and at >= %s",
        *(site, noon_of(last - 3 * DAY)),
    )
    assert "no_data" not in [row["state"] for row in history]


def test_a_corrected_reading_is_looked_at_again(world: World, town: Town) -> None:
    site, last = town.site("forest", **PLACE), newest(world)
    device = station(town, site)
    measure(device, last - DAY, DRY)
    measure(device, last, DRY)
    before = days(town, site)
    stream = device.stream("wind_speed")
    world.owner.execute(
        "update core.reading set value = 1 where datastream_id = %s and time = %s",
        [stream, noon_of(last - DAY)],
    )
    world.add("core.touched", device_ids=[device.device_id], times=[noon_of(last - DAY)])
    assert days(town, site)[0]["fwi"] < before[0]["fwi"]


def test_a_stand_that_fails_stops_no_other_and_is_tried_again(
    world: World, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands = {town.site("forest", **PLACE), town.site("forest", **PLACE)}
    measure(station(town, town.site("weather", **PLACE)), newest(world), DRY)
    faults = ["the first one"]

    def failing(weather: Sequence[Weather], until: date) -> Iterator[FireDay]:
        if faults:
            faults.pop()
            world.owner.execute("select 1 / 0")
        return fire_days(weather, until)

    monkeypatch.setattr(fire_weather, "fire_days", failing)

    def computed() -> list[int]:
        rows = town.select("select site_id from api.fire_weather where fwi is not null")
        return [row["site_id"] for row in rows]

    assert len(computed()) == 1
    assert not faults
    world.owner.execute("update core.forest_touched set due_at = now()")
    assert sorted(computed()) == sorted(stands)


def test_below_trees_it_is_an_index_of_the_stand(world: World, town: Town) -> None:
    site, last = town.site("forest", **PLACE), newest(world)
    canopy = town.device(site, interval_seconds=3600)
    canopy.readings("air_temperature", [(noon_of(last), 18.0)])
    canopy.readings("relative_humidity", [(noon_of(last), 60.0)])
    measure(station(town, town.site("weather", **PLACE)), last, DRY)
    [row] = days(town, site)
    assert (row["under_canopy"], row["temperature_degc"]) == (True, 18.0)
    assert town.row("signal", site_id=site, signal="fire_weather")["reason"] == "under_canopy"


def test_of_two_stands_each_has_its_own_weather(world: World, town: Town) -> None:
    last = newest(world)
    moist = Noon(temperature=9, humidity=90, wind=4, rain=12)
    far: dict[str, Any] = {"latitude": 51.4, "longitude": 8.5}
    stands = {town.site("forest", **PLACE): DRY, town.site("forest", **far): moist}
    for site, noon in stands.items():
        measure(station(town, site), last - DAY, noon)
        measure(station(town, site), last, noon)
    fwi = {site: days(town, site)[-1]["fwi"] for site in stands}
    rows = town.select("select site_id, day, temperature_degc, rain_mm, fwi from api.forest")
    assert len(rows) == 2
    for row in rows:
        noon = stands[row["site_id"]]
        assert (row["day"], row["temperature_degc"], row["rain_mm"]) == (
            last, noon.temperature, noon.rain,
        )  # fmt: skip
        assert row["fwi"] == fwi[row["site_id"]]


def test_without_weather_nothing_is_said_of_it(town: Town) -> None:
    site, nowhere = town.site("forest", **PLACE), town.site("forest")
    assert {row["site_id"] for row in town.select("select site_id from api.forest")} == {
        site,
        nowhere,
    }
    assert not days(town, site)
    assert town.row("forest", site_id=site)["state"] == "no_data"
    said = town.select("select signal from api.signal where signal <> 'device_health'")
    assert [row["signal"] for row in said] == ["observations"] * 2


def test_the_last_days_are_looked_at_again(new_database: Callable[[], str]) -> None:
    """A feed may have brought late what was forecast until then; the job runs as its role may."""
    url = new_database()
    with connect(url, autocommit=True) as owner:
        world = World(owner)
        town = world.town("olpe", **PLACE)
        site, last = town.site("forest", **PLACE), newest(world)
        device = station(town, site)
        measure(device, last - DAY, DRY)
        measure(device, last, DRY)
        before = days(town, site)
        world.owner.execute(
            "update core.reading set value = 1 where datastream_id = %s and time = %s",
            [device.stream("wind_speed"), noon_of(last)],
        )
        assert days(town, site) == before
        with Database(url, size=2, role="ingest") as database, Locks(database) as locks:
            look_again(Work(owner=lambda: connect(url), database=database, locks=locks))
            while decide_step(database):
                pass
        assert days(town, site)[1]["fwi"] < before[1]["fwi"]


def test_another_town_sees_nothing_of_it_and_another_stand_has_none(
    world: World, town: Town
) -> None:
    site = town.site("forest", **PLACE)
    measure(station(town, site), newest(world), DRY)
    town.sensor(site, "smoke_concentration", (world.ago(hours=3), 0.0))
    town.sensor(site, "soil_moisture_vwc", (world.ago(hours=3), 20.0))
    town.site("forest")
    other = world.town("brilon", **PLACE)
    other.site("forest", **PLACE)
    views: tuple[LiteralString, ...] = (
        "select site_id from api.fire_weather",
        "select site_id from api.fire_weather_signal",
        "select site_id from api.smoke_signal",
        "select site_id from api.drought_signal",
    )
    days(town, site)  # once they are computed they are decided on
    for view in views:
        assert town.select(view) == [{"site_id": site}]
        assert other.select(view) == []


WEATHER = st.builds(
    lambda t, h, w, r, known: (t, h, w, r) if known else None,
    st.floats(-10, 38), st.floats(5, 100), st.floats(0, 40), st.sampled_from([0, 0, 0.4, 3, 25]),
    st.sampled_from([True, True, True, False]),
)  # fmt: skip


@given(st.lists(WEATHER, max_size=40))
def test_the_course_of_days_is_that_of_the_rules(
    weather: list[tuple[float, float, float, float] | None],
) -> None:
    first = date(2026, 3, 1)
    rows = [
        Weather(
            day=first + number * DAY, temperature_degc=one[0], humidity_pct=one[1], wind_kmh=one[2],
            rain_mm=one[3], vpd_kpa=1.0, is_forecast=False, under_canopy=False,
        )
        for number, one in enumerate(weather) if one is not None
    ]  # fmt: skip
    until = first + (len(weather) - 1) * DAY if weather else first
    found = {row.day: row for row in fire_days(rows, until)}
    codes, missing, rain, begun = SPRING, 0, 20.0, False
    for number, one in enumerate(weather):
        day = first + number * DAY
        begun = begun or one is not None
        assert (day in found) == begun
        if not begun:
            continue
        missing, rain = (missing + 1, rain) if one is None else (missing, rain)
        if one is None:
            assert found[day].fwi is None
            assert found[day].state == "no_data"
            assert found[day].uncertain == (missing > 2 or rain < 20)
            continue
        rain = one[3] if missing > 2 else rain + one[3]
        missing = 0
        noon = Noon(temperature=one[0], humidity=one[1], wind=one[2], rain=one[3])
        result = advance(codes, noon, day.month)
        codes = result.codes
        assert (found[day].fwi, found[day].dc) == (result.fwi, codes.dc)
        assert found[day].uncertain == (rain < 20)
        assert found[day].state == CLASSES[sum(result.fwi >= limit for limit in EFFIS)]


@pytest.mark.parametrize(
    ("fwi", "state"),
    [
        (0, "fire_very_low"), (5.1, "fire_very_low"), (5.2, "fire_low"), (11.2, "fire_moderate"),
        (21.2, "fire_moderate"), (21.3, "fire_high"), (38, "fire_very_high"),
        (70, "fire_very_high"),
    ],
)  # fmt: skip
def test_classes_of_effis(fwi: float, state: str) -> None:
    assert Seasons().judge(date(2026, 5, 1), fwi) == (state, False)


def three_seasons(highest: float) -> Seasons:
    """Of a site whose index is as often low as high."""
    seasons = Seasons()
    for year in (2023, 2024, 2025):
        for number in range(245):
            judged = seasons.judge(date(year, 3, 1) + number * DAY, number / 245 * highest)
            assert not judged.by_own_season
    return seasons


@pytest.mark.parametrize(
    ("highest", "fwi", "state", "by_own_season"),
    [
        # what is rare at the site is of a higher class
        (20, 14.9, "fire_moderate", False), (20, 17.9, "fire_moderate", False),
        (20, 18.1, "fire_high", True), (20, 19.7, "fire_very_high", True),
        # where the index is hardly ever more than 10, that is none of the highest classes
        (10, 4.9, "fire_very_low", False), (10, 5.1, "fire_low", True),
        (10, 7.6, "fire_moderate", True), (10, 9.9, "fire_moderate", True),
        (10, 11.3, "fire_very_high", True),
        # where it is often 60, that is as dangerous as elsewhere
        (60, 5.2, "fire_low", False), (60, 25, "fire_high", False),
        (60, 45, "fire_very_high", False),
    ],
)  # fmt: skip
def test_after_three_seasons_its_own_may_raise_the_class_of_a_site(
    highest: float, fwi: float, state: str, by_own_season: bool
) -> None:
    assert three_seasons(highest).judge(date(2026, 1, 5), fwi) == (state, by_own_season)


@given(st.floats(0, 100), st.floats(0, 100))
def test_own_seasons_never_lower_a_class(highest: float, fwi: float) -> None:
    state, by_own_season = three_seasons(highest).judge(date(2026, 1, 5), fwi)
    by_effis = sum(fwi >= limit for limit in EFFIS)
    assert CLASSES.index(state) >= by_effis
    assert by_own_season == (CLASSES.index(state) > by_effis)
    assert CLASSES.index(state) < 3 or fwi >= EFFIS[1]


def test_the_drought_of_autumn_is_kept_over_a_dry_winter() -> None:
    # equations of Lawson and Armitage 2008 by hand: 0.75 * 400 + 0.75 * 394 = 595.5
    assert overwintered(400 * log(2), 100) == pytest.approx(400 * log(800 / 595.5))
    assert overwintered(300, 400) == 0
    autumn = [(date(2025, 9, 2) + number * DAY, DRY) for number in range(60)]
    winter = [(date(2025, 11, 1) + number * DAY, Rain(0.5)) for number in range(120)]
    spring = (date(2026, 3, 1), DRY)
    kept = list(follow([*autumn, *winter, spring]))[-1].day
    anew = list(follow([*autumn, spring]))[-1].day
    assert kept is not None
    assert anew is not None
    assert kept.codes.dc > anew.codes.dc + 100
    assert kept.codes.ffmc == anew.codes.ffmc
    unknown = [(when, None if when.day == 3 else rain) for when, rain in winter]
    assert list(follow([*autumn, *unknown, spring]))[-1].day == anew
