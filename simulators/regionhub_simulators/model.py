"""What a fleet is made of: devices as a plain description, messages as they are published."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

from regionhub.sites import SiteKind

NS_PER_SECOND = 1_000_000_000
DAY_S = 86_400

#: A weather station with wind and rain, whose network server decodes what it sends.
WEATHER_STATION = "simulated/weather-station"

LnsFormat = Literal["chirpstack-v4", "tts-v3"]


class Fault(StrEnum):
    """What is wrong with a device; `faults.py` says how it shows."""

    STUCK = "stuck"
    SPIKE = "spike"
    OUT_OF_RANGE = "out_of_range"
    UNPLUGGED = "unplugged"
    SILENT = "silent"
    CLOCK_SKEW = "clock_skew"
    UNDECODABLE = "undecodable"
    UNKNOWN_DEVICE = "unknown_device"
    NOT_JSON = "not_json"
    OVERSIZED = "oversized"
    STEP = "step"
    BATTERY = "battery"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedDevice:
    """One device at one site.

    `application` is the ChirpStack application UUID or the TTS application id; `lns_tenant` the
    ChirpStack tenant's name or the TTS tenant id. `depth_cm` is the depth of a soil probe.
    `mounting_height_cm` is the sensor face above gauge zero (distance sensors) or the probe above
    gauge zero (pressure probes, mostly negative). `river_position` counts reaches from the
    highest gauge of the simulated river. `planting_age` is in years, None for what is not planted.
    """

    tenant: str
    source: str
    dev_eui: str
    profile: str
    name: str
    site_kind: SiteKind
    latitude: float
    longitude: float
    lns: LnsFormat
    application: str
    lns_tenant: str
    interval_s: int = 3600
    depth_cm: int | None = None
    soil_texture: str | None = None
    mounting_height_cm: float | None = None
    river: str | None = None
    river_position: int = 0
    planting_age: int | None = None
    fault: Fault | None = None

    @property
    def key(self) -> int:
        """The number that seeds everything random about this device."""
        return int(self.dev_eui, 16)


class SimulatedMessage(NamedTuple):
    """One MQTT message. `sent_ns`: when the network server publishes it, ns since 1970 UTC."""

    topic: str
    body: bytes
    sent_ns: int
    tenant: str
    source: str
    dev_eui: str
