"""What the API answers and accepts, with units and meaning."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from regionhub.api.values import DevEui, Id, Line, Number, Text, Time, Word

SiteKind = Literal["tree", "bed", "gauge", "forest", "road"]
Resolution = Literal["raw", "hourly", "daily"]
Row = TypeVar("Row")

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Eui = Annotated[str, Field(description="DevEUI, 16 lower-case hex digits.")]
Quality = Annotated[
    int, Field(description="QARTOD flag: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing.")
]
SiteId = Annotated[int | None, Field(description="Site where the device is now.")]
MountingHeight = Annotated[
    float | None,
    Field(
        description="Height of the sensor above gauge zero in cm: the face of a distance sensor, "
        "the membrane of a pressure probe."
    ),
]
Depth = Annotated[float | None, Field(description="Depth of the sensor below ground in cm.")]


class Answer(BaseModel):
    """Something the API answers; numbers that are not finite become null."""

    model_config = ConfigDict(ser_json_inf_nan="null")


class Given(BaseModel):
    """Something the API accepts; names that it does not know are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Page(Answer, Generic[Row]):
    """A page of a list."""

    items: list[Row]
    next: str | None = Field(
        default=None,
        description="Address of the following page; null on the last one.",
        examples=["/api/v1/sites?limit=100&after=100"],
    )


class Items(Answer, Generic[Row]):
    """A list that comes in one piece."""

    items: list[Row]


class Credentials(Given):
    """Login and password."""

    login: Annotated[
        str, Field(max_length=200, pattern=r"^[^\x00]*$", examples=["anna@example.org"])
    ]
    password: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]


class Me(Answer):
    """Who is signed in."""

    login: str | None = Field(description="Null for an API key.")
    display_name: str = Field(description="Name of the person, or of the API key.")
    role: Literal["viewer", "editor", "admin"] = Field(
        description="viewer reads, editor also writes, admin also manages API keys."
    )
    tenant_id: int
    tenant_slug: str
    tenant_name: str
    tenant_kind: Literal["municipality", "district", "region"]
    expires_at: datetime | None = Field(description="When the session or the key ends.")


class Town(Answer):
    """A town (tenant) that the caller sees."""

    tenant_id: int
    slug: str = Field(examples=["arnsberg"])
    name: str = Field(examples=["Arnsberg"])
    kind: Literal["municipality", "district", "region"]
    ags: str | None = Field(description="Amtlicher Gemeindeschlüssel.", examples=["05958004"])
    latitude: float | None
    longitude: float | None
    shares_with_region: bool


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
        description="DevEUI in any spelling.", examples=["A8-40-41-00-01-81-23-45"]
    )
    name: Line
    profile_id: Word = Field(description="See /device-profiles.", examples=["dragino/lse01"])
    parameters: ParameterValues = {}
    interval_seconds: Interval | None = Field(
        default=None, description="The profile's if not given."
    )


class DeviceChanges(Given):
    """What is to change; what is not named stays."""

    name: Line = Field(default="", validate_default=False)
    profile_id: Word = Field(default="", validate_default=False)
    parameters: ParameterValues = {}
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


class Datastream(Answer):
    """One quantity measured by one device at one position."""

    datastream_id: int
    tenant_id: int
    device_id: int
    device_name: str
    site_id: SiteId
    quantity: str = Field(examples=["soil_moisture_vwc"])
    position: str = Field(description="Tells like sensors of one device apart; often empty.")
    name_de: str
    name_en: str
    unit: str
    ucum: str = Field(description="Unit in UCUM.")
    symbol: str = Field(description="Unit as people write it.")
    theme: str
    decimals: int = Field(description="Decimals that make sense to show.")
    interval_seconds: int
    depth_cm: Depth
    mounting_height_cm: MountingHeight
    shared: bool = Field(description="Another town owns it and shares it.")
    finest: Resolution = Field(description="The finest resolution the caller may read.")


class Reading(Answer):
    """One value with its flag."""

    time: datetime
    value: float | None = Field(description="In the unit of the datastream.")
    quality: Quality
    tests: int = Field(
        description="Tests that gave the flag, a bit mask: 1 device, 2 range, 4 rate, 8 flat line."
    )


class Rollup(Answer):
    """An hour (UTC) or a day (Europe/Berlin), without failed and missing readings."""

    time: datetime = Field(description="Start of the hour or day.")
    count: int
    avg: float | None
    min: float | None
    max: float | None
    last: float | None


