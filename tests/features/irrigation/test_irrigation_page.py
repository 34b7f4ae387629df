"""What the page of trees and beds says."""

from __future__ import annotations

import re

import httpx
from tests.pages import row, text


def test_irrigation_says_why_and_how_old(crew: httpx.Client) -> None:
    page = crew.get("/bewaesserung").text
    assert re.search(
        r"jetzt gießen .*2\d % nFK.* Ls3 · 2023 vor \d+ Minuten \d\d\.\d\d\.\d{4}",
        row(page, "Linde Alter Markt 3"),
    )
    assert "101 kPa Saugspannung" in row(page, "Baumgruppe Eichholz")
    assert "Boden gefroren, Wert unsicher" in row(page, "Hainbuche Schlossberg")
    assert "Bodenart fehlt" in row(page, "Esche Wasserweg")
    assert "Sensor meldet sich nicht" in row(page, "Kastanie Brückenplatz")
    assert "Staudenbeet" not in text(crew.get("/bewaesserung?stufe=now"))
