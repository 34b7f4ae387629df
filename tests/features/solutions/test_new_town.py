"""A new town in one command, and what it says is still missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.hub import Hub
from tests.pages import text
from tests.rows import connect
from tests.world import World
from typer.testing import CliRunner

from regionhub.cli import towns
from regionhub.errors import InputError
from regionhub.features.solutions import store

Command = Callable[..., str]


@pytest.fixture
def command(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("REGIONHUB_DATABASE_URL", hub.owner_url)
    monkeypatch.setenv("REGIONHUB_PORTAL_URL", "https://hub.example")

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(towns.app, arguments)
        if isinstance(done.exception, InputError):
            raise done.exception
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output

    return run


def test_a_town_follows_another_one(hub: Hub, command: Command, tmp_path: Path) -> None:
    flood = {"email": "feuerwehr@olpe.example", "webhook": "", "rise_cm_per_hour": "35"}
    store.want(hub.owner, hub.b.tenant_id, "flood", flood, by="test")
    store.want(hub.owner, hub.b.tenant_id, "road-survey", {}, by="test")
    sites = tmp_path / "standorte.csv"
    sites.write_text("Standort;Art;Breite;Länge\nBrücke;Pegel;51,39;8,57\n", encoding="utf-8")
    arguments = (
        *("new", "brilon", "--ags", "05958012", "--from", "olpe"),
        *("--admin", "anna@brilon.example", "--admin-name", "Anna", "--sites", str(sites)),
        *("--set", "email=feuerwehr@brilon.example"),
    )
    said = command(*arguments)
    assert "https://hub.example/kennwort-setzen/" in said
    assert "✓ Standorte: 1 angelegt" in said
    assert "… Personen: Die erste Person hat ihr Kennwort noch nicht gesetzt" in said
    assert "… Netzwerkserver: Der Netzwerkserver ist noch nicht verbunden" in said
    town = World(hub.owner).town_of("brilon")
    adopted = store.adoptions(hub.owner, town.tenant_id)
    assert adopted["flood"].parameters == {
        "email": "feuerwehr@brilon.example",
        "webhook": "",
        "rise_cm_per_hour": "35",
    }
    assert (adopted["flood"].state, adopted["road-survey"].state) == ("wanted", "applied")
    again = command(*arguments)
    assert "kennwort-setzen" not in again
    assert store.adoptions(hub.owner, town.tenant_id) == adopted

    client = hub.signed_in(town.account("viewer"), accept="text/html")
    page = text(client.get("/startklar"))
    assert "Brilon: das fehlt noch" in page
    assert "Standorte ✓ erledigt 1 angelegt" in page


def test_nobody_elses_addresses_are_copied(hub: Hub, command: Command) -> None:
    values = {"email": "a@olpe.example", "webhook": "https://h.example"}
    store.want(hub.owner, hub.b.tenant_id, "irrigation", values, by="test")
    command("new", "marsberg", "--ags", "05958032", "--from", "olpe")
    town = World(hub.owner).town_of("marsberg")
    kept = store.adoptions(hub.owner, town.tenant_id)["irrigation"].parameters
    assert kept == {"email": "", "webhook": ""}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("new", "olpe", "--ags", "05958012"), "is there already"),
        (("new", "hallenberg", "--ags", "05958016", "--solution", "flut"), "no solution flut"),
        (("new", "winterberg", "--ags", "05958048", "--set", "email=a@b.example"), "none of these"),
        (("new", "medebach", "--ags", "05958036", "--from", "nowhere"), "no town is called"),
    ],
)
def test_what_cannot_be_done_is_said(
    command: Command, arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        command(*arguments)


def test_a_whole_town_is_ready(hub: Hub) -> None:
    with connect(hub.owner_url, autocommit=True) as owner:
        assert owner
    client = hub.signed_in(hub.a.viewer, accept="text/html", **{"accept-language": "de"})
    assert "das fehlt noch" in text(client.get("/startklar"))