class Readings(Answer):
    """A period of a datastream, in order of time."""

    datastream_id: int
    unit: str
    resolution: Resolution = Field(description="The resolution that was used.")
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to", description="Not included.")
    items: list[Reading] | list[Rollup]
    next: str | None = Field(default=None, description="Address of the following page.")


class Level(Answer):
    """One water level."""

    time: datetime
    datastream_id: int
    level_cm: float | None = Field(
        description="cm above gauge zero; null when the mounting height is unknown."
    )
    quality: Quality


class LevelRollup(Answer):
    """Levels of an hour (UTC) or a day (Europe/Berlin), cm above gauge zero."""

    time: datetime = Field(description="Start of the hour or day.")
    datastream_id: int
    avg_cm: float | None
    min_cm: float | None
    max_cm: float | None


class Levels(Answer):
    """Levels of a gauge in a period, in order of time."""

    site_id: int
    resolution: Resolution = Field(description="The resolution that was used.")
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to", description="Not included.")
    items: list[Level] | list[LevelRollup]
    next: str | None = Field(default=None, description="Address of the following page.")


class Latest(Answer):
    """The newest reading of a datastream, and where it is on a map."""

    datastream_id: int
    tenant_id: int
    device_id: int
    device_name: str
    site_id: SiteId
    site_name: str | None
    site_kind: SiteKind | None
    latitude: float | None
    longitude: float | None
    quantity: str
    position: str
    symbol: str
    decimals: int
    time: datetime
    value: float | None
    quality: Quality
    unchanged_since: datetime | None = Field(
        description="Since when the value stands still; null before the first believable one."
    )
    received_at: datetime
    stale: bool = Field(description="Older than twice the send interval, at least 45 minutes.")
    interval_seconds: int
    depth_cm: Depth
    mounting_height_cm: MountingHeight


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


class DeadLetter(Answer):
    """A message that could not pass, and why."""

    dead_letter_id: int
    tenant_id: int
    source_id: int
    topic: str
    reason: str = Field(description="A stable word.", examples=["unknown_device"])
    detail: str
    dev_eui: str | None
    body_bytes: int = Field(description="Length of the message as it came.")
    body_text: str = Field(
        description="The beginning of the message as text, at most 4 KiB; � is no UTF-8."
    )
    body_base64: str = Field(description="The same beginning, byte by byte.")
    first_received_at: datetime
    last_received_at: datetime
    copies: int = Field(description="How often the same message came.")


class Fate(Answer):
    """How many messages of a source ended in one way."""

    source_id: int
    tenant_id: int
    fate: Literal["stored", "duplicate", "dead_letter", "ignored"]
    reason: str
    messages: int


class Statistics(Answer):
    """Fates of the messages in whole hours (UTC); every message has exactly one."""

    start: datetime = Field(serialization_alias="from", description="Start of the first hour.")
    end: datetime = Field(
        serialization_alias="to", description="End of the last hour, not included."
    )
    messages: int = Field(description="The sum.")
    items: list[Fate]


class Source(Answer):
    """A network server that the town is connected to; never a password."""

    source_id: int
    tenant_id: int
    name: str
    format: str
    broker_url: str
    topics: list[str]
    username: str | None
    enabled: bool
    connected_since: datetime | None
    last_message_at: datetime | None
    problem: str | None


class QuantityInfo(Answer):
    """A quantity and its unit."""

    quantity: str
    name_de: str
    name_en: str
    unit: str
    ucum: str
    symbol: str
    theme: str
    decimals: int


class ProfileParameter(Answer):
    """What has to be known of the single device."""

    name: str
    type: Literal["text", "number", "boolean"]
    default: bool | float | str
    values: list[bool | float | str] | None
    min: float | None
    max: float | None
    description_de: str
    description_en: str


class Profile(Answer):
    """A kind of device."""

    profile_id: str
    vendor: str
    model: str
    name: str
    description_de: str
    description_en: str
    interval_seconds: int = Field(description="How often it sends as delivered.")
    quantities: list[str]
    parameters: list[ProfileParameter]


class NewApiKey(Given):
    """A key to make."""

    name: Line = Field(examples=["Stadtwerke, Leitstelle"])
    scopes: Annotated[list[Literal["read", "write"]], Field(min_length=1, max_length=2)] = ["read"]
    expires_at: Time | None = Field(default=None, description="Never if not given.")


class ApiKey(Answer):
    """A key; the secret is not kept."""

    api_key_id: int
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class MadeApiKey(ApiKey):
    """A key that was just made."""

    secret: str = Field(description="Shown this once.", examples=["rhk_..."])
