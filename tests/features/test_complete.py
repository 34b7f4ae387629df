"""Every feature has what belongs to one, or a reason why not."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from regionhub.features import FEATURES
from regionhub.features.feature import Feature
from regionhub.web.api.routing import PREFIX
from regionhub_dashboards.solutions import SOLUTIONS

ROOT = Path(__file__).parents[2]
#: Features that the dashboards of solutions stand on.
SHOWN = {
    feature
    for solution in SOLUTIONS.values()
    if solution.board
    for feature in solution.manifest.needs.features
}
EXEMPT = {
    ("solutions", "board"): "it brings those of others",
    ("observations", "docs"): "it has no page and no route",
    ("observations", "texts"): "its only words are those of its states",
    ("exports", "board"): "it shows nothing that is not on other boards",
    ("alarms", "board"): "alarms are for phones and the portal; dashboards read signals",
    ("watering", "board"): "rounds and the log are for phones, paper and the portal",
    ("device_profiles", "board"): "nothing is measured or decided by a profile itself",
    ("feeds", "board"): "its readings are on the boards of what they are of",
    ("onboarding", "board"): "nothing is measured or decided by registering",
}


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
@pytest.mark.parametrize("part", ["tests", "texts", "docs", "board"])
def test_a_feature_is_complete(feature: Feature, part: str) -> None:
    there = {
        "tests": any((ROOT / "tests" / "features" / feature.name).glob("test_*.py")),
        "texts": (files(feature.package) / "texts" / "en.po").is_file(),
        "docs": _is_documented(feature),
        "board": feature.name in SHOWN,
    }[part]
    exempt = (feature.name, part) in EXEMPT
    assert there != exempt, EXEMPT.get((feature.name, part), f"{feature.name} has no {part}")


def _is_documented(feature: Feature) -> bool:
    """Every page of the navigation in portal.md, and every route of the API in api.md."""
    portal, api = ((ROOT / "docs" / page).read_text("utf-8") for page in ("portal.md", "api.md"))
    paths = [route.path for router in feature.routes for route in router.routes]  # type: ignore[attr-defined]
    known = re.findall(r"/[^\s`,]+", _without_names(api))
    pages = [f"`{entry.path}`" in portal for entry in feature.navigation]
    routes = [_without_names(path).removeprefix(PREFIX) in known for path in paths]
    return bool(pages or routes) and all((*pages, *routes))


def _without_names(paths: str) -> str:
    return re.sub(r"\{\w+\}", "{}", paths)
