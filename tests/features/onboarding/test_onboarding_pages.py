"""Registering in the portal: one device by a form, many by a file, and what comes of them."""

from __future__ import annotations

import re

import pytest
from tests.devices import Frame
from tests.features.onboarding.technician import Technician, technician
from tests.pages import Portal, text
from tests.shipped import PROFILES

__all__ = ["technician"]

EUI = "a84041fff2000001"
CSV = (
    "DevEUI;Modell;Standort;Art;Breite;Länge;Tiefe;AppKey;Farbe\n"
    f"{EUI};LSE01;Linde am Möhnesee;Baum;51,39;8,06;30;00112233445566778899aabbccddeeff;rot\n"
)
DEVICE = {
    "dev_eui": "A8-40-41-FF-F2-00-00-09",
    "profile_id": "dragino/lse01",
    "standort": "Eiche",
    "kind": "tree",
    "latitude": "51,39",
    "longitude": "8,06",
    "depth_cm": "30",
}


def test_a_viewer_neither_sees_nor_opens_it(portal: Portal) -> None:
    client = portal.browser(portal.world.town().account("viewer"))
    assert 'href="/anlegen"' not in client.get("/").text
    assert client.get("/anlegen").status_code == 403
    assert client.post("/anlegen/geraet", data=DEVICE).status_code == 403


def test_an_empty_town_leads_there(technician: Technician) -> None:
    assert 'href="/anlegen"' in technician.client.get("/").text
    page = text(technician.client.get("/anlegen"))
    assert "Es wird noch nichts angelegt" in page


def test_a_file_is_looked_at_and_then_taken(technician: Technician) -> None:
    preview = technician.upload(CSV)
    page = text(preview)
    assert "Alle Zeilen sind in Ordnung. Angelegt würden 1 Geräte und 1 neue Standorte." in page
    assert "Linde am Möhnesee" in page
    assert "Nicht gelesen, weil nichts bekannt ist, was so heißt: Farbe" in page
    assert "Nie gelesen, weil es Schlüssel sind: AppKey" in page
    assert technician.count("device") == 0
    assert "Angelegt: 1 Geräte, 1 neue Standorte." in text(technician.confirm(preview))
    assert technician.count("device") == 1


def test_rows_with_faults_are_named_and_the_others_can_be_taken(technician: Technician) -> None:
    bad = "123;LSE01;Eiche;Baum;51,39;8,06;30;;\n"
    preview = technician.upload(CSV + bad)
    page = text(preview)
    assert "1 Zeile ist in Ordnung, 1 Zeile nicht." in page
    assert re.search(r"Was zu ändern ist .* 3 DevEUI: muss 16 Stellen", page)
    assert "Die 1 gute Zeile anlegen" in page
    technician.confirm(preview)
    assert technician.count("device") == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "Wählen Sie eine Datei aus"),
        ("a;b\n1;2\n", "Keine Zeile mit Spaltennamen gefunden"),
        ("x" * 700_001, "teilen Sie sie auf"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(
    technician: Technician, content: str, says: str
) -> None:
    answer = technician.upload(content)
    assert answer.status_code == 422
    assert says in answer.text


def test_a_file_without_a_good_row_cannot_be_taken(technician: Technician) -> None:
    answer = technician.upload(CSV.replace(EUI, "1"))
    assert answer.status_code == 422
    assert "Keine Zeile kann angelegt werden" in answer.text
    assert "/anlegen/datei/ja" not in answer.text


def test_one_device_by_the_form(technician: Technician) -> None:
    page = technician.client.post("/anlegen/geraet", data=DEVICE)
    assert re.search(r"/geraete/\d+$", str(page.url))
    plain = text(page)
    assert "Noch keine Nachricht. Diese Seite wartet" in plain
    assert "Diese Stadt ist mit keinem Netzserver verbunden" in plain
    assert re.search(r"Einbau .* Eiche .* jetzt .* 30 cm", plain)


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    technician: Technician,
) -> None:
    answer = technician.client.post(
        "/anlegen/geraet", data=DEVICE | {"dev_eui": "12", "depth_cm": "tief"}
    )
    assert answer.status_code == 422
    assert 'value="tief" autocomplete="off" aria-describedby="depth_cm-hint depth_cm-fault"' in (
        answer.text
    )
    assert "muss 16 Stellen aus 0–9 und A–F haben" in answer.text
    assert 'value="Eiche"' in answer.text
    assert technician.count("site") == 0


def test_an_empty_form_says_what_is_missing(technician: Technician) -> None:
    answer = technician.client.post("/anlegen/geraet", data={})
    assert answer.status_code == 422
    assert 'id="dev_eui-fault"' in answer.text
    site = technician.client.post("/anlegen/standort", data={})
    assert site.status_code == 422
    assert 'id="standort-fault"' in site.text


def test_parameters_of_a_model_are_asked_for(technician: Technician) -> None:
    profile = next(one for one in PROFILES.values() if one.parameters)
    part = technician.client.get(f"/anlegen/geraet/parameter?profile_id={profile.id}").text
    assert all(f'name="p_{name}"' in part for name in profile.parameters)


def test_a_site_alone(technician: Technician) -> None:
    answer = technician.client.post(
        "/anlegen/standort",
        data={"standort": "Pegel Bach", "kind": "gauge", "stage_1_cm": "1,2 m"},
    )
    assert re.search(r"/standorte/\d+$", str(answer.url))
    assert technician.count("site") == 1


def test_the_page_of_a_device_shows_what_arrived(technician: Technician) -> None:
    town, world = technician.town, technician.portal.world
    device = town.device(town.tree("Linde"), "Sonde")
    device.uplinks([Frame(world.ago(minutes=3), 7)], rssi=-97)
    device.readings("soil_moisture", [(world.ago(minutes=3), 21.5)])
    page = text(technician.client.get(f"/geraete/{device.device_id}"))
    assert re.search(r"Letzte Nachricht vor \d+ Minuten", page)
    assert "Empfang −97 dBm" in page
    assert re.search(r"Bodenfeuchte \(Skala der Sonde\) 21,50 vor \d+ Minuten", page)


def test_a_device_of_another_town_is_not_there(technician: Technician) -> None:
    other = technician.portal.world.town()
    device = other.device(other.tree())
    assert technician.client.get(f"/geraete/{device.device_id}").status_code == 404
