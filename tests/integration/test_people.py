"""People: made, given another role, locked, signed out, and how they get and change passwords."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import httpx
import pytest
from tests.hub import Hub
from tests.town import PASSWORD

from regionhub.access import people
from regionhub.access.people import LINK_LIFETIME, LINK_PATH, Link, Person

NEW = "a new and longer one"
HTML = {"accept": "text/html", "accept-language": "de"}


@pytest.fixture
def boss(hub: Hub) -> httpx.Client:
    return hub.signed_in(hub.a.admin, **HTML)


@pytest.fixture
def anna(hub: Hub) -> Person:
    """Somebody new in Arnsberg, with a password."""
    login = hub.a.town.account(login=f"anna{next(hub.world.numbers)}@arnsberg.example")
    return find(hub, login)


def find(hub: Hub, login: str) -> Person:
    return people.person_by_login(hub.owner, tenant_id=hub.a.tenant_id, login=login)


def link_for(hub: Hub, person: Person) -> Link:
    return people.one_time_link(hub.owner, tenant_id=hub.a.tenant_id, account_id=person.account_id)


def sign_in(hub: Hub, login: str, password: str) -> int:
    body = {"login": login, "password": password}
    return hub.client().post("/api/v1/session", json=body).status_code


def shown_link(page: httpx.Response) -> str:
    [found] = re.findall(rf'id="link">[^<]*({LINK_PATH}[^<]+)<', page.text)
    return str(found)


def problem(page: httpx.Response) -> str:
    [found] = re.findall(r'role="alert" id="problem">(.*?)</p>', page.text)
    return unescape(re.sub(r"<[^>]+>", "", found)).removeprefix("!")


def is_signed_in(client: httpx.Client) -> bool:
    return client.get("/api/v1/me").status_code == 200


class TestLink:
    def test_an_admin_adds_somebody_who_sets_the_password(
        self, hub: Hub, boss: httpx.Client
    ) -> None:
        given = {"name": "Berta Neu", "benutzername": " Berta@Arnsberg.example", "rolle": "editor"}
        page = boss.post("/personen", data=given)
        assert page.status_code == 200
        assert "Berta Neu" in boss.get("/personen").text
        berta = find(hub, "berta@arnsberg.example")
        assert (berta.role, berta.has_password, berta.active) == ("editor", False, True)
        assert sign_in(hub, berta.login, "") == 401
        stranger = hub.client(**HTML)
        path = shown_link(page)
        assert "Berta Neu" in stranger.get(path).text
        assert "berta@arnsberg.example" in stranger.get(path).text, "looking uses nothing up"
        answer = stranger.post(path, data={"neu": NEW, "wiederholt": NEW})
        assert (answer.status_code, answer.headers["location"]) == (303, "/anmelden?gesetzt=ja")
        assert "Ihr Kennwort ist gesetzt" in stranger.get(answer.headers["location"]).text
        assert sign_in(hub, berta.login, NEW) == 201

    def test_it_works_once(self, hub: Hub, anna: Person) -> None:
        path = link_for(hub, anna).path
        client = hub.client(**HTML)
        assert client.post(path, data={"neu": NEW, "wiederholt": NEW}).status_code == 303
        again = client.post(path, data={"neu": NEW + "!", "wiederholt": NEW + "!"})
        assert again.status_code == 404
        assert "Dieser Link gilt nicht mehr" in again.text
        assert client.get(path).status_code == 404
        assert sign_in(hub, anna.login, NEW) == 201
        assert sign_in(hub, anna.login, PASSWORD) == 401, "the former one is gone"

    def test_it_ends_what_was_open(self, hub: Hub, anna: Person) -> None:
        before = hub.signed_in(anna.login)
        hub.client().post(link_for(hub, anna).path, data={"neu": NEW, "wiederholt": NEW})
        assert not is_signed_in(before)

    def test_a_newer_one_takes_its_place(self, hub: Hub, anna: Person) -> None:
        former = link_for(hub, anna).path
        newer = link_for(hub, anna).path
        assert hub.client(**HTML).get(former).status_code == 404
        assert hub.client(**HTML).get(newer).status_code == 200

    def test_it_ends_by_itself(self, hub: Hub, anna: Person) -> None:
        link = link_for(hub, anna)
        assert timedelta(0) <= hub.world.now + LINK_LIFETIME - link.until + timedelta(hours=1)
        hub.owner.execute(
            "update auth.account set link_until = now() where account_id = %s", [anna.account_id]
        )
        client = hub.client(**HTML)
        assert client.get(link.path).status_code == 404
        answer = client.post(link.path, data={"neu": NEW, "wiederholt": NEW})
        assert answer.status_code == 404
        assert sign_in(hub, anna.login, PASSWORD) == 201, "nothing has changed"

    @pytest.mark.parametrize(
        ("new", "again", "said"),
        [
            ("short", "short", "mindestens 10 Zeichen"),
            (NEW, NEW + "!", "nicht gleich"),
            ("", "", "mindestens 10 Zeichen"),
        ],
    )
    def test_a_password_that_cannot_be_leaves_the_link(
        self, hub: Hub, anna: Person, new: str, again: str, said: str
    ) -> None:
        path = link_for(hub, anna).path
        client = hub.client(**HTML)
        answer = client.post(path, data={"neu": new, "wiederholt": again})
        assert answer.status_code == 422
        assert said in problem(answer)
        assert client.post(path, data={"neu": NEW, "wiederholt": NEW}).status_code == 303

    @pytest.mark.parametrize("token", ["x", "x" * 43, "%00", "ä%F0%9F%92%A7", "%ED%A0%80"])
    def test_a_made_up_one(self, hub: Hub, token: str) -> None:
        client = hub.client(**HTML)
        assert client.get(LINK_PATH + token).status_code == 404
        answer = client.post(LINK_PATH + token, data={"neu": NEW, "wiederholt": NEW})
        assert answer.status_code == 404

    def test_another_site_cannot_use_it(self, hub: Hub, anna: Person) -> None:
        path = link_for(hub, anna).path
        client = hub.client(**HTML)
        answer = client.post(
            path, data={"neu": NEW, "wiederholt": NEW}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert answer.status_code == 403
        assert client.get(path).status_code == 200

    def test_only_its_hash_is_kept(self, hub: Hub, anna: Person) -> None:
        token = link_for(hub, anna).path.removeprefix(LINK_PATH)
        rows = hub.owner.execute("select * from auth.account").fetchall()
        assert token not in str(rows)
        assert token.encode() not in {row["link_hash"] for row in rows}


class TestAdmin:
    def test_gives_another_role_which_holds_at_once(
        self, hub: Hub, boss: httpx.Client, anna: Person
    ) -> None:
        client = hub.signed_in(anna.login)
        site = {"name": "x", "kind": "bed"}
        assert client.post("/api/v1/sites", json=site).status_code == 403
        answer = boss.post(f"/personen/{anna.account_id}/rolle", data={"rolle": "editor"})
        assert answer.status_code == 303
        assert "Die Rolle ist geändert" in boss.get(answer.headers["location"]).text
        assert client.post("/api/v1/sites", json=site).status_code == 201

    def test_locks_and_unlocks(self, hub: Hub, boss: httpx.Client, anna: Person) -> None:
        client = hub.signed_in(anna.login)
        link = link_for(hub, anna).path
        assert boss.post(f"/personen/{anna.account_id}/sperren").status_code == 303
        assert not is_signed_in(client)
        assert sign_in(hub, anna.login, PASSWORD) == 401
        assert hub.client(**HTML).get(link).status_code == 404, "no link lets them in"
        assert "gesperrt" in boss.get(f"/personen/{anna.account_id}").text
        assert boss.post(f"/personen/{anna.account_id}/link").status_code == 200
        assert find(hub, anna.login).link_until is None, "nor a new one"
        assert boss.post(f"/personen/{anna.account_id}/entsperren").status_code == 303
        assert sign_in(hub, anna.login, PASSWORD) == 201
        assert not is_signed_in(client), "what was ended stays ended"

    def test_signs_somebody_out_everywhere(
        self, hub: Hub, boss: httpx.Client, anna: Person
    ) -> None:
        phone, desk = hub.signed_in(anna.login), hub.signed_in(anna.login)
        assert find(hub, anna.login).sessions == 2
        assert boss.post(f"/personen/{anna.account_id}/abmelden").status_code == 303
        assert not is_signed_in(phone)
        assert not is_signed_in(desk)
        assert is_signed_in(boss)

    def test_makes_a_link(self, hub: Hub, boss: httpx.Client, anna: Person) -> None:
        page = boss.post(f"/personen/{anna.account_id}/link")
        assert hub.client(**HTML).get(shown_link(page)).status_code == 200
        assert page.text.count(hub.url + LINK_PATH) == 1, "with the address of the portal"
        assert sign_in(hub, anna.login, PASSWORD) == 201, "the former password works until then"

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"name": "", "benutzername": "x"}, "Bitte Name und Benutzername"),
            ({"name": "X", "benutzername": " "}, "Bitte Name und Benutzername"),
            ({"name": "X\0", "benutzername": "x"}, "Bitte Name und Benutzername"),
            ({"name": "X", "benutzername": "ADMIN@olpe.example"}, "ist vergeben"),
        ],
    )
    def test_who_cannot_be_added(
        self, boss: httpx.Client, given: dict[str, str], said: str
    ) -> None:
        answer = boss.post("/personen", data=given | {"rolle": "viewer"})
        assert answer.status_code == 422
        assert said in problem(answer)
        assert f'value="{given["name"].strip()}"' in answer.text, "nothing that was typed is lost"

    @pytest.mark.parametrize("what", ["rolle", "sperren"])
    def test_does_not_shut_itself_out(self, hub: Hub, boss: httpx.Client, what: str) -> None:
        me = find(hub, hub.a.admin)
        answer = boss.post(f"/personen/{me.account_id}/{what}", data={"rolle": "viewer"})
        assert answer.status_code == 403
        assert find(hub, hub.a.admin) == me
        assert (
            f"/personen/{me.account_id}/{what}" not in boss.get(f"/personen/{me.account_id}").text
        )

    @pytest.mark.parametrize(
        "what", ["", "/rolle", "/sperren", "/entsperren", "/abmelden", "/link"]
    )
    @pytest.mark.parametrize("who", ["viewer", "editor", "key", "nobody", "other town"])
    def test_nobody_else_may(self, hub: Hub, anna: Person, what: str, who: str) -> None:
        clients: dict[str, Callable[[], httpx.Client]] = {
            "viewer": lambda: hub.signed_in(hub.a.viewer, **HTML),
            "editor": lambda: hub.signed_in(hub.a.editor, **HTML),
            "key": lambda: hub.client(key=hub.a.key, **HTML),
            "nobody": lambda: hub.client(**HTML),
            "other town": lambda: hub.signed_in(hub.b.admin, **HTML),
        }
        client = clients[who]()
        path = f"/personen/{anna.account_id}{what}"
        sessions = hub.signed_in(anna.login)
        for method in ("GET",) if not what else ("POST",):
            answer = client.request(method, path, data={"rolle": "admin"})
            expected = {"nobody": 303, "other town": 404}.get(who, 403)
            assert answer.status_code == expected
            assert anna.login not in answer.text
        assert is_signed_in(sessions)
        assert find(hub, anna.login).role == "viewer"
        assert find(hub, anna.login).link_until is None

    @pytest.mark.parametrize("who", ["viewer", "editor"])
    def test_nobody_else_lists_or_adds(self, hub: Hub, who: str) -> None:
        client = hub.signed_in(getattr(hub.a, who), **HTML)
        assert client.get("/personen").status_code == 403
        given = {"name": "x", "benutzername": "x@example.org", "rolle": "admin"}
        assert client.post("/personen", data=given).status_code == 403
        assert "/personen" not in client.get("/konto").text

    def test_lists_nobody_of_another_town(self, hub: Hub, boss: httpx.Client) -> None:
        listed = boss.get("/personen").text
        assert hub.a.admin in listed
        assert hub.b.admin not in listed


class TestOwnAccount:
    def change(self, client: httpx.Client, old: str, new: str, again: str) -> httpx.Response:
        given = {"kennwort": old, "neu": new, "wiederholt": again}
        return client.post("/konto/kennwort", data=given)

    def test_shows_who_is_signed_in(self, hub: Hub, anna: Person) -> None:
        page = hub.signed_in(anna.login, **HTML).get("/konto")
        assert anna.login in page.text

    def test_a_password_is_changed(self, hub: Hub, anna: Person) -> None:
        here, elsewhere = hub.signed_in(anna.login, **HTML), hub.signed_in(anna.login)
        answer = self.change(here, PASSWORD, NEW, NEW)
        assert answer.status_code == 303
        assert "Ihr Kennwort ist geändert" in here.get(answer.headers["location"]).text
        assert not is_signed_in(elsewhere)
        assert sign_in(hub, anna.login, PASSWORD) == 401
        assert sign_in(hub, anna.login, NEW) == 201

    @pytest.mark.parametrize(
        ("old", "new", "again", "said"),
        [
            ("wrong", NEW, NEW, "bisherige Kennwort stimmt nicht"),
            (PASSWORD, "short", "short", "mindestens 10 Zeichen"),
            (PASSWORD, NEW, NEW + "!", "nicht gleich"),
        ],
    )
    def test_and_stays_when_something_is_wrong(
        self, hub: Hub, anna: Person, old: str, new: str, again: str, said: str
    ) -> None:
        here, elsewhere = hub.signed_in(anna.login, **HTML), hub.signed_in(anna.login)
        answer = self.change(here, old, new, again)
        assert answer.status_code == 422
        assert said in problem(answer)
        assert is_signed_in(elsewhere)
        assert sign_in(hub, anna.login, PASSWORD) == 201

    def test_who_finds_an_open_session_cannot_try_passwords(self, hub: Hub, anna: Person) -> None:
        client = hub.signed_in(anna.login, **HTML)
        codes = [self.change(client, f"wrong {n}", NEW, NEW).status_code for n in range(6)]
        assert codes == [422] * 5 + [429]

    def test_signs_out_elsewhere(self, hub: Hub, anna: Person) -> None:
        here, elsewhere = hub.signed_in(anna.login, **HTML), hub.signed_in(anna.login)
        answer = here.post("/konto/sitzungen")
        assert "abgemeldet" in here.get(answer.headers["location"]).text
        assert is_signed_in(here)
        assert not is_signed_in(elsewhere)

    def test_a_key_has_none(self, hub: Hub) -> None:
        client = hub.client(key=hub.a.key, **HTML)
        assert client.get("/konto").status_code == 403
        assert client.post("/konto/sitzungen").status_code == 403
        assert self.change(client, "", NEW, NEW).status_code == 403


@pytest.mark.parametrize(("stay", "hours"), [(False, 12), (True, 30 * 24)])
def test_a_session_lasts_as_long_as_was_asked_for(
    hub: Hub, anna: Person, stay: bool, hours: int
) -> None:
    client = hub.client(**HTML)
    given = {"benutzername": anna.login, "kennwort": PASSWORD} | (
        {"bleiben": "true"} if stay else {}
    )
    answer = client.post("/anmelden", data=given)
    assert answer.status_code == 303
    assert f"Max-Age={hours * 3600};" in answer.headers["set-cookie"]
    [row] = hub.owner.execute(
        "select expires_at - created_at as lasts from auth.session where account_id = %s",
        [anna.account_id],
    ).fetchall()
    assert row["lasts"] == timedelta(hours=hours)


def test_what_is_over_is_not_kept(hub: Hub, anna: Person) -> None:
    for _ in range(3):
        hub.signed_in(anna.login)
    hub.owner.execute(
        "update auth.session set expires_at = now() where account_id = %s", [anna.account_id]
    )
    hub.signed_in(anna.login)
    [row] = hub.owner.execute(
        "select count(*) as n from auth.session where account_id = %s", [anna.account_id]
    ).fetchall()
    assert row["n"] == 1
