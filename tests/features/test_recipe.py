"""docs/features.md, followed: a folder and its name in the list make every part of a feature."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from filecmp import dircmp
from pathlib import Path

import pytest

import regionhub
from regionhub.store.databases import create_database

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "features.md").read_text("utf-8")
CHECK = Path(__file__).parent / "recipe_check.py"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The package with what the page says put into it."""
    ours = Path(regionhub.__file__).parent
    copy = tmp_path / "regionhub"
    shutil.copytree(ours, copy, ignore=shutil.ignore_patterns("__pycache__"))
    blocks = re.findall(
        r"^`(icy_roads/[^`]+)`:\n\n```\w+\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE
    )
    assert len(blocks) >= 8
    for name, text in blocks:
        file = copy / "features" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    imported, placed = re.findall(r"^    (icy_roads\S*)$", PAGE, re.MULTILINE)
    listed = copy / "features" / "__init__.py"
    text = listed.read_text("utf-8")
    for before, line in (("    gauges,\n", imported), ("    observations.FEATURE,\n", placed)):
        text = text.replace(before, f"{before}    {line}\n")
    listed.write_text(text)
    return tmp_path


def test_every_part_of_a_feature_works_with_its_folder_and_its_name(
    checkout: Path, postgres: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(CHECK), create_database(postgres, "recipe")],
        env={"PYTHONPATH": f"{checkout}:{ROOT}:{ROOT / 'ingest'}:{ROOT / 'simulators'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.split() == ["migrate", "signal", "api", "openapi", "page", "english", "job"]

    touched = set(_differences(dircmp(regionhub.__path__[0], checkout / "regionhub")))
    assert touched == {"features/__init__.py", "features/icy_roads"}
    before = (Path(regionhub.__path__[0]) / "features" / "__init__.py").read_text("utf-8")
    after = (checkout / "regionhub" / "features" / "__init__.py").read_text("utf-8")
    added = set(after.splitlines()) - set(before.splitlines())
    assert {line.strip() for line in added} == {"icy_roads,", "icy_roads.FEATURE,"}


def _differences(found: dircmp[str], prefix: str = "") -> Iterator[str]:
    for name in (*found.diff_files, *found.right_only, *found.left_only):
        if name != "__pycache__":
            yield prefix + name
    for name, below in found.subdirs.items():
        yield from _differences(below, f"{prefix}{name}/")
