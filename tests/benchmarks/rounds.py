"""Rounds of crews: how long planning takes, and how much longer they are than those of a solver.

The reference is OR-tools (guided local search) where it is installed, else our own search over a
thousand times as many tries; a minute in both cases. It need not give crews equal water, which
makes it shorter than a plan that does.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from regionhub.features.watering.routing import DETOUR, Crew, Stop, Trip, plan
from tests.benchmarks.report import Figure

_STOPS, _CREWS, _TANKS = 120, 3, (1000.0, 2000.0, 5000.0)
_SECONDS = 60
#: Bars: seconds, and metres of ours to those of the reference.
_MOST_SECONDS, _MOST_LONGER = 2.0, 1.1


def round_figures() -> list[Figure]:
    """A town of 120 dry trees in eight quarters, with small and large trucks."""
    seconds, longer = [], []
    for seed, tank in enumerate(_TANKS):
        stops, crews = _town(seed, tank)
        begin = time.perf_counter()
        trips = plan(stops, crews)
        seconds.append(time.perf_counter() - begin)
        longer.append(_metres(trips) / _reference(stops, crews))
    solver = "OR-tools" if find_spec("ortools") else "our own search"
    return [
        Figure("planning 120 trees with three crews", "s", seconds, at_most=_MOST_SECONDS),
        Figure(f"way compared with a minute of {solver}", "times", longer, at_most=_MOST_LONGER),
    ]


def _town(seed: int, tank: float) -> tuple[list[Stop], list[Crew]]:
    draw = np.random.default_rng(seed)
    middles = draw.normal(0, 0.03, (8, 2))
    places = middles[draw.integers(8, size=_STOPS)] + draw.normal(0, 0.006, (_STOPS, 2))
    litres = draw.choice([50, 75, 100, 125, 150], _STOPS)
    stops = [
        Stop(site_id=n, latitude=51.4 + north, longitude=8.06 + 1.6 * east, litres=float(water))
        for n, ((north, east), water) in enumerate(zip(places, litres, strict=True))
    ]
    crews = [
        Crew(crew_id=n, latitude=51.4, longitude=8.06, tank_litres=tank) for n in range(_CREWS)
    ]
    return stops, crews


def _metres(trips: Sequence[Trip]) -> float:
    return sum(trip.metres for trip in trips)


def _reference(stops: Sequence[Stop], crews: Sequence[Crew]) -> float:
    if find_spec("ortools") is None:
        begin, best, tries = time.perf_counter(), np.inf, 10_000
        while time.perf_counter() - begin < _SECONDS:
            best = min(best, _metres(plan(stops, crews, tries=tries)))
            tries *= 2
        return float(best)
    return _solved(stops, crews[0], trucks=4 * len(crews) + 4)


def _solved(stops: Sequence[Stop], depot: Crew, trucks: int) -> float:
    solver: Any = importlib.import_module("ortools.constraint_solver.pywrapcp")
    enums: Any = importlib.import_module("ortools.constraint_solver.routing_enums_pb2")
    places: list[Stop | Crew] = [depot, *stops]
    north = np.array([place.latitude for place in places])
    east = np.array([place.longitude for place in places]) * np.cos(np.radians(51.4))
    apart = np.hypot(north[:, None] - north, east[:, None] - east) * 111_200 * DETOUR
    way = np.rint(apart).astype(int).tolist()
    manager = solver.RoutingIndexManager(len(places), trucks, 0)
    model = solver.RoutingModel(manager)
    nodes = [manager.IndexToNode(index) for index in range(model.Size() + trucks)]
    transit = model.RegisterTransitCallback(lambda a, b: way[nodes[a]][nodes[b]])
    model.SetArcCostEvaluatorOfAllVehicles(transit)
    litres = [0, *(int(stop.litres) for stop in stops)]
    load = model.RegisterUnaryTransitCallback(lambda a: litres[nodes[a]])
    model.AddDimension(load, 0, int(depot.tank_litres), True, "litres")
    search = solver.DefaultRoutingSearchParameters()
    search.first_solution_strategy = enums.FirstSolutionStrategy.SAVINGS
    search.local_search_metaheuristic = enums.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    search.time_limit.FromSeconds(_SECONDS)
    return float(model.SolveWithParameters(search).ObjectiveValue())
