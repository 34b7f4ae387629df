"""What the API answers and accepts, with units and meaning."""

from regionhub.api.schemas.base import Answer, Given, Items, Page, SiteKind
from regionhub.api.schemas.decisions import DeviceHealth, Gauge, Irrigation
from regionhub.api.schemas.operations import (
    DeadLetter,
    DecodeErrors,
    Fate,
    Profile,
    ProfileParameter,
    QuantityInfo,
    Source,
    Statistics,
)
from regionhub.api.schemas.people import ApiKey, Credentials, MadeApiKey, Me, NewApiKey, Town
from regionhub.api.schemas.series import (
    Datastream,
    Latest,
    Level,
    LevelRollup,
    Levels,
    Reading,
    Readings,
    Rollup,
)
from regionhub.api.schemas.sites import (
    Device,
    DeviceChanges,
    NewDevice,
    NewInstallation,
    Site,
    SiteChanges,
    SiteValues,
)

__all__ = [
    "Answer",
    "ApiKey",
    "Credentials",
    "Datastream",
    "DeadLetter",
    "DecodeErrors",
    "Device",
    "DeviceChanges",
    "DeviceHealth",
    "Fate",
    "Gauge",
    "Given",
    "Irrigation",
    "Items",
    "Latest",
    "Level",
    "LevelRollup",
    "Levels",
    "MadeApiKey",
    "Me",
    "NewApiKey",
    "NewDevice",
    "NewInstallation",
    "Page",
    "Profile",
    "ProfileParameter",
    "QuantityInfo",
    "Reading",
    "Readings",
    "Rollup",
    "Site",
    "SiteChanges",
    "SiteKind",
    "SiteValues",
    "Source",
    "Statistics",
    "Town",
]
