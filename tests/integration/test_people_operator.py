"""People as the operator sees to them, on the command line."""

from __future__ import annotations

import re

import pytest
from tests.hub import Hub
from tests.world import World

from regionhub.access import people
from regionhub.access.people import LINK_PATH
from regionhub.cli import main

NEW = "a new and longer one"
HTML = {"accept": "text/html", "accept-language": "de"}


def sign_in(hub: Hub, login: str) -> int:
    body = {"login": login, "password": NEW}
    return hub.client().post("/api/v1/session", json=body).status_code


def run(hub: Hub, monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setenv("REGIONHUB_DATABASE_URL", hub.owner_url)
    monkeypatch.setattr("sys.argv", ["regionhub", "tenant", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0


def test_a_life(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    town, login = hub.a.slug, "carla@arnsberg.example"

    def say(*words: str) -> str:
        run(hub, monkeypatch, *words)
        return capsys.readouterr().out

    path = say("account", town, login, "--name", "Carla", "--role", "admin").strip()
    assert hub.client().post(path, data={"neu": NEW, "wiederholt": NEW}).status_code == 303
    assert sign_in(hub, login) == 201
    assert re.search(rf"{login}.*Carla.*admin.*active.*1", say("accounts", town))
    say("role", town, login.upper(), "viewer")
    client = hub.signed_in(login)
    assert client.get("/api/v1/me").json()["role"] == "viewer"
    say("sign-out", town, login)
    assert client.get("/api/v1/me").status_code == 401
    client = hub.signed_in(login)
    say("lock", town, login)
    assert client.get("/api/v1/me").status_code == 401
    assert "locked" in say("accounts", town)
    say("unlock", town, login)
    assert sign_in(hub, login) == 201
    again = say("link", town, login).strip()
    assert hub.client(**HTML).get(again).status_code == 200


def test_the_first_admin_of_a_new_town(world: World) -> None:
    """What whoever makes a town calls."""
    brilon = world.town("brilon", "Brilon")
    link = people.invite(
        world.owner, tenant_id=brilon.tenant_id, login="a@b", display_name="A", role="admin"
    )
    holder = people.link_holder(world.owner, link.path.removeprefix(LINK_PATH))
    assert holder is not None
    assert (holder.login, holder.tenant_name) == ("a@b", "Brilon")
