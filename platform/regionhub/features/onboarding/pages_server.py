"""Registering devices at the town's network server, in the portal."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Response
from fastapi.responses import RedirectResponse

from regionhub.access import Editor, Visit
from regionhub.errors import BadValue, NotAllowed
from regionhub.features.onboarding.columns import JOIN_FIELDS
from regionhub.features.onboarding.forms import Posted
from regionhub.features.onboarding.servers.device import NO_JOIN_EUI, Keys, Wanted
from regionhub.features.onboarding.servers.register import Outcome, Reach, register_devices
from regionhub.features.onboarding.servers.settings import server_named, servers
from regionhub.registry.devices import required_device
from regionhub.store.database import Connection
from regionhub.web.api.values import Id
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router
from regionhub.web.tables import faults
from regionhub.web.tables.faults import Fault

pages = page_router()


def offered(connection: Connection, visit: Visit) -> list[str]:
    """Names of the sources at which the reader's town registers devices."""
    return [server.name for server in servers(connection, visit.principal.tenant_id)]


def register(page: Page, visit: Visit, name: str, wanted: Sequence[Wanted]) -> list[Outcome]:
    """Register devices of the town at its source of this name; nothing without a name."""
    if not name or not wanted:
        return []
    reach: Reach = page.request.app.state.reach
    with visit.town() as town:
        server = server_named(town, visit.principal.tenant_id, name)
    return register_devices(visit.town, server, wanted, reach, by=visit.principal.named)


@pages.get("/geraete/{device_id}/netzserver")
def server_form(page: Here, visit: Editor, device_id: Id) -> Response:
    """The form: where, and with which keys."""
    return _form(page, visit, device_id, {})


@pages.post("/geraete/{device_id}/netzserver")
def register_one(page: Here, visit: Editor, device_id: Id, typed: Posted) -> Response:
    """Register a device, or try it again."""
    found: list[Fault] = []
    read = {"join_eui": NO_JOIN_EUI}
    for field in JOIN_FIELDS:
        written = typed.get(field.key, "")
        if field.key == "app_key" or written.strip():
            try:
                read[field.key] = str(field.read(written))
            except BadValue as error:
                found.append(faults.of_value(field.label, error))
    if found:
        return _form(page, visit, device_id, typed, found)
    keys = Keys(**read)
    with visit.town() as town:
        device = required_device(town, device_id)
        _check_own(visit, device.tenant_id)
    wanted = Wanted(device_id=device_id, dev_eui=device.dev_eui, name=device.name, keys=keys)
    register(page, visit, typed.get("netzserver", ""), [wanted])
    return RedirectResponse(f"/geraete/{device_id}", 303)


def _check_own(visit: Visit, tenant_id: int) -> None:
    if tenant_id != visit.principal.tenant_id:
        raise NotAllowed("Devices of another town are registered by that town.")


def _form(
    page: Page, visit: Visit, device_id: int, typed: dict[str, str], found: Sequence[Fault] = ()
) -> Response:
    with open_town(visit, page) as (connection, frame):
        device = required_device(connection, device_id)
        _check_own(visit, device.tenant_id)
        names = offered(connection, visit)
    return page.show(
        "onboarding/server.html",
        **frame.values(),
        status=422 if found else 200,
        device=device,
        servers=names,
        typed=typed,
        faults=found,
    )
