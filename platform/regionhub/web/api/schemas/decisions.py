"""What is decided from the readings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from regionhub.web.api.schemas.base import Answer, Eui, SiteId, SiteKind


class Irrigation(Answer):
    """Whether a tree or a bed needs water."""

    site_id: int
    tenant_id: int
    name: str
    kind: SiteKind
    latitude: float | None
    longitude: float | None
    soil_texture: str | None
    planted_year: int | None
    irrigation_level: Literal["now", "soon", "good", "wet", "no_data"]
    need: int = Field(description="Order of need; 0 is the most urgent.")
    label_de: str
    label_en: str
    colour: str
    no_data_reason: str | None = Field(
        description="soil_texture_missing, no_recent_reading or no_sensor."
    )
    tension_kpa: float | None = Field(description="Soil water tension, kPa.")
    nfk_pct: float | None = Field(description="Plant-available water (nFK), %; may pass 0 and 100.")
    vwc_pct: float | None = Field(description="Volumetric water content, %.")
    soil_temperature: float | None = Field(description="°C.")
    frost: bool = Field(description="The soil is frozen; the value is unreliable.")
    sensors: int
    newest: datetime | None


class Gauge(Answer):
    """Where the water stands."""

    site_id: int
    tenant_id: int
    name: str
    water_body: str | None
    latitude: float | None
    longitude: float | None
    gauge_zero_m: float | None = Field(description="m above NHN (DHHN2016).")
    stage_1_cm: float | None
    stage_2_cm: float | None
    stage_3_cm: float | None
    datastream_id: int | None
    time: datetime | None
    level_cm: float | None = Field(description="cm above gauge zero.")
    median_cm: float | None = Field(description="Median of the last three, cm.")
    quality: Annotated[int | None, Field(description="QARTOD flag.")]
    level_m_nhn: float | None = Field(description="m above NHN.")
    slope_cm_per_hour: float | None = Field(description="Rate of rise, cm/h.")
    stale: bool
    stage: int | None = Field(description="0 to 3; null when unknown.")
    no_data_reason: str | None = Field(
        description="no_sensor, mounting_height_missing or no_reading."
    )


class DeviceHealth(Answer):
    """How a device is doing."""

    device_id: int
    tenant_id: int
    dev_eui: Eui
    name: str
    profile_id: str
    interval_seconds: int
    active: bool
    site_id: SiteId
    last_seen_at: datetime | None
    state: Literal["online", "late", "silent", "never"]
    f_cnt: int | None
    sf: int | None = Field(description="Spreading factor.")
    gateways: int | None = Field(description="Gateways that received the last frame.")
    rssi: float | None = Field(description="dBm, best gateway.")
    snr: float | None = Field(description="dB, best gateway.")
    joined_at: datetime | None
    battery_voltage: float | None = Field(description="V.")
    battery_level: float | None = Field(description="%.")
    received: int | None = Field(description="Frames of the last 24 hours.")
    expected: int | None = Field(description="Frames sent in that time, by the frame counter.")
    loss_pct: float | None
