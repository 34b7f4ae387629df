"""The rounds of a day: who is due, who drives where, and what is done already.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from regionhub.errors import InputError, NotAllowed, NotFound
from regionhub.features.watering import routing
from regionhub.features.watering.routing import Trip
from regionhub.registry.positions import check_in_germany
from regionhub.sites import SiteKind
from regionhub.store.database import Connection, select_all, select_value, select_values
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

_SQL = queries(__package__, "rounds")
BERLIN = ZoneInfo("Europe/Berlin")
_REFUSALS: Refusals = {
    pg.CheckViolation: InputError(
        "A tank holds 200 to 30,000 litres.", de="Ein Tank fasst 200 bis 30.000 Liter."
    ),
    pg.InsufficientPrivilege: NotAllowed(
        "Rounds of another town cannot be planned.",
        de="Runden einer anderen Stadt können Sie nicht planen.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """A crew with its truck; the depot is where it fills up."""

    crew_id: int
    tenant_id: int
    name: str
    tank_litres: int
    depot: str
    latitude: float
    longitude: float
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A tree or bed that needs water on a day; `basis` says what that is known from."""

    site_id: int
    name: str
    latitude: float | None
    longitude: float | None
    litres: float
    basis: str | None
    state: str
    due_to: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundHead:
    """A round without its stops."""

    round_id: int
    tenant_id: int
    crew_id: int
    crew: str
    day: date
    metres: float
    planned_at: datetime
    planned_by: str
    tank_litres: int
    depot: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundStop:
    """A stop, and what was poured there on that day.

    `not_arrived`: the watering before did not reach the sensor.
    """

    round_id: int
    place: int
    trip: int
    site_id: int
    litres: float
    name: str
    kind: SiteKind
    address: str | None
    latitude: float | None
    longitude: float | None
    species: str | None
    photo: bool
    watering_id: UUID | None
    watered_at: datetime | None
    watered_litres: float | None
    watered_by: str | None
    not_arrived: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A crew's round of a day."""

    head: RoundHead
    stops: Sequence[RoundStop]

    @property
    def litres(self) -> float:
        """All water of the round."""
        return sum(stop.litres for stop in self.stops)

    @property
    def trips(self) -> int:
        """How often the tank is filled."""
        return max((stop.trip for stop in self.stops), default=0)

    @property
    def done(self) -> int:
        """Stops that were watered on that day."""
        return sum(stop.watered_at is not None for stop in self.stops)


def today(now: datetime) -> date:
    """The day in Germany."""
    return now.astimezone(BERLIN).date()


def crews(connection: Connection, tenant_id: int) -> list[Crew]:
    """All crews of a town, those that drive no more last."""
    return select_all(connection, Crew, _SQL["crews"], {"tenant_id": tenant_id})


def save_crew(
    connection: Connection,
    tenant_id: int,
    *,
    name: str,
    tank_litres: int,
    depot: str,
    latitude: float,
    longitude: float,
) -> None:
    """Make a crew, or change the one of this name.

    Raises:
        InputError: the tank is none, or the depot is not in Germany.
    """
    check_in_germany(latitude, longitude)
    values = {"tenant_id": tenant_id, "name": name, "tank_litres": tank_litres, "depot": depot,
              "latitude": latitude, "longitude": longitude}  # fmt: skip
    with explained(_REFUSALS):
        connection.execute(_SQL["add_crew"], values)


def retire_crew(connection: Connection, tenant_id: int, crew_id: int) -> None:
    """Plan no more rounds for a crew.

    Raises:
        NotFound: this town has no such crew.
    """
    values = {"tenant_id": tenant_id, "crew_id": crew_id}
    if select_value(connection, int, _SQL["retire_crew"], values) is None:
        raise NotFound("There is no such crew.", de="Diese Kolonne gibt es nicht.")


def due(connection: Connection, tenant_id: int, day: date) -> list[Due]:
    """What needs water on a day, the most urgent first; without what waits for its sensor."""
    return select_all(connection, Due, _SQL["due"], {"tenant_id": tenant_id, "day": day})


def plan_day(connection: Connection, tenant_id: int, day: date, *, by: str) -> None:
    """Divide what is due among the crews that drive, in driving order; replaces the former plan.

    Of two who plan at once the second waits for the first. What has no position is in no round.

    Raises:
        InputError: no crew is there to drive.
    """
    select_values(connection, int, _SQL["hold_crews"], {"tenant_id": tenant_id})
    active = [crew for crew in crews(connection, tenant_id) if crew.active]
    if not active:
        raise InputError(
            "There is no crew yet: add one with its tank and depot.",
            de="Es gibt noch keine Kolonne: legen Sie unten eine an, mit Tank und Depot.",
        )
    wanted = due(connection, tenant_id, day)
    places = [
        routing.Stop(
            site_id=one.site_id,
            latitude=one.latitude,
            longitude=one.longitude,
            litres=one.litres,
        )
        for one in wanted
        if one.latitude is not None and one.longitude is not None
    ]
    trips = routing.plan(
        places,
        [
            routing.Crew(
                crew_id=crew.crew_id,
                latitude=crew.latitude,
                longitude=crew.longitude,
                tank_litres=crew.tank_litres,
            )
            for crew in active
        ],
    )
    _keep(connection, tenant_id, day, trips, {one.site_id: one for one in wanted}, by)


def _keep(
    connection: Connection,
    tenant_id: int,
    day: date,
    trips: Sequence[Trip],
    wanted: dict[int, Due],
    by: str,
) -> None:
    rank = {site_id: number for number, site_id in enumerate(wanted)}
    of_crew: defaultdict[int, list[Trip]] = defaultdict(list)
    for trip in trips:
        of_crew[trip.crew_id].append(trip)
    with explained(_REFUSALS):
        connection.execute(_SQL["forget_day"], {"tenant_id": tenant_id, "day": day})
        for crew_id, own in of_crew.items():
            # the trip with the most urgent trees first
            own.sort(key=lambda trip: sum(rank[one] for one in trip.site_ids) / len(trip.site_ids))
            head = {"tenant_id": tenant_id, "crew_id": crew_id, "day": day, "by": by,
                    "metres": sum(trip.metres for trip in own)}  # fmt: skip
            round_id = select_value(connection, int, _SQL["add_round"], head)
            stops = [(number, site) for number, trip in enumerate(own, 1) for site in trip.site_ids]
            rows = {
                "round_id": round_id,
                "tenant_id": tenant_id,
                "places": list(range(1, len(stops) + 1)),
                "trips": [number for number, _ in stops],
                "site_ids": [site for _, site in stops],
                "litres": [litres for trip in own for litres in trip.each],
            }
            connection.execute(_SQL["add_stops"], rows)


def rounds(connection: Connection, tenant_id: int, day: date) -> list[Round]:
    """The rounds of a day with their stops, by crew."""
    start = datetime.combine(day, time(), BERLIN)
    end = datetime.combine(day + timedelta(days=1), time(), BERLIN)
    values = {"tenant_id": tenant_id, "day": day, "start": start, "end": end}
    stops: defaultdict[int, list[RoundStop]] = defaultdict(list)
    for stop in select_all(connection, RoundStop, _SQL["stops"], values):
        stops[stop.round_id].append(stop)
    heads = select_all(connection, RoundHead, _SQL["rounds"], values)
    return [Round(head=head, stops=stops[head.round_id]) for head in heads]
