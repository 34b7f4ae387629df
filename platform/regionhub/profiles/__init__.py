"""Device profiles: how the payload of a kind of device becomes measurements."""

from __future__ import annotations

from regionhub.profiles.files import default_directory, load_profile, load_profiles, read_profile
from regionhub.profiles.mapping import measurements
from regionhub.profiles.model import (
    DeviceProfile,
    Example,
    ExpectedMeasurement,
    Mapping,
    Parameter,
    ParameterValue,
)

__all__ = [
    "DeviceProfile",
    "Example",
    "ExpectedMeasurement",
    "Mapping",
    "Parameter",
    "ParameterValue",
    "default_directory",
    "load_profile",
    "load_profiles",
    "measurements",
    "read_profile",
]
