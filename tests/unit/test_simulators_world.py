"""The simulated region behaves as soil, rivers and air do."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from regionhub.errors import InputError
from regionhub.times import from_rfc3339
from regionhub_simulators.model import DAY_S
from regionhub_simulators.region import demo_region
from regionhub_simulators.river import make_rivers
from regionhub_simulators.scenarios import SCENARIOS, scenario
from regionhub_simulators.soil import TEXTURES
from regionhub_simulators.weather import Series, make_weather, relative_humidity
from regionhub_simulators.world import World

REFERENCE_S = from_rfc3339("2026-07-20T12:00:00Z") // 10**9
REGION = demo_region(faults=False)
SOIL = [d for d in REGION.devices if d.depth_cm is not None]


def make_world(name: str, seed: int = 1) -> World:
    return World(REGION.devices, scenario(name), seed=seed, reference_s=REFERENCE_S, days=60)


@pytest.fixture(scope="module")
def worlds() -> dict[str, World]:
    return {name: make_world(name) for name in SCENARIOS}


def hours(start_days: float, end_days: float) -> Series:
    return np.arange(REFERENCE_S + start_days * DAY_S, REFERENCE_S + end_days * DAY_S, 3600.0)


def plant_available_percent(world: World, moment: float) -> Series:
    values = []
    for device in SOIL:
        capacity, wilting = TEXTURES[device.soil_texture or ""]
        moisture, _, _ = world.soil(device, np.array([moment]))
        values.append(100 * (moisture[0] - wilting) / (capacity - wilting))
    return np.array(values)


def test_soil_only_dries_between_rains(worlds: dict[str, World]) -> None:
    world, times = worlds["drought"], hours(-28, 0)
    assert world.rain_mm(times[0] - 5 * DAY_S, times[-1]) == 0
    for device in SOIL:
        moisture, _, _ = world.soil(device, times)
        assert np.all(np.diff(moisture) < 1e-3)
        assert moisture.min() > TEXTURES[device.soil_texture or ""][1]


def test_dry_down_is_exponential_and_slower_at_depth(worlds: dict[str, World]) -> None:
    times = hours(-25, -4)

    def time_constant_d(depth: int) -> float:
        rates = []
        for device in SOIL:
            young = device.planting_age is not None and device.planting_age <= 3
            if device.depth_cm == depth and not young:
                floor = TEXTURES[device.soil_texture or ""][1] + 1.0
                excess = worlds["drought"].soil(device, times)[0] - floor
                rates.append(np.log(excess[0] / excess[-1]) / 21)
        return float(1 / np.mean(rates))

    assert 8 < time_constant_d(10) < time_constant_d(30) < time_constant_d(60) < 60


def test_rain_wets_the_topsoil_before_the_subsoil(worlds: dict[str, World]) -> None:
    times = hours(-14 / 24, 1.5)

    def half_risen(depth: int) -> float:
        moments = []
        for device in SOIL:
            if device.depth_cm == depth:
                moisture, _, _ = worlds["flood"].soil(device, times)
                half = moisture[0] + (moisture.max() - moisture[0]) / 2
                moments.append(float(np.argmax(moisture >= half)))
        return float(np.mean(moments))

    assert half_risen(10) < half_risen(60)


def test_drought_makes_trees_thirsty_and_normal_weather_does_not(
    worlds: dict[str, World],
) -> None:
    drought = plant_available_percent(worlds["drought"], REFERENCE_S)
    normal = plant_available_percent(worlds["normal"], REFERENCE_S)
    assert (drought < 30).sum() >= 5
    assert np.median(normal) > 40
    assert np.median(drought) < np.median(normal)


def test_soil_temperature_is_damped_with_depth(worlds: dict[str, World]) -> None:
    times = hours(-20, -10)
    air, _ = worlds["normal"].air(times, canopy=False)
    swing = {
        depth: np.ptp(worlds["normal"].soil(next(d for d in SOIL if d.depth_cm == depth), times)[1])
        for depth in (10, 30, 60)
    }
    assert np.ptp(air) > swing[10] > swing[30] > swing[60]


def test_conductivity_follows_moisture(worlds: dict[str, World]) -> None:
    moisture, _, ec = worlds["normal"].soil(SOIL[0], hours(-60, 0))
    assert np.corrcoef(moisture, ec)[0, 1] > 0.95


def test_a_flood_wave_arrives_later_and_lower_downstream() -> None:
    weather = make_weather(
        scenario("flood"),
        seed=1,
        reference_s=REFERENCE_S,
        start_s=REFERENCE_S - 40 * DAY_S,
        end_s=REFERENCE_S + 2 * DAY_S,
    )
    flow = make_rivers(["Ruhr"], weather, seed=1)["Ruhr"]
    crest = flow.argmax(axis=0)
    assert np.all(np.diff(crest) > 0)
    assert np.all(np.diff(flow.max(axis=0)) < 0)
    volume = flow.sum(axis=0)
    assert volume[-1] == pytest.approx(volume[0], rel=0.05)


def test_levels_of_the_flood_cross_one_two_or_three_stages(worlds: dict[str, World]) -> None:
    def stages(name: str) -> list[int]:
        result = []
        for town in REGION.towns:
            for site in town.sites:
                if site.information_levels_cm is not None:
                    level = worlds[name].level(site.device, hours(-1, 0.5)).max()
                    result.append(sum(level >= limit for limit in site.information_levels_cm))
        return result

    assert set(stages("flood")) >= {1, 2, 3}
    assert max(stages("normal")) == 0


def test_no_distance_sensor_drowns(worlds: dict[str, World]) -> None:
    for device in REGION.devices:
        if device.river is not None and device.mounting_height_cm is not None:
            level = worlds["flood"].level(device, hours(-60, 1))
            if device.profile.startswith("keller"):
                assert level.min() > device.mounting_height_cm
            else:
                assert device.mounting_height_cm - level.max() > 30


def test_air_humidity_and_canopy(worlds: dict[str, World]) -> None:
    times = hours(-60, 0)
    temperature, humidity = worlds["normal"].air(times, canopy=False)
    forest, forest_humidity = worlds["normal"].air(times, canopy=True)
    assert humidity.min() > 0
    assert max(humidity.max(), forest_humidity.max()) <= 100
    hour = times % DAY_S / 3600
    assert forest_humidity[hour == 2].mean() > 94
    assert forest_humidity[hour == 13].mean() < 75
    assert np.ptp(forest) < np.ptp(temperature)


def test_relative_humidity_is_100_at_the_dew_point() -> None:
    assert relative_humidity(np.array([20.0, 20.0]), np.array([20.0, 9.27])) == pytest.approx(
        [100, 50], abs=0.2
    )


def test_the_future_does_not_change_the_past() -> None:
    short, long = make_world("normal"), make_world("normal")
    long.reach(REFERENCE_S + 30 * DAY_S)
    times = hours(-60, 1)
    gauge = next(d for d in REGION.devices if d.river is not None)
    assert np.array_equal(short.soil(SOIL[0], times), long.soil(SOIL[0], times))
    assert np.array_equal(short.level(gauge, times), long.level(gauge, times))


def test_an_unknown_scenario_is_named() -> None:
    with pytest.raises(InputError, match="normal, drought, flood"):
        scenario("frost")


@pytest.mark.parametrize("month", [1, 4, 8, 11])
def test_a_drought_is_in_july_whatever_the_date_is(month: int) -> None:
    reference_s = int(datetime(2026, month, 20, 12, tzinfo=UTC).timestamp())
    world = World(SOIL, scenario("drought"), seed=1, reference_s=reference_s, days=30)
    times = reference_s - np.arange(0, 20 * DAY_S, 3600.0)
    air, _ = world.air(times, canopy=False)
    assert air.mean() > 17
    assert (plant_available_percent(world, reference_s) < 30).sum() >= 5


def test_stems_are_full_each_night_unless_it_is_dry(worlds: dict[str, World]) -> None:
    stems = [d for d in REGION.devices if d.profile == "decentlab/dl-zn1"]
    assert len(stems) == 10

    def days_since_full(name: str) -> Series:
        times = hours(-30, 0)
        sizes = [worlds[name].stem(device, times) for device in stems]
        full = [np.flatnonzero(np.maximum.accumulate(size) - size <= 10)[-1] for size in sizes]
        return np.array([(len(times) - 1 - last) / 24 for last in full])

    assert np.all(days_since_full("normal") < 3)
    assert np.all(days_since_full("drought") > 10)


def test_one_smoke_sensor_smells_the_fire(worlds: dict[str, World]) -> None:
    sensors = [d for d in REGION.devices if d.profile == "milesight/gs524n"]
    for name, world in worlds.items():
        now = np.array([float(REFERENCE_S)])
        smoking = [device for device in sensors if world.smoke(device, now)[0] > 5]
        assert len(smoking) == (name == "fire")


def test_a_gauge_of_rain_counts_what_falls(worlds: dict[str, World]) -> None:
    world, times = worlds["flood"], hours(-10, 0)
    total = world.rain_total(times)
    assert np.all(np.diff(total) >= 0)
    assert total[-1] - total[0] == pytest.approx(world.rain_mm(times[0], times[-1]), abs=0.01)
    assert 0.2 < world.wind(times).mean() < 6
