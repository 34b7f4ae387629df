"""What a level, its litres and its date stand on: every number with where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regionhub.features.irrigation.limits import LimitVersion, version
from regionhub.features.irrigation.store import Basis
from regionhub.store.database import Connection, select_all, select_one
from regionhub.store.statements import queries

_SQL = queries(__package__, "why")


@dataclass(frozen=True, slots=True, kw_only=True)
class Soil:
    """Soil, roots and the litres that follow; `water_pct` is plant-available water in %."""

    site_id: int
    tenant_id: int
    site_group_id: int | None
    site_group: str | None
    soil_texture: str | None
    soil_name: str | None
    field_capacity_pct: float | None
    wilting_point_pct: float | None
    soil_of_group: bool
    root_volume_m3: float
    root_of_group: bool
    efficiency: float
    step_l: float
    most_l: float
    water_pct: float | None
    needed_l: float | None
    litres: float | None
    turns: int | None
    limit_id: int | None
    young: bool
    basis: Basis | None
    predicted_at: datetime | None

    @property
    def available_pct(self) -> float | None:
        """Water that plants can take from full soil (nFK), % by volume."""
        if self.field_capacity_pct is None or self.wilting_point_pct is None:
            return None
        return self.field_capacity_pct - self.wilting_point_pct


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReading:
    """The newest reading of a sensor that decided."""

    site_id: int
    site: str
    device_name: str
    quantity: str
    position: str
    depth_cm: float | None
    value: float | None
    symbol: str
    decimals: int
    quality: int
    time: datetime
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookInputs:
    """What the date was computed from; `forecast` to `high` are of the days from `made_at` on."""

    made_at: datetime
    basis: Basis
    fitted_days: int | None
    value: float | None
    unit: str | None
    limit_value: float | None
    forecast: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    with_weather: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """How good forecasts of the last month were: mean error in the unit of the values."""

    lead_days: int
    forecasts: int
    mae: float
    within_pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """All of it."""

    soil: Soil
    limit: LimitVersion | None
    readings: Sequence[SourceReading]
    outlook: OutlookInputs | None
    skill: Sequence[Skill]


def why(connection: Connection, site_id: int) -> Why | None:
    """What stands behind what is said of a tree or bed; None where the role sees none."""
    values = {"site_id": site_id}
    soil = select_one(connection, Soil, _SQL["soil"], values)
    if soil is None:
        return None
    return Why(
        soil=soil,
        limit=None if soil.limit_id is None else version(connection, soil.tenant_id, soil.limit_id),
        readings=select_all(connection, SourceReading, _SQL["readings"], values),
        outlook=select_one(connection, OutlookInputs, _SQL["outlook"], values),
        skill=select_all(connection, Skill, _SQL["skill"], values),
    )
