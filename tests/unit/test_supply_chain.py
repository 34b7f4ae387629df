"""What the image and a release install: nothing but files whose hashes are known beforehand."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
FILES = ["", "-build", "-release"]
#: Of the image.
PLACE = {"python_version": "3.11", "python_full_version": "3.11.14", "sys_platform": "linux"}
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def locked(file: str) -> dict[str, str]:
    """Versions by name."""
    text = (ROOT / "deploy" / f"requirements{file}.txt").read_text("utf-8").replace("\\\n", " ")
    found: dict[str, str] = {}
    for line in text.splitlines():
        requirement, *hashes = line.split()
        name, version = requirement.split("==")
        assert hashes, f"{name} has no hash"
        assert all(_HASH.fullmatch(each) for each in hashes), line
        found[canonicalize_name(name)] = version
    return found


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pins}


def needed(requirement: Requirement) -> Iterator[str]:
    """A requirement and all that it needs, as they are installed here."""
    yield canonicalize_name(requirement.name)
    for text in distribution(requirement.name).requires or ():
        inner = Requirement(text)
        for extra in requirement.extras or {""}:
            if inner.marker is None or inner.marker.evaluate(PLACE | {"extra": extra}):
                yield from needed(inner)
                break


@pytest.mark.parametrize("file", FILES)
def test_versions_are_those_that_are_tested(file: str) -> None:
    pins = pinned()
    found = locked(file)
    assert {name: pins.get(name, version) for name, version in found.items()} == found


def test_the_image_gets_what_the_program_needs_and_nothing_else() -> None:
    wanted = {
        name for text in PROJECT["project"]["dependencies"] for name in needed(Requirement(text))
    }
    assert set(locked("")) == wanted, "run `make lock`"


@pytest.mark.parametrize("group", ["build", "release"])
def test_groups_are_locked(group: str) -> None:
    names = [Requirement(text).name for text in PROJECT["dependency-groups"][group]]
    assert {canonicalize_name(name) for name in names} <= set(locked(f"-{group}"))


def test_the_image_installs_nothing_without_a_hash() -> None:
    text = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
    for command in re.findall(r"pip (?:install|wheel).*", text):
        assert "--require-hashes" in command or "--no-deps" in command
        assert "--require-hashes" in command or "--no-index" in command or "--no-build" in command
