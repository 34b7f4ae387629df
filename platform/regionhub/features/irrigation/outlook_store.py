"""What the nightly outlook reads and writes; under the ingest role, one town at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Literal

import numpy as np

from regionhub.features.irrigation.drydown import Floats
from regionhub.features.irrigation.outlook import (
    AHEAD_DAYS,
    Ground,
    History,
    Outlook,
    Unit,
    Weather,
)
from regionhub.store.database import Connection, fetch_columns, select_all
from regionhub.store.statements import queries

_SQL = queries(__package__, "outlook")
#: Forecasts of these leads are kept, to tell how good they were.
KEPT_LEADS = (3, 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Town:
    tenant_id: int


@dataclass(frozen=True, kw_only=True)
class Place:
    """A tree or bed: its soil, its limits of today, and the order of need of its level.

    `occupied`: a device is there; `speaks`: one ever was.
    """

    site_id: int
    site_group_id: int | None
    latitude: float | None
    longitude: float | None
    field_capacity_pct: float | None
    wilting_point_pct: float | None
    porosity_pct: float | None
    residual_pct: float | None
    mvg_alpha_per_hpa: float | None
    mvg_n: float | None
    root_volume_m3: float
    pit_area_m2: float
    crown_area_m2: float
    now_nfk_pct: float
    now_kpa: float
    frost_degc: float
    need: int | None
    occupied: bool
    speaks: bool

    @cached_property
    def ground(self) -> Ground | None:
        """None where the soil is not known."""
        soil = (
            *(self.field_capacity_pct, self.wilting_point_pct, self.porosity_pct),
            *(self.residual_pct, self.mvg_alpha_per_hpa, self.mvg_n),
        )
        capacity, wilting, porosity, residual, alpha, n = soil
        if (
            capacity is None
            or wilting is None
            or porosity is None
            or residual is None
            or alpha is None
            or n is None
        ):
            return None
        return Ground(
            field_capacity=capacity,
            wilting_point=wilting,
            porosity=porosity,
            residual=residual,
            alpha=alpha,
            n=n,
            root_m3=self.root_volume_m3,
            pit_m2=self.pit_area_m2,
            crown_m2=self.crown_area_m2,
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """Days of a site: water content (vol-%), tension (kPa), temperature of the soil (°C).

    A row for each of the three, a column for each day; NaN where nothing was measured.
    """

    rows: Floats

    @classmethod
    def mean(cls, some: Sequence[Measured]) -> Measured:
        """Of several sites; of their temperatures the lowest."""
        every = np.stack([one.rows for one in some])
        known = np.isfinite(every)
        count = known.sum(axis=0)
        total = np.where(known, every, 0.0).sum(axis=0)
        rows = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
        rows[2] = np.fmin.reduce(every[:, 2])
        return cls(rows)

    def history(self, last_day: date) -> History:
        """By tension where that was measured lately, else by water content."""
        moisture, tension, temperature = self.rows
        unit: Unit = "kPa" if np.isfinite(tension[-7:]).any() else "%"
        cold = float(temperature[-1])
        return History(
            last_day=last_day,
            unit=unit,
            values=tension if unit == "kPa" else moisture,
            coldest=cold if np.isfinite(cold) else None,
        )


@dataclass(frozen=True, slots=True)
class Found:
    """What is said about one place; `limit` and the outlook's values are in `unit`."""

    place: Place
    basis: Literal["measured", "group", "estimate"]
    outlook: Outlook
    with_weather: bool
    unit: Unit | None
    limit: float | None
    estimate_pct: float | None = field(default=None)


def due_towns(connection: Connection) -> list[int]:
    """Towns that have no outlook of today yet, those first that have waited for longest."""
    return [row.tenant_id for row in select_all(connection, _Town, _SQL["due_towns"])]


def places(connection: Connection, tenant_id: int) -> list[Place]:
    """All trees and beds of a town."""
    return select_all(connection, Place, _SQL["places"], {"tenant_id": tenant_id})


def measured_days(
    connection: Connection, tenant_id: int, first: date, today: date
) -> dict[int, Measured]:
    """What the sites of a town measured, by site, from the first day to yesterday."""
    values = {"tenant_id": tenant_id, "first": first, "today": today}
    sites, days, kinds, measured = fetch_columns(connection, _SQL["days"], values)
    count = (today - first).days
    found: dict[int, Measured] = {}
    for site, day, kind, value in zip(sites, days, kinds, measured, strict=True):
        if int(site) not in found:
            found[int(site)] = Measured(np.full((3, count), np.nan))
        found[int(site)].rows[kind, day] = value
    return found


