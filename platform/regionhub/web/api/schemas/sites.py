"""Sites, devices and where they are installed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from regionhub.sites import SiteKind
from regionhub.web.api.schemas.base import Changes, Given, Latitude, Longitude
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


class SiteChanges(SiteValues, Changes):
    """What is to change; what is not named stays, null empties."""

    name: Line = Field(default="", validate_default=False)
    kind: SiteKind = Field(default="tree", validate_default=False)


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


class DeviceChanges(Changes):
    """What is to change; what is not named stays."""

    name: Line = Field(default="", validate_default=False)
    profile_id: Word = Field(default="", validate_default=False)
    parameters: ParameterValues = Field(default={})
    interval_seconds: Interval = Field(default=0, validate_default=False)
    active: bool = Field(default=True, description="Messages of an inactive device are not stored.")


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
