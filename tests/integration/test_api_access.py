"""Sessions, keys, and who may do what until when."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import Response
from psycopg.errors import InsufficientPrivilege
from tests.hub import Hub
from tests.town import PASSWORD

from regionhub.access import Access, accounts
from regionhub.access.attempts import Attempts
from regionhub.access.passwords import check_password, hash_password
from regionhub.errors import TooManyAttempts
from regionhub.store.database import Database


def login(
    client: httpx.Client, name: str, password: str = PASSWORD, **headers: Any
) -> httpx.Response:
    body = {"login": name, "password": password}
    return client.post("/api/v1/session", json=body, headers=headers)


class TestSession:
    def test_in_and_out(self, hub: Hub) -> None:
        client = hub.client()
        answer = login(client, f" {hub.a.viewer.upper()}")
        assert answer.status_code == 201
        assert answer.json()["tenant_slug"] == hub.a.slug
        assert client.get("/api/v1/me").json() == answer.json()
        token = client.cookies["regionhub"]
        assert client.delete("/api/v1/session").status_code == 204
        assert "regionhub" not in client.cookies
        client.cookies.set("regionhub", token)
        assert client.get("/api/v1/me").status_code == 401

    def test_the_cookie_is_for_this_site_only(self, hub: Hub) -> None:
        cookie = login(hub.client(), hub.a.viewer).headers["set-cookie"].lower()
        assert {"httponly", "samesite=lax", "path=/"} <= set(cookie.split("; "))
        assert "secure" not in cookie

    def test_a_secure_cookie_is_bound_to_the_host(self) -> None:
        access = Access(Database("postgresql://nobody@nowhere/none"), secure_cookies=True)
        response = Response()
        access.set_cookie(response, "token")
        cookie = response.headers["set-cookie"]
        assert cookie.startswith("__Host-regionhub=token;")
        assert "Secure" in cookie
        assert "Domain" not in cookie

    def test_only_the_hash_of_a_token_is_kept(self, hub: Hub) -> None:
        client = hub.signed_in(hub.a.viewer)
        kept = hub.owner.execute("select token_hash from auth.session").fetchall()
        assert all(len(row["token_hash"]) == 32 for row in kept)
        assert client.cookies["regionhub"].encode() not in {row["token_hash"] for row in kept}

    def test_wrong_passwords_and_unknown_logins_look_the_same(self, hub: Hub) -> None:
        wrong = login(hub.client(), hub.a.editor, "not this one")
        unknown = login(hub.client(), "nobody@example.org", "not this one")
        assert wrong.status_code == unknown.status_code == 401
        assert wrong.json() == unknown.json()
        assert login(hub.client(), hub.a.editor).status_code == 201

    @pytest.mark.parametrize("body", [{}, {"login": "x"}, {"login": "\ud800", "password": "x"}, []])
    def test_other_bodies_are_refused(self, hub: Hub, body: object) -> None:
        answer = hub.client().post(
            "/api/v1/session",
            content=json.dumps(body),
            headers={"content-type": "application/json"},
        )
        assert answer.status_code == 422

    def test_what_was_sent_is_not_sent_back(self, hub: Hub) -> None:
        answer = hub.client().post(
            "/api/v1/session", json={"login": "x", "password": {"my": "secret"}}
        )
        assert answer.status_code == 422
        assert "secret" not in answer.text

    def test_guessing_is_slowed_down(self, hub: Hub) -> None:
        client = hub.client()
        statuses = [login(client, "guess@example.org", "x").status_code for _ in range(6)]
        assert statuses == [401] * 5 + [429]
        answer = login(client, "guess@example.org", "x")
        assert 0 < int(answer.headers["retry-after"]) <= 300
        assert login(client, hub.a.viewer).status_code == 201


class TestEnd:
    """What ends access ends it at once."""

    @pytest.fixture
    def account(self, hub: Hub) -> str:
        name = f"{datetime.now(UTC).timestamp()}@example.org"
        return hub.a.town.account("viewer", name, display_name="Gone soon")

    def test_inactive_account(self, hub: Hub, account: str) -> None:
        client = hub.signed_in(account)
        hub.owner.execute("update auth.account set active = false where login = %s", [account])
        assert client.get("/api/v1/me").status_code == 401
        assert login(hub.client(), account).status_code == 401

    def test_expired_session(self, hub: Hub, account: str) -> None:
        client = hub.signed_in(account)
        hub.owner.execute(
            "update auth.session set expires_at = now() - interval '1 second' "
            "where account_id = (select account_id from auth.account where login = %s)",
            [account],
        )
        assert client.get("/api/v1/me").status_code == 401

    def test_revoked_key(self, hub: Hub) -> None:
        boss = hub.signed_in(hub.a.admin)
        made = boss.post("/api/v1/api-keys", json={"name": "Leitstelle"})
        assert made.status_code == 201
        key = made.json()
        client = hub.client(key=key["secret"])
        assert client.get("/api/v1/me").json()["role"] == "viewer"
        assert client.post("/api/v1/sites", json={"name": "x", "kind": "bed"}).status_code == 403
        assert boss.delete(f"/api/v1/api-keys/{key['api_key_id']}").status_code == 204
        assert client.get("/api/v1/me").status_code == 401
        listed = {k["api_key_id"]: k for k in boss.get("/api/v1/api-keys").json()["items"]}
        assert listed[key["api_key_id"]]["revoked_at"] is not None
        assert "secret" not in listed[key["api_key_id"]]

    def test_expired_key(self, hub: Hub) -> None:
        boss = hub.signed_in(hub.a.admin)
        soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        made = boss.post(
            "/api/v1/api-keys", json={"name": "x", "scopes": ["write"], "expires_at": soon}
        ).json()
        assert made["scopes"] == ["read", "write"]
        client = hub.client(key=made["secret"])
        assert client.get("/api/v1/me").json()["role"] == "editor"
        hub.owner.execute(
            "update auth.api_key set expires_at = now() where api_key_id = %s", [made["api_key_id"]]
        )
        assert client.get("/api/v1/me").status_code == 401

    def test_a_key_that_expired_already_is_not_made(self, hub: Hub) -> None:
        answer = hub.signed_in(hub.a.admin).post(
            "/api/v1/api-keys", json={"name": "x", "expires_at": "2020-01-01T00:00:00Z"}
        )
        assert answer.status_code == 422

    def test_a_wrong_key_is_not_saved_by_a_cookie(self, hub: Hub) -> None:
        client = hub.signed_in(hub.a.viewer)
        answer = client.get("/api/v1/me", headers={"Authorization": "Bearer rhk_wrong"})
        assert answer.status_code == 401


class TestOtherSites:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://[broken"},
        ],
    )
    def test_changes_with_a_cookie_are_refused(self, hub: Hub, headers: dict[str, str]) -> None:
        client = hub.signed_in(hub.a.editor)
        site = {"name": "Forged", "kind": "tree"}
        assert client.post("/api/v1/sites", json=site, headers=headers).status_code == 403
        assert client.delete("/api/v1/session", headers=headers).status_code == 403
        assert login(hub.client(), hub.a.editor, **headers).status_code == 403
        assert client.get("/api/v1/me", headers=headers).status_code == 200
        key = {"Authorization": f"Bearer {hub.a.key}"}
        answer = client.patch(f"/api/v1/sites/{hub.a.tree}", json={}, headers=headers | key)
        assert answer.status_code == 200

    @pytest.mark.parametrize("given", ["sec", "origin"])
    def test_changes_from_here_pass(self, hub: Hub, given: str) -> None:
        headers = {"sec": {"Sec-Fetch-Site": "same-origin"}, "origin": {"Origin": hub.url}}[given]
        client = hub.signed_in(hub.a.editor)
        answer = client.patch(f"/api/v1/sites/{hub.a.tree}", json={}, headers=headers)
        assert answer.status_code == 200


def test_attempts_are_forgotten_after_a_while() -> None:
    now = [0.0]
    attempts = Attempts(2, 10, clock=lambda: now[0])
    attempts.count("a")
    now[0] = 6
    attempts.count("a")
    with pytest.raises(TooManyAttempts) as error:
        attempts.count("a")
    assert error.value.retry_after_seconds == 4
    attempts.count("b")
    now[0] = 10
    attempts.count("a")
    attempts.forget("a")
    attempts.count("a")
    attempts.count("a")


def test_an_attempt_that_is_taken_back_leaves_room_for_another() -> None:
    now = [0.0]
    attempts = Attempts(2, 10, clock=lambda: now[0])
    attempts.take_back("never came")
    attempts.count("a")
    for now[0] in (1.0, 2.0, 3.0):
        attempts.count("a")
        attempts.take_back("a")
    now[0] = 4
    attempts.count("a")
    with pytest.raises(TooManyAttempts) as error:
        attempts.count("a")
    assert error.value.retry_after_seconds == 6  # the first one counts on


def test_passwords() -> None:
    kept = hash_password("a good one")
    assert check_password(kept, "a good one") == (True, None)
    assert not check_password(kept, "another").right
    assert not check_password(None, "nobody has this login").right
    assert not check_password("no hash", "x").right
    cheap = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$KhOXwAcO9txaJ4C8FoNx0g"
    assert not check_password(cheap, "wrong").right


def test_a_hash_of_another_cost_is_replaced(hub: Hub) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    name = hub.a.town.account(login="cheap@example.org", password_hash=cheap)
    assert login(hub.client(), name).status_code == 201
    row = hub.owner.execute(
        "select password_hash from auth.account where login = %s", [name]
    ).fetchone()
    assert row is not None
    assert row["password_hash"] != cheap
    assert login(hub.client(), name).status_code == 201


def test_the_api_role_reads_no_series_and_no_passwords_of_sources(hub: Hub) -> None:
    for statement in (
        "select * from core.reading",
        "select password from core.source",
        "select * from api.site",
    ):
        hub.owner.execute("begin")
        hub.owner.execute("set local role rh_api")
        with pytest.raises(InsufficientPrivilege):
            hub.owner.execute(statement)
        hub.owner.execute("rollback")


def test_a_login_is_found_whatever_its_case(hub: Hub) -> None:
    with Database(hub.owner_url, size=1, role="api") as database, database.transaction() as c:
        assert accounts.account_by_login(c, hub.a.viewer.upper()) is not None
