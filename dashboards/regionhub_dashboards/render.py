"""All dashboards as JSON: the same input gives the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from regionhub.errors import InputError
from regionhub_dashboards.boards import BOARDS
from regionhub_dashboards.kit.parts import to_plain


def dashboards(tile_url: str, attribution: str) -> dict[str, dict[str, Any]]:
    """Every dashboard by its UID, as plain data.

    Args:
        tile_url: background tiles of the maps, with {z} {x} {y}.
        attribution: the credit shown on the maps.
    """
    return {uid: to_plain(build(tile_url, attribution)) for uid, build in sorted(BOARDS.items())}


def to_text(board: dict[str, Any]) -> str:
    """Sorted JSON with a newline at its end."""
    return json.dumps(board, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def write(boards: dict[str, dict[str, Any]], folder: Path) -> list[Path]:
    """One file per dashboard; says what it wrote.

    Raises:
        InputError: the folder cannot be written.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for uid, board in boards.items():
            path = folder / f"{uid}.json"
            path.write_text(to_text(board), encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}") from error
    return written
