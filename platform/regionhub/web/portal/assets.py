"""Style sheets, scripts and pictures: read once, addressed by their content.

The address carries a hash of the content, so browsers may keep a file for good and still see every
new version at once.
"""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable


@dataclass(frozen=True, slots=True)
class Asset:
    """One file under static/."""

    content: bytes
    media_type: str
    version: str


@cache
def assets() -> dict[str, Asset]:
    """Every file under static/ by its path."""
    return dict(_walk(files(__package__) / "static", ""))


def asset_url(path: str) -> str:
    """Address of a file with its version.

    Raises:
        KeyError: there is no such file; for vendor/ files the package was not built.
    """
    return f"/static/{path}?v={assets()[path].version}"


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Asset]]:
    found: list[tuple[str, Asset]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _walk(entry, f"{prefix}{entry.name}/")
        else:
            content = entry.read_bytes()
            media_type = mimetypes.guess_type(entry.name)[0] or "application/octet-stream"
            version = hashlib.sha256(content).hexdigest()[:12]
            found.append((prefix + entry.name, Asset(content, media_type, version)))
    return found
