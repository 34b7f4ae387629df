"""The operator sets up a town in the portal: step by step, and nobody else can."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape

import httpx
import psycopg
import pytest
from tests.hub import Hub
from tests.operators import PASSWORD, operated
from tests.pages import text
from tests.rows import connect
from tests.town import Town
from tests.world import World

from regionhub.access import people
from regionhub.features.solutions import store
from regionhub.registry.tenants import create_tenant
from regionhub.store.roles import login_url

Post = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def operator(hub: Hub) -> Iterator[httpx.Client]:
    """A viewer of the region who operates the hub; its pages work under a login of their own."""
    who = hub.region.viewer
    with operated(hub.app, hub.owner, hub.owner_url, tenant_id=hub.region.tenant_id, login=who):
        yield hub.signed_in(hub.region.viewer, accept="text/html", **{"accept-language": "de"})


@pytest.fixture(scope="module")
def brilon(hub: Hub, operator: httpx.Client) -> Town:
    """A town that was begun, and nothing more."""
    form = {"name": "Brilon", "ags": "05958012", "breite": "51,3957", "laenge": "8,5678"}
    made = operator.post("/betreiber", data=form)
    assert (made.status_code, made.headers["location"]) == (303, "/betreiber/brilon")
    return World(hub.owner).town_of("brilon")


def test_a_town_is_set_up_step_by_step(hub: Hub, operator: httpx.Client, brilon: Town) -> None:
    kept = {"email": "feuerwehr@olpe.example", "webhook": "", "rise_cm_per_hour": "35"}
    store.want(hub.owner, hub.b.tenant_id, "flood", kept, by="test")
    person = {"name": "Anna Muster", "benutzername": "anna@brilon.example"}
    shown = operator.post("/betreiber/brilon/person", data=person)
    [link] = re.findall(r"http\S+/kennwort-setzen/[\w-]+", shown.text)
    assert operator.get(link).status_code == 200
    shown = operator.post("/betreiber/brilon/netz", data={"art": "chirpstack-v4"})
    assert "nur jetzt zu sehen" in text(shown)
    [user] = re.findall(r"brilon-\d+(?=<)", shown.text)
    proposed = operator.get("/betreiber/brilon?wie=olpe").text
    assert re.search(r'value="flood" checked', proposed)
    assert 'value="35"' in proposed
    assert "feuerwehr@olpe.example" not in proposed
    chosen = {"loesung": ["flood", "road-survey"], "angabe_rise_cm_per_hour": "35"}
    chosen |= {"angabe_email": "feuerwehr@brilon.example"}
    assert operator.post("/betreiber/brilon/loesungen", data=chosen).status_code == 303
    file = "Standort;Art;Breite;Länge\nBrücke;Pegel;51,39;8,57\nWehr;Schloss;51,39;8,57\n"
    taken = text(operator.post("/betreiber/brilon/standorte", files={"datei": file.encode()}))
    assert "Angelegt: 1 Standorte, 0 Geräte." in taken
    assert "Zeile 3" in taken
    adopted = store.adoptions(hub.owner, brilon.tenant_id)
    assert adopted["flood"].parameters["email"] == "feuerwehr@brilon.example"
    assert {name: each.state for name, each in adopted.items()} == {
        "flood": "wanted",
        "road-survey": "applied",
    }
    [source] = hub.world.select(
        "select topics, username from core.source where broker_user = %s", user
    )
    assert source["topics"][0].startswith(f"{user}/")
    page = text(operator.get("/betreiber/brilon"))
    assert "Brilon: das fehlt noch" in page
    assert "Standorte ✓ erledigt 1 angelegt" in page


def test_what_is_done_is_not_done_again(hub: Hub, operator: httpx.Client) -> None:
    form = {"name": "Medebach", "ags": "05958036"}
    for _ in range(2):
        assert operator.post("/betreiber", data=form).headers["location"] == "/betreiber/medebach"
    town = World(hub.owner).town_of("medebach")
    person = {"name": "Berta", "benutzername": "berta@medebach.example"}
    assert "kennwort-setzen" in operator.post("/betreiber/medebach/person", data=person).text
    assert operator.post("/betreiber/medebach/person", data=person).status_code == 303
    [first] = people.people(hub.owner, tenant_id=town.tenant_id)
    renewed = operator.post(f"/betreiber/medebach/link/{first.account_id}")
    assert "kennwort-setzen" in renewed.text
    network = {"art": "chirpstack-v4"}
    before = _password(operator.post("/betreiber/medebach/netz", data=network))
    assert operator.post("/betreiber/medebach/netz", data=network).status_code == 303
    assert _password(operator.post("/betreiber/medebach/netz/kennwort")) != before


def _password(shown: httpx.Response) -> str:
    [password] = re.findall(r'<code id="secret">([\w-]+)', shown.text)
    return str(password)


@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        ("", {"name": "", "ags": "05958016"}, "Name darf nicht leer sein"),
        ("", {"name": "Hallenberg", "ags": "5958"}, "Der AGS hat nur Ziffern"),
        ("", {"name": "Hallenberg", "ags": "05966024"}, "gibt es schon"),
        ("", {"name": "Brilon", "ags": "05958016"}, "Brilon gibt es schon, mit dem AGS 05958012"),
        ("", {"name": "Hallenberg", "ags": "05958016", "breite": "51,1"}, "gehören zusammen"),
        (
            "",
            {"name": "Hallenberg", "ags": "05958016", "breite": "8,6", "laenge": "51,1"},
            "Sind Breite und Länge vertauscht",
        ),
        ("", {"name": "Hallenberg", "ags": "05958016", "breite": "oben"}, "ist keine Zahl wie"),
        ("", {"name": "…", "ags": "05958016"}, "Der Kurzname hat 2 bis 32"),
        ("/brilon/netz", {"art": "loriot2"}, "Wählen Sie die Art des Netzwerkservers aus"),
        ("/brilon/loesungen", {}, "Wählen Sie mindestens eine Lösung aus"),
        ("/brilon/loesungen", {"loesung": "flut"}, "Eine Lösung flut gibt es nicht"),
        (
            "/brilon/loesungen",
            {"loesung": "irrigation", "angabe_email": "niemand"},
            "ist keine E-Mail-Adresse",
        ),
        ("/brilon/standorte", {}, "Wählen Sie eine Datei"),
    ],
)
@pytest.mark.usefixtures("brilon")
def test_what_cannot_be_done_is_said(
    operator: httpx.Client, path: str, form: dict[str, str], said: str
) -> None:
    answer = operator.post(f"/betreiber{path}", data=form)
    assert answer.status_code == 422
    assert said in unescape(answer.text)


@pytest.mark.usefixtures("brilon")
def test_a_login_of_another_town_is_taken(hub: Hub, operator: httpx.Client) -> None:
    form = {"name": "Neu", "ags": "05958048"}
    assert operator.post("/betreiber", data=form).status_code == 303
    person = {"name": "Carla", "benutzername": hub.b.admin}
    answer = operator.post("/betreiber/neu/person", data=person)
    assert answer.status_code == 422
    assert "Dieser Benutzername ist vergeben" in answer.text


def test_only_the_operator_comes_in(hub: Hub, operator: httpx.Client) -> None:
    assert 'href="/betreiber"' in operator.get("/").text
    admin = hub.signed_in(hub.region.admin, accept="text/html")
    assert 'href="/betreiber"' not in admin.get("/").text
    assert admin.get("/betreiber").status_code == 403
    assert admin.post("/betreiber", data={"name": "X", "ags": "05958040"}).status_code == 403


@pytest.mark.usefixtures("operator")
def test_who_administers_the_operators_town_gets_no_link(hub: Hub) -> None:
    """Else they would set a password, and make towns."""
    who = people.person_by_login(hub.owner, tenant_id=hub.region.tenant_id, login=hub.region.viewer)
    admin = hub.signed_in(hub.region.admin, accept="text/html", **{"accept-language": "de"})
    assert "betreibt auch den Hub" in text(admin.get(f"/personen/{who.account_id}"))
    assert "kennwort-setzen" not in admin.post(f"/personen/{who.account_id}/link").text
    by_hand = "update auth.account set link_hash = 'x', link_until = now() where account_id = %s"
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        hub.world.acting("api") as api,
    ):
        api.execute(by_hand, [who.account_id])


@pytest.mark.usefixtures("operator")
def test_the_database_lets_nobody_else_make_towns(hub: Hub) -> None:
    for role in ("api", hub.a.town.role, "t_region", "ingest"):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            hub.world.acting(role) as connection,
        ):
            create_tenant(connection, slug="stolen", name="Stolen")
    api = hub.owner_url.replace("postgres@", "rh_api@")
    with connect(api) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("set role rh_operator")


@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize(
    "statement",
    [
        "select password from core.source",
        "select * from core.device",
        "select * from api.site",
        "select * from auth.account",
        "update core.tenant set shares_with_region = true",
        "update core.source set broker_url = 'mqtt://mine.example'",
        "set role rh_t_olpe",
    ],
)
def test_the_operators_login_does_nothing_else(hub: Hub, statement: str) -> None:
    url = login_url(hub.owner_url, kind="operator", password=PASSWORD)
    with connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


def test_a_hub_without_that_login_says_so(hub: Hub, operator: httpx.Client) -> None:
    parts, hub.app.state.hub = hub.app.state.hub, None
    try:
        assert "REGIONHUB_OPERATOR_PASSWORD" in text(operator.get("/betreiber"))
        assert operator.get("/betreiber/brilon").status_code == 404
    finally:
        hub.app.state.hub = parts
