"""Calibrating a sensor in the portal and through the API."""

from __future__ import annotations

import re
from html import unescape

from tests.features.onboarding.technician import Technician, technician
from tests.pages import text

__all__ = ["technician"]


def test_a_sensor_is_calibrated_and_that_is_taken_back(technician: Technician) -> None:
    device = technician.town.device(technician.town.site("tree"), profile_id="dragino/lse01")
    path = f"/geraete/{device.device_id}"
    assert "noch nichts gemessen" in text(technician.client.get(path + "/kalibrieren"))
    device.stream("soil_moisture_vwc")
    form = {
        "groesse": "soil_moisture_vwc|",
        "faktor": "1,1",
        "versatz": "-2,5",
        "gilt_ab": "24.11.2025",
        "warum": "Ofenprobe",
    }
    page = text(technician.client.post(path + "/kalibrieren", data=form))
    assert "1,1000 × Rohwert − 2,5000 %" in page
    assert "Ofenprobe" in page
    assert "1 Kalibrierung gilt" in text(technician.client.get(path))
    [run] = technician.portal.world.select(
        "select kind, dev_eui from core.replay where tenant_id = %s", technician.town.tenant_id
    )
    assert (run["kind"], run["dev_eui"]) == ("uplinks", device.dev_eui)
    for wrong, says in (
        ({"faktor": "viel"}, "Zahl"),
        ({"gilt_ab": "irgendwann"}, "Zeit"),
        ({"gilt_ab": "24.11.2099"}, "nicht in der Zukunft"),
        ({"warum": " "}, "Grund"),
        ({"groesse": "distance|"}, "noch nicht gemessen"),
    ):
        answer = technician.client.post(path + "/kalibrieren", data=form | wrong)
        assert answer.status_code == 422, wrong
        assert says in unescape(answer.text), wrong
    page = technician.client.get(path + "/kalibrieren").text
    undo = re.search(r'action="([^"]*/kalibrieren/\d+)"', page)
    assert undo is not None
    assert "zurückgenommen" in text(technician.client.post(undo[1]))
    assert technician.client.post(undo[1]).status_code == 404


def test_the_same_by_the_api(technician: Technician) -> None:
    device = technician.town.device(technician.town.site("tree"), profile_id="dragino/lse01")
    device.stream("soil_moisture_vwc")
    client = technician.portal.hub.client(key=technician.town.key())
    path = f"/api/v1/devices/{device.device_id}/calibrations"
    order = {
        "quantity": "soil_moisture_vwc",
        "valid_from": "2025-11-24T00:00:00Z",
        "factor": 1.1,
        "why": "Ofenprobe",
    }
    made = client.post(path, json=order)
    assert made.status_code == 201
    [one] = client.get(path).json()["items"]
    assert (one["factor"], one["added"], one["why"]) == (1.1, 0, "Ofenprobe")
    number = made.json()["calibration_id"]
    assert client.delete(f"{path}/{number}").status_code == 204
    assert client.delete(f"{path}/{number}").status_code == 404
    assert client.post(path, json=order | {"quantity": "distance"}).status_code == 404
