"""All dashboards as JSON: the same input gives the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from regionhub.errors import InputError
from regionhub_dashboards.kit.board import to_plain
from regionhub_dashboards.kit.parts import Look
from regionhub_dashboards.solutions import SOLUTIONS, Solution


def dashboard_of(
    solution: Solution, *, tile_url: str = "", attribution: str = "", portal_url: str = ""
) -> dict[str, Any] | None:
    """The dashboard of a solution as plain data; None: it has none. See `Look`."""
    if solution.board is None:
        return None
    look = Look(
        version=solution.manifest.version,
        tile_url=tile_url,
        attribution=attribution,
        portal_url=portal_url,
    )
    board: dict[str, Any] = to_plain(solution.board.build(look))
    return board


def dashboards(tile_url: str, attribution: str, portal_url: str = "") -> dict[str, dict[str, Any]]:
    """Every dashboard by its UID, as plain data. See `Look`."""
    boards = (
        dashboard_of(solution, tile_url=tile_url, attribution=attribution, portal_url=portal_url)
        for solution in SOLUTIONS.values()
    )
    return {board["uid"]: board for board in sorted(filter(None, boards), key=lambda b: b["uid"])}


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
