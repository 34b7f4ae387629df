"""The fragments in changelog.d/ become bullets of CHANGELOG.md: `make changelog`."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
KINDS = ("Added", "Changed", "Fixed", "Removed")
_NAME = re.compile(rf"[a-z0-9]+(?:-[a-z0-9]+)*\.({'|'.join(KINDS).lower()})\.md")
_BULLET = re.compile(r"- \S.*\n(?:  \S.*\n)*")


def fragments(folder: Path) -> dict[Path, str]:
    """The kind of each fragment.

    Raises:
        ValueError: a file is not named `<slug>.<kind>.md`, or is not one bullet.
    """
    kinds = {}
    for file in sorted(folder.glob("*")):
        name = _NAME.fullmatch(file.name)
        if name is None:
            raise ValueError(f"{file.name} must be <slug>.<kind>.md: {', '.join(KINDS).lower()}")
        if not _BULLET.fullmatch(file.read_text("utf-8")):
            raise ValueError(f'{file.name} must be one bullet: "- ", further lines with two spaces')
        kinds[file] = name[1].capitalize()
    return kinds


def assemble(root: Path) -> None:
    """Move all fragments to the end of their heading below "Unreleased".

    Raises:
        ValueError: as `fragments`.
    """
    found = fragments(root / "changelog.d")
    page = root / "CHANGELOG.md"
    title, *releases = re.split(r"^(?=## )", page.read_text("utf-8"), flags=re.MULTILINE)
    if not releases or not releases[0].startswith("## Unreleased\n"):
        releases.insert(0, "## Unreleased\n\n")
    words, *headings = re.split(r"^### (.+)\n+", releases[0], flags=re.MULTILINE)
    lists = dict.fromkeys(KINDS, "")
    for kind, bullets in zip(headings[::2], headings[1::2], strict=True):
        lists[kind] = lists.get(kind, "") + bullets
    for file, kind in found.items():
        lists[kind] = f"{lists[kind].rstrip()}\n{file.read_text('utf-8')}".lstrip()
    parts = [f"### {kind}\n\n{bullets.strip()}\n" for kind, bullets in lists.items() if bullets]
    releases[0] = f"{words.rstrip()}\n\n" + "\n".join(parts) + "\n" * bool(releases[1:])
    page.write_text(f"{title.rstrip()}\n\n{''.join(releases)}", encoding="utf-8")
    for file in found:
        file.unlink()


if __name__ == "__main__":
    try:
        assemble(ROOT)
    except ValueError as error:
        raise SystemExit(str(error)) from None
