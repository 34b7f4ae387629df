"""What is fetched, as a town sees it.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from regionhub.store.database import Connection, select_all
from regionhub.store.statements import queries

_SQL = queries(__package__, "queries")

Severity = Literal["minor", "moderate", "severe", "extreme"]
Origin = Annotated[str, Field(description="Whose data these are, to be named with them.")]
Licence = Annotated[str, Field(description="On what terms.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Something that is fetched from elsewhere, and how that goes."""

    source_id: int
    tenant_id: int
    name: str
    kind: Annotated[str, Field(examples=["dwd-mosmix"])]
    address: Annotated[str, Field(description="Where its files begin.")]
    enabled: bool
    every_seconds: int
    licence: Licence
    origin: Origin
    reach_km: Annotated[
        float, Field(description="What lies so near to the middle of a town is kept for it.")
    ]
    stations: Annotated[list[str], Field(description="Only these; empty: all within reach.")]
    tried_at: datetime | None
    fetched_at: Annotated[datetime | None, Field(description="When all of it was there last.")]
    newest_at: Annotated[datetime | None, Field(description="What its newest data are of.")]
    next_at: datetime
    failures: Annotated[int, Field(description="How often in a row it could not be fetched.")]
    problem: Annotated[str | None, Field(description="A stable word.", examples=["feed_away"])]
    problem_detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialWarning:
    """An official warning for a town, not one of the hub."""

    tenant_id: int
    identifier: str
    event: str
    headline: str
    description: str | None
    instruction: str | None
    severity: Severity
    onset: datetime
    expires: datetime | None
    sent_at: datetime
    origin: Origin
    licence: Licence


@dataclass(frozen=True, slots=True, kw_only=True)
class FireDanger:
    """The forest fire danger index (WBI) of the German weather service for a town and a day."""

    tenant_id: int
    day: date
    wbi: Annotated[int, Field(description="1 very low, 2 low, 3 medium, 4 high, 5 very high.")]
    issued_at: datetime
    station: str
    distance_km: Annotated[float, Field(description="From the middle of the town.")]
    origin: Origin
    licence: Licence


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastHour:
    """What is forecast for the middle of a town; rain and radiation of the hour that ends then."""

    tenant_id: int
    station: str
    time: datetime
    issued_at: datetime
    temperature_degc: float | None
    dew_point_degc: float | None
    wind_m_s: Annotated[float | None, Field(description="At 10 m.")]
    rain_mm: float | None
    radiation_kj_m2: Annotated[float | None, Field(description="Global radiation.")]
    origin: Origin
    licence: Licence


def feeds(connection: Connection) -> list[Feed]:
    """What the town, or the region, fetches."""
    return select_all(connection, Feed, _SQL["feeds"])


def warnings(connection: Connection) -> list[OfficialWarning]:
    """What holds or will hold, the most severe first."""
    return select_all(connection, OfficialWarning, _SQL["warnings"])


def fire_danger(connection: Connection, days_before: int = 0) -> list[FireDanger]:
    """From today on, or from some days before."""
    return select_all(connection, FireDanger, _SQL["fire_danger_index"], {"days": days_before})


def forecast(connection: Connection) -> list[ForecastHour]:
    """From now on."""
    return select_all(connection, ForecastHour, _SQL["weather_forecast"])
