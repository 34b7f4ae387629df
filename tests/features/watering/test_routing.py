"""Rounds: everything once, nothing too much for a tank, and a short way."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from regionhub.features.watering.routing import Crew, Stop, Trip, plan

PLACE = st.tuples(st.floats(51.0, 51.6), st.floats(7.6, 8.6))


@settings(max_examples=40)
@given(
    st.lists(st.tuples(PLACE, st.sampled_from([25.0, 75.0, 100.0, 150.0, 400.0])), max_size=14),
    st.lists(st.tuples(PLACE, st.sampled_from([200.0, 1000.0, 5000.0])), min_size=1, max_size=3),
)
def test_every_stop_is_on_one_trip_and_no_trip_is_more_than_a_tank(
    places: list[tuple[tuple[float, float], float]],
    trucks: list[tuple[tuple[float, float], float]],
) -> None:
    stops = [Stop(site_id=n, latitude=p[0], longitude=p[1], litres=litres)
             for n, (p, litres) in enumerate(places)]  # fmt: skip
    crews = [Crew(crew_id=n, latitude=p[0], longitude=p[1], tank_litres=tank)
             for n, (p, tank) in enumerate(trucks)]  # fmt: skip
    trips = plan(stops, crews, tries=20)
    assert sorted(site for trip in trips for site in trip.site_ids) == list(range(len(stops)))
    tanks = {crew.crew_id: crew.tank_litres for crew in crews}
    largest = max(tanks.values())
    for trip in trips:
        assert sum(trip.each) <= tanks[trip.crew_id]
        wanted = [min(stops[site].litres, largest) for site in trip.site_ids]
        assert list(trip.each) == wanted


def test_few_stops_are_driven_on_the_shortest_way() -> None:
    stops = [
        Stop(site_id=n, latitude=51.4 + north / 100, longitude=8.0 + east / 100, litres=50)
        for n, (north, east) in enumerate([(0, 1), (3, 0), (1, 2), (2, 2), (3, 3), (0, 3), (1, 0)])
    ]
    depot = Crew(crew_id=1, latitude=51.4, longitude=8.0, tank_litres=1000)
    [trip] = plan(stops, [depot])

    def way(order: tuple[Stop, ...]) -> float:
        places: list[Stop | Crew] = [depot, *order, depot]
        total: float = sum(
            ((a.latitude - b.latitude) ** 2 + ((a.longitude - b.longitude) * 0.6239) ** 2) ** 0.5
            for a, b in itertools.pairwise(places)
        )
        return total

    best = min(way(order) for order in itertools.permutations(stops))
    assert way(tuple(stops[site] for site in trip.site_ids)) <= best * 1.0001


def test_crews_get_about_equal_water_and_the_same_plan_each_time() -> None:
    stops = [
        Stop(site_id=n, latitude=51.4 + (n * 7 % 11) / 300, longitude=8.0 + (n * 5 % 13) / 300,
             litres=100)
        for n in range(36)
    ]  # fmt: skip
    crews = [Crew(crew_id=n, latitude=51.4, longitude=8.0, tank_litres=800) for n in range(3)]
    trips = plan(stops, crews, tries=200)
    assert trips == plan(stops, crews, tries=200)
    water = dict.fromkeys(range(3), 0.0)
    for trip in trips:
        water[trip.crew_id] += sum(trip.each)
    assert max(water.values()) <= 1300
    assert min(water.values()) >= 1000


def test_nothing_to_water_is_no_round() -> None:
    nobody: list[Trip] = plan([], [Crew(crew_id=1, latitude=51, longitude=8, tank_litres=1000)])
    assert nobody == []
