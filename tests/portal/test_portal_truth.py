"""What pages say where something is missing, broken or not known: the truth, and the same one."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from tests.pages import row
from tests.portal.conftest import Village

from regionhub.web.portal.formats import BERLIN


def day(village: Village, hours: float, language: str = "de") -> str:
    """The day so many hours ago as a pattern; the year stands there where it is another one."""
    moment = (village.now - timedelta(hours=hours)).astimezone(BERLIN)
    return f"{moment:%d/%m}(/\\d{{4}})?" if language == "en" else f"{moment:%d.%m}.(\\d{{4}})?"


def test_four_reasons_on_every_page_that_names_a_site(village: Village) -> None:
    village.tree("Nichts")
    village.never_heard(village.tree("Neu"), "frisch eingebaut")
    village.sensor(village.tree("Sonde"), "soil_moisture_vwc", 24, age=100, heard=0.1)
    village.sensor(village.tree("Stumm"), "soil_moisture_vwc", 24, age=90)
    village.sensor(village.gauge("Wehr"), "distance", 4200, age=80, heard=0.1)
    village.sensor(village.gauge("Furt"), "distance", 4200, age=70)
    forest = village.site(village.town, "Forst", "forest", 51.2, 8.2)
    village.sensor(forest, "air_temperature", 8.5, age=60, heard=0.1)
    german = {
        "Nichts": "kein Sensor eingebaut",
        "Neu": f"Gerät seit {day(village, 4800)}",
        "Sonde": f"Gerät sendet, Bodensonde liefert seit {day(village, 100)} keine Werte",
        "Stumm": f"Gerät seit {day(village, 90)} nicht mehr gehört",
        "Wehr": f"Gerät sendet, Pegelsensor liefert seit {day(village, 80)} keine Werte",
        "Furt": f"Gerät seit {day(village, 70)} nicht mehr gehört",
        "Forst": f"Gerät sendet, Sensor liefert seit {day(village, 60)} keine Werte",
    }
    english = {
        "Nichts": "no sensor installed",
        "Neu": "has not sent anything there yet",
        "Sonde": f"soil probe gives no values since {day(village, 100, 'en')}",
        "Furt": f"has not been heard since {day(village, 70, 'en')}",
    }
    lists = {"Wehr": "/pegel", "Furt": "/pegel"}
    for language, words in (("de", german), ("en", english)):
        for name, sentence in words.items():
            pages = ["/"] if name == "Forst" else ["/", lists.get(name, "/bewaesserung")]
            for path in pages:
                said = row(village.page(path, language).text, name)
                assert re.search(sentence, said), (path, said)
            said = village.read(f"/standorte/{village.sites[name]}", language)
            assert re.search(sentence, said), said


def test_a_site_page_does_not_contradict_itself(village: Village) -> None:
    village.never_heard(village.tree("Neu"), "frisch eingebaut")
    plain = village.read(f"/standorte/{village.sites['Neu']}")
    assert "kein Sensor eingebaut" not in plain
    assert "hat dort noch nichts gesendet" in plain
    assert "Noch keine Messwerte" in plain
    assert "noch nie gemeldet" in plain


def test_values_of_another_site_are_not_shown_as_those_of_this_one(village: Village) -> None:
    device = village.sensor(village.tree("Neuer Ort"), "soil_moisture_vwc", 23.4, age=30, heard=30)
    village.world.owner.execute(
        "update core.installation set from_time = now() - interval '1 hour' where device_id = %s",
        [device.device_id],
    )
    plain = village.read(f"/standorte/{village.sites['Neuer Ort']}")
    assert "23,4" not in plain
    assert "hat dort noch nichts gesendet" in plain


def test_devices_that_send_without_values_are_listed(village: Village) -> None:
    broken = village.sensor(village.tree("Sonde"), "soil_moisture_vwc", 24, age=100, heard=0.1)
    village.sensor(village.tree("Heil"), "soil_moisture_vwc", 24)
    listed = village.page("/geraete?zustand=no_values").text
    assert re.findall(r'href="/vollstaendigkeit/(\d+)"', listed) == [str(broken.device_id)]
    for path in ("/geraete", f"/standorte/{village.sites['Sonde']}"):
        plain = village.read(path)
        assert re.search(r"ohne Werte Gerät sendet, Sonde liefert nichts seit .*: Bodenf", plain)
    assert "Soil moisture" in village.read("/geraete", "en")
    assert "1 Geräte ohne Werte von 2 Geräten" in village.read("/")


def cards(village: Village) -> dict[str, tuple[str, int, str]]:
    """Tone, figure and explanation of each card, by its label."""
    page = village.page("/").text
    figures = re.search(r'<ul class="figures">(.*?)</ul>', page, re.DOTALL)
    assert figures is not None
    found = re.findall(
        r'<li class="tone-(\w+)">.*?<b>(\d+)</b><span>(.*?)<small>(.*?)</small></span>', figures[1]
    )
    return {
        label: (tone, int(figure), " ".join(re.sub(r"<.*?>", " ", rest).split()))
        for tone, figure, label, rest in found
        if label != "Geräte mit Mängeln"  # one in ten has a weak battery
    }


@pytest.mark.parametrize(
    ("known", "total", "tone"),
    [(0, 3, "none"), (1, 3, "plain"), (4, 5, "plain"), (9, 10, "good"), (3, 3, "good")],
)
def test_a_zero_is_green_only_where_enough_is_known(
    village: Village, known: int, total: int, tone: str
) -> None:
    for number in range(total):
        for site, quantity, value in (
            (village.tree(f"Baum {number}"), "soil_moisture_vwc", 28.0),
            (village.gauge(f"Pegel {number}", stage_1_cm=400), "distance", 4000.0),
        ):
            if number < known:
                village.sensor(site, quantity, value)
            else:
                village.never_heard(site, f"Gerät {number}")
    found = cards(village)
    assert set(found) == {
        "jetzt gießen", "bald gießen", "Pegel ab Stufe 1", "Geräte stumm", "ohne Daten",
    }  # fmt: skip
    for label in ("jetzt gießen", "bald gießen", "Pegel ab Stufe 1"):
        assert found[label][:2] == (tone, 0)
        said = f"{known} von {total} mit Daten" in found[label][2]
        assert said is (known < total)
    assert found["Geräte stumm"][0] == tone
    never = 2 * (total - known)
    assert (f"{never} noch nie gemeldet" in found["Geräte stumm"][2]) is bool(never)
    missing = 2 * (total - known)
    assert found["ohne Daten"][:2] == ("none" if missing else "good", missing)


def test_what_needs_somebody_is_loud_also_where_little_is_known(village: Village) -> None:
    for number in range(4):
        village.tree(f"Baum {number}")
    village.sensor(village.tree("Trocken"), "soil_moisture_vwc", 17.0)
    village.sensor(village.tree("Bald"), "soil_moisture_vwc", 21.5)
    village.sensor(village.gauge("Wehr", stage_1_cm=80), "distance", 4000.0)
    village.sensor(village.gauge("Bach"), "distance", 4000.0)
    village.sensor(village.gauge("Furt", stage_1_cm=300), "distance", 4000.0, age=40)
    assert cards(village) == {
        "jetzt gießen": ("alarm", 1, "von 6 Bäumen und Beeten 2 von 6 mit Daten"),
        "bald gießen": ("warn", 1, "von 6 Bäumen und Beeten 2 von 6 mit Daten"),
        "Pegel ab Stufe 1": ("alarm", 1, "von 3 Pegeln 2 von 3 mit Daten, 1 ohne Stufen"),
        "Geräte stumm": ("alarm", 1, "von 5 Geräten"),
        "ohne Daten": ("none", 5, "von 9 Standorten"),
    }


def test_nothing_is_counted_that_is_not_there(village: Village) -> None:
    village.site(village.town, "Forst", "forest", 51.2, 8.2)
    assert set(cards(village)) == {"ohne Daten"}


def test_what_nobody_judges_is_neither_green_nor_red(village: Village) -> None:
    site = village.site(village.town, "Bauhof", "weather", 51.2, 8.2)
    village.sensor(site, "air_temperature", -0.3)
    page = village.page("/").text
    assert "misst" in row(page, "Bauhof")
    points = village.page("/karte").json()
    assert [state["tone"] for state in points["states"]] == ["plain"]
    hero = village.page(f"/standorte/{site}").text
    assert '<div class="hero tone-plain">' in hero


def test_the_same_trees_stand_in_the_same_order(village: Village) -> None:
    for name, quantity, value in (
        ("Ahorn", "soil_moisture_vwc", 20.0),
        ("Buche", "soil_moisture_vwc", 19.0),
        ("Eibe", "soil_water_tension", 95.0),
        ("Fichte", "soil_moisture_vwc", 10.0),  # below the wilting point
        ("Ginkgo", "soil_moisture_vwc", 22.0),
        ("Hasel", "soil_moisture_vwc", 21.0),
        ("Kiefer", "soil_water_tension", 60.0),
        ("Linde", "soil_moisture_vwc", 26.0),
        ("Mispel", "soil_moisture_vwc", 25.0),
        ("Nussbaum", "soil_moisture_vwc", 40.0),
        ("Esche", "soil_water_tension", 120.0),
        ("Ulme", "soil_water_tension", 12.0),
    ):
        village.sensor(village.tree(name), quantity, value)
    for name in ("Zeder", "Apfel"):
        village.tree(name)
    names = [
        re.findall(r'<a href="/standorte/\d+">([^<]+)</a>', village.page(path).text)
        for path in ("/", "/bewaesserung", "/bewaesserung?stufe=now")
    ]
    assert names[0] == [
        "Esche", "Eibe", "Fichte", "Buche", "Ahorn", "Kiefer", "Hasel", "Ginkgo", "Apfel", "Zeder",
        "Ulme", "Mispel", "Linde", "Nussbaum",
    ]  # fmt: skip
    assert names[0] == names[1]
    assert names[0][:5] == names[2]


def test_the_same_gauges_stand_in_the_same_order(village: Village) -> None:
    for name, level, more in (
        ("Wehr", 90, {"stage_1_cm": 200}),
        ("Furt", 210, {"stage_1_cm": 200}),
        ("Au", 300, {"stage_1_cm": 400}),
        ("Mühle", 250, {"stage_1_cm": 200}),
        ("Bach", 250, {}),
    ):
        village.sensor(village.gauge(name, **more), "distance", (500 - level) * 10)
    village.gauge("Quelle", stage_1_cm=20)
    names = [
        re.findall(r'<a href="/standorte/\d+">([^<]+)</a>', village.page(path).text)
        for path in ("/", "/pegel")
    ]
    assert names[0] == names[1] == ["Furt", "Mühle", "Quelle", "Bach", "Au", "Wehr"]
