"""What solutions say of themselves, and what the project says of itself."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from regionhub.errors import InputError
from regionhub.features import FEATURES
from regionhub.quantities import load_vocabulary
from regionhub.solutions import Manifest, read_manifest
from regionhub_dashboards.solutions import SOLUTIONS

ROOT = Path(__file__).parents[2]
FOLDERS = ROOT / "dashboards" / "regionhub_dashboards" / "solutions"
TEXT = (FOLDERS / "flood" / "solution.yaml").read_text("utf-8")


def test_every_folder_is_a_solution_of_the_catalogue() -> None:
    folders = {path.parent.name for path in FOLDERS.glob("*/solution.yaml")}
    assert len(folders) == len(SOLUTIONS)
    assert {"irrigation", "flood", "forest", "winter-road", "device-health"} <= set(SOLUTIONS)
    assert {"data-quality", "region"} <= set(SOLUTIONS)
    services = {name for name, each in SOLUTIONS.items() if each.manifest.kind == "service"}
    assert services == {"volunteer-portal", "vacancy-management", "road-survey"}


@pytest.mark.parametrize("solution", SOLUTIONS.values(), ids=lambda each: each.manifest.name)
def test_a_solution_stands_on_what_there_is(solution: Any) -> None:
    manifest: Manifest = solution.manifest
    assert set(manifest.needs.features) <= {feature.name for feature in FEATURES}
    assert set(manifest.needs.quantities) <= set(load_vocabulary().quantities)
    assert (solution.board is None) == (manifest.kind == "service")
    assert manifest.needs.other or manifest.kind == "sensors"


@pytest.mark.parametrize(
    ("had", "put", "said"),
    [
        ("name: flood", "name: Flood!", "name"),
        ("version: 2.0.0", "version: zwei", "version"),
        ("kind: sensors", "kind: other", "kind"),
        ("summary: Wasserstände", "summary: " + 160 * "x", "summary"),
        ("[distance,", "[luck,", "luck is no quantity"),
        ("sites: [gauge]", "sites: [lake]", "needs.sites"),
        ("type: community", "type: community\n  wish: none", "maintenance.wish"),
        ("contacts: [{name: Die Mitwirkenden am Smart Region Hub}]", "contacts: []", "a contact"),
        ("name: webhook", "name: email", "email stands there twice"),
        ("legal:", "legal: [", "no YAML"),
        ("title: Hochwasser", "title: a\ntitle: b", "again"),
    ],
)
def test_a_fault_of_a_manifest_is_said_with_its_place(had: str, put: str, said: str) -> None:
    assert had in TEXT
    with pytest.raises(InputError, match=said) as fault:
        read_manifest(TEXT.replace(had, put), place="flood/solution.yaml")
    assert fault.value.detail.startswith("flood/solution.yaml")


def test_parameters_are_read_as_what_they_are() -> None:
    flood = SOLUTIONS["flood"].manifest
    assert flood.read_parameters({"rise_cm_per_hour": "12,5", "email": " a@olpe.example "}) == {
        "email": "a@olpe.example",
        "webhook": "",
        "rise_cm_per_hour": "12.5",
    }
    assert flood.read_parameters({})["rise_cm_per_hour"] == "20"
    for given, said in (
        ({"rise_cm_per_hour": "viel"}, "keine Zahl"),
        ({"email": "bauhof"}, "keine E-Mail-Adresse"),
        ({"email": "a@b.example, c@d.example"}, "keine E-Mail-Adresse"),
        ({"webhook": "ftp://x"}, "http://"),
        ({"depth": "3"}, "keine Angabe depth"),
    ):
        with pytest.raises(InputError, match=said):
            flood.read_parameters(given)


def test_the_project_has_an_entry_for_catalogues() -> None:
    """The keys that publiccode.yml 0.5 asks for, and its limits."""
    entry = yaml.safe_load((ROOT / "publiccode.yml").read_text("utf-8"))
    required = {
        *("publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus"),
        *("softwareType", "description", "legal", "maintenance", "localisation"),
    }
    assert required <= set(entry)
    assert entry["softwareVersion"] == version("regionhub")
    assert entry["legal"]["license"] == "EUPL-1.2"
    assert set(entry["description"]) == set(entry["localisation"]["availableLanguages"])
    for words in entry["description"].values():
        assert len(words["shortDescription"]) <= 150
        assert 150 <= len(words["longDescription"]) <= 10_000
        assert all(len(each) <= 100 for each in words["features"])
    assert entry["maintenance"]["type"] == "community"
    assert entry["maintenance"]["contacts"]
    assert re.fullmatch(r"https://\S+\.git", entry["url"])
