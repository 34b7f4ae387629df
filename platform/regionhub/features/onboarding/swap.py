"""A broken device is replaced by another one."""

from __future__ import annotations

from datetime import datetime

from regionhub.features.onboarding.load import Town, process_waiting
from regionhub.registry import installations
from regionhub.registry.devices import Device, create_device, own_device, required_device


def swap_device(town: Town, device_id: int, new_eui: str, time: datetime | None = None) -> Device:
    """Put the device with another DevEUI where this one is; returns the other one.

    One that is not registered becomes of the same profile, name, interval and parameters, and the
    messages that waited for it are processed.

    Raises:
        NotFound: this role sees no such device, or it is installed nowhere.
        NotAllowed: it is shared by another town.
        Conflict: the other one was installed somewhere later than that.
    """
    former = required_device(town.connection, device_id)
    new = own_device(town.connection, town.tenant_id, new_eui)
    if new is None:
        new = create_device(
            town.connection,
            tenant_id=town.tenant_id,
            dev_eui=new_eui,
            name=former.name,
            profile_id=former.profile_id,
            parameters=former.parameters,
            interval_seconds=former.interval_seconds,
        )
    placed = installations.swap(town.connection, device_id, by=new.device_id, time=time)
    process_waiting(town, [new_eui])
    return placed
