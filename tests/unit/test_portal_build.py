"""Browser libraries: pinned, named by no registry host, fetched only when needed."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "hatch_build", module)
    spec.loader.exec_module(module)
    return module


def build(hook: ModuleType, root: Path) -> object:
    return hook.BrowserLibraries(str(root), {}, None, None, "", "wheel")


def test_versions_are_exact_and_the_lock_names_no_host() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    pinned = {**package["dependencies"], **package["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pinned.values())
    assert "http" not in (ROOT / "package-lock.json").read_text()


def test_node_wheel_is_asked_for_only_without_npm(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "package-lock.json").write_text("{}")
    monkeypatch.setattr(hook, "_own_npm", lambda: ["npm"])
    assert build(hook, tmp_path).dependencies() == []  # type: ignore[attr-defined]
    monkeypatch.setattr(hook, "_own_npm", lambda: None)
    assert build(hook, tmp_path).dependencies() == [hook.NODE_WHEEL]  # type: ignore[attr-defined]


def test_files_are_copied_once_and_a_failure_is_explained(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        (tmp_path / name).write_text("{}")
    calls = []

    def npm(command: list[str], *, cwd: Path, **_: object) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        for source in hook.FILES.values():
            path = cwd / "node_modules" / source
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
        return subprocess.CompletedProcess(command, 0, "")

    monkeypatch.setattr(hook, "_own_npm", lambda: ["npm"])
    monkeypatch.setattr(hook.subprocess, "run", npm)
    for _ in range(2):
        build(hook, tmp_path).initialize("standard", {})  # type: ignore[attr-defined]
    assert calls == [["npm", "ci", "--ignore-scripts", "--omit=dev"]]
    assert {path.name for path in (tmp_path / hook.VENDOR).iterdir()} > set(hook.FILES)

    (tmp_path / "package-lock.json").write_text("{ }")
    failed = subprocess.CompletedProcess([], 1, "npm error network")
    monkeypatch.setattr(hook.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(RuntimeError, match=r"registry can be reached(?s:.*)npm error network"):
        build(hook, tmp_path).initialize("standard", {})  # type: ignore[attr-defined]
