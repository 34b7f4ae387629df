"""The charts of a site: curves as JSON after the page, tables when somebody opens them."""

from __future__ import annotations

import re
from html import unescape
from itertools import accumulate
from typing import Any

import httpx
import pytest
from tests.pages import text

#: Everything that a first visit of a page of a site loads, compressed.
MOST_BYTES = 100_000


def curves(client: httpx.Client, site: int, **query: Any) -> dict[str, Any]:
    answer = client.get(
        f"/standorte/{site}/kurven", params=query, headers={"accept": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    return found


def test_a_gauge_has_its_level_with_stages_gaps_and_flags(crew: httpx.Client, portal: Any) -> None:
    found = curves(crew, portal.sites["Ruhr Oberstadt"])
    [chart] = found["charts"]
    assert (chart["name"], chart["unit"], chart["rollup"]) == ("wasserstand", "cm", "")
    assert [limit["label"] for limit in chart["limits"]] == [
        "Stufe 1: 200 cm",
        "Stufe 2: 270 cm",
        "Stufe 3: 330 cm",
    ]
    [line] = chart["lines"]
    times = list(accumulate(line["times"]))
    assert len(times) == len(line["values"]) > 70
    assert chart["start"] <= times[0] < times[-1] <= chart["end"]
    assert line["values"].count(None) == 1, "the gap stays a gap"
    assert chart["note"].startswith("1 unplausibler Wert liegt außerhalb des Diagramms.")
    assert found["words"] == {"suspect": "auffällig", "fail": "unplausibel"}


def test_levels_of_a_tree_are_bands_of_what_they_are_decided_on(
    crew: httpx.Client, portal: Any
) -> None:
    charts = curves(crew, portal.sites["Linde Alter Markt 3"], zeitraum="60t")["charts"]
    moisture, temperature = charts
    assert [band["tone"] for band in moisture["bands"]] == ["alarm", "warn", "good", "water"]
    assert temperature["bands"] == []
    assert [line["name"] for line in moisture["lines"]] == ["30 cm tief", "60 cm tief"]
    assert len(moisture["lines"][0]["suspect"]) == 1


def test_charts_say_what_they_show(crew: httpx.Client, portal: Any) -> None:
    [level] = curves(crew, portal.sites["Ruhr Oberstadt"])["charts"]
    assert re.match(r"Diagramm: Wasserstand\. steigt von 12\d auf 28\d cm\. ", level["label"])
    soil, _temperature = curves(crew, portal.sites["Linde Alter Markt 3"])["charts"]
    assert "30 cm tief: gleichbleibend" in soil["label"]
    assert "60 cm tief: gleichbleibend" in soil["label"]


def test_a_narrow_screen_gets_fewer_points(crew: httpx.Client, portal: Any) -> None:
    site = portal.sites["Linde Alter Markt 3"]
    wide, narrow = (
        curves(crew, site, zeitraum="60t", breite=width)["charts"][0]["lines"][0]["values"]
        for width in (2000, 100)
    )
    assert len(narrow) <= 400 < len(wide)
    assert (min(narrow), max(narrow)) == (min(wide), max(wide))


@pytest.mark.parametrize("width", ["99", "4001", "wide", ""])
def test_a_width_that_no_screen_has_is_refused(crew: httpx.Client, portal: Any, width: str) -> None:
    path = f"/standorte/{portal.sites['Ruhr Oberstadt']}/kurven"
    answer = crew.get(path, params={"breite": width}, headers={"accept": "application/json"})
    assert answer.status_code == 422


def test_tables_hold_what_was_measured(crew: httpx.Client, portal: Any) -> None:
    page = crew.get(f"/standorte/{portal.sites['Ruhr Oberstadt']}?zeitraum=7t").text
    [path] = set(re.findall(r'<a href="(/standorte/\d+/werte[^"]+)"', page))
    assert f'hx-get="{path}"' in page, "with and without JavaScript it is one address"
    plain = text(crew.get(unescape(path)))
    assert "unplausibel" in plain
    assert "in Ordnung" in plain
    assert "Hier stehen die neuesten 300 Werte, alle stehen in der CSV-Datei." in plain
    soil = f"/standorte/{portal.sites['Linde Alter Markt 3']}/werte?kurve=soil_moisture_vwc"
    assert "auffällig" in text(crew.get(soil))
    assert "60 cm tief" in text(crew.get(soil))


def test_charts_of_others_are_not_found(portal: Any, crew: httpx.Client) -> None:
    own, other = portal.sites["Ruhr Oberstadt"], portal.sites["Bigge Brücke"]
    assert crew.get(f"/standorte/{other}/kurven").status_code == 404
    assert crew.get(f"/standorte/{other}/werte?kurve=wasserstand").status_code == 404
    assert crew.get(f"/standorte/{own}/werte?kurve=distance").status_code == 422
    with portal.client(None) as stranger:
        answer = stranger.get(f"/standorte/{own}/kurven", headers={"accept": "application/json"})
        assert answer.status_code == 401


def test_in_english(portal: Any) -> None:
    with portal.client("town") as client:
        client.get("/sprache/en")
        site = portal.sites["Ruhr Oberstadt"]
        found = curves(client, site)
        assert found["words"] == {"suspect": "suspect", "fail": "implausible"}
        assert "implausible" in found["charts"][0]["note"]
        plain = text(client.get(f"/standorte/{site}/werte?kurve=wasserstand"))
        assert not re.search(r"\b(Zeit|Wert|Prüfung|Uhr)\b", plain)


@pytest.mark.parametrize("period", ["24h", "60t"])
def test_a_first_visit_is_light(portal: Any, period: str) -> None:
    site = portal.sites["Linde Alter Markt 3"]
    with portal.client("town") as client:
        page = client.get(f"/standorte/{site}?zeitraum={period}").text
        assert len(page.encode()) < 40_000
        paths = {
            f"/standorte/{site}?zeitraum={period}",
            f"/standorte/{site}/kurven?zeitraum={period}&breite=1280",
            *re.findall(r'(?:href|src)="(/static/[^"#]+)', page),
        }
        assert len(paths) >= 9
        size = 0
        for path in paths:
            with client.stream("GET", path) as answer:
                assert answer.status_code == 200
                size += sum(len(part) for part in answer.iter_raw())
    assert size < MOST_BYTES
