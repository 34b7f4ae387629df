"""Datastreams, readings and levels."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from regionhub.web.api.schemas.base import (
    Answer,
    Depth,
    MountingHeight,
    Quality,
    Resolution,
    SiteId,
    SiteKind,
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
