"""Rounds in driving order: which crew waters which trees, and when it drives back for water.

Every stop is put where it makes the way least longer (cheapest insertion). Then, a fixed number of
times, a few strings of neighbouring stops are taken out and put back, and what comes of it is kept
by the rule of simulated annealing: "slack induction by string removals" (Christiaens and Vanden
Berghe, Transportation Science 54, 2020), which finds what 2-opt, Or-opt and exchanges between
rounds find one after the other. The same places give the same rounds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: A way by road is longer than the straight line by about this factor in towns.
DETOUR = 1.3
#: A crew's water may differ from an equal share by this part, and by one tree.
_UNEVEN = 1.05
_METRES_PER_DEGREE = 111_200.0
#: Bounds the work: places looked at in all, about a second.
_LOOKS = 11_000_000
_MOST_TRIES = 3000
#: Of a try: how many stops leave on average, and how many in one string at most.
_REMOVED = 10
_LONGEST_STRING = 10
#: Annealing, relative to the mean way between two stops of the first solution.
_HOT, _COLD = 0.5, 0.005
#: A place is passed over now and then, so that greed does not decide everything.
_BLINK = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A tree or bed to water: degrees, and litres of this turn."""

    site_id: int
    latitude: float
    longitude: float
    litres: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """A crew with its truck: where it fills up, in degrees, and what it carries."""

    crew_id: int
    latitude: float
    longitude: float
    tank_litres: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """From the depot over stops and back, with one tank.

    `each` are the litres of each stop, `metres` as by road, estimated.
    """

    crew_id: int
    site_ids: Sequence[int]
    each: Sequence[float]
    metres: float


def plan(stops: Sequence[Stop], crews: Sequence[Crew], *, tries: int | None = None) -> list[Trip]:
    """Trips of all crews, those of a crew in order; short all together, and about equal water.

    Args:
        stops: what has to be watered; more litres than a tank holds are brought as far as it goes.
        crews: at least one where there are stops.
        tries: how often a better way is looked for; as much as fits into a second if left out.
    """
    if not stops:
        return []
    search = _Search(stops, crews)
    search.insert(np.arange(len(stops)))
    search.improve(tries)
    return search.trips()


