"""Calibrating a sensor in the portal, and taking that back."""

from __future__ import annotations

from datetime import datetime

from fastapi import Response
from fastapi.responses import RedirectResponse

from regionhub.access import Editor, Visit
from regionhub.archive import calibrations
from regionhub.errors import BadValue, InputError, NotAllowed, NotFound
from regionhub.features.onboarding.forms import Posted
from regionhub.features.onboarding.pages import open_place
from regionhub.features.onboarding.pages_change import own_device
from regionhub.quantities import load_vocabulary
from regionhub.series.datastreams import datastreams
from regionhub.web.api.values import Id
from regionhub.web.portal.rendering import Here, Page
from regionhub.web.portal.routing import page_router
from regionhub.web.tables.cells import measure, moment

pages = page_router()


@pages.get("/geraete/{device_id}/kalibrieren")
def calibrate_form(page: Here, visit: Editor, device_id: Id) -> Response:
    """The form, with what holds and held."""
    return _form(page, visit, device_id, {})


@pages.post("/geraete/{device_id}/kalibrieren")
def calibrate(page: Here, visit: Editor, device_id: Id, typed: Posted) -> Response:
    """Calibrate a datastream from a moment on; what is stored since then follows."""
    quantity, _, position = typed.get("groesse", "").partition("|")
    try:
        with open_place(visit, page) as (town, _frame):
            own_device(town, device_id)
            calibrations.calibrate(
                town.connection,
                device_id,
                tenant_id=town.tenant_id,
                quantity=quantity,
                position=position,
                valid_from=datetime.fromisoformat(moment(typed.get("gilt_ab", ""))),
                factor=measure(typed.get("faktor", "").strip() or "1", {"": 1.0}, ""),
                added=measure(typed.get("versatz", "").strip() or "0", {"": 1.0}, ""),
                by=town.who,
                why=" ".join(typed.get("warum", "").split()),
            )
    except BadValue as error:
        said = error.de if page.language == "de" else str(error)
        return _form(page, visit, device_id, typed, said)
    except (InputError, NotAllowed, NotFound) as error:
        if error.de is None:
            raise
        return _form(page, visit, device_id, typed, page.said(error))
    return RedirectResponse(f"/geraete/{device_id}/kalibrieren", 303)


@pages.post("/geraete/{device_id}/kalibrieren/{calibration_id}")
def withdraw(page: Here, visit: Editor, device_id: Id, calibration_id: Id) -> Response:
    """Take a calibration back."""
    with open_place(visit, page) as (town, _frame):
        own_device(town, device_id)
        calibrations.withdraw(
            town.connection, device_id, calibration_id, tenant_id=town.tenant_id, by=town.who
        )
    return RedirectResponse(f"/geraete/{device_id}/kalibrieren", 303)


def _form(
    page: Page, visit: Visit, device_id: int, typed: dict[str, str], problem: str = ""
) -> Response:
    with open_place(visit, page) as (town, frame):
        device = own_device(town, device_id)
        streams = datastreams(town.connection, device_id=device_id)
        records = calibrations.calibrations(town.connection, device_id)
    return page.show(
        "onboarding/calibrate.html",
        **frame.values(),
        status=422 if problem else 200,
        device=device,
        streams=streams,
        records=records,
        typed=typed,
        problem=problem,
        quantities=load_vocabulary().quantities,
        units=load_vocabulary().units,
    )
