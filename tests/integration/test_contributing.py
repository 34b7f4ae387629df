"""CONTRIBUTING.md, followed: a quantity and a migration reach a database that is in use."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import regionhub

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
CHECK = Path(__file__).parent / "contributing_check.py"


def test_a_quantity_and_a_migration(tmp_path: Path, new_database: Callable[[], str]) -> None:
    copy = tmp_path / "regionhub"
    ours = Path(regionhub.__file__).parent
    shutil.copytree(ours, copy, ignore=shutil.ignore_patterns("__pycache__"))
    [entry] = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    vocabulary = copy / "quantities" / "vocabulary.yaml"
    vocabulary.write_text(vocabulary.read_text("utf-8").rstrip() + "\n" + entry, "utf-8")
    [(name, migration)] = re.findall(
        r"`(\w+/migrations/[^`]+)`:\n\n```sql\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE
    )
    numbers = [int(path.name[:4]) for path in (copy / name).parent.glob("*.sql")]
    file = copy / name.replace("<number>", f"{max(numbers) + 1:04}")
    file.write_text(migration, "utf-8")

    done = subprocess.run(
        [sys.executable, "-W", "error", str(CHECK), new_database(), f"registry/{file.stem}"],
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}:{ROOT / 'ingest'}:{ROOT / 'simulators'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.split() == ["refused", "migrated", "border", "api", "page"]