class _Search:
    """Ways as a list of edges: edge e leads from place `tail[e]` to `head[e]` within `trip[e]`.

    Places are the stops, then the depot of each crew. An edge is cut in two when a stop comes in;
    the two of a stop that leaves become one. The order of the edges means nothing.
    """

    def __init__(self, stops: Sequence[Stop], crews: Sequence[Crew]) -> None:
        self.stops, self.crews, self.count = stops, crews, len(stops)
        self.random = np.random.default_rng(1)
        self.way = _distances([*stops, *crews])
        self.near = np.argsort(self.way[: self.count, : self.count], axis=1, kind="stable")
        tank = np.array([crew.tank_litres for crew in crews], dtype=float)
        self.litres = np.minimum([stop.litres for stop in stops], tank.max())
        share = self.litres.sum() / len(crews)
        self.most = max(share * _UNEVEN, share + self.litres.max())
        owners: list[int] = []
        for number, size in enumerate(tank):
            owners += [number] * (math.ceil(self.most / size) + 1)
        self.owner = np.array(owners)
        self.tank = tank[self.owner]
        self.load: NDArray[np.float64] = np.zeros(len(owners))
        self.brought: NDArray[np.float64] = np.zeros(len(crews))
        places = self.count + len(owners)
        self.tail, self.head, self.trip = (np.zeros(places, dtype=np.int64) for _ in range(3))
        self.size = len(owners)
        self.tail[: self.size] = self.head[: self.size] = self.count + self.owner
        self.trip[: self.size] = np.arange(self.size)
        self.into = np.full(self.count, -1)
        self.out_of = np.full(self.count, -1)

    def length(self) -> float:
        """Metres of all trips."""
        used = slice(0, self.size)
        return float(self.way[self.tail[used], self.head[used]].sum())

    def insert(self, absent: NDArray[np.int64]) -> None:
        """Put stops in, one after the other, each where it costs least."""
        for stop in absent:
            used = slice(0, self.size)
            tail, head, trip = self.tail[used], self.head[used], self.trip[used]
            litres = self.litres[stop]
            room = np.minimum(self.tank - self.load, (self.most - self.brought)[self.owner])
            row = self.way[stop]
            cost = row[tail] + row[head] - self.way[tail, head]
            cost[self.random.random(self.size) < _BLINK] += 1e9
            cost[room[trip] < litres - 1e-9] += 1e12
            best = int(cost.argmin())
            self._put(int(stop), best if cost[best] < 1e12 else self._new_trip(litres))

    def _new_trip(self, litres: float) -> int:
        """One more trip of the crew that has brought least and can carry it; its edge."""
        able = [n for n, crew in enumerate(self.crews) if crew.tank_litres >= litres]
        owner = min(able, key=lambda n: float(self.brought[n]))
        self.owner = np.append(self.owner, owner)
        self.tank = np.append(self.tank, self.crews[owner].tank_litres)
        self.load = np.append(self.load, 0.0)
        self.tail, self.head, self.trip = (
            np.append(one, 0) for one in (self.tail, self.head, self.trip)
        )
        edge, self.size = self.size, self.size + 1
        self.tail[edge] = self.head[edge] = self.count + owner
        self.trip[edge] = len(self.owner) - 1
        return edge

    def _put(self, stop: int, edge: int) -> None:
        head, trip, new = int(self.head[edge]), int(self.trip[edge]), self.size
        self.head[edge] = stop
        self.tail[new], self.head[new], self.trip[new] = stop, head, trip
        self.into[stop], self.out_of[stop] = edge, new
        if head < self.count:
            self.into[head] = new
        self.size += 1
        self.load[trip] += self.litres[stop]
        self.brought[self.owner[trip]] += self.litres[stop]

    def _take(self, stop: int) -> None:
        into, out = int(self.into[stop]), int(self.out_of[stop])
        head, trip = int(self.head[out]), int(self.trip[out])
        self.head[into] = head
        if head < self.count:
            self.into[head] = into
        self.into[stop] = self.out_of[stop] = -1
        self.load[trip] -= self.litres[stop]
        self.brought[self.owner[trip]] -= self.litres[stop]
        self._drop(out)

    def _drop(self, edge: int) -> None:
        """Fill the place of an edge with the last one."""
        last = self.size - 1
        if edge != last:
            for column in (self.tail, self.head, self.trip):
                column[edge] = column[last]
            tail, head = int(self.tail[edge]), int(self.head[edge])
            if tail < self.count:
                self.out_of[tail] = edge
            if head < self.count:
                self.into[head] = edge
        self.size = last

    def improve(self, tries: int | None) -> None:
        """Take strings of stops out and put them back, as often as the work allows."""
        if tries is None:
            tries = min(_MOST_TRIES, 100 * self.count, _LOOKS // (_REMOVED * (self.size + 200)))
        best, best_state = self.length(), self._state()
        now, state = best, best_state
        step = best / (self.count + 1)
        for number in range(tries):
            absent = self._ruin()
            self.insert(absent)
            length = self.length()
            heat = step * _HOT * (_COLD / _HOT) ** (number / tries)
            if length < now - heat * math.log(self.random.random() or 1e-9):
                now, state = length, self._state()
                if length < best:
                    best, best_state = length, state
            else:
                self._restore(state)
        self._restore(best_state)

    def _ruin(self) -> NDArray[np.int64]:
        """Take strings around one stop out; returns what left, in the order to come back."""
        draw = self.random
        longest = min(_LONGEST_STRING, max(1, self.count // 2))
        strings = max(1, int(draw.random() * (4 * _REMOVED / (1 + longest))) + 1)
        taken: list[int] = []
        hit: set[int] = set()
        for stop in self.near[draw.integers(self.count)]:
            if len(hit) >= strings:
                break
            if self.into[stop] < 0 or int(self.trip[self.into[stop]]) in hit:
                continue
            hit.add(int(self.trip[self.into[stop]]))
            taken += self._string(int(stop), 1 + int(draw.random() * longest))
        absent = np.array(taken)
        order = draw.integers(4)
        if order == 0:
            return draw.permutation(absent)
        depot = self.way[absent, self.count :].min(axis=1)
        key = (-self.litres[absent], -depot, depot)[order - 1]
        return absent[np.argsort(key, kind="stable")]

    def _string(self, stop: int, length: int) -> list[int]:
        """Take out so many stops in a row, `stop` among them."""
        first, before = stop, int(self.random.integers(length))
        while before and (tail := int(self.tail[self.into[first]])) < self.count:
            first, before = tail, before - 1
        found = [first]
        while len(found) < length and (head := int(self.head[self.out_of[found[-1]]])) < self.count:
            found.append(head)
        for one in found:
            self._take(one)
        return found

    def _state(self) -> tuple[NDArray[np.int64], ...]:
        used = slice(0, self.size)
        return self.tail[used].copy(), self.head[used].copy(), self.trip[used].copy()

    def _restore(self, state: tuple[NDArray[np.int64], ...]) -> None:
        tail, head, trip = state
        self.size = len(tail)
        self.tail[: self.size], self.head[: self.size], self.trip[: self.size] = state
        edges = np.arange(self.size)
        inner = head < self.count
        self.into[head[inner]] = edges[inner]
        self.load[:] = np.bincount(
            trip[inner], weights=self.litres[head[inner]], minlength=len(self.owner)
        )
        self.brought[:] = np.bincount(self.owner, weights=self.load, minlength=len(self.crews))
        inner = tail < self.count
        self.out_of[tail[inner]] = edges[inner]

    def trips(self) -> list[Trip]:
        """The trips that have stops, by crew."""
        found = []
        for edge in np.flatnonzero(self.tail[: self.size] >= self.count):
            order, metres = [], float(self.way[self.tail[edge], self.head[edge]])
            while (stop := int(self.head[edge])) < self.count:
                order.append(stop)
                edge = self.out_of[stop]  # noqa: PLW2901 - the next one of the trip
                metres += float(self.way[stop, self.head[edge]])
            if order:
                crew = self.crews[self.owner[self.trip[edge]]]
                found.append(
                    Trip(
                        crew_id=crew.crew_id,
                        site_ids=[self.stops[one].site_id for one in order],
                        each=[float(self.litres[one]) for one in order],
                        metres=metres,
                    )
                )
        return sorted(found, key=lambda trip: (trip.crew_id, trip.metres))


def _distances(places: Sequence[Stop | Crew]) -> NDArray[np.float64]:
    """Metres by road between all places, estimated."""
    latitude = np.array([place.latitude for place in places])
    longitude = np.array([place.longitude for place in places])
    east = longitude * np.cos(np.radians(latitude.mean()))
    north_apart = latitude[:, None] - latitude[None, :]
    east_apart = east[:, None] - east[None, :]
    return np.asarray(np.hypot(north_apart, east_apart) * _METRES_PER_DEGREE * DETOUR)
