"""Devices at the town's network server, in the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Request
from pydantic import Field, SecretStr

from regionhub.access import Editor, Viewer
from regionhub.errors import BadValue, InputError, NotAllowed, NotFound
from regionhub.features.onboarding.servers.device import NO_JOIN_EUI, Keys, Wanted
from regionhub.features.onboarding.servers.keys import join_eui, root_key
from regionhub.features.onboarding.servers.register import (
    Reach,
    Registration,
    register_devices,
    registration,
)
from regionhub.features.onboarding.servers.settings import server_named
from regionhub.registry.devices import required_device
from regionhub.web.api.routing import router
from regionhub.web.api.schemas.base import Answer, Given
from regionhub.web.api.values import Id, Line

routes = router("/devices")


class NewRegistration(Given):
    """Where a device is to be registered, and with which keys; they are passed on, never kept."""

    server: Line = Field(description="Name of a source at which the town registers devices.")
    app_key: SecretStr = Field(max_length=80, description="32 hex digits.")
    nwk_key: SecretStr | None = Field(
        default=None, max_length=80, description="The second key of LoRaWAN 1.1: 32 hex digits."
    )
    join_eui: str = Field(default=NO_JOIN_EUI, max_length=80, description="16 hex digits.")


class RegistrationState(Answer):
    """What became of the last try to register a device at its network server."""

    server: str
    registered: bool
    problem: Annotated[str | None, Field(description="A stable word.", examples=["unreachable"])]
    problem_de: str = Field(description="What is wrong and what to do; empty where all is well.")
    problem_en: str
    tried_at: datetime
    tried_by: str


@routes.get("/{device_id}/registration")
def read_registration(device_id: Id, visit: Viewer) -> RegistrationState:
    """Whether a device of the own town is registered at its network server, as of the last try."""
    with visit.town() as town:
        required_device(town, device_id)
        found = registration(town, device_id, visit.principal.tenant_id)
    if found is None:
        raise NotFound("This hub never tried to register this device at a network server.")
    return _state(found)


@routes.put("/{device_id}/registration")
def register_device(
    device_id: Id, new: NewRegistration, request: Request, visit: Editor
) -> RegistrationState:
    """Register a device at the town's network server, or try it again. Rights: editor.

    A device that is there already, in the application of the town, gets these keys. Whatever the
    server says, the device stays registered here; `problem` says what to do.
    """
    reach: Reach = request.app.state.reach
    keys = Keys(
        _read("app_key", root_key, new.app_key.get_secret_value()),
        _read("join_eui", join_eui, new.join_eui),
        None if new.nwk_key is None else _read("nwk_key", root_key, new.nwk_key.get_secret_value()),
    )
    with visit.town() as town:
        device = required_device(town, device_id)
        if device.tenant_id != visit.principal.tenant_id:
            raise NotAllowed("Devices of another town are registered by that town.")
        server = server_named(town, device.tenant_id, new.server)
    wanted = Wanted(device_id=device_id, dev_eui=device.dev_eui, name=device.name, keys=keys)
    register_devices(visit.town, server, [wanted], reach, by=visit.principal.named)
    with visit.town() as town:
        tried = registration(town, device_id, visit.principal.tenant_id)
    assert tried is not None
    return _state(tried)


def _read(name: str, reader: Callable[[str], str], written: str) -> str:
    try:
        return reader(written)
    except BadValue as error:
        raise InputError(f"{name} {error}", de=f"{name} {error.de}") from None


def _state(found: Registration) -> RegistrationState:
    return RegistrationState(
        server=found.server,
        registered=found.problem is None,
        problem=found.problem,
        problem_de=found.sentence("de"),
        problem_en=found.sentence("en"),
        tried_at=found.tried_at,
        tried_by=found.tried_by,
    )
