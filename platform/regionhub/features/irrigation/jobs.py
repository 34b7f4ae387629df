"""What `regionhub work` does for irrigation: each night the outlook of every tree and bed.

One town after the other, each in a transaction of its own, so that neither time nor memory grows
with the region.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import numpy as np

from regionhub.features.irrigation.drydown import Floats
from regionhub.features.irrigation.outlook import (
    AHEAD_DAYS,
    History,
    Weather,
    drying,
    estimate,
)
from regionhub.features.irrigation.outlook_store import (
    Found,
    Measured,
    Place,
    due_towns,
    measured_days,
    places,
    poured,
    weather_days,
    write,
)
from regionhub.features.irrigation.store import BERLIN
from regionhub.store.database import Connection
from regionhub.store.jobs import Work, for_each

#: So much of its past says how a site dries, and how full the soil was to begin a balance with.
HISTORY_DAYS = 120
_BALANCE_DAYS = 60
#: A balance needs the rain of so many of its days.
_RAIN_DAYS = 45
#: Sites in a cell of so many degrees share their weather: about 4 km, less than rain is known for.
_CELL_DEGREES = 0.04

#: The cell of a position.
_Cell = tuple[int, int]


def make_outlooks(work: Work) -> None:
    """The outlook of each town of which there is none of today yet."""
    with work.database.transaction() as connection:
        towns = due_towns(connection)

    def make(tenant_id: int) -> None:
        with work.database.transaction() as connection:
            make_outlook(connection, tenant_id, datetime.now(UTC).astimezone(BERLIN).date())

    for_each(work, towns, make)


def make_outlook(connection: Connection, tenant_id: int, today: date) -> None:
    """The outlook of all trees and beds of one town, under the ingest role."""
    town = places(connection, tenant_id)
    first = today - timedelta(days=HISTORY_DAYS)
    measured = measured_days(connection, tenant_id, first, today)
    skies = _Skies(connection, first, today)
    groups = _groups(town, measured)
    watered = poured(connection, tenant_id, today - timedelta(days=_BALANCE_DAYS), today)
    found = []
    for place in town:
        weather = skies.over(place)
        one = _judged(place, measured, groups, weather, today)
        if one is None and not place.occupied:
            one = _estimated(place, weather, watered.get(place.site_id), today)
        if one is not None:
            found.append(one)
    write(connection, tenant_id, today, found)


@dataclass
class _Skies:
    """Weather by cell, asked for once each."""

    connection: Connection
    first: date
    today: date

    def __post_init__(self) -> None:
        self._known: dict[_Cell, Weather | None] = {}

    def over(self, place: Place) -> Weather | None:
        """None where nothing is known."""
        if place.latitude is None or place.longitude is None:
            return None
        cell = (round(place.latitude / _CELL_DEGREES), round(place.longitude / _CELL_DEGREES))
        if cell not in self._known:
            last = self.today + timedelta(days=AHEAD_DAYS - 1)
            days = weather_days(self.connection, place.site_id, self.first, last)
            self._known[cell] = days
        return self._known[cell]


def _groups(town: list[Place], measured: Mapping[int, Measured]) -> dict[int, Measured]:
    """What the sites with a sensor of each group measured, on average."""
    members: dict[int, list[Measured]] = {}
    for place in town:
        if place.site_group_id is not None and place.speaks and place.site_id in measured:
            members.setdefault(place.site_group_id, []).append(measured[place.site_id])
    return {group: Measured.mean(some) for group, some in members.items()}


def _judged(
    place: Place,
    measured: Mapping[int, Measured],
    groups: Mapping[int, Measured],
    weather: Weather | None,
    today: date,
) -> Found | None:
    """By what is measured at the place, else by its group."""
    own = measured.get(place.site_id) if place.occupied else None
    group = groups.get(place.site_group_id or 0) if not place.occupied else None
    some = own or group
    if some is None:
        return None
    history = some.history(today - timedelta(days=1))
    limit = _limit(place, history)
    outlook = drying(history, place.ground, limit, weather, place.frost_degc)
    basis: Literal["measured", "group"] = "measured" if own else "group"
    return Found(place, basis, outlook, weather is not None, history.unit, limit)


def _limit(place: Place, history: History) -> float | None:
    """Where water is due, in the unit of what is measured."""
    if history.unit == "kPa":
        return place.now_kpa
    ground = place.ground
    if ground is None:
        return None
    available = ground.field_capacity - ground.wilting_point
    return ground.wilting_point + place.now_nfk_pct / 100 * available


def _estimated(
    place: Place, weather: Weather | None, litres: Floats | None, today: date
) -> Found | None:
    """By a balance, where the weather of the last weeks is known."""
    if weather is None or place.ground is None:
        return None
    past = replace(
        weather,
        past_rain=weather.past_rain[-_BALANCE_DAYS:],
        past_et0=weather.past_et0[-_BALANCE_DAYS:],
    )
    if np.isfinite(past.past_rain).sum() < _RAIN_DAYS:
        return None
    arrived = np.zeros(_BALANCE_DAYS) if litres is None else litres
    balance = estimate(place.ground, place.now_nfk_pct, past, arrived, today)
    return Found(
        place, "estimate", balance.outlook, True, None, place.now_nfk_pct, balance.available_pct
    )
