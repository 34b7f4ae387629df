"""The shape of the repository."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from regionhub import features
from regionhub.features import FEATURES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("folder", ["ingest", "platform", "dashboards", "simulators"])
def test_top_level_folders_are_not_packages(folder: str) -> None:
    """A package called platform would hide the standard library's."""
    assert not (ROOT / folder / "__init__.py").exists()


def test_the_readme_names_only_what_is_there() -> None:
    for page in ("README.md", "README.de.md", "CONTRIBUTING.md", *_docs()):
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in _links(text):
            if "://" not in target:
                assert ((ROOT / page).parent / target.split("#")[0]).exists(), f"{page}: {target}"


def _docs() -> list[str]:
    return [str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")]


def _links(text: str) -> list[str]:
    return [part.split(")")[0] for part in text.split("](")[1:] if part.split(")")[0]]


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(path, id=str(path.relative_to(ROOT / "platform" / "regionhub")))
        for path in (ROOT / "platform").rglob("*.sql")
        if "-- name:" in path.read_text(encoding="utf-8")
    ],
)
def test_every_sql_statement_is_used_beside_its_file(file: Path) -> None:
    """By name or, where a name is put together, by what stands around it."""
    loads = re.compile(rf'queries\((?:__package__|"{_package(file)}"), "{file.stem}"\)')
    users = [path.read_text("utf-8") for path in (ROOT / "platform").rglob("*.py")]
    code = "\n".join(text for text in users if loads.search(text))
    used = [
        re.compile(re.sub(r"\\\{.*?\\\}", r"\\w+", re.escape(name)))
        for name in re.findall(r'f?"([\w{}.]+)"', code)
    ]
    for name in re.findall(r"^-- name: (\w+)$", file.read_text("utf-8"), re.MULTILINE):
        assert any(pattern.fullmatch(name) for pattern in used), f"{file.name}: {name} is not used"


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(path, id=str(path.relative_to(ROOT / "platform" / "regionhub")))
        for path in (ROOT / "platform").rglob("*.py")
    ],
)
def test_rows_and_answers_have_types(file: Path) -> None:
    """What reads the database returns dataclasses or values, and an endpoint says its answer."""
    for function in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        returned = "Any" if function.returns is None else ast.unparse(function.returns)
        if _reads_the_database(function):
            assert "dict[str, Any]" not in returned, function.name
        if _is_an_endpoint(function):
            assert returned != "Any", function.name


def _reads_the_database(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names = [node.id for node in ast.walk(function) if isinstance(node, ast.Name)]
    return not {"Connection", "connection", "select_all", "select_one"}.isdisjoint(names)


def _is_an_endpoint(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    calls = [node.func for node in function.decorator_list if isinstance(node, ast.Call)]
    methods = {"get", "post", "put", "patch", "delete"}
    return any(isinstance(call, ast.Attribute) and call.attr in methods for call in calls)


def test_every_folder_of_a_feature_is_in_the_list() -> None:
    """That they know nothing of each other is a contract in pyproject.toml."""
    folders = {path.parent.name for path in Path(features.__path__[0]).glob("*/__init__.py")}
    assert [feature.package for feature in FEATURES] == [
        f"regionhub.features.{feature.name}" for feature in FEATURES
    ]
    assert sorted(feature.name for feature in FEATURES) == sorted(folders)


_BUILT = re.compile(
    r"insert\s+into\s+(core\.(tenant|site|device|installation|datastream|source)\b|auth\.)"
)


def test_towns_and_what_is_in_them_come_from_the_world() -> None:
    """A column that is new is then given a value in one place: tests/world.py."""
    for file in (ROOT / "tests").rglob("*"):
        if file.suffix in {".py", ".sql"}:
            text = re.sub(r'"\s*\n\s*f?"', "", file.read_text("utf-8"))
            assert not _BUILT.search(text), f"{file}: make it with tests/world.py"


def _package(file: Path) -> str:
    return ".".join(file.parent.relative_to(ROOT / "platform").parts)
