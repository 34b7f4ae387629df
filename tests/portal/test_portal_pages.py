"""What people read on each page, and what no page lets through."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import httpx
import pytest
from tests.pages import label, row, text

PAGES = ["/", "/bewaesserung", "/pegel", "/geraete", "/vollstaendigkeit", "/eingang"]


def test_strangers_are_asked_to_sign_in_and_come_back(portal: Any) -> None:
    with portal.client(None) as client:
        for path in [*PAGES, "/standorte/1"]:
            answer = client.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/anmelden?weiter=%2F")
        form = {"benutzername": "crew@arnsberg.example", "kennwort": "wrong", "weiter": "/pegel"}
        refused = client.post("/anmelden", data=form)
        assert refused.status_code == 401
        assert "Benutzername oder Kennwort stimmt nicht." in refused.text
        assert "wrong" not in refused.text
        answer = client.post("/anmelden", data=form | {"kennwort": "correct horse battery"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/pegel")
        assert client.get("/").status_code == 200
        assert client.post("/abmelden").status_code == 303
        assert client.get("/").status_code == 303


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example/", "/\\evil.example", ""]
)
def test_nobody_is_sent_to_another_site(portal: Any, target: str) -> None:
    with portal.client("town") as client:
        for path in ("/anmelden?weiter=", "/sprache/en?zurueck="):
            answer = client.get(path + target.replace("\\", "%5C"))
            assert answer.headers["location"] == "/"


def test_other_sites_cannot_sign_in_or_out(portal: Any) -> None:
    with portal.client("town") as client:
        evil = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
        assert client.post("/abmelden", headers=evil).status_code == 403
        assert client.get("/").status_code == 200
        form = {"benutzername": "crew@arnsberg.example", "kennwort": "correct horse battery"}
        assert client.post("/anmelden", data=form, headers=evil).status_code == 403


def test_part_of_a_page_after_the_session_ended_leads_to_sign_in(portal: Any) -> None:
    with portal.client(None) as client:
        answer = client.get("/fortschritt", headers={"hx-request": "true"})
        assert answer.headers["hx-redirect"].startswith("/anmelden")


def test_headers_allow_nothing_but_ourselves(crew: httpx.Client) -> None:
    for path in PAGES:
        answer = crew.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert not re.search(
            r"\son\w+=|style=|<script>|https?://(?!warnung|www\.hochwasser)", answer.text
        )


def test_static_files_are_kept_for_good_under_their_hash(crew: httpx.Client) -> None:
    addresses = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', crew.get("/").text))
    assert len(addresses) >= 7
    for address in addresses:
        assert "immutable" in crew.get(address).headers["cache-control"]
        assert crew.get(address.partition("?")[0]).headers["cache-control"] == "no-cache"
    assert crew.get("/static/../rendering.py").status_code == 404


def test_overview_counts_and_orders(crew: httpx.Client) -> None:
    page = crew.get("/").text
    assert (
        page.index("Ruhr Oberstadt")
        < page.index("Ahorn Klosterstraße")
        < page.index("Eiche Ruhrufer")
    )
    plain = text(crew.get("/"))
    assert "3 jetzt gießen von 10 Bäumen und Beeten" in plain
    assert "1 Pegel ab Stufe 1 von 6 Pegeln" in plain
    assert "6 ohne Daten von 18 Standorten" in plain
    assert "Linde Biggeufer" not in plain, "another town's site"


def test_no_data_never_looks_good(crew: httpx.Client) -> None:
    page = crew.get("/").text
    for name in (
        "Kastanie Brückenplatz",
        "Esche Wasserweg",
        "Rosengarten (Sensor bestellt)",
        "Mühlbach Furt",
    ):
        part = row(page, name)
        assert "keine Daten" in part
        assert "gut" not in part
        assert "unter Stufe" not in part
    assert "Boden gefroren, Wert unsicher" in row(page, "Hainbuche Schlossberg")


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ("art=gauge", "Ruhr Oberstadt", "Ahorn Klosterstraße"),
        ("zustand=soon", "Staudenbeet", "Ruhr Oberstadt"),
        ("suche=RUHRufer", "Eiche Ruhrufer", "Ruhr Oberstadt"),
        ("art=forest&zustand=now", "Zu dieser Auswahl gibt es keinen Standort", "Rumbecker"),
    ],
)
def test_overview_filter(crew: httpx.Client, query: str, there: str, gone: str) -> None:
    plain = text(crew.get(f"/?{query}"))
    assert there in plain
    assert gone not in plain


def test_region_sees_the_towns_that_share(portal: Any) -> None:
    with portal.client("region") as client:
        assert "Baum · Olpe" in text(client.get("/?art=tree"))
        olpe = portal.owner.execute(
            "select tenant_id from core.tenant where slug = 'olpe'"
        ).fetchone()
        plain = text(client.get(f"/?ort={olpe['tenant_id']}"))
        assert "Bigge Brücke" in plain
        assert "Ruhr Oberstadt" not in plain


def test_small_charts_say_what_they_show(crew: httpx.Client) -> None:
    page = crew.get("/bewaesserung").text
    shown = {name: label(page, name) for name in ("Linde Alter Markt 3", "Baumgruppe Eichholz")}
    # in the unit of the number beside it
    start = "Verlauf der letzten 14 Tage: "
    assert re.fullmatch(start + r"fällt von 4\d auf 2\d % nFK", shown["Linde Alter Markt 3"])
    assert re.fullmatch(start + r"steigt von \d\d? auf 10\d kPa", shown["Baumgruppe Eichholz"])
    assert re.fullmatch(
        start + r"fällt von \d\d,\d auf 21,\d Vol-%", label(page, "Esche Wasserweg")
    )
    page = crew.get("/pegel").text
    start = "Wasserstand der letzten 24 Stunden: "
    assert re.fullmatch(start + r"steigt von 12\d auf 28\d cm", label(page, "Ruhr Oberstadt"))
    calm = label(page, "Röhr Mündung")
    assert re.fullmatch(start + r"gleichbleibend, 69 bis 71 cm, zuletzt \d\d", calm)


@pytest.mark.parametrize("period", ["24h", "7t", "60t"])
def test_site_pages(crew: httpx.Client, portal: Any, period: str) -> None:
    for site in portal.sites.values():
        answer = crew.get(f"/standorte/{site}?zeitraum={period}")
        owner = portal.owner.execute(
            "select t.slug from core.site join core.tenant t using (tenant_id) where site_id = %s",
            [site],
        ).fetchone()
        assert answer.status_code == (200 if owner["slug"] == "arnsberg" else 404)


def test_site_says_what_is_known_of_it(crew: httpx.Client, portal: Any) -> None:
    answer = crew.get(f"/standorte/{portal.sites['Ruhr Oberstadt']}")
    plain = text(answer)
    assert "188,42 m ü. NHN" in plain
    assert "600 cm über Pegelnull" in plain
    [file] = {unescape(found) for found in re.findall(r'href="(/api/[^"]+)', answer.text)}
    csv = crew.get(file, headers={"accept": "*/*"})
    assert csv.status_code == 200
    assert csv.headers["content-type"].startswith("text/csv")
    assert "60 cm tief" in text(crew.get(f"/standorte/{portal.sites['Linde Alter Markt 3']}"))


def test_new_town_is_told_what_to_do(portal: Any) -> None:
    with portal.client("new") as client:
        for path, sentence in zip(
            PAGES,
            [
                "Noch keine Standorte",
                "Noch keine Bäume",
                "Noch keine Pegel",
                "Noch keine Geräte",
                "Noch keine Geräte",
                "Noch keine Quelle",
            ],
            strict=True,
        ):
            assert sentence in text(client.get(path))


def test_long_work_is_announced(portal: Any, crew: httpx.Client) -> None:
    portal.owner.execute(
        "insert into core.progress (task, label_de, label_en, done, total) "
        "values ('history', 'Die Vorgeschichte wird noch eingespielt', 'Filling in', 43, 100)"
    )
    try:
        assert "Die Vorgeschichte wird noch eingespielt: 43 %" in text(crew.get("/"))
        assert "Die Vorgeschichte wird noch eingespielt: 43 %" in text(crew.get("/fortschritt"))
    finally:
        portal.owner.execute("delete from core.progress")


def test_what_every_open_page_asks_for_reads_nothing_else(own_portal: Any) -> None:
    """Each ten seconds: it must not ask what stands on the page anyway."""
    own_portal.owner.execute("alter view api.source rename to out_of_reach")
    with own_portal.client("town") as client:
        assert client.get("/eingang").status_code == 500
        assert client.get("/fortschritt").status_code == 200


def test_every_table_has_a_caption(crew: httpx.Client, portal: Any) -> None:
    site = f"/standorte/{portal.sites['Ruhr Oberstadt']}"
    pages = [*PAGES, site, "/vollstaendigkeit/1", "/eingang/laeufe"]
    page = "".join(crew.get(path).text for path in pages)
    captions = re.findall(r"<table[^>]*>\s*<caption[^>]*>\w", page)
    assert page.count("<table") == len(captions) > 10


def test_german_pages_speak_german(crew: httpx.Client) -> None:
    """What programs said in English is one click away, and marked as English."""
    page = crew.get("/eingang").text
    for english in (
        "no device with DevEUI 24e124136b502217 is registered",
        "codec: unknown message type 255",
        "not JSON: invalid start byte",
    ):
        assert f'<summary>Einzelheiten</summary><span lang="en">{english}</span>' in page
    assert len(re.findall(r'lang="en"[^>]*>', page)) == page.count("Einzelheiten</summary>") + 1
    plain = text(crew.get("/eingang"))
    assert "Diese DevEUI ist nicht angemeldet." in plain
    assert "Das Geräteprofil kann die Nutzdaten nicht lesen." in plain
    devices = crew.get("/geraete").text
    assert '<abbr title="Signal-Rausch-Abstand">SNR</abbr>' in devices
    assert "Spreizfaktor, 7 bis 12" in devices


def test_errors_are_pages(crew: httpx.Client) -> None:
    for path in ("/gibtesnicht", "/standorte/999999", "/standorte/99999999999"):
        answer = crew.get(path)
        assert answer.status_code in {404, 422}
        assert 'lang="de"' in answer.text
        assert "Zur Lage" in answer.text
    assert crew.get("/api/v1/nothing").headers["content-type"] == "application/problem+json"


def test_english(portal: Any) -> None:
    with portal.client("town") as client:
        assert client.get("/sprache/en?zurueck=/pegel").headers["location"] == "/pegel"
        for path in [*PAGES, f"/standorte/{portal.sites['Linde Alter Markt 3']}"]:
            plain = text(client.get(path)).replace("Freie Scholle", "")
            assert not re.search(r"\b(vor|keine|Stand|Wert|gießen|Uhr|Gerät)\b", plain), path
        assert "no data" in text(client.get("/"))


def test_hostile_names_stay_text(portal: Any, crew: httpx.Client) -> None:
    name = "</script>'\"><img src=x onerror=alert(1)>"
    site = portal.sites["Röhr Mündung"]
    portal.owner.execute("update core.site set name = %s where site_id = %s", [name, site])
    try:
        for path in ("/", "/pegel", f"/standorte/{site}", "/geraete"):
            page = crew.get(path).text
            assert "<img src=x" not in page
            assert "'\">" not in page
    finally:
        portal.owner.execute(
            "update core.site set name = 'Röhr Mündung' where site_id = %s", [site]
        )
