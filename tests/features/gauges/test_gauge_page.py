"""What the page of gauges says."""

from __future__ import annotations

import re
from html import unescape

import httpx
from tests.pages import Portal, row, text

from regionhub.features.gauges.river.links import put_link


def test_gauges_are_loud_about_age(crew: httpx.Client) -> None:
    page = crew.get("/pegel").text
    high = row(page, "Ruhr Oberstadt")
    assert re.search(
        r"Stufe 2 seit (\d\d\.\d\d\. )?\d\d:\d\d Uhr "
        r"28\d cm ↑ steigt, \+\d\d cm/h 19\d,\d\d m ü. NHN",
        high,
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


def test_the_page_of_a_gauge_has_a_curve_what_lies_above_and_rain(own_portal: Portal) -> None:
    world, sites = own_portal.world, own_portal.sites
    town = world.town_of("arnsberg")
    with town.acting() as connection:
        put_link(connection, sites["Ruhr Oberstadt"], sites["Mühlbach Furt"], minutes=95, by="anna")
    world.owner.execute("update core.site set latitude = 51.4, longitude = 8.1")
    station = town.site("forest", "Wetterstation", latitude=51.41, longitude=8.11)
    town.sensor(
        station,
        "precipitation",
        *((world.ago(minutes=20 + 60 * hour), 1.5) for hour in range(10)),
    )
    far = town.site("forest", "Fern", latitude=51.6, longitude=8.4)
    town.sensor(far, "precipitation", (world.ago(minutes=20), 9.9))
    client = own_portal.client("town")
    page = client.get(f"/standorte/{sites['Ruhr Oberstadt']}").text
    assert 'aria-label="Wasserstand der letzten 24 Stunden: ' in page
    assert "Stufe 2</text>" in page
    above = row(page, "Mühlbach Furt")
    assert "etwa 1,6 h bis hier" in above
    rain = row(page, "Wetterstation")
    assert re.search(r"1,5 mm .*9,0 mm .*15,0 mm", rain)
    assert "Fern" not in page
    shown = text(client.get(f"/standorte/{sites['Ruhr Oberstadt']}"))
    assert re.search(r"Scheitel bisher \d+ cm \(Stufe 2\)", shown), shown


def test_the_sheet_has_the_newest_hours(portal: Portal, crew: httpx.Client) -> None:
    page = text(crew.get(f"/pegel/{portal.sites['Ruhr Oberstadt']}/blatt"))
    assert re.search(
        r"Die letzten 24 Stunden in cm.*Stunde ab Mittel niedrigster höchster .*28\d", page
    )
    assert crew.get(f"/pegel/{portal.sites['Walpke Durchlass']}/blatt").status_code == 200
    tree = next(site for name, site in portal.sites.items() if name.startswith("Linde"))
    assert crew.get(f"/pegel/{tree}/blatt").status_code == 404


def test_what_a_gauge_is_judged_by_is_entered_in_the_portal(own_portal: Portal) -> None:
    client = own_portal.client("admin")
    here, other = (own_portal.sites[name] for name in ("Ruhr Oberstadt", "Walpke Durchlass"))
    setup = f"/pegel/{here}/angaben"

    def post(what: str, **form: object) -> str:
        answer = client.post(f"/pegel/{here}/{what}", data=form, follow_redirects=True)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())

    assert "etwa 1,5 h bis hier" in post("oberhalb", oberhalb=other, minuten="90")
    assert "Laufzeit liegt zwischen" in post("oberhalb", oberhalb=other, minuten="-5")
    assert "ist keine Zahl" in post("oberhalb", oberhalb=other, minuten="bald")
    assert "oberhalb von sich selbst" in post("oberhalb", oberhalb=here)
    assert "m³/s" not in text(client.get(f"/standorte/{here}"))
    assert "Gerade zwischen den Punkten" in post(
        "kurve", punkte="0;0,5\n600;60,5", seit=f"{own_portal.world.ago(days=9):%Y-%m-%d}"
    )
    assert "m³/s" in text(client.get(f"/standorte/{here}"))
    assert "Zeile 2 ist kein Punkt" in post("kurve", punkte="1;1\nviel;mehr")
    assert "steigen von Punkt zu Punkt" in post("kurve", punkte="1;2\n2;1")
    page = post("berichtigen", stufe_1="190,5", von="2025-01-01", bis="2025-02-01", warum="neu")
    assert "190" in page
    assert "Frühere Berichtigungen" in page
    assert "zwischen -10 und 2000 m" in post("berichtigen", pegelnull="17125", warum="x")
    assert "zwischen -1000 und 3000 cm" in post("berichtigen", stufe_1="30001", warum="x")
    page = post("berichtigen", pegelnull="171,25", system="NN", warum="alter Plan")
    assert "171,25 m ü. NN" in page
    assert "m ü. NN" in text(client.get(f"/standorte/{here}"))
    wrong = client.post(
        f"/pegel/{here}/berichtigen", data={"pegelnull": "1", "system": "NAP", "warum": "x"}
    )
    assert wrong.status_code == 422
    assert "was berichtigt wird und warum" in post("berichtigen", stufe_1="190", warum="")
    assert "nicht in der Zukunft" in post("berichtigen", stufe_1="1", von="2199-01-01", warum="x")
    assert "noch keiner oberhalb eingetragen" in post(f"oberhalb/{other}")
    assert "entfernt" in text(client.get(setup))
