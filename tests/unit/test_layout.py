"""The shape of the repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

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


def test_every_sql_statement_is_used() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "platform").rglob("store/*.py")
    )
    patterns = [
        re.compile(re.sub(r"\\\{.*?\\\}", ".+", re.escape(text)))
        for text in re.findall(r'_SQL\[f?"([^"]+)"\]|SQL\[\s*"([^"]+)"', code)
        for text in text
        if text
    ]
    for path in (ROOT / "platform").rglob("sql/queries/*.sql"):
        for name in re.findall(r"^-- name: (\w+)$", path.read_text(encoding="utf-8"), re.MULTILINE):
            used = f'"{name}"' in code or any(pattern.fullmatch(name) for pattern in patterns)
            assert used, f"{path.name}: {name} is not used"
