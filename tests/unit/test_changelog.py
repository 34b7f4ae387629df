from __future__ import annotations

from pathlib import Path

import pytest
from tests import changelog

PAGE = """\
# Changelog

## Unreleased

### Added

- **API**: a page
  of two lines.

### Fixed

- **Ingest**: a fault.

## 0.1.0

### Added

- All of it.
"""


def write(root: Path, page: str, **fragments: str) -> None:
    (root / "CHANGELOG.md").write_text(page)
    (root / "changelog.d").mkdir()
    for name, text in fragments.items():
        (root / "changelog.d" / f"{name.replace('__', '.').replace('_', '-')}.md").write_text(text)


def test_fragments_go_to_the_end_of_their_heading(tmp_path: Path) -> None:
    write(
        tmp_path,
        PAGE,
        snow_depth__added="- Snow.\n",
        brokers__added="- Brokers,\n  many.\n",
        clock__changed="- The clock.\n",
        old__removed="- The old way.\n",
    )
    changelog.assemble(tmp_path)
    text = (tmp_path / "CHANGELOG.md").read_text()
    assert text == PAGE.replace(
        "lines.\n", "lines.\n- Brokers,\n  many.\n- Snow.\n\n### Changed\n\n- The clock.\n", 1
    ).replace("a fault.\n", "a fault.\n\n### Removed\n\n- The old way.\n", 1)
    assert list((tmp_path / "changelog.d").iterdir()) == []
    changelog.assemble(tmp_path)
    assert (tmp_path / "CHANGELOG.md").read_text() == text


@pytest.mark.parametrize("page", ["# Changelog\n", "# Changelog\n\n## 0.1.0\n\n- All of it.\n"])
def test_after_a_release_the_list_begins_anew(page: str, tmp_path: Path) -> None:
    write(tmp_path, page, snow__fixed="- Snow.\n")
    changelog.assemble(tmp_path)
    unreleased = "\n## Unreleased\n\n### Fixed\n\n- Snow.\n"
    assert (tmp_path / "CHANGELOG.md").read_text() == page.replace(
        "# Changelog\n", f"# Changelog\n{unreleased}", 1
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("snow__news", "- Snow.\n"),
        ("snow", "- Snow.\n"),
        ("Snow__added", "- Snow.\n"),
        ("snow__added", "Snow.\n"),
        ("snow__added", ""),
        ("snow__added", "- Snow."),
        ("snow__added", "- Snow.\n- Ice.\n"),
        ("snow__added", "- Snow,\nwet.\n"),
        ("snow__added", "- Snow.\n\n"),
    ],
)
def test_what_is_no_fragment_is_named_and_nothing_is_moved(
    name: str, text: str, tmp_path: Path
) -> None:
    write(tmp_path, PAGE, **{"ice__added": "- Ice.\n", name: text})
    with pytest.raises(ValueError, match=f"{name.replace('__', '.')}.md must be"):
        changelog.assemble(tmp_path)
    assert (tmp_path / "CHANGELOG.md").read_text() == PAGE
    assert len(list((tmp_path / "changelog.d").iterdir())) == 2


def test_the_fragments_of_this_checkout() -> None:
    changelog.fragments(changelog.ROOT / "changelog.d")
