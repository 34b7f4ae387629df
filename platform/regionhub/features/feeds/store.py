"""What is fetched, as a town sees it, and setting it up.

A function takes a connection under a town's role if nothing else is said. A row that the role may
not see is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from regionhub.errors import Conflict, InputError
from regionhub.features.feeds.download import checked_address
from regionhub.features.feeds.kinds import check_stations, named
from regionhub.lines import read_name
from regionhub.store.database import Connection, select_all, select_one, select_value
from regionhub.store.refusals import Refusals, explained, pg
from regionhub.store.statements import queries

_SQL = queries(__package__, "queries")
_REFUSALS: Refusals = {
    pg.UniqueViolation: Conflict("this town has a source of that name already"),
}

Severity = Literal["minor", "moderate", "severe", "extreme"]
Origin = Annotated[str, Field(description="Whose data these are, to be named with them.")]
Licence = Annotated[str, Field(description="On what terms.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Something that is fetched from elsewhere, and how that goes."""

    source_id: int
    tenant_id: int
    tenant: Annotated[str, Field(description="Short name of who fetches it.")]
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
    created_at: datetime
    tried_at: datetime | None
    fetched_at: Annotated[datetime | None, Field(description="When all of it was there last.")]
    newest_at: Annotated[datetime | None, Field(description="What its newest data are of.")]
    next_at: datetime
    failures: Annotated[int, Field(description="How often in a row it could not be fetched.")]
    problem: Annotated[str | None, Field(description="A stable word.", examples=["feed_away"])]
    problem_detail: str | None
    station_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StationOfSite:
    """Whose station stands at a site, and on what terms its data are."""

    code: str
    name: str
    origin: str
    licence: str


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


def feeds_of_all(connection: Connection) -> list[Feed]:
    """What all tenants fetch; under the owner or the api role."""
    return select_all(connection, Feed, _SQL["feeds_of_all"])


def feed_by_name(connection: Connection, *, tenant: str, name: str) -> Feed:
    """One of a tenant, as the owner.

    Raises:
        InputError: the tenant has no feed of that name.
    """
    for feed in feeds_of_all(connection):
        if (feed.tenant, feed.name) == (tenant, name):
            return feed
    raise InputError(f"{tenant} has no feed called {name!r}: see `regionhub feed list`")


def add_feed(
    connection: Connection,
    *,
    tenant_id: int,
    kind: str,
    name: str | None = None,
    address: str | None = None,
    stations: Sequence[str] = (),
) -> int:
    """Fetch something from now on, as the owner; what is not given is as usual for the kind.

    Raises:
        InputError: there is no such kind, or a value is malformed.
        Conflict: the tenant has a source of that name.
    """
    usual = named(kind)
    check_stations(usual, stations)
    same = address is None or checked_address(address) == usual.address
    row: dict[str, object] = {
        "tenant_id": tenant_id,
        "name": read_name("the name of a feed", name or usual.short),
        "kind": usual.name,
        "address": usual.address if address is None else checked_address(address),
        "every_seconds": usual.every_seconds,
        "licence": usual.licence,
        "origin": usual.origin,
        "reach_km": usual.reach_km,
        # a mirror has the lists below its own address
        "list_address": usual.list_address if same else None,
        "stations": list(stations),
    }
    with connection.transaction(), explained(_REFUSALS):
        source_id = select_value(connection, int, _SQL["add_source"], row)
        connection.execute(_SQL["add_feed"], row | {"source_id": source_id})
    assert source_id is not None
    return source_id


def switch_feed(connection: Connection, source_id: int, *, enabled: bool) -> None:
    """Fetch it no more, or again; as the owner. What was fetched stays."""
    connection.execute(_SQL["switch"], {"source_id": source_id, "enabled": enabled})


def choose_stations(connection: Connection, feed: Feed, stations: Sequence[str]) -> None:
    """Only these from now on, or all within reach; as the owner.

    Raises:
        InputError: one is no number of a station, or the kind needs some.
    """
    check_stations(named(feed.kind), stations)
    values = {"source_id": feed.source_id, "stations": list(stations)}
    connection.execute(_SQL["choose_stations"], values)


def fetch_soon(connection: Connection, source_id: int) -> None:
    """Let `regionhub work` look at it within seconds, as the owner."""
    connection.execute(_SQL["is_due"], {"source_id": source_id})


def station_of_site(connection: Connection, site_id: int) -> StationOfSite | None:
    """None for a site of our own."""
    return select_one(connection, StationOfSite, _SQL["station_of_site"], {"site_id": site_id})


def warnings(connection: Connection) -> list[OfficialWarning]:
    """What holds or will hold, the most severe first."""
    return select_all(connection, OfficialWarning, _SQL["warnings"])


def fire_danger(connection: Connection, days_before: int = 0) -> list[FireDanger]:
    """From today on, or from some days before."""
    return select_all(connection, FireDanger, _SQL["fire_danger_index"], {"days": days_before})


def forecast(connection: Connection) -> list[ForecastHour]:
    """From now on."""
    return select_all(connection, ForecastHour, _SQL["weather_forecast"])
