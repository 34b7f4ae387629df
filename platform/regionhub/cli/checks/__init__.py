"""What `regionhub doctor` finds: one sentence for each thing it looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from regionhub.problems import describe

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check and how it ended; `problem` is a code of `regionhub.problems`."""

    check: str
    level: Level
    sentence: str
    problem: str | None = None


def fine(check: str, sentence: str) -> Finding:
    """Nothing is wrong."""
    return Finding(check=check, level="ok", sentence=sentence)


def warning(check: str, problem: str, detail: str | None = None) -> Finding:
    """Something to look after; nothing stands still because of it."""
    return Finding(
        check=check, level="warning", sentence=describe(problem, detail), problem=problem
    )


def failure(check: str, problem: str, detail: str | None = None) -> Finding:
    """Something does not work."""
    return Finding(check=check, level="error", sentence=describe(problem, detail), problem=problem)


def span(seconds: float) -> str:
    """12 s, 3 min, 5 h, 2 days; never rounded up."""
    size = abs(seconds)
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
        if size >= 2 * length:
            return f"{size // length:.0f} {unit}"
    return f"{size:.0f} s"
