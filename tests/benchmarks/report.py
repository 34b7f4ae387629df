"""The table of results: figure, the same per core or as a ratio, and the bar it has to reach."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One line of the table. The value is the median of its rounds."""

    name: str
    unit: str
    rounds: list[float]
    beside: str = ""
    at_least: float | None = None
    at_most: float | None = None
    median: float = field(init=False)
    reached: bool | None = field(init=False)

    def __post_init__(self) -> None:
        median = statistics.median(self.rounds)
        reached = None
        if self.at_least is not None:
            reached = median >= self.at_least
        if self.at_most is not None:
            reached = median <= self.at_most
        object.__setattr__(self, "median", median)
        object.__setattr__(self, "reached", reached)


class Report:
    """Collects figures, shows each group as soon as it is measured."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.notes: list[str] = []
        self._console = Console(width=140)

    def note(self, text: str) -> None:
        """What a reader has to know about the figures."""
        self.notes.append(text)
        self._console.print(text, style="dim")

    def add(self, title: str, figures: Sequence[Figure]) -> None:
        """Print a group and keep it."""
        self.figures += figures
        table = Table(title=title, title_justify="left")
        for heading in ("figure", "median", "unit", "per core, ratio", "bar", "", "rounds"):
            table.add_column(heading, justify="right" if heading == "median" else "left")
        for figure in figures:
            table.add_row(
                figure.name,
                _number(figure.median),
                figure.unit,
                figure.beside,
                _bar(figure),
                {True: "reached", False: "[bold]MISSED[/]", None: ""}[figure.reached],
                " ".join(_number(value) for value in figure.rounds)
                if len(figure.rounds) > 1
                else "",
            )
        self._console.print(table)

    def missed(self) -> list[str]:
        """Figures that do not reach their bar."""
        return [figure.name for figure in self.figures if figure.reached is False]

    def write(self, path: Path) -> None:
        """Everything as JSON."""
        result = {"notes": self.notes, "figures": [asdict(figure) for figure in self.figures]}
        path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def _bar(figure: Figure) -> str:
    if figure.at_least is not None:
        return f">= {_number(figure.at_least)}"
    if figure.at_most is not None:
        return f"<= {_number(figure.at_most)}"
    return ""


def _number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
