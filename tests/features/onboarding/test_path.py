"""The way of a stranger to the first value, as the docs tell it, is the one that is walked."""

from __future__ import annotations

import re

from PIL import Image
from tests.features.onboarding.pictures import FOLDER, STEPS, WALK

DOCS = (FOLDER.parent / "onboarding.md").read_text("utf-8")
PATH = DOCS.split("## From an empty town to the first value")[1].split("\n## ")[0]


def test_each_step_has_a_picture_of_the_walk() -> None:
    shown = re.findall(r"\]\(pictures/onboarding-(\w+)\.png\)", PATH)
    assert tuple(shown) == STEPS
    walk = (WALK / "walk.mjs").read_text("utf-8")
    assert all(f'await inspect("{step}")' in walk for step in STEPS)
    for step in STEPS:
        file = FOLDER / f"onboarding-{step}.png"
        assert file.stat().st_size < 100_000
        with Image.open(file) as picture:
            assert picture.width == 360


def test_what_is_to_be_pressed_is_there() -> None:
    templates = FOLDER.parents[1] / "platform"
    said = "".join(
        file.read_text("utf-8") for file in templates.glob("regionhub/**/templates/**/*.html")
    )
    words = re.findall(r"\*\*(.+?)\*\*", PATH)
    assert len(words) > len(STEPS)
    assert [word for word in words if word not in said] == []
