"""The page of a device: what has come of it, and what to look at while nothing comes."""

from __future__ import annotations

from datetime import datetime, timedelta

from fastapi import Response

from regionhub.access import Viewer, Visit
from regionhub.archive.calibrations import calibrations
from regionhub.features.onboarding.arrival import arrival
from regionhub.features.onboarding.pages_server import offered
from regionhub.features.onboarding.servers.register import registration
from regionhub.problems import Language, explain_source
from regionhub.registry.corrections import corrections
from regionhub.registry.devices import Device, required_device
from regionhub.registry.installations import installations
from regionhub.registry.sites import sites
from regionhub.registry.sources import sources
from regionhub.web.api.registration import profiles_seen
from regionhub.web.api.values import Id
from regionhub.web.portal.frame import open_town
from regionhub.web.portal.rendering import STREAM, Here, Page
from regionhub.web.portal.routing import page_router

pages = page_router()


@pages.get("/geraete/{device_id}")
def device_page(page: Here, visit: Viewer, device_id: Id) -> Response:
    """One device."""
    return _device(page, visit, device_id)


def _device(page: Page, visit: Visit, device_id: int) -> Response:
    with open_town(visit, page) as (connection, frame):
        device = required_device(connection, device_id)
        places = sites(connection)
        history = installations(connection, device_id)
        corrected = corrections(connection, device_id)
        calibrated = [one for one in calibrations(connection, device_id) if not one.withdrawn_at]
        came = arrival(connection, device)
        connected = sources(connection)
        there = registration(connection, device_id, visit.principal.tenant_id)
        servers = offered(connection, visit)
        profiles = profiles_seen(page.request.app.state, connection)
    names = {place.site_id: place.name for place in places}
    language: Language = "en" if page.language == "en" else "de"
    return page.show(
        "onboarding/device_page.html",
        **frame.values(),
        live=STREAM,
        device=device,
        profile=profiles.get(device.profile_id),
        names=names,
        history=history,
        corrected=corrected,
        calibrated=calibrated,
        came=came,
        there=there,
        servers=servers,
        expected_by=_expected_by(device),
        sources=[(one, explain_source(one, language)) for one in connected],
        may_change=visit.principal.may("editor") and device.tenant_id == visit.principal.tenant_id,
    )


def _expected_by(device: Device) -> datetime:
    """When the first message should have come: it may be sent right after it was registered."""
    return device.created_at + timedelta(seconds=device.interval_seconds)
