"""Gauges on a wall."""

from __future__ import annotations

import re

import httpx
from tests.pages import Portal, text


def test_the_wall_begins_with_what_is_worst_and_says_its_age(crew: httpx.Client) -> None:
    page = crew.get("/pegel/wand")
    names = re.findall(r"<h2>([^<]+)", page.text)
    assert names[0] == "Ruhr Oberstadt"
    assert re.search(r"Stufe 2 28\d cm ↑ steigt", text(page))
    assert re.search(r'data-age="20\d\d-[^"]+"', page.text)
    assert "KEINE AKTUELLEN DATEN" not in page.text
    assert "veralteter Wert" in page.text


def test_it_is_loud_when_all_data_are_old(own_portal: Portal) -> None:
    own_portal.owner.execute("update core.latest set time = time - interval '2 hours'")
    own_portal.owner.execute(
        "update core.signal set time = time - interval '2 hours' where signal = 'gauges'"
    )
    page = text(own_portal.client("town").get("/pegel/wand"))
    assert re.search(r"KEINE AKTUELLEN DATEN. Letzter Messwert: vor \d+ ", page)
