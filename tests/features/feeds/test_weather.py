"""The weather at a site: whose values stand for it, and what is computed from them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.devices import Device
from tests.feeds import feed
from tests.feeds import station as station_of
from tests.town import Town
from tests.world import World

OLPE: dict[str, Any] = {"latitude": 51.03, "longitude": 7.85}
#: Six kilometres and sixty kilometres from there.
NEAR: dict[str, Any] = {"latitude": 51.03, "longitude": 7.936}
FAR: dict[str, Any] = {"latitude": 51.03, "longitude": 8.71}
DAY = timedelta(days=1)


@pytest.fixture
def olpe(world: World) -> Town:
    """A town."""
    return world.town("olpe", **OLPE)


def day(world: World, ago: int) -> date:
    """A day in Berlin, counted back from today."""
    [row] = world.select("select (now() at time zone 'Europe/Berlin')::date - %s as day", ago)
    found: date = row["day"]
    return found


def begin(world: World, day: date) -> datetime:
    """Midnight in Berlin."""
    [row] = world.select("select %s::timestamp at time zone 'Europe/Berlin' as begin", day)
    found: datetime = row["begin"]
    return found


def hours(world: World, day: date, values: list[float]) -> list[tuple[datetime, float | None]]:
    """A value for each hour of a day, at half past."""
    first = begin(world, day) + timedelta(minutes=30)
    return [(first + timedelta(hours=hour), value) for hour, value in enumerate(values)]


def station(town: Town, place: dict[str, Any] = NEAR, **device: Any) -> Device:
    """A weather station."""
    return town.device(town.site("weather", **place), interval_seconds=3600, **device)


def daily(world: World, site: int, first: date, last: date) -> list[dict[str, Any]]:
    """What is said of the days."""
    return world.select("select * from core.weather_daily(%s, %s, %s)", site, first, last)


def rain(world: World, site: int, day: date) -> float | None:
    """Of one day."""
    rows = daily(world, site, day, day)
    return rows[0]["rain_mm"] if rows else None


def test_et0_of_example_18(world: World) -> None:
    [row] = world.select(
        "select core.et0_fao56('2015-07-06', 50.8, 100, 12.3, 21.5, 1.409, "
        "core.wind_at(2, 10 / 3.6::float8, 10), 22.07) as mm"
    )
    assert row["mm"] == pytest.approx(3.88, abs=0.01)


def test_et0_of_example_17(world: World) -> None:
    [row] = world.select(
        "select core.et0_fao56('2015-04-15', 13.7333, 2, 25.6, 34.8, 2.85, 2, 22.65, 0.14) as mm"
    )
    assert row["mm"] == pytest.approx(5.72, abs=0.01)


def test_et0_of_temperatures_alone(world: World) -> None:
    """FAO-56, example 20: Lyon in July, 26.6 and 14.8 degC, Ra of 40.6 MJ: 5.0 mm."""
    [row] = world.select("select core.et0_hargreaves('2015-07-15', 45.7167, 14.8, 26.6) as mm")
    assert row["mm"] == pytest.approx(5.0, abs=0.1)


@pytest.mark.parametrize(
    ("quantity", "values", "sum_mm"),
    [
        ("precipitation", [0.5] * 24, 12.0),
        # its total is known before the day, and begins anew in the morning
        (
            "precipitation_cumulative",
            [100.0 + h for h in range(10)] + [0.0, *map(float, range(1, 14))],
            23.0,
        ),
        ("rain_total", [100.0 + 0.1 * h for h in range(24)], 2.4),
        # tips of 0.2 mm
        ("rain_counter", [float((250 + h) % 256) for h in range(24)], 4.8),
    ],
)
def test_rain_is_told_in_several_ways(
    world: World, olpe: Town, quantity: str, values: list[float], sum_mm: float
) -> None:
    tree, when = olpe.tree(**OLPE), day(world, 2)
    before = {"precipitation": 3.0, "rain_counter": 249.0, "rain_total": 99.9}.get(quantity, 99.0)
    points = [(begin(world, when) - timedelta(minutes=30), before), *hours(world, when, values)]
    station(olpe).readings(quantity, points)
    assert rain(world, tree, when) == pytest.approx(sum_mm)


@pytest.mark.parametrize(
    ("quantity", "before", "after", "sum_mm"),
    [
        ("rain_counter", 100.0, 0.0, 0.0),  # it restarted
        ("rain_counter", 100.0, 3.0, 0.6),
        ("rain_counter", 223.0, 1.0, 0.2),
        ("rain_counter", 250.0, 4.0, 2.0),  # it ran over
        ("rain_counter", 3000.0, 5.0, 1.0),  # this one has more than one byte
        ("rain_counter", 3000.0, 3010.0, 2.0),
        ("rain_counter", 3.0, 4000.0, 0.0),  # no such rain can be
        ("rain_total", 500.0, 1.5, 1.5),
        ("rain_total", 9000.0, 4000.0, 0.0),  # another device
        ("precipitation_cumulative", 10.0, 900.0, 0.0),
    ],
)
@pytest.mark.parametrize("begins", [0.5, 0])
def test_steps_of_a_counter(
    world: World,
    olpe: Town,
    quantity: str,
    before: float,
    after: float,
    sum_mm: float,
    begins: float,
) -> None:
    """Whether it was heard of before the day or not: what it stands at first is no rain."""
    tree, when = olpe.tree(**OLPE), day(world, 2)
    start = (begin(world, when) - timedelta(hours=begins), before)
    points = [start, *hours(world, when, [before] * 12 + [after] * 12)]
    station(olpe).readings(quantity, points)
    assert rain(world, tree, when) == pytest.approx(sum_mm)


def test_the_nearest_that_has_most_of_the_day_is_taken(world: World, olpe: Town) -> None:
    tree, first, second = olpe.tree(**OLPE), day(world, 3), day(world, 2)
    station(olpe, OLPE).readings("precipitation", hours(world, first, [1.0] * 24))
    station(olpe, OLPE).readings("precipitation", hours(world, second, [9.0] * 12))
    station(olpe).readings(
        "precipitation", hours(world, first, [2.0] * 24) + hours(world, second, [2.0] * 24)
    )
    assert rain(world, tree, first) == 24
    assert rain(world, tree, second) == 48


def test_nobody_is_told_of_what_is_far_or_of_another_town(world: World, olpe: Town) -> None:
    tree, when = olpe.tree(**OLPE), day(world, 2)
    station(olpe, FAR).readings("precipitation", hours(world, when, [1.0] * 24))
    other = world.town("drolshagen", **OLPE)
    stream = station(other).readings("precipitation", hours(world, when, [2.0] * 24))
    assert daily(world, tree, when, when) == []
    with world.granted(stream, world.town("attendorn"), "hourly"):
        assert daily(world, tree, when, when) == []
    with world.granted(stream, olpe, "hourly"):
        assert rain(world, tree, when) == 48
    assert daily(world, olpe.tree(), when, when) == []  # a site without a position


def test_a_sensor_in_the_shade_is_no_weather_station(world: World, olpe: Town) -> None:
    tree, when = olpe.tree(**OLPE), day(world, 2)
    shaded = olpe.device(olpe.tree(**NEAR), interval_seconds=3600)
    shaded.readings("air_temperature", hours(world, when, [15.0, 25.0] * 12))
    assert daily(world, tree, when, when) == []
    shaded.readings("rain_counter", hours(world, when, [1.0] * 24))
    [row] = daily(world, tree, when, when)
    assert row["et0_mm"] > 0 if row["day"].month in range(4, 10) else row["et0_mm"] >= 0
    assert not row["is_forecast"]


def test_more_is_known_with_humidity_and_radiation(world: World, olpe: Town) -> None:
    tree, when = olpe.tree(**OLPE), day(world, 2)
    made = station(olpe, parameters={"wind_height_m": 10})
    made.readings("air_temperature", hours(world, when, [15.0, 25.0] * 12))
    [alone] = daily(world, tree, when, when)
    made.readings("relative_humidity", hours(world, when, [60.0] * 24))
    made.readings("irradiance", hours(world, when, [0.0, 300.0] * 12))
    made.readings("wind_speed", hours(world, when, [4.0] * 24))
    [more] = daily(world, tree, when, when)
    [row] = world.select(
        "select core.et0_hargreaves(%(day)s, 51.03, 15, 25) as alone, "
        "core.et0_fao56(%(day)s, 51.03, 300, 15, 25, "
        "0.6 * (core.vapour_pressure(15) + core.vapour_pressure(25)) / 2, "
        "core.wind_at(2, 4, 10), 150 * 0.0864) as more",
        day=when,
    )
    assert (alone["et0_mm"], more["et0_mm"]) == (row["alone"], row["more"])


def test_noon_is_that_of_standard_time(world: World, olpe: Town) -> None:
    forest, when = olpe.site("forest", **OLPE), day(world, 2)
    noon = datetime(when.year, when.month, when.day, 11, tzinfo=UTC)
    made = station(olpe, parameters={"wind_height_m": 10})
    made.readings("air_temperature", [(noon - timedelta(hours=1), 10.0), (noon, 20.0)])
    made.readings("relative_humidity", [(noon + timedelta(minutes=10), 40.0)])
    made.readings("wind_speed", [(noon, 5.0)])
    made.readings(
        "precipitation",
        [(noon + timedelta(minutes=30) - timedelta(hours=hour), 0.25) for hour in range(30)],
    )
    [row] = world.select("select * from core.weather_noon(%s, %s, %s)", forest, when, when)
    assert row == {
        "day": when,
        "temperature_degc": 20,
        "relative_humidity_pct": 40,
        "wind_kmh": pytest.approx(18),
        "rain_mm": 6,
        "is_forecast": False,
    }


def test_without_any_source_nothing_is_said(world: World, olpe: Town) -> None:
    tree, today = olpe.tree(**OLPE), day(world, 0)
    assert daily(world, tree, today - 5 * DAY, today + 5 * DAY) == []
    assert world.select("select * from core.weather_noon(%s, %s, %s)", tree, today, today) == []


@pytest.fixture
def forecast(world: World, olpe: Town) -> Town:
    """The region has a forecast for five days around now, issued yesterday."""
    region = world.town("suedwestfalen", kind="region")
    point = station_of(region, feed(region, "dwd"), "K386", **NEAR)
    first = begin(world, day(world, 2))
    world.add_all(
        "core.weather_forecast",
        [
            {
                "feed_station_id": point,
                "tenant_id": region.tenant_id,
                "time": first + timedelta(hours=hour),
                "issued_at": world.ago(days=1),
                "temperature_degc": 10.0 + 10 * (hour % 2),
                "dew_point_degc": 8.0,
                "wind_m_s": 3.0,
                "rain_mm": 0.1,
                "radiation_kj_m2": 500.0,
            }
            for hour in range(5 * 24 + 1)
        ],
    )
    return olpe


def test_the_future_is_forecast(world: World, forecast: Town) -> None:
    tree, today = forecast.tree(**OLPE), day(world, 0)
    rows = daily(world, tree, today, today + 10 * DAY)
    assert [row["day"] for row in rows] == [today, today + DAY, today + 2 * DAY]
    assert all(row["is_forecast"] and row["et0_mm"] > 0 for row in rows)
    assert [row["rain_mm"] for row in rows] == pytest.approx([2.4] * 3)
    far = forecast.tree(**FAR)
    assert daily(world, far, today, today) == []


def test_what_was_measured_counts_more_than_what_was_forecast(world: World, forecast: Town) -> None:
    tree, first, second = forecast.tree(**OLPE), day(world, 2), day(world, 1)
    station(forecast).readings("precipitation", hours(world, second, [1.0] * 24))
    told = {row["day"]: row for row in daily(world, tree, first, second)}
    assert (told[first]["rain_mm"], told[first]["is_forecast"]) == (pytest.approx(2.4), True)
    assert (told[second]["rain_mm"], told[second]["is_forecast"]) == (24, False)
    assert told[second]["et0_mm"] > 0  # as it was forecast


def test_noon_is_forecast_too(world: World, forecast: Town) -> None:
    forest, tomorrow = forecast.site("forest", **OLPE), day(world, -1)
    [row] = world.select("select * from core.weather_noon(%s, %s, %s)", forest, tomorrow, tomorrow)
    assert row["temperature_degc"] in {10, 20}
    assert 40 < row["relative_humidity_pct"] < 90
    assert row["wind_kmh"] == pytest.approx(10.8)
    assert row["rain_mm"] == pytest.approx(2.4)
    assert row["is_forecast"]


def test_the_forecast_of_a_town_is_its_own(world: World, olpe: Town) -> None:
    world.town("suedwestfalen", kind="region")
    other = world.town("drolshagen", **OLPE)
    point = station_of(other, feed(other, "own"), "K386", **NEAR)
    hour = {"time": begin(world, day(world, 0)), "issued_at": world.now, "rain_mm": 1.0}
    ids = {"feed_station_id": point, "tenant_id": other.tenant_id}
    world.add("core.weather_forecast", **ids, **hour)
    assert other.select("select rain_mm from api.weather_forecast") == [{"rain_mm": 1}]
    assert olpe.select("select rain_mm from api.weather_forecast") == []
    for town, found in ((olpe, None), (other, point)):
        [row] = world.select("select core.weather_forecast_station(%s) as point", town.tree(**OLPE))
        assert row["point"] == found


def test_a_forecast_that_was_not_renewed_hides_no_other_and_is_none_itself(
    world: World, forecast: Town
) -> None:
    tree, today = forecast.tree(**OLPE), day(world, 0)
    [near] = world.select("select feed_station_id, tenant_id from core.feed_station")
    world.owner.execute("update core.weather_forecast set issued_at = now() - interval '3 days'")
    assert daily(world, tree, today, today + DAY) == []
    assert forecast.select("select * from api.weather_forecast") == []

    [source] = world.select("select source_id from core.feed")
    farther = {"latitude": NEAR["latitude"] + 0.1, "longitude": NEAR["longitude"]}
    point = world.add(
        "core.feed_station", **source, tenant_id=near["tenant_id"], code="K1", name="K1", **farther
    )
    ids = {"feed_station_id": point["feed_station_id"], "tenant_id": near["tenant_id"]}
    hour = {"time": world.now + timedelta(hours=1), "issued_at": world.now, "rain_mm": 7.0}
    world.add("core.weather_forecast", **ids, **hour)
    assert forecast.select("select rain_mm from api.weather_forecast") == [{"rain_mm": 7}]
