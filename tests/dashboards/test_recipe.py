"""docs/dashboards.md, followed: a folder and its name in the list make a board."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import regionhub_dashboards

PAGE = (Path(__file__).parents[2] / "docs" / "dashboards.md").read_text("utf-8")


def test_a_folder_and_its_name_make_a_board(tmp_path: Path) -> None:
    copy = tmp_path / "regionhub_dashboards"
    shutil.copytree(Path(regionhub_dashboards.__file__).parent, copy)
    blocks = re.findall(
        r"^`(icy_roads/[^`]+)`:\n\n```\w+\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE
    )
    assert len(blocks) == 4
    for name, text in blocks:
        file = copy / "solutions" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    imported, placed = re.findall(r"^    (from .* as icy_roads|\"icy_roads.*)$", PAGE, re.MULTILINE)
    listed = copy / "solutions" / "__init__.py"
    text = listed.read_text("utf-8")
    for mark, line in (
        ("import board as flood\n", imported),
        ('    "flood": flood,\n', f"    {placed}"),
    ):
        assert text.count(mark) == 1
        text = text.replace(mark, f"{mark}{line}\n")
    listed.write_text(text)

    for command in (["check"], ["render", "--out", str(tmp_path / "out")]):
        done = subprocess.run(
            [sys.executable, "-m", "regionhub", "dashboards", *command],
            env={"PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "out" / "strassen.json").is_file()
