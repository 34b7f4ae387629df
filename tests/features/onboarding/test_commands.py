"""`regionhub site` and `regionhub device`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.rows import connect
from tests.world import World
from typer.testing import CliRunner

from regionhub.cli import make_app
from regionhub.cli.onboarding import console

APP = make_app()
EUI, OTHER = "a84041fff3000001", "a84041fff3000002"


@pytest.fixture(scope="module")
def world(new_database: Callable[[], str]) -> Iterator[World]:
    url = new_database()
    with connect(url, autocommit=True) as owner, pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGIONHUB_DATABASE_URL", url)
        yield World(owner)


@pytest.fixture
def slug(world: World) -> str:
    return world.town().slug


def run(*arguments: str, status: int = 0) -> str:
    """What the command says; an error of ours as `main` would say it."""
    result = CliRunner().invoke(APP, arguments, env={"COLUMNS": "200"})
    detail = getattr(result.exception, "detail", "")
    assert result.exit_code == status, (result.output, result.exception)
    return f"{result.output}{detail}"


def test_a_device_is_added_moved_swapped_and_given_up(slug: str) -> None:
    run("site", "add", slug, "Linde", "--kind", "tree", "--latitude", "51.4", "--longitude", "8")
    run("site", "add", slug, "Eiche", "--kind", "tree")
    run(
        "device", "add", slug, EUI, "--profile", "dragino/lse01", "--site", "Linde", "--depth", "30"
    )
    assert "Linde" in run("device", "list", slug)
    run("device", "move", slug, EUI, "Eiche", "--depth", "60")
    run("device", "swap", slug, EUI, OTHER.upper())
    listed = run("device", "list", slug).splitlines()
    [new] = [line for line in listed if OTHER in line]
    assert "Eiche" in new
    [old] = [line for line in listed if EUI in line]
    assert "Eiche" not in old
    assert "taken away" in run("device", "remove", slug, OTHER)
    assert "--for-good" in run("device", "remove", slug, OTHER, status=1)
    assert "deleted" in run("device", "remove", slug, OTHER, "--for-good")
    assert OTHER not in run("device", "list", slug)


def test_what_was_heard_stays(world: World) -> None:
    town = world.town()
    device = town.device(town.tree("Linde"))
    device.readings("soil_moisture", [(world.ago(hours=1), 20.0)])
    said = run("device", "remove", town.slug, device.dev_eui, "--for-good")
    assert "its readings stay" in said
    assert "(inactive)" in run("device", "list", town.slug)


def test_files(slug: str, tmp_path: Path) -> None:
    file = tmp_path / "geraete.csv"
    good = f"{EUI};Linde;Baum\n"
    file.write_text(f"DevEUI;Standort;Art;AppKey\n{good}", "cp1252")
    command = ("device", "import", slug, str(file), "--profile", "dragino/lse01")
    dry = run(*command, "--dry-run")
    assert "good: 1 devices, 1 new sites" in dry
    assert "columns never read: AppKey" in dry
    assert "no sites yet" in run("site", "list", slug)
    file.write_text(f"DevEUI;Standort;Art\n{good}12;Eiche;Baum\n")
    assert "nothing was registered" in run(*command, status=1)
    assert "registered: 1 devices" in run(*command, "--only-good")
    file.write_text("Name;Art\nEsche;Baum\n")
    assert "registered: 0 devices, 1 new sites" in run("site", "import", slug, str(file))
    assert "no column is called DevEUI" in run(*command, status=1)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("add", EUI, "--profile", "acme/none"), "no device profile acme/none"),
        (("add", "12", "--profile", "dragino/lse01"), "DEVEUI must be a DevEUI"),
        (("add", EUI, "--profile", "dragino/lse01", "--param", "x"), "NAME=VALUE"),
        (("move", EUI, "Linde"), "no device"),
    ],
)
def test_what_cannot_be_done_says_why(slug: str, arguments: tuple[str, ...], says: str) -> None:
    assert says in run("device", arguments[0], slug, *arguments[1:], status=1)


def test_a_device_at_a_site_that_is_not_there(slug: str) -> None:
    command = ("device", "add", slug, EUI, "--profile", "dragino/lse01", "--site", "Linde")
    assert "this town has no site 'Linde'" in run(*command, status=1)
    run("device", "add", slug, EUI, "--profile", "dragino/lse01")
    assert "no site" in run("device", "move", slug, EUI, "Linde", status=1)


def test_a_sensor_is_calibrated_and_that_is_taken_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # it took the width of the terminal when its module was loaded
    monkeypatch.setattr(console, "width", 200)
    town = world.town()
    device = town.device(town.tree("Linde"))
    device.readings("soil_moisture_vwc", [(world.ago(hours=1), 20.0)])
    of = (town.slug, device.dev_eui.upper())
    assert "no calibrations" in run("device", "calibration", "list", *of)
    add = ("device", "calibration", "add", *of, "soil_moisture_vwc", "--why", "Ofenprobe")
    run(*add, "--since", "90d", "--factor", "1.1", "--offset", "-2.5")
    listed = run("device", "calibration", "list", *of)
    assert "1.1 × raw -2.5 %" in listed
    assert "Ofenprobe" in listed
    [made] = world.select("select calibration_id as id from core.calibration "
                          "where tenant_id = %s", town.tenant_id)  # fmt: skip
    runs = "select kind, dev_eui from core.replay where tenant_id = %s"
    asked = {"kind": "uplinks", "dev_eui": device.dev_eui}
    assert world.select(runs, town.tenant_id) == [asked]
    for wrong, says in (
        (("--since", "2099-01-01"), "in the future"),
        (("--since", "gestern"), "is no time"),
        (("--since", "1d", "--factor", "nan"), "between 0.001 and 1000"),
        (("--since", "1d", "--factor", "0"), "between 0.001 and 1000"),
        (("--since", "1d", "--offset", "nan"), "offset lies between"),
        (("--since", "1d", "--offset", "1e7"), "offset lies between"),
        (("--since", "1d", "--position", "unten"), "no such datastream"),
        (("--since", "1d", "--why", " "), "has to say why"),
    ):
        assert says in run(*add, *wrong, status=1), wrong
    assert "taken back" in run("device", "calibration", "undo", *of, str(made["id"]))
    assert "no such calibration" in run(
        "device", "calibration", "undo", *of, str(made["id"]), status=1
    )
    assert world.select(runs, town.tenant_id) == [asked] * 2


def test_a_tree_register_is_taken_over(slug: str, tmp_path: Path) -> None:
    file = tmp_path / "kataster.csv"
    file.write_bytes("Baumnr;Baumart;Pflanzjahr\n1;Linde;2019\n2;Eiche;bald\n".encode("cp1252"))
    refused = run("site", "register", slug, str(file), status=1)
    assert "must be a year such as 2019" in refused
    assert "nothing was written" in refused
    run("site", "register", slug, str(file), "--only-good")
    file.write_text("Baumnr;Baumart\n1;Ulme\n")
    assert "new: 0, changed: 1, unchanged: 0" in run("site", "register", slug, str(file))
