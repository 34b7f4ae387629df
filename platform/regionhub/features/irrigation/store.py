"""What is decided about trees and beds, and the limits behind it.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import floor
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field

from regionhub.signals.rows import ABSENCE, DecidedAt, ReasonSince, Since
from regionhub.sites import SiteKind
from regionhub.store.database import Connection, select_all
from regionhub.store.statements import queries

_SQL = queries(__package__, "queries")
BERLIN = ZoneInfo("Europe/Berlin")

Basis = Literal["measured", "group", "estimate"]
DueState = Literal["due", "range", "later", "unpredictable"]
IrrigationLevel = Literal["now", "soon", "good", "wet", "frozen", "no_data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Irrigation:
    """Whether a tree or a bed needs water."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    site_id: int
    tenant_id: int
    name: str
    kind: SiteKind
    latitude: float | None
    longitude: float | None
    site_group_id: int | None
    soil_texture: Annotated[str | None, Field(description="Of the site, else of its group.")]
    planted_year: int | None
    irrigation_level: IrrigationLevel
    need: Annotated[int, Field(description="Order of need; 0 is the most urgent.")]
    label_de: str
    label_en: str
    colour: str
    no_data_reason: Annotated[
        str | None,
        Field(
            description="Why it cannot be judged: soil_texture_missing, group_silent (sensors of "
            "its group judge it, and none of them has a current value), " + ABSENCE
        ),
    ]
    reason_since: ReasonSince
    basis: Annotated[
        Basis | None,
        Field(description="measured at the site, by its group, or an estimate from rain and age."),
    ]
    litres: Annotated[float | None, Field(description="Water of the next turn, litres.")]
    turns: Annotated[int | None, Field(description="In how many turns it is given.")]
    due_state: Annotated[
        DueState,
        Field(description="When water is due: due, range, later than two weeks, unpredictable."),
    ]
    due_reason: Annotated[
        str | None,
        Field(
            description="Why it is unpredictable: gap (in the last three days), rising (it has "
            "just become wetter), too_short (not yet three days without rain or a watering), "
            "not_made (not computed yet), or what no_data_reason says."
        ),
    ]
    due_from: Annotated[date | None, Field(description="First day on which it may be due.")]
    due_to: Annotated[
        date | None,
        Field(description="Day on which it surely is; null: later than in two weeks."),
    ]
    predicted_at: Annotated[datetime | None, Field(description="When that was forecast.")]
    with_weather: Annotated[bool, Field(description="Rain that is forecast is in it.")]
    tension_kpa: Annotated[float | None, Field(description="Soil water tension, kPa.")]
    nfk_pct: Annotated[
        float | None,
        Field(description="Plant-available water (nFK), %, rounded down; may pass 0 and 100."),
    ]
    vwc_pct: Annotated[float | None, Field(description="Volumetric water content, %.")]
    soil_temperature: Annotated[float | None, Field(description="°C.")]
    frost: Annotated[bool, Field(description="Frost in the soil; the value is unreliable.")]
    sensors: int
    newest: datetime | None
    since: Since
    decided_at: DecidedAt

    @property
    def whole_nfk_pct(self) -> int | None:
        """Rounded down, as the levels are "below 30 %": 29.7 % must not stand there as 30 %."""
        return None if self.nfk_pct is None else floor(self.nfk_pct)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedIrrigation(Irrigation):
    """A tree or a bed in a list of `found` ones."""

    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where irrigation levels begin at a site, in the canonical unit of a quantity."""

    quantity: str
    now: float
    soon: float
    wet: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SoilDay:
    """The mean of a day for a small chart."""

    site_id: int
    quantity: str
    bucket: datetime
    value: float


def irrigation(connection: Connection, *, site_id: int | None = None) -> list[Irrigation]:
    """Trees and beds with their irrigation level, the most urgent first."""
    return select_all(connection, Irrigation, _SQL["irrigation"], {"site_id": site_id})


def irrigation_page(
    connection: Connection,
    tenant_id: int,
    *,
    level: IrrigationLevel | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[ListedIrrigation]:
    """A part of the list of one town; what is unknown stands before what is in order."""
    values = {"tenant_id": tenant_id, "level": level, "limit": limit, "offset": offset}
    return select_all(connection, ListedIrrigation, _SQL["irrigation_page"], values)


def limits(connection: Connection, site_id: int) -> list[Limits]:
    """Where irrigation levels begin at a site, for each quantity that can be judged there."""
    return select_all(connection, Limits, _SQL["limits"], {"site_id": site_id})


def recent_soil(
    connection: Connection, site_ids: Sequence[int], *, start: datetime
) -> list[SoilDay]:
    """Daily means of some trees and beds since a moment, by site, quantity and day."""
    values = {"site_ids": list(site_ids), "start": start}
    return select_all(connection, SoilDay, _SQL["recent_soil"], values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stress:
    """How long a tree or a bed lacked water in a season."""

    site_id: int
    tenant_id: int
    name: str
    kind: SiteKind
    days: Annotated[float, Field(description="Days on the level now, altogether.")]
    since: Annotated[
        datetime | None,
        Field(description="When that level was reached, if it still held at the end."),
    ]


def stress_days(
    connection: Connection, year: int, *, site_ids: Sequence[int] | None = None
) -> list[Stress]:
    """Trees and beds that lacked water in the season of a year (April to September, Berlin).

    Those that did for longest stand first; of those that never did none stands there.
    """
    values = {
        "start": datetime(year, 4, 1, tzinfo=BERLIN),
        "end": datetime(year, 10, 1, tzinfo=BERLIN),
        "site_ids": None if site_ids is None else list(site_ids),
    }
    return select_all(connection, Stress, _SQL["stress_days"], values)


def newest_season(now: datetime) -> int:
    """The year of the season that has begun last."""
    day = now.astimezone(BERLIN)
    return day.year if day.month >= 4 else day.year - 1
