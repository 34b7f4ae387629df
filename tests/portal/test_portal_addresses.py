"""What an address may ask of a page, and where somebody is led who cannot be answered."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi.routing import APIRoute
from tests.pages import Portal

from regionhub.features import FEATURES
from regionhub.web.portal import PAGES

ROUTES = [
    route
    for router in (*PAGES, *(router for feature in FEATURES for router in feature.pages))
    for route in router.routes
    if isinstance(route, APIRoute) and "GET" in (route.methods or ())
]
#: What people type, and addresses of this site.
FREE = {"suche", "wie", "weiter", "zurueck", "v", "deveui", "profil", "profile_id"}
PARTS = ["/fortschritt", "/eingang/laeufe", "/?art=gauge", "/pegel", "/standorte/1"]


def address(route: APIRoute, portal: Portal) -> str:
    ids = {"site_id": portal.sites["Ruhr Oberstadt"], "device_id": 1, "account_id": 1}
    ids |= dict.fromkeys(("alarm_id", "installation_id", "rule_id", "site_group_id"), 1)
    words = {"code": "de", "path": "portal.css", "token": "x", "name": "flood"}
    words |= {"slug": "arnsberg", "dev_eui": "24e124707c481234", "vendor": "acme", "model": "soil"}
    return route.path.replace(":path", "").format(**ids, **words)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_a_page_refuses_what_it_does_not_know(portal: Portal, route: APIRoute) -> None:
    path, client = address(route, portal), portal.client("admin")
    queries = ["unbekannt=1", "utm_source=mail"]
    for field in route.dependant.query_params:
        queries.append(f"{field.alias}=1&{field.alias}=2")
        if field.alias not in FREE:
            queries += [f"{field.alias}=nonsense", f"{field.alias}=60d"]
    for query in queries:
        answer = client.get(f"{path}?{query}")
        assert answer.status_code == 422, query
        assert "Diese Seite kennt folgende Angabe ihrer Adresse nicht" in answer.text
        for pair in query.split("&"):
            assert f"<code>{pair}</code>" in answer.text


def test_the_page_without_what_it_does_not_know_is_one_click_away(crew: httpx.Client) -> None:
    answer = crew.get("/?art=gauge&zustand=no_data&zeitraum=60d&suche=%3Cb%3E")
    [way] = re.findall(r'<a class="button" href="([^"]+)"', answer.text)
    assert unescape(way) == "/?art=gauge&zustand=no_data&suche=%3Cb%3E"
    assert crew.get(unescape(way)).status_code == 200


def test_what_pages_link_to_is_known(portal: Portal) -> None:
    seen: set[str] = set()
    with portal.client("region") as client:
        paths = ["/", "/bewaesserung", "/geraete", "/vollstaendigkeit", "/pegel", "/standorte/1"]
        for path in paths:
            page = client.get(path).text
            seen |= {unescape(found) for found in re.findall(r'href="(/[^"#]*\?[^"]*)"', page)}
        shown = {address for address in seen if not address.startswith(("/static/", "/api/"))}
        assert len(shown) > 10
        for found in sorted(shown):
            assert client.get(found).status_code in {200, 303}, found


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    ("shown", "page"),
    [
        ("/pegel", "/pegel"),
        ("/standorte/3?zeitraum=7t", "/standorte/3?zeitraum=7t"),
        ("/?suche=a%26b#karte", "/?suche=a%26b"),
        ("", "/"),
        ("//evil.example/x", "/"),
        ("javascript:alert(1)", "/"),
        ("http://[broken", "/"),
    ],
)
def test_after_the_session_ended_the_page_comes_back(
    portal: Portal, part: str, shown: str, page: str
) -> None:
    """A part of a page is asked for; after sign-in the whole page is shown, not the part."""
    current = portal.url + shown if shown.startswith("/") else shown
    with portal.client(None) as client:
        answer = client.get(part, headers={"hx-request": "true", "hx-current-url": current})
        target = urlsplit(answer.headers["hx-redirect"])
    assert target.path == "/anmelden"
    assert parse_qs(target.query) == {"weiter": [page]}


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(portal: Portal) -> None:
    with portal.client(None) as client:
        answer = client.post("/eingang/nachholen", headers={"referer": f"{portal.url}/eingang"})
        assert answer.headers["location"] == "/anmelden?weiter=%2Feingang"
        assert client.post("/eingang/nachholen").headers["location"] == "/anmelden?weiter=%2F"


def test_error_pages_keep_town_and_navigation(portal: Portal, crew: httpx.Client) -> None:
    for path, status in (
        ("/gibtesnicht", 404),
        ("/standorte/999999", 404),
        ("/standorte/99999999999", 422),
        ("/pegel?tag=heute", 422),
        ("/eingang/nachholen", 405),
    ):
        answer = crew.get(path, headers={"referer": f"{portal.url}/geraete?zustand=late"})
        assert answer.status_code == status
        assert "<small>Arnsberg</small>" in answer.text
        assert answer.text.count('<a href="/pegel"') == 1, "the navigation"
        assert '<a href="/geraete?zustand=late">Zurück</a>' in answer.text
        assert "protokolliert" not in answer.text
    with portal.client("region") as viewer:
        refused = viewer.post("/eingang/nachholen", data={"grund": "unknown_device"})
        assert refused.status_code == 403
        assert "<small>Region Südwestfalen</small>" in refused.text
        assert '<a href="/pegel"' in refused.text


def test_strangers_see_no_navigation_on_error_pages(portal: Portal) -> None:
    with portal.client(None) as client:
        client.cookies.set("regionhub", "no-such-session")
        answer = client.get("/gibtesnicht")
        assert answer.status_code == 404
        assert '<a href="/pegel"' not in answer.text
