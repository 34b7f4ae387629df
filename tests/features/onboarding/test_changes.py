"""Changing, moving, swapping, giving up; putting right where something was installed."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest
from tests.devices import Device
from tests.features.onboarding.technician import Technician, technician
from tests.pages import text

__all__ = ["technician"]


@pytest.fixture
def radar(technician: Technician) -> Device:
    """At a gauge for ten days, 500 cm up; the water is 3 m below it."""
    town, world = technician.town, technician.portal.world
    gauge = town.gauge("Bach", stage_1_cm=250)
    device = town.device(gauge, "Radar", since=world.ago(days=10), mounting_height_cm=500)
    device.readings("distance", [(world.ago(minutes=5 + 10 * n), 3000.0) for n in range(6)])
    return device


def send(technician: Technician, device: Device, what: str, **typed: str) -> httpx.Response:
    return technician.client.post(f"/geraete/{device.device_id}/{what}", data=typed)


def level(technician: Technician) -> tuple[float | None, str]:
    """Level and stage as the town reads them."""
    [row] = technician.portal.world.ask(
        technician.town.role, "select g.level_cm, s.state from api.gauge g join api.gauge_signal s "
        "using (site_id) where g.tenant_id = %s", technician.town.tenant_id
    )  # fmt: skip
    return row["level_cm"], row["state"]


def test_a_height_put_right_changes_level_and_stage_and_leaves_a_trace(
    technician: Technician, radar: Device
) -> None:
    assert level(technician) == (200, "stage_0")
    path = f"einbau/{radar.installation_id}"
    page = technician.client.get(f"/geraete/{radar.device_id}/{path}").text
    assert 'name="mounting_height_cm" type="text" maxlength="300" value="500"' in page
    typed = {"mounting_height_cm": "570,5", "warum": "neu eingemessen"}
    device = text(send(technician, radar, path, **typed))
    assert level(technician) == (270.5, "stage_1")
    assert "1 Berichtigung" in device
    editor = technician.town.slug
    assert re.search(
        rf"editor@{editor}.example: neu eingemessen. Vorher: Bach, .* 500,0 cm", device
    )


def test_a_correction_needs_a_reason_and_sense(technician: Technician, radar: Device) -> None:
    path = f"einbau/{radar.installation_id}"
    for typed, says in (
        ({"depth_cm": "3"}, "die Berichtigung bleibt nachlesbar"),
        ({"depth_cm": "-3", "warum": "x"}, "muss mindestens 0"),
        ({"from_time": "bald", "warum": "x"}, "24.11.2026"),
        ({"from_time": "1.1.2199", "warum": "x"}, "nicht in der Zukunft"),
        ({"to_time": "1.1.2001", "warum": "x"}, "beginnt, bevor er endet"),
    ):
        answer = send(technician, radar, path, **typed)
        assert (answer.status_code, says in answer.text) == (422, True), answer.text
    assert technician.count("installation_correction") == 0


def test_what_overlaps_is_refused(technician: Technician, radar: Device) -> None:
    town, world = technician.town, technician.portal.world
    radar.install(town.gauge("Fluss"), since=world.ago(days=2))
    first = world.select(
        "select installation_id from core.installation where device_id = %s order by from_time",
        radar.device_id,
    )[0]["installation_id"]
    answer = send(technician, radar, f"einbau/{first}", to_time="", warum="x")
    assert answer.status_code == 422
    assert "woanders eingebaut" in answer.text


def test_an_installation_that_never_was(technician: Technician, radar: Device) -> None:
    path = f"einbau/{radar.installation_id}"
    page = text(send(technician, radar, path, warum="falsches Gerät", entfernen="ja"))
    assert "noch an keinem Standort eingebaut" in page
    assert level(technician)[1] == "no_data"


def test_moving_leaves_readings_where_they_were_measured(
    technician: Technician, radar: Device
) -> None:
    technician.town.gauge("Fluss")
    page = text(send(technician, radar, "umsetzen", standort="Fluss", mounting_height_cm="4 m"))
    assert re.search(r"Fluss .* jetzt 400,0 cm .* Bach", page)
    unknown = send(technician, radar, "umsetzen", standort="Meer")
    assert unknown.status_code == 422
    assert "legen Sie ihn zuerst an" in unknown.text


def test_a_broken_device_is_swapped(technician: Technician, radar: Device) -> None:
    page = send(technician, radar, "tauschen", neue_deveui="A84041FFF6000001")
    assert "a84041fff6000001" in page.text
    assert re.search(r"Bach .* jetzt 500,0 cm", text(page))
    assert send(technician, radar, "tauschen", neue_deveui="1").status_code == 422
    again = send(technician, radar, "tauschen", neue_deveui="A84041FFF6000002")
    assert "an keinem Standort eingebaut" in again.text


def test_name_model_and_interval(technician: Technician, radar: Device) -> None:
    typed = {"geraet": "Neuer Name", "profile_id": "dragino/lse01", "interval_seconds": "7,5"}
    assert "Neuer Name" in text(send(technician, radar, "aendern", **typed))
    [row] = technician.portal.world.select(
        "select name, profile_id, interval_seconds from core.device where device_id = %s",
        radar.device_id,
    )
    assert row == {"name": "Neuer Name", "profile_id": "dragino/lse01", "interval_seconds": 450}
    wrong = send(technician, radar, "aendern", geraet="", interval_seconds="9 Tage")
    assert wrong.status_code == 422
    assert 'id="geraet-fault"' in wrong.text


def test_what_was_heard_is_given_up_and_taken_back(technician: Technician, radar: Device) -> None:
    assert "aufgegeben" in text(send(technician, radar, "aufgeben"))
    assert "aufgegeben" not in text(send(technician, radar, "wieder"))


def test_what_was_never_heard_is_deleted(technician: Technician) -> None:
    device = technician.town.device(technician.town.tree("Linde"))
    assert str(send(technician, device, "aufgeben").url).endswith("/geraete")
    assert technician.count("device") == technician.count("installation") == 0


def test_a_site_is_changed_and_deleted(technician: Technician, radar: Device) -> None:
    town, client = technician.town, technician.client
    site = town.tree("Linde", note="krank")
    page = client.get(f"/standorte/{site}").text
    assert f'href="/standorte/{site}/aendern"' in page
    changed = client.post(
        f"/standorte/{site}/aendern",
        data={"standort": "Linde 2", "latitude": "51,4", "longitude": "8,0", "note": ""},
    )
    assert "Linde 2" in text(changed)
    assert "krank" not in changed.text
    wrong = client.post(f"/standorte/{site}/aendern", data={"latitude": "5"})
    assert "nicht in Deutschland" in wrong.text
    assert str(client.post(f"/standorte/{site}/loeschen").url).endswith("/")
    [bach] = technician.portal.world.select(
        "select site_id from core.site where name = 'Bach' and tenant_id = %s", town.tenant_id
    )
    assert "der Standort bleibt" in client.post(f"/standorte/{bach['site_id']}/loeschen").text


def test_through_the_api(technician: Technician, radar: Device) -> None:
    world = technician.portal.world
    key = technician.portal.hub.client(key=technician.town.key())
    path = f"/api/v1/installations/{radar.installation_id}"
    begun = (world.ago(days=10) - timedelta(days=3)).isoformat()
    assert key.patch(path, json={"from_time": begun}).status_code == 422
    changed = key.patch(path, json={"from_time": begun, "why": "earlier"})
    assert changed.json()["from_time"][:10] == begun[:10]
    [kept] = key.get(f"/api/v1/devices/{radar.device_id}/installation-corrections").json()["items"]
    assert (kept["why"], kept["removed"]) == ("earlier", False)
    assert key.delete(path, params={"why": "never"}).status_code == 204
    assert key.get(f"/api/v1/devices/{radar.device_id}/installations").json()["items"] == []
    assert key.delete(path, params={"why": "never"}).status_code == 404
