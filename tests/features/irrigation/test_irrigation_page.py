"""What the page of trees and beds says."""

from __future__ import annotations

import re

import httpx
from tests.pages import Portal, row, text


def test_irrigation_says_why_and_how_old(crew: httpx.Client) -> None:
    page = crew.get("/bewaesserung").text
    assert re.search(
        r"jetzt gießen .*2\d % nFK.* mittel sandiger Lehm · 2023 vor \d+ Minuten \d\d\.\d\d\.\d{4}",
        row(page, "Linde Alter Markt 3"),
    )
    assert "101 kPa Saugspannung" in row(page, "Baumgruppe Eichholz")
    assert "Boden gefroren, Wert unsicher" in row(page, "Hainbuche Schlossberg")
    assert "Bodenart fehlt" in row(page, "Esche Wasserweg")
    assert "Sensor meldet sich nicht" in row(page, "Kastanie Brückenplatz")
    assert "Staudenbeet" not in text(crew.get("/bewaesserung?stufe=now"))


def test_every_number_leads_to_what_it_stands_on(crew: httpx.Client) -> None:
    page = crew.get("/bewaesserung").text
    found = row(page, "Linde Alter Markt 3")
    assert re.search(r"Warum\? .*\d+ l .*jetzt", found)
    [site] = re.findall(r'<a href="(/standorte/\d+)">Linde Alter Markt 3</a>', page)
    why = text(crew.get(site))
    assert "mittel sandiger Lehm (Ls3): voll hält er 31,5 Vol-% Wasser" in why
    assert "Vorgabe des Betreibers" in why
    assert re.search(r"16,2 % × \(\d+ % − \d+,\d %\) × \d,\d m³ × 1000 l/m³ ÷ 0,85 = \d+ l", why)
    assert "keine Vorhersage, die sich prüfen lässt" in why


def test_an_admin_sees_what_a_limit_changes_before_it_is_set(own_portal: Portal) -> None:
    town = own_portal.world.town_of("arnsberg")
    boss = own_portal.browser(town.account("admin"))
    crew = own_portal.browser(town.account("viewer"))
    page = text(crew.get("/bewaesserung/grenzen"))
    assert "Vorgabe des Betreibers" in page
    assert "Grenzen ändern" not in page
    numbers = {"jetzt": "45,5", "bald": "60", "nass": "100", "ziel": "80"}
    form = numbers | {"jetzt_kpa": "70", "bald_kpa": "30", "nass_kpa": "6,2", "warum": "Hitze"}
    seen = text(boss.post("/bewaesserung/grenzen", data=form | {"schritt": "vorschau"}))
    assert re.search(r"\d+ Standorte? wechsel", seen)
    assert "die ganze Stadt" not in page
    wrong = boss.post("/bewaesserung/grenzen", data=form | {"schritt": "setzen", "bald": "20"})
    assert wrong.status_code == 422
    assert "passen nicht zusammen" in wrong.text
    done = boss.post(
        "/bewaesserung/grenzen", data=form | {"schritt": "setzen"}, follow_redirects=True
    )
    assert "Hitze" in text(done)


def test_an_editor_makes_a_group_and_takes_trees_in_and_out(own_portal: Portal) -> None:
    town = own_portal.world.town_of("arnsberg")
    editor = own_portal.browser(town.account("editor"))
    crew = own_portal.browser(town.account("viewer"))
    path = "/bewaesserung/gruppen"
    form = {"name": "Platanen Markt", "boden": "Ls3", "wurzelraum": "1,5"}
    wrong = editor.post(path, data=form | {"wurzelraum": "viel"})
    assert (wrong.status_code, "„viel“ ist keine Zahl wie 1,5." in wrong.text) == (422, True)
    assert 'value="Platanen Markt"' in wrong.text
    made = editor.post(path, data=form, follow_redirects=True)
    group = str(made.url.path)
    assert "Wurzelraum 1,50 m³" in text(made)
    assert editor.post(path, data=form).status_code == 422
    assert editor.post(group, data=form | {"name": "Platanen", "wurzelraum": ""}).is_redirect
    assert "Platanen mittel sandiger Lehm 0 0" in text(crew.get(path))

    found = editor.get(group, params={"suche": "linde alter"}).text
    [site] = re.findall(r'name="standort" value="(\d+)"', found)
    assert editor.post(f"{group}/dazu", data={"standort": [site]}).is_redirect
    assert "spricht für die Gruppe" in row(editor.get(group).text, "Linde Alter Markt 3")
    assert "Gruppe löschen" not in editor.get(group).text
    assert editor.post(f"{group}/loeschen").status_code == 422
    seen = crew.get(group, params={"suche": "linde"}).text
    assert "Linde Alter Markt 3" in seen
    assert "Herausnehmen" not in seen
    assert crew.post(f"{group}/heraus", data={"standort": site}).status_code == 403

    assert editor.post(f"{group}/heraus", data={"standort": site}).is_redirect
    assert "Noch gehört kein Baum" in text(editor.get(group))
    assert editor.post(f"{group}/loeschen").is_redirect
    assert editor.get(group).status_code == 404
