"""Road spots and their ice.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from regionhub.signals.rows import ABSENCE, DecidedAt, ReasonSince, Since
from regionhub.store.database import Connection, select_all, select_one
from regionhub.store.statements import queries

_SQL = queries(__package__, "queries")

RoadState = Literal["ice", "ice_possible", "no_ice", "no_data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """Whether a road spot is icy, or may be within hours."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    site_id: int
    tenant_id: int
    name: str
    latitude: float | None
    longitude: float | None
    state: RoadState
    reason: Annotated[
        str | None,
        Field(
            description="What stands behind the state: wet_and_frozen or hoar (ice), below_zero "
            "(nobody knows whether it is wet, or how moist the air is), cooling or near_zero "
            "(ice possible), cold_and_dry (no ice), or why there is no data: " + ABSENCE
        ),
    ]
    reason_since: ReasonSince
    time: datetime | None
    surface_degc: Annotated[float | None, Field(description="Temperature of the surface, °C.")]
    dew_point_degc: Annotated[
        float | None,
        Field(description="°C, as a sensor says or from air temperature and humidity."),
    ]
    frost_point_degc: Annotated[
        float | None, Field(description="Up to this surface temperature moisture settles, °C.")
    ]
    slope_k_per_hour: Annotated[
        float | None, Field(description="How fast the surface cools, K/h; 0 where it does not.")
    ]
    expected_degc: Annotated[
        float | None, Field(description="Where that leads within the hours ahead, °C.")
    ]
    wet: Annotated[bool | None, Field(description="Null where nothing measures it.")]
    since: Since
    decided_at: DecidedAt


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRoad(Road):
    """A road spot in a list of `found` ones."""

    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Up to which surface temperature (°C) moisture freezes, or is watched; hours looked ahead."""

    ice_degc: float
    watch_degc: float
    ahead_hours: int
    wet_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """The lowest surface temperature (°C) of an hour, for a small chart."""

    site_id: int
    time: datetime
    value: float


def roads(
    connection: Connection,
    *,
    site_id: int | None = None,
    tenant_id: int | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[ListedRoad]:
    """Road spots of all towns or of one: what is icy first, the coldest first."""
    values = {"site_id": site_id, "tenant_id": tenant_id, "limit": limit, "offset": offset}
    return select_all(connection, ListedRoad, _SQL["roads"], values)


def thresholds(connection: Connection) -> Thresholds:
    """Where ice is decided."""
    row = select_one(connection, Thresholds, _SQL["thresholds"])
    assert row is not None, "the migration wrote it"
    return row


def recent_surface(
    connection: Connection, site_ids: Sequence[int], *, start: datetime
) -> list[Surface]:
    """Temperatures of the surface of some road spots since a moment, by site and hour."""
    values = {"site_ids": list(site_ids), "start": start}
    return select_all(connection, Surface, _SQL["recent_surface"], values)
