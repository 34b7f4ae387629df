"""`regionhub solution`, as an operator types it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.grafana.stand_in import ADMIN, PASSWORD
from tests.solutions.conftest import Region
from tests.town import Town
from tests.world import World
from typer.testing import CliRunner

from regionhub.cli import solutions
from regionhub.errors import InputError

Command = Callable[..., str]


@pytest.fixture
def town(world_of: World) -> Town:
    return world_of.town()


@pytest.fixture
def command(region: Region, monkeypatch: pytest.MonkeyPatch) -> Command:
    for name, value in (
        ("DATABASE_URL", region.url),
        ("GRAFANA_URL", region.grafana.url),
        ("GRAFANA_LOGIN", ADMIN),
        ("GRAFANA_LOGIN_PASSWORD", PASSWORD),
        ("PORTAL_URL", "https://hub.example"),
    ):
        monkeypatch.setenv(f"REGIONHUB_{name}", value)

    def run(*arguments: str, status: int = 0) -> str:
        done = CliRunner().invoke(solutions.app, arguments)
        if isinstance(done.exception, InputError):
            raise done.exception
        assert done.exit_code == status, (done.output, done.exception)
        return done.output

    return run


def test_from_the_plan_to_the_end(command: Command, town: Town) -> None:
    here = ("--town", town.slug)
    plan = command("plan", "flood", *here, "--set", "email=a@olpe.example")
    assert "fehlt: Es ist noch kein Standort angelegt (Gewässerpegel)." in plan
    assert "anlegen: Dashboard pegel@" in plan
    done = command("adopt", "flood", *here, "--set", "email=a@olpe.example")
    assert "anlegen: Meldeweg flood-email" in done
    assert command("apply", *here).splitlines()[-1].strip() == "nichts zu tun"
    assert command("drift", *here) == f"{town.slug}: pegel: unverändert\n"
    assert "keine frühere Fassung" in command("rollback", "flood", *here, "--dry-run")
    assert "entfernen: Organisation" in command("remove", "flood", *here)
    assert command("drift", *here) == ""


def test_a_service_needs_no_grafana(command: Command, town: Town) -> None:
    assert "Ehrenamtsportal" in command("adopt", "volunteer-portal", "--town", town.slug)
    assert town.slug.title() in command("list")
    command("remove", "volunteer-portal", "--town", town.slug)
    assert town.slug.title() not in command("list")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("adopt", "flut", "--town", "{town}"), "no solution 'flut'"),
        (("adopt", "region", "--town", "{town}"), "for the region"),
        (("adopt", "flood", "--town", "nowhere"), "no town is called"),
        (("adopt", "flood", "--town", "{town}", "--set", "email"), "NAME=VALUE"),
        (("adopt", "flood", "--town", "{town}", "--set", "email=x"), "keine E-Mail-Adresse"),
        (("apply", "flood"), "--all"),
        (("remove", "flood", "--town", "{town}"), "does not use"),
    ],
)
def test_what_cannot_be_done_is_said(
    command: Command, town: Town, arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        command(*(part.format(town=town.slug) for part in arguments))


def test_without_a_grafana_it_says_which_settings(
    command: Command, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REGIONHUB_GRAFANA_URL")
    with pytest.raises(InputError, match="REGIONHUB_GRAFANA_URL"):
        command("drift", "--town", town.slug)
