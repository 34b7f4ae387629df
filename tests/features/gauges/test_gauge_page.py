"""What the page of gauges says."""

from __future__ import annotations

import re

import httpx
from tests.pages import Portal, row, text


def test_gauges_are_loud_about_age(crew: httpx.Client) -> None:
    page = crew.get("/pegel").text
    high = row(page, "Ruhr Oberstadt")
    assert re.search(
        r"Stufe 2 seit \d\d:\d\d Uhr 28\d cm ↑ steigt, \+\d\d cm/h 19\d,\d\d m ü. NHN", high
    )
    assert "Stufen : 200 / 270 / 330 cm" in high.replace("Stufen:", "Stufen :")
    stale = row(page, "Mühlbach Furt")
    assert "keine aktuellen Daten" in stale
    assert "veralteter Wert" in stale
    assert "vor 9 Stunden" in stale
    assert "Einbauhöhe fehlt" in row(page, "Hellefelder Bach")
    assert "keine Stufen hinterlegt" in row(page, "Walpke Durchlass")
    assert "Messwert, keine amtliche Warnung." in text(crew.get("/pegel"))


def test_the_page_of_a_gauge_says_since_when_its_stage_is_reached(
    portal: Portal, crew: httpx.Client
) -> None:
    page = text(crew.get(f"/standorte/{portal.sites['Ruhr Oberstadt']}"))
    assert re.search(r"Stufe 2 seit (\d\d\.\d\d\. )?\d\d:\d\d", page)
    # without data it is the reason that says since when
    assert "keine Daten seit" not in text(crew.get(f"/standorte/{portal.sites['Mühlbach Furt']}"))
