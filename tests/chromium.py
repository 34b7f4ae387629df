"""A real Chromium and what drives it."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.npm import installed

_ROOT = Path(__file__).parents[1]
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """Its path, or None where there is none."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


def modules(*, without: str) -> Path:
    """A folder with the node modules of package-lock.json; `without` as for `installed`."""
    return installed(_ROOT, ("package.json", "package-lock.json", ".npmrc"), without=without)