def weather_days(connection: Connection, site_id: int, first: date, last: date) -> Weather | None:
    """Rain and evapotranspiration at a site; what lies ahead are the last two weeks of it."""
    values = {"site_id": site_id, "first": first, "last": last}
    days, rain, et0 = fetch_columns(connection, _SQL["weather"], values)
    if not len(days):
        return None
    count = (last - first).days + 1
    known = np.full((2, count), np.nan)
    known[0, days], known[1, days] = rain, et0
    past = count - AHEAD_DAYS
    return Weather(
        past_rain=known[0, :past],
        past_et0=known[1, :past],
        rain=known[0, past:],
        et0=known[1, past:],
    )


def poured(connection: Connection, tenant_id: int, first: date, today: date) -> dict[int, Floats]:
    """Litres that reached the roots by waterings, by site, for each day up to yesterday."""
    values = {"tenant_id": tenant_id, "first": first, "today": today}
    sites, days, litres = fetch_columns(connection, _SQL["waterings"], values)
    found: dict[int, Floats] = {}
    for site, day, amount in zip(sites, days, litres, strict=True):
        found.setdefault(int(site), np.zeros((today - first).days))[day] += amount
    return found


def write(connection: Connection, tenant_id: int, today: date, found: Sequence[Found]) -> None:
    """Keep what is said today, what was forecast for later, and what came of earlier forecasts."""
    town = {"tenant_id": tenant_id}
    with connection.cursor() as cursor:
        cursor.executemany(_SQL["write_outlook"], [_outlook_row(one) | town for one in found])
        own = [one for one in found if one.basis == "measured"]
        cursor.executemany(
            _SQL["write_forecast"],
            [row | town for one in own for row in _forecast_rows(one, today)],
        )
        cursor.executemany(_SQL["write_came"], [row for one in own for row in _came(one, today)])
    connection.execute(_SQL["forget"], town | {"today": today})
    predicted = sum(one.outlook.due_state != "unpredictable" for one in found)
    connection.execute(_SQL["write_run"], town | {"predicted": predicted})
    estimated = [one.place.site_id for one in found if one.basis == "estimate"]
    if estimated:
        connection.execute(_SQL["touch"], {"site_ids": estimated})


def _outlook_row(one: Found) -> dict[str, Any]:
    outlook = one.outlook
    return {
        "site_id": one.place.site_id,
        "basis": one.basis,
        "need": one.place.need,
        "due_state": outlook.due_state,
        "due_reason": outlook.due_reason,
        "due_from": outlook.due_from,
        "due_to": outlook.due_to,
        "with_weather": one.with_weather,
        "estimate_pct": one.estimate_pct,
        "fitted_days": outlook.fitted_days,
        "value": outlook.value,
        "unit": one.unit,
        "limit_value": one.limit,
        "forecast": _list(outlook.forecast),
        "low": _list(outlook.low),
        "high": _list(outlook.high),
    }


def _list(values: Floats | None) -> list[float]:
    return [] if values is None else [float(value) for value in values]


def _forecast_rows(one: Found, today: date) -> list[dict[str, Any]]:
    middle, low, high = one.outlook.forecast, one.outlook.low, one.outlook.high
    if middle is None or low is None or high is None:
        return []
    return [
        {
            "site_id": one.place.site_id,
            "made_on": today,
            "lead_days": lead,
            "value": float(middle[lead - 1]),
            "low": float(low[lead - 1]),
            "high": float(high[lead - 1]),
        }
        for lead in KEPT_LEADS
    ]


def _came(one: Found, today: date) -> list[dict[str, Any]]:
    """Yesterday's value for the forecasts of it that nothing disturbed."""
    yesterday = today - timedelta(days=1)
    return [
        {
            "site_id": one.place.site_id,
            "made_on": yesterday - timedelta(days=lead - 1),
            "lead_days": lead,
            "came": one.outlook.value,
        }
        for lead in KEPT_LEADS
        if one.outlook.value is not None and one.outlook.dry_days > lead
    ]
