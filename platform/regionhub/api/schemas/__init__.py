"""What the API answers and accepts, with units and meaning."""

from regionhub.api.schemas.base import Answer, Given, Items, Page, SiteKind
from regionhub.api.schemas.completeness import (
    Completeness,
    DeviceCompleteness,
    Gap,
    InPeriod,
    Session,
)
from regionhub.api.schemas.decisions import DeviceHealth, Gauge, Irrigation
from regionhub.api.schemas.operations import (
    DeadLetter,
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
    "Completeness",
    "Credentials",
    "Datastream",
    "DeadLetter",
    "Device",
    "DeviceChanges",
    "DeviceCompleteness",
    "DeviceHealth",
    "Fate",
    "Gap",
    "Gauge",
    "Given",
    "InPeriod",
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
    "Session",
    "Site",
    "SiteChanges",
    "SiteKind",
    "SiteValues",
    "Source",
    "Statistics",
    "Town",
]
