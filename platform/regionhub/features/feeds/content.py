"""What was read out of the files of a feed: stations, measurements, forecasts, warnings.

Times are aware datetimes. Rows that cannot be used are counted by why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, Protocol, TypeVar

from regionhub.errors import InputError
from regionhub.readings import Measurement
from regionhub.registry.positions import distance_km
from regionhub.sites import GaugeDatum, SiteKind

Key = TypeVar("Key")


class UnusableFile(InputError):
    """A file is not what its name says; the feed is told so, and nothing of it is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """What a feed tells something of, as its operator names it. Stages are cm above gauge zero."""

    code: str
    name: str
    latitude: float
    longitude: float
    elevation_m: float | None = None
    kind: SiteKind = "weather"
    water_body: str | None = None
    gauge_zero_m: float | None = None
    gauge_datum: GaugeDatum | None = None
    stages_cm: tuple[float, ...] = ()


class Observation(NamedTuple):
    """What a station measured at a time; `row` are the bytes that say so.

    A measurement without a value (see `no_value`) takes back what was told before.
    """

    code: str
    time: datetime
    measurements: tuple[Measurement, ...]
    row: bytes

    @property
    def has_value(self) -> bool:
        """Whether anything was measured."""
        return any(one.value is not None for one in self.measurements)


def no_value(quantity: str, unit: str) -> Measurement:
    """What a station says it does not know, or does not hold any more."""
    return Measurement(quantity, None, unit, "invalid")


class ForecastHour(NamedTuple):
    """The hour that ends at `time`: °C, °C, m/s at 10 m, mm and kJ/m²; None is not told."""

    code: str
    time: datetime
    issued_at: datetime
    temperature_degc: float | None
    dew_point_degc: float | None
    wind_m_s: float | None
    rain_mm: float | None
    radiation_kj_m2: float | None


class DangerDay(NamedTuple):
    """The forest fire danger index (WBI) of a day."""

    code: str
    day: date
    issued_at: datetime
    wbi: int


class WarningArea(NamedTuple):
    """A warning for one warn cell."""

    warn_cell: str
    identifier: str
    event: str
    headline: str
    description: str | None
    instruction: str | None
    severity: str
    onset: datetime
    expires: datetime | None
    sent_at: datetime


@dataclass(slots=True)
class Content:
    """All that one look at a feed gave.

    `warnings` are all that hold now; None is: nothing was said of them. `others` counts the rows
    that are not used, by a word that says why.
    """

    stations: list[Station] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    forecasts: list[ForecastHour] = field(default_factory=list)
    dangers: list[DangerDay] = field(default_factory=list)
    warnings: list[WarningArea] | None = None
    others: Counter[str] = field(default_factory=Counter)


class Town(NamedTuple):
    """A town that a feed is fetched for, and its middle."""

    tenant_id: int
    slug: str
    name: str
    latitude: float
    longitude: float


class Files(Protocol):
    """Many files of a feed, by a key."""

    def __call__(self, paths: Mapping[Key, str]) -> Iterator[tuple[Key, bytes]]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a kind of feed reads with.

    `get` fetches a file below the address of the feed, or None if it is as it was; `get_each`
    several, without those that are as they were or are not there; `get_list` one below the address
    of its lists, which are read if `lists_due`. `wanted` are numbers of stations that were chosen,
    `towns` those that the feed is for, `cells` their warn cells. `known` are the stations that are
    there already.
    """

    get: Callable[[str], bytes | None]
    get_each: Files
    get_list: Callable[[str], bytes]
    lists_due: bool
    wanted: frozenset[str]
    towns: Sequence[Town]
    cells: frozenset[str]
    known: frozenset[str]
    reach_km: float

    def takes(self, station: Station) -> bool:
        """Whether the station was chosen; if none was, whether it is within reach of a town."""
        if self.wanted:
            return station.code in self.wanted
        return any(
            distance_km((town.latitude, town.longitude), (station.latitude, station.longitude))
            <= self.reach_km
            for town in self.towns
        )
