"""Style sheets, scripts and pictures: read once, addressed by their content.

The address carries a hash of the content, so browsers may keep a file for good and still see every
new version at once. What gets smaller by it is compressed once, as well as it can be.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from regionhub.levels import TONES


@dataclass(frozen=True, slots=True)
class Asset:
    """One file under static/; `compressed` (gzip) is None where that gains nothing."""

    content: bytes
    compressed: bytes | None
    media_type: str
    version: str


@cache
def assets() -> dict[str, Asset]:
    """Every file under static/ by its path."""
    tones = _asset("tones.css", tones_css().encode())
    return dict([*_walk(files(__package__) / "static", ""), ("tones.css", tones)])


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
            found.append((prefix + entry.name, _asset(entry.name, entry.read_bytes())))
    return found


def _asset(name: str, content: bytes) -> Asset:
    compressed = gzip.compress(content, mtime=0)
    return Asset(
        content,
        compressed if len(compressed) < len(content) else None,
        mimetypes.guess_type(name)[0] or "application/octet-stream",
        hashlib.sha256(content).hexdigest()[:12],
    )


def tones_css() -> str:
    """The colours of the tones by day (and on paper) and by night, and a class for each tone."""
    day = "".join(
        f"--{tone}-strong:{c.strong};--{tone}-soft:{c.soft};" for tone, c in TONES.items()
    )
    night = "".join(
        f"--{tone}-strong:{c.strong_dark};--{tone}-soft:{c.soft_dark};" for tone, c in TONES.items()
    )
    classes = "".join(
        f".tone-{tone}{{--strong:var(--{tone}-strong);--soft:var(--{tone}-soft)}}" for tone in TONES
    )
    return (
        f":root{{{day}}}@media screen and (prefers-color-scheme:dark){{:root{{{night}}}}}{classes}"
    )
