"""Alarms in the portal and in the API, for people of a town and for those of another one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from tests.features.alarms.hub import AlarmTown, alarm_town
from tests.pages import text
from tests.rows import connect
from tests.served import Served, served
from tests.town import SECRETS
from tests.world import World

from regionhub.features.alarms import outbox
from regionhub.features.alarms.cap import NAMESPACE
from regionhub.sealing import Secrets
from regionhub.store.database import Database

HTML = {"accept": "text/html", "accept-language": "de"}


@pytest.fixture(scope="module")
def hub(new_database: Callable[[], str]) -> Iterator[Served]:
    url = new_database()
    with connect(url, autocommit=True) as owner, served(url, World(owner), secrets=SECRETS) as made:
        yield made


@pytest.fixture(scope="module")
def olpe(hub: Served) -> AlarmTown:
    """A town with a gauge over its first stage, and an alarm of it."""
    made = alarm_town(hub.world, slug="olpe")
    made.told("Leitung")
    made.told("Vertretung", step=2)
    flood(made)
    return made


@pytest.fixture(scope="module")
def admin(hub: Served, olpe: AlarmTown) -> httpx.Client:
    return hub.signed_in(olpe.town.account("admin"), **HTML)


@pytest.fixture(scope="module")
def stranger(hub: Served) -> httpx.Client:
    """The admin of another town."""
    return hub.signed_in(hub.world.town("brilon").account("admin"), **HTML)


def test_a_hub_without_a_key_does_not_blame_the_address(
    admin: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SECRETS, "seal", Secrets().seal)
    contact = {"name": "Bauhof", "adresse": "divera://SCHLUESSEL"}
    answer = admin.post("/alarme/empfaenger", data=contact)
    assert answer.status_code == 422
    assert "Der Hub kann noch keine Adressen versiegeln" in answer.text
    assert "prüfen Sie die Adresse" not in answer.text


def flood(town: AlarmTown, name: str = "Biggesee") -> int:
    site = town.town.gauge(name, stage_1_cm=100.0, latitude=51.1, longitude=7.9)
    town.town.sensor(site, "water_level", (town.world.ago(minutes=5), 150.0))
    town.rule("signal", f"Hochwasser {name}", signal="gauges", site_ids=[site])
    town.look()
    return int(town.alarms()[-1]["alarm_id"])


def latest(town: AlarmTown) -> dict[str, Any]:
    return town.alarms()[-1]


def test_what_is_open_is_on_top_of_every_page(admin: httpx.Client, olpe: AlarmTown) -> None:
    page = admin.get("/alarme")
    assert "Stufe 1: Biggesee" in text(page)
    assert "Quittieren" in page.text
    assert "Alarm, von niemandem quittiert: Stufe 1, Biggesee" in text(admin.get("/pegel"))


def test_somebody_acknowledges_and_the_log_says_who(admin: httpx.Client, olpe: AlarmTown) -> None:
    alarm = flood(olpe, "Ahauser See")
    said = admin.post(f"/alarme/{alarm}/quittieren", follow_redirects=True)
    assert re.search(r"quittiert von Admin", text(said))
    assert olpe.log()[-1] == "acknowledged"
    olpe.back(hours=1)
    olpe.look()
    assert latest(olpe)["step"] == 1


def test_another_town_sees_and_acknowledges_nothing(
    stranger: httpx.Client, olpe: AlarmTown, hub: Served
) -> None:
    alarm = flood(olpe, "Lister")
    rule = latest(olpe)["rule_id"]
    assert "Lister" not in text(stranger.get("/alarme"))
    for path in (f"/alarme/{alarm}", f"/alarme/{alarm}/cap.xml", f"/alarme/regeln/{rule}"):
        assert stranger.get(path).status_code == 404
    answers = [
        stranger.post(f"/alarme/{alarm}/quittieren"),
        stranger.post(f"/alarme/regeln/{rule}/aus"),
        stranger.post(f"/alarme/ketten/{olpe.chain}/probe"),
        stranger.post(f"/api/v1/alarms/{alarm}/acknowledgement"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert latest(olpe)["acknowledged_at"] is None
    new = {"name": "x", "kind": "signal", "signal": "gauges", "chain_id": olpe.chain, "level": 1}
    assert stranger.post("/api/v1/alarm-rules", json=new).status_code == 422


def test_a_link_acknowledges_once_and_without_a_login(hub: Served, olpe: AlarmTown) -> None:
    alarm = flood(olpe, "Kessebach")
    with Database(hub.owner_url, size=1, role="ingest") as database:
        with database.transaction() as connection:
            outbox.bundle(connection, hub.world.now)
        with database.transaction() as connection:
            ready = [one for one in outbox.claim(connection, 9) if one.wants_answer]
            bodies = [outbox.outgoing(connection, one, "https://hub.example").body for one in ready]
    [path] = {
        found[1]
        for body in bodies
        if "Kessebach" in body
        if (found := re.search("example(/.*)", body))
    }
    anybody = hub.client(**HTML)
    page = anybody.get(path)
    assert "Stufe 1: Kessebach" in text(page)
    [row] = olpe.world.select("select acknowledged_at from core.alarm where alarm_id = %s", alarm)
    assert row["acknowledged_at"] is None  # who looks does not acknowledge
    assert "Quittiert von Leitung" in text(anybody.post(path))
    [row] = olpe.world.select("select acknowledged_by from core.alarm where alarm_id = %s", alarm)
    assert row["acknowledged_by"] == "Leitung"
    hub.owner.execute("update core.alarm set acknowledged_at = null where alarm_id = %s", [alarm])
    anybody.post(path)
    [row] = olpe.world.select("select acknowledged_at from core.alarm where alarm_id = %s", alarm)
    assert row["acknowledged_at"] is None
    hub.owner.execute("update core.alarm_link set until = now() - interval '1 second'")
    assert anybody.get(path).status_code == 404
    assert anybody.get("/alarm/wrong").status_code == 404
    cross = anybody.post(path, headers={"sec-fetch-site": "cross-site"})
    assert cross.status_code == 403


def test_a_rule_is_made_tried_and_switched_on(admin: httpx.Client, olpe: AlarmTown) -> None:
    assert "Messgröße" in text(admin.get("/alarme/regeln/neu", params={"art": "threshold"}))
    offered = text(admin.get("/alarme/regeln/neu"))
    # where a page says more than one thing each has its name
    for signal in ("Wald: Rauch", "Wald: Trockenheit", "Straße"):
        assert signal in offered
    site = olpe.town.site("road", "Brücke")
    at = olpe.world.ago(days=20)
    hot = [(at.replace(hour=hour, minute=0, second=0), 20.0 + hour) for hour in range(24)]
    olpe.town.sensor(site, "air_temperature", *hot, interval_seconds=3600)
    form = {
        "art": "threshold",
        "kette": str(olpe.chain),
        "name": "Hitze",
        "groesse": "air_temperature",
        "grenze": "35,5",
        "haltezeit": "0",
        "standorte": "road",
    }
    page = admin.post("/alarme/regeln", data=form, follow_redirects=True)
    assert "Hätte im letzten Jahr einmal ausgelöst." in text(page)
    assert "Lufttemperatur über 35,5 °C" in text(page)
    assert "ausgeschaltet" in text(page)
    switched = admin.post(f"{page.url.path}/ein", follow_redirects=True)
    assert "eingeschaltet" in text(switched)
    limited = admin.post(
        f"{page.url.path}/grenze",
        data={"standort": str(site), "grenze": "50"},
        follow_redirects=True,
    )
    assert "Hätte im letzten Jahr nicht ausgelöst." in text(limited)
    again = admin.post("/alarme/regeln", data=form)
    assert (again.status_code, "gibt es schon" in again.text) == (422, True)
    wrong = admin.post("/alarme/regeln", data=form | {"name": "Frost", "grenze": "warm"})
    assert (wrong.status_code, "Etwas fehlt" in wrong.text) == (422, True)


def test_contacts_and_chains(admin: httpx.Client, olpe: AlarmTown) -> None:
    form = {
        "name": "Bauhof",
        "adresse": "divera://geheim",
        "ruhe_von": "22:00",
        "ruhe_bis": "06:00",
    }
    page = admin.post("/alarme/empfaenger", data=form, follow_redirects=True)
    assert re.search(r"Bauhof divera://… 22:00–06:00", text(page))
    assert "geheim" not in page.text
    wrong = admin.post("/alarme/empfaenger", data=form | {"name": "y", "adresse": "bauhof@stadt"})
    assert (wrong.status_code, "nichts gesendet" in wrong.text) == (422, True)
    made = admin.post("/alarme/ketten", data={"name": "Tag", "minuten": "5"}, follow_redirects=True)
    chain = max(int(found) for found in re.findall(r"/alarme/ketten/(\d+)/stufe", made.text))
    [row] = olpe.world.select("select contact_id from core.alarm_contact where name = 'Bauhof'")
    put = {"empfaenger": str(row["contact_id"]), "stufe": "2"}
    page = admin.post(f"/alarme/ketten/{chain}/stufe", data=put, follow_redirects=True)
    assert "Stufe 2: Bauhof" in text(page)
    tried = admin.post(f"/alarme/ketten/{chain}/probe", follow_redirects=True)
    assert "Probealarm: Tag" in text(tried)
    used = admin.post(f"/alarme/ketten/{olpe.chain}/loeschen")
    assert (used.status_code, "benutzen diese Kette noch" in used.text) == (422, True)
    begun = admin.post("/alarme/uebung", data={"stunden": "2"}, follow_redirects=True)
    assert "begonnen von Admin" in text(begun)
    assert "begonnen von" not in text(
        admin.post("/alarme/uebung", data={"stunden": "0"}, follow_redirects=True)
    )


def test_the_draft_is_a_cap_message(admin: httpx.Client, olpe: AlarmTown) -> None:
    alarm = olpe.alarms()[0]["alarm_id"]
    answer = admin.get(f"/api/v1/alarms/{alarm}/cap")
    assert answer.headers["content-type"].startswith("application/cap+xml")
    root = ET.fromstring(answer.content)
    found = {part.tag.removeprefix(f"{{{NAMESPACE}}}"): part.text for part in root.iter()}
    assert (found["status"], found["scope"]) == ("Draft", "Restricted")
    assert found["event"] == "Stufe 1: Biggesee"
    assert found["severity"] == "Minor"
    assert found["circle"] == "51.10000,7.90000 0.5"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", found["sent"] or "")
    admin.post("/alarme/uebung", data={"stunden": "1"})
    exercise = admin.get(f"/alarme/{alarm}/cap.xml").text
    admin.post("/alarme/uebung", data={"stunden": "0"})
    assert "<status>Exercise</status>" in exercise
    assert "<headline>ÜBUNG – Stufe 1: Biggesee</headline>" in exercise


def test_the_api_says_the_same(admin: httpx.Client, olpe: AlarmTown) -> None:
    opened = admin.get("/api/v1/alarms", params={"open": "true"}).json()["items"]
    assert {one["place"] for one in opened} >= {"Biggesee"}
    detail = admin.get(f"/api/v1/alarms/{olpe.alarms()[0]['alarm_id']}").json()
    assert [step["what"] for step in detail["steps"]][:2] == ["raised", "confirmed"]
    page = admin.get("/api/v1/alarms", params={"limit": 1}).json()
    assert page["next"] == f"/api/v1/alarms?limit=1&before={page['items'][0]['alarm_id']}"
    contacts = admin.get("/api/v1/alarm-contacts").json()["items"]
    assert "address" not in contacts[0]
    new = {
        "name": "API",
        "minutes": 5,
        "steps": [{"step": 1, "contact_id": contacts[0]["contact_id"]}],
    }
    chain = admin.post("/api/v1/alarm-chains", json=new).json()
    assert [link["name"] for link in chain["links"]] == [contacts[0]["name"]]
    assert admin.delete(f"/api/v1/alarm-chains/{chain['chain_id']}").status_code == 204
