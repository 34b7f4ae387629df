"""Registering a device, whoever asks: its profile is known, and its parameters fit that."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import State

from regionhub.archive.stored_profiles import seen_profiles
from regionhub.errors import InputError
from regionhub.profiles import DeviceProfile
from regionhub.registry import devices
from regionhub.registry.devices import Device
from regionhub.store.database import Connection
from regionhub.web.api.schemas.sites import NewDevice

Profiles = Mapping[str, DeviceProfile]


def profiles_seen(state: State, connection: Connection) -> Profiles:
    """The shipped profiles and those in the database that a town's role sees."""
    shipped: Profiles = state.profiles
    return {**shipped, **seen_profiles(connection)}


def profile_of(profiles: Profiles, profile_id: str) -> DeviceProfile:
    """A profile of this hub.

    Raises:
        InputError: there is none of this id.
    """
    if profile_id not in profiles:
        raise InputError(
            f"There is no device profile {profile_id}; see /api/v1/device-profiles.",
            de=f"Ein Geräteprofil {profile_id} gibt es nicht.",
        )
    return profiles[profile_id]


def register_device(
    connection: Connection, tenant_id: int, new: NewDevice, profiles: Profiles
) -> Device:
    """Register a device of a town, under its role; what is not given is as the profile says.

    Raises:
        Conflict: the town registered this DevEUI already.
        InputError: no such profile, or parameters that do not fit it.
        NotAllowed: the role may not write for this tenant.
    """
    profile = profile_of(profiles, new.profile_id)
    return devices.create_device(
        connection,
        tenant_id=tenant_id,
        dev_eui=new.dev_eui,
        name=new.name,
        serial=new.serial,
        profile_id=profile.id,
        parameters=profile.read_parameters(new.parameters),
        interval_seconds=new.interval_seconds or round(profile.interval_minutes * 60),
    )
