"""Sites, devices and where they are installed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from regionhub.sites import STAGE_CM, ZERO_M, GaugeDatum, SiteKind
from regionhub.web.api.schemas.base import Changes, Given
from regionhub.web.api.values import DevEui, Id, Line, Number, Text, Time, Word


def _planted(year: int) -> int:
    if year > datetime.now(UTC).year + 1:
        raise ValueError("must not lie in the future")
    return year


_DEGREES = "Degrees (WGS 84), at most 100 km from the town."
Latitude = Annotated[float, Field(ge=-90, le=90, description=_DEGREES)]
Longitude = Annotated[float, Field(ge=-180, le=180, description=_DEGREES)]
GaugeZero = Annotated[
    float,
    Field(
        ge=ZERO_M[0],
        le=ZERO_M[1],
        description="Gauge zero (Pegelnullpunkt), m above `gauge_datum`.",
    ),
]
Datum = Annotated[
    GaugeDatum,
    Field(
        description="What `gauge_zero_m` is a height above; null is DHHN2016. NHN: nobody knows of "
        "which year."
    ),
]
Stage = Annotated[float, Field(ge=STAGE_CM[0], le=STAGE_CM[1])]


class SiteValues(Given):
    """What can be said about a site."""

    name: Line = Field(description="Unique in the town.", examples=["Linde am Markt"])
    kind: SiteKind
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    address: Line | None = Field(default=None, description="Street and number, as a crew finds it.")
    soil_texture: Word | None = Field(
        default=None, description="Texture class (KA5).", examples=["Ls3"]
    )
    planted_year: Annotated[int, Field(ge=1000, le=2200), AfterValidator(_planted)] | None = None
    water_body: Line | None = Field(default=None, examples=["Ruhr"])
    gauge_zero_m: GaugeZero | None = None
    gauge_datum: Datum | None = None
    stage_1_cm: Stage | None = Field(
        default=None, description="Level of stage 1, cm above gauge zero."
    )
    stage_2_cm: Stage | None = Field(
        default=None, description="Level of stage 2, cm above gauge zero."
    )
    stage_3_cm: Stage | None = Field(
        default=None, description="Level of stage 3, cm above gauge zero."
    )
    note: Text | None = None
    site_group_id: Id | None = Field(
        default=None, description="Trees and beds of the same soil and pit, see /site-groups."
    )


class SiteChanges(SiteValues, Changes):
    """What is to change; what is not named stays, null empties."""

    name: Line = Field(default="", validate_default=False)
    kind: SiteKind = Field(default="tree", validate_default=False)


class ReferenceChanges(Changes):
    """What held at a gauge in the past; what is not named stays as it was at each time."""

    from_time: Time | None = Field(default=None, description="Null: from the beginning.")
    to_time: Time | None = Field(default=None, description="Null: until now and from now on.")
    gauge_zero_m: GaugeZero | None = None
    gauge_datum: Datum | None = None
    stage_1_cm: Stage | None = None
    stage_2_cm: Stage | None = None
    stage_3_cm: Stage | None = None
    why: Line = Field(
        default="", validate_default=False, description="Kept with what it was before."
    )


ParameterValues = Annotated[
    dict[Word, bool | Number | Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]],
    Field(description="Parameters of the device profile; what is not given takes its default."),
]
Interval = Annotated[
    int, Field(ge=10, le=604_800, description="How often the device sends, in seconds.")
]


MountingHeight = Annotated[
    float, Field(ge=-3000, le=20_000, description="Height of the sensor above gauge zero in cm.")
]
Depth = Annotated[
    float, Field(ge=0, le=3000, description="Depth of the sensor below ground in cm.")
]


class NewDevice(Given):
    """A device to register."""

    dev_eui: DevEui = Field(
        description="DevEUI as it was found: in any case, with separators or a prefix.",
        examples=["A8-40-41-00-01-81-23-45"],
    )
    name: Line
    serial: Line | None = Field(default=None, description="The maker's number on the label.")
    profile_id: Word = Field(description="See /device-profiles.", examples=["dragino/lse01"])
    parameters: ParameterValues = Field(default={})
    interval_seconds: Interval | None = Field(
        default=None, description="The profile's if not given."
    )


class DeviceChanges(Changes):
    """What is to change; what is not named stays."""

    name: Line = Field(default="", validate_default=False)
    serial: Line | None = None
    profile_id: Word = Field(default="", validate_default=False)
    parameters: ParameterValues = Field(default={})
    interval_seconds: Interval = Field(default=0, validate_default=False)
    active: bool = Field(default=True, description="Messages of an inactive device are not stored.")


class InstallationChanges(Changes):
    """What an installation should have been from its beginning; what is not named stays."""

    site_id: Id = Field(default=0, validate_default=False)
    from_time: Time = Field(default=datetime.min.replace(tzinfo=UTC), validate_default=False)
    to_time: Time | None = Field(default=None, description="Null: it is there still.")
    mounting_height_cm: MountingHeight | None = None
    depth_cm: Depth | None = None
    why: Line = Field(
        default="", validate_default=False, description="Kept with what it was before."
    )


class NewInstallation(Given):
    """Where a device is put; where it was before ends then."""

    site_id: Id
    from_time: Time | None = Field(
        default=None, description="Since when; now if not given, never later."
    )
    mounting_height_cm: MountingHeight | None = None
    depth_cm: Depth | None = None
