"""Sites, devices and where they are installed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from regionhub.web.api.schemas.base import (
    Answer,
    Depth,
    Eui,
    Given,
    Latitude,
    Longitude,
    MountingHeight,
    SiteId,
    SiteKind,
)
from regionhub.web.api.values import DevEui, Id, Line, Number, Text, Time, Word


class SiteValues(Given):
    """What can be said about a site."""

    name: Line = Field(description="Unique in the town.", examples=["Linde am Markt"])
    kind: SiteKind
    latitude: Latitude | None = Field(default=None, description="Degrees (WGS 84).")
    longitude: Longitude | None = Field(default=None, description="Degrees (WGS 84).")
    soil_texture: Word | None = Field(
        default=None, description="Texture class (KA5).", examples=["Ls3"]
    )
    planted_year: Annotated[int, Field(ge=1000, le=2200)] | None = None
    water_body: Line | None = Field(default=None, examples=["Ruhr"])
    gauge_zero_m: Number | None = Field(
        default=None, description="Gauge zero (Pegelnullpunkt), m above NHN (DHHN2016)."
    )
    stage_1_cm: Number | None = Field(
        default=None, description="Level of stage 1, cm above gauge zero."
    )
    stage_2_cm: Number | None = Field(
        default=None, description="Level of stage 2, cm above gauge zero."
    )
    stage_3_cm: Number | None = Field(
        default=None, description="Level of stage 3, cm above gauge zero."
    )
    note: Text | None = None


class SiteChanges(SiteValues):
    """What is to change; what is not named stays, null empties."""

    name: Line = Field(default="", validate_default=False)
    kind: SiteKind = Field(default="tree", validate_default=False)


class Site(Answer):
    """A tree, a bed, a gauge, a forest stand or a road spot."""

    site_id: int
    tenant_id: int
    name: str
    kind: SiteKind
    latitude: float | None = Field(description="Degrees (WGS 84).")
    longitude: float | None = Field(description="Degrees (WGS 84).")
    soil_texture: str | None = Field(description="Texture class (KA5).")
    planted_year: int | None
    water_body: str | None
    gauge_zero_m: float | None = Field(description="Gauge zero, m above NHN (DHHN2016).")
    stage_1_cm: float | None = Field(description="Level of stage 1, cm above gauge zero.")
    stage_2_cm: float | None = Field(description="Level of stage 2, cm above gauge zero.")
    stage_3_cm: float | None = Field(description="Level of stage 3, cm above gauge zero.")
    note: str | None
    created_at: datetime


ParameterValues = Annotated[
    dict[Word, bool | Number | Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]],
    Field(description="Parameters of the device profile; what is not given takes its default."),
]
Interval = Annotated[
    int, Field(ge=10, le=604_800, description="How often the device sends, in seconds.")
]


class NewDevice(Given):
    """A device to register."""

    dev_eui: DevEui = Field(
        description="DevEUI as it was found: in any case, with separators or a prefix.",
        examples=["A8-40-41-00-01-81-23-45"],
    )
    name: Line
    profile_id: Word = Field(description="See /device-profiles.", examples=["dragino/lse01"])
    parameters: ParameterValues = Field(default={})
    interval_seconds: Interval | None = Field(
        default=None, description="The profile's if not given."
    )


class DeviceChanges(Given):
    """What is to change; what is not named stays."""

    name: Line = Field(default="", validate_default=False)
    profile_id: Word = Field(default="", validate_default=False)
    parameters: ParameterValues = Field(default={})
    interval_seconds: Interval = Field(default=0, validate_default=False)
    active: bool = Field(default=True, description="Messages of an inactive device are not stored.")


class Device(Answer):
    """A LoRaWAN end device and where it is now."""

    device_id: int
    tenant_id: int
    dev_eui: Eui
    name: str
    profile_id: str
    parameters: dict[str, Any]
    interval_seconds: int = Field(description="How often the device sends, in seconds.")
    active: bool
    created_at: datetime
    site_id: SiteId
    installed_since: datetime | None
    mounting_height_cm: MountingHeight
    depth_cm: Depth


class NewInstallation(Given):
    """Where a device is put; where it was before ends then."""

    site_id: Id
    from_time: Time | None = Field(default=None, description="Since when; now if not given.")
    mounting_height_cm: Number | None = Field(
        default=None, description="Height of the sensor above gauge zero in cm."
    )
    depth_cm: Annotated[Number, Field(ge=0)] | None = Field(
        default=None, description="Depth of the sensor below ground in cm."
    )
