"""docs/features.md, followed: what it says makes every part of a feature, and all tests take it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from regionhub.store.databases import create_database

ROOT = Path(__file__).parents[2]
CHECK = Path(__file__).parent / "recipe_check.py"
#: What the page adds to.
CHANGED = ("platform", "dashboards", "tests", "docs")
#: The tests that ask something of each feature, each view or each route.
INVARIANTS = (
    "tests/features/test_signals.py",
    "tests/features/test_complete.py",
    "tests/features/icy_roads",
    "tests/integration/test_view_matrix.py",
    "tests/integration/test_api_tenancy.py",
    "tests/integration/test_sql_readers.py",
    "tests/unit/test_layout.py",
    "tests/unit/test_portal_formats.py",
)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with what the page says put into it."""
    copy = tmp_path_factory.mktemp("recipe")
    for name in CHANGED:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for beside in ROOT.iterdir():
        if beside.name not in CHANGED and not beside.name.startswith("."):
            (copy / beside.name).symlink_to(beside)
    features = (ROOT / "docs" / "features.md").read_text("utf-8")
    _write_files(features, copy, copy / "platform" / "regionhub" / "features", count=10)
    imported, placed = re.findall(r"^    (icy_roads\S*)$", features, re.MULTILINE)
    listed = copy / "platform" / "regionhub" / "features" / "__init__.py"
    _insert(listed, "    gauges,\n", f"    {imported}\n")
    _insert(listed, "    observations.FEATURE,\n", f"    {placed}\n")
    page, route = re.findall(r"^    (\| `.*icy.*\||\| `/glaette.*\|)$", features, re.MULTILINE)
    _insert(copy / "docs" / "portal.md", "| --- | --- |\n", f"{page}\n")
    _insert(copy / "docs" / "api.md", "| `GET /stream`", f"{route}\n", before=True)

    boards = (ROOT / "docs" / "dashboards.md").read_text("utf-8")
    folder = copy / "dashboards" / "regionhub_dashboards" / "solutions"
    _write_files(boards, copy, folder, count=4)
    imported, placed = re.findall(
        r"^    (from .* as icy_roads|\"icy_roads.*)$", boards, re.MULTILINE
    )
    _insert(folder / "__init__.py", "import board as flood\n", f"{imported}\n")
    _insert(folder / "__init__.py", '    "flood": flood,\n', f"    {placed}\n")
    return copy


def _write_files(page: str, checkout: Path, folder: Path, *, count: int) -> None:
    """Each block under a name is a file: of the checkout where it begins there."""
    blocks = re.findall(
        r"^`((?:tests/features/)?icy_roads/[^`]+)`:\n\n```\w+\n(.*?)^```$",
        page,
        re.DOTALL | re.MULTILINE,
    )
    assert len(blocks) == count
    for name, text in blocks:
        file = (checkout if name.startswith("tests/") else folder) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _insert(file: Path, mark: str, text: str, *, before: bool = False) -> None:
    had = file.read_text("utf-8")
    assert had.count(mark) == 1, f"{mark!r} in {file}"
    file.write_text(had.replace(mark, text + mark if before else mark + text, 1), "utf-8")


def _run(checkout: Path, *arguments: str) -> str:
    sources = [checkout, *(checkout / name for name in (*CHANGED[:2], "ingest", "simulators"))]
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=checkout,
        env={"PYTHONPATH": ":".join(map(str, sources)), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_part_of_a_feature_works(checkout: Path, postgres: str) -> None:
    url = create_database(postgres, "recipe")
    said = _run(checkout, "-W", "error", str(CHECK), url)
    assert said.split() == ["migrate", "signal", "api", "openapi", "page", "english", "job"]


def test_the_tests_of_the_hub_take_it(checkout: Path) -> None:
    said = _run(
        checkout,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", *INVARIANTS),
        *("-k", "icy or signal or test_every_view or every_folder or names_only"),
    )
    assert re.search(r"\d{2,} passed", said), said
    assert "skipped" not in said
