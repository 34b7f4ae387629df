"""Packages of npm for tests, fetched once for each lock file."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.requirement import not_here


def installed(folder: Path, files: Sequence[str], *, without: str) -> Path:
    """A copy of these files with their packages in node_modules; its name is made of their content.

    Where Node is not here, `without` says what was not tried.
    """
    npm = shutil.which("npm")
    if shutil.which("node") is None or npm is None:
        not_here(f"{without}: Node with npm not found")
    content = b"".join((folder / name).read_bytes() for name in files)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "regionhub"
    copy = cache / f"npm-{hashlib.sha256(content).hexdigest()[:16]}"
    if not copy.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as work:
            for name in files:
                shutil.copy(folder / name, work)
            done = subprocess.run(
                [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=work,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                pytest.fail(f"npm ci failed: {done.stderr}")
            shutil.copytree(work, copy, dirs_exist_ok=True)
    return copy
