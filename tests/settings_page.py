"""docs/settings.md, made from the settings: `make docs`."""

from __future__ import annotations

from pathlib import Path

from pydantic.fields import FieldInfo

from regionhub.settings import Settings

FILE = Path(__file__).parents[1] / "docs" / "settings.md"
_HEAD = """\
# Settings

Environment variables, read when a process starts; `regionhub doctor --settings` shows what they
are now. `make docs` makes this page from `platform/regionhub/settings.py`.

| Variable | Default | Meaning |
| --- | --- | --- |
"""


def page() -> str:
    """The page as it should be."""
    return _HEAD + "".join(map(_row, Settings.model_fields, Settings.model_fields.values()))


def _row(name: str, field: FieldInfo) -> str:
    meaning = (field.description or "").replace("|", "\\|").replace("<", "\\<")
    return f"| `REGIONHUB_{name.upper()}` | {_default(field.default)} | {meaning} |\n"


def _default(value: object) -> str:
    if value is None or value == "":
        return "–"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text}`"


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
