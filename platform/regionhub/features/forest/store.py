"""Forest stands: their smoke, drought and fire weather.

Every function takes a connection under a town's role. A row that the role may not see is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from regionhub.errors import NotFound
from regionhub.signals.rows import ABSENCE, DecidedAt, Since
from regionhub.store.database import Connection, select_all, select_one, select_value
from regionhub.store.statements import queries

_SQL = queries(__package__, "queries")

FireState = Literal[
    "fire_very_low", "fire_low", "fire_moderate", "fire_high", "fire_very_high", "no_data"
]
SmokeState = Literal["smoke", "smoke_possible", "no_smoke", "no_data"]
DroughtState = Literal["severe_drought", "drought", "no_drought", "no_data"]
Code = Annotated[
    float | None, Field(description="Dimensionless; null where the weather is missing.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """A forest stand: smoke, drought, and its Fire Weather Index of the newest noon."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    site_id: int
    tenant_id: int
    name: str
    latitude: float | None
    longitude: float | None
    state: Annotated[
        FireState, Field(description="A class of the index, none of the official danger levels.")
    ]
    reason: Annotated[
        str | None,
        Field(
            description="uncertain, under_canopy (an index of the stand) or forecast; of no_data "
            "weather_missing, not_computed or not_decided, null where no weather is known near."
        ),
    ]
    day: date | None
    fwi: Code
    ffmc: Code
    dmc: Code
    dc: Code
    isi: Code
    bui: Code
    temperature_degc: Annotated[float | None, Field(description="At noon, °C.")]
    humidity_pct: float | None
    wind_kmh: Annotated[float | None, Field(description="At 10 m, km/h.")]
    rain_mm: Annotated[float | None, Field(description="Of the 24 hours before, mm.")]
    vpd_kpa: Annotated[float | None, Field(description="Vapour pressure deficit, kPa.")]
    by_own_season: Annotated[
        bool, Field(description="The seasons of the site make the class higher than EFFIS does.")
    ]
    time: Annotated[datetime | None, Field(description="The noon that the index is of.")]
    since: Since
    decided_at: DecidedAt
    smoke_state: Annotated[
        SmokeState | None, Field(description="Null where there is no smoke sensor.")
    ]
    smoke_reason: Annotated[
        str | None,
        Field(description="Of no_data: one_silent (of several sensors), or " + ABSENCE),
    ]
    smoke_reason_since: datetime | None
    smoke_since: datetime | None
    smoke_time: datetime | None
    smoke_pct: Annotated[float | None, Field(description="The highest concentration, %.")]
    drought_state: Annotated[
        DroughtState | None, Field(description="Null where neither soil nor stems are measured.")
    ]
    drought_reason: Annotated[
        str | None,
        Field(
            description="What is dry: soil, tree, soil_and_tree or air (and the stem shrinks); of "
            "no_data: soil_texture_missing, stem_unknown (not three days yet), frost, or " + ABSENCE
        ),
    ]
    drought_reason_since: datetime | None
    drought_since: datetime | None
    drought_time: datetime | None
    nfk_pct: Annotated[
        float | None, Field(description="Plant-available water, % nFK: the mean over the depths.")
    ]
    depths_cm: Annotated[
        Sequence[float | None] | None, Field(description="Depths of the soil probes, cm.")
    ]
    depths_nfk_pct: Annotated[
        Sequence[float | None] | None,
        Field(description="Whole % nFK at each of depths_cm; null: frozen, or unknown soil."),
    ]
    twd_um: Annotated[
        float | None,
        Field(description="Tree water deficit: how much smaller the stem is than it was, µm."),
    ]
    short_days: Annotated[
        float | None, Field(description="For how many days the stem has not been full.")
    ]
    rising: Annotated[bool | None, Field(description="The deficit is larger than a day ago.")]
    vpd_now_kpa: Annotated[
        float | None, Field(description="Vapour pressure deficit at the stand now, kPa.")
    ]
    driest_vpd_kpa: Annotated[float | None, Field(description="Its highest of 24 hours, kPa.")]
    soil_texture: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedStand(Stand):
    """A forest stand in a list of `found` ones."""

    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A town with forest stands: smoke, dry stands, the highest index and the official one."""

    tenant_id: int
    name: str
    stands: int
    known: int
    highest: float | None
    state: FireState | None
    wbi: int | None
    smoking: int
    watched: int
    dry: int
    judged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Official:
    """The forest fire danger index (WBI) of the weather service for a town and a day."""

    tenant_id: int
    day: date
    wbi: int
    issued_at: datetime
    station: str
    distance_km: float
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandDay:
    """Weather at noon of standard time (UTC+1), the codes that follow from it, and marks."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="null")

    day: date
    temperature_degc: float | None
    humidity_pct: float | None
    wind_kmh: float | None
    rain_mm: float | None
    vpd_kpa: float | None
    ffmc: Code
    dmc: Code
    dc: Code
    isi: Code
    bui: Code
    fwi: Code
    state: FireState
    by_own_season: bool
    uncertain: Annotated[
        bool, Field(description="More than two days were missing, and it has rained too little.")
    ]
    is_forecast: Annotated[bool, Field(description="Neither temperature nor rain was measured.")]
    under_canopy: Annotated[bool, Field(description="An index of the stand: measured below trees.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """The index of a day, for a small chart."""

    site_id: int
    day: date
    fwi: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Deficit:
    """The tree water deficit (µm) of an hour, for a small chart."""

    site_id: int
    time: datetime
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Where smoke (%), dry soil (% nFK), thirsty trees (days, µm) and dry air (kPa) begin."""

    smoke_pct: float
    haze_pct: float
    dry_nfk_pct: float
    very_dry_nfk_pct: float
    recovered_um: float
    dry_days: int
    very_dry_days: int
    dry_air_kpa: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Soil:
    """A soil: its name, and how much water it holds when it is full and when plants wilt, vol-%."""

    name_de: str
    field_capacity_pct: float
    wilting_point_pct: float


def stands(
    connection: Connection,
    *,
    site_id: int | None = None,
    tenant_id: int | None = None,
    smoking: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> list[ListedStand]:
    """Forest stands of all towns or of one, what needs somebody first.

    `smoking`: only those whose sensors report smoke, or may.
    """
    values = {
        "site_id": site_id,
        "tenant_id": tenant_id,
        "smoking": smoking,
        "limit": limit,
        "offset": offset,
    }
    return select_all(connection, ListedStand, _SQL["stands"], values)


def towns(connection: Connection) -> list[Town]:
    """Towns with forest stands: those with smoke first, then by the highest index."""
    return select_all(connection, Town, _SQL["towns"])


def official(connection: Connection, tenant_id: int | None = None) -> list[Official]:
    """The official index of today and the days ahead, of all towns or of one."""
    return select_all(connection, Official, _SQL["official"], {"tenant_id": tenant_id})


def fire_days(connection: Connection, site_id: int, *, start: date, end: date) -> list[StandDay]:
    """The days of a stand in a period.

    Raises:
        NotFound: this role sees no such stand.
    """
    values = {"site_id": site_id, "start": start, "end": end}
    if select_value(connection, int, _SQL["stand"], values) is None:
        raise NotFound("There is no such forest stand.")
    return select_all(connection, StandDay, _SQL["fire_days"], values)


def recent(connection: Connection, site_ids: Sequence[int], *, start: date) -> list[Recent]:
    """The index of some stands since a day, by stand and day."""
    return select_all(
        connection, Recent, _SQL["recent"], {"site_ids": list(site_ids), "start": start}
    )


def deficits(connection: Connection, site_ids: Sequence[int], *, start: datetime) -> list[Deficit]:
    """The tree water deficit of some stands since a moment, by stand and time."""
    return select_all(
        connection, Deficit, _SQL["deficits"], {"site_ids": list(site_ids), "start": start}
    )


def rule(connection: Connection) -> Rule:
    """Where smoke and drought begin."""
    row = select_one(connection, Rule, _SQL["rule"])
    assert row is not None, "the migration wrote it"
    return row


def soil(connection: Connection, texture: str) -> Soil | None:
    """A soil by its sign, for example Ls3."""
    return select_one(connection, Soil, _SQL["soil"], {"texture": texture})
