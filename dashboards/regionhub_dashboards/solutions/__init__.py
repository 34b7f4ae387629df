"""The solutions, one folder for each: `solution.yaml`, and what is shown and watched.

To add one: make its folder and name it here (docs/dashboards.md). The order is that of the
catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Protocol

from grafana_foundation_sdk.models.dashboard import Dashboard

from regionhub.solutions import Manifest, read_manifest
from regionhub_dashboards.kit.parts import Look
from regionhub_dashboards.kit.rules import Rule
from regionhub_dashboards.solutions.data_quality import board as data_quality
from regionhub_dashboards.solutions.device_health import board as device_health
from regionhub_dashboards.solutions.device_health import rules as device_rules
from regionhub_dashboards.solutions.flood import board as flood
from regionhub_dashboards.solutions.flood import rules as flood_rules
from regionhub_dashboards.solutions.forest import board as forest
from regionhub_dashboards.solutions.irrigation import board as irrigation
from regionhub_dashboards.solutions.irrigation import rules as irrigation_rules
from regionhub_dashboards.solutions.region import board as region
from regionhub_dashboards.solutions.winter_road import board as winter_road


class _Board(Protocol):
    """A module `board.py`, or what came from another hub."""

    @property
    def UID(self) -> str:  # noqa: N802  (a constant of modules)
        """Its UID."""
        ...

    @property
    def build(self) -> Callable[[Look], Dashboard | dict[str, Any]]:
        """Builds it."""
        ...


@dataclass(frozen=True, slots=True)
class Solution:
    """A solution of the catalogue, with its dashboard and alert rules if it has some."""

    manifest: Manifest
    board: _Board | None = None
    rules: tuple[Rule, ...] = ()

    @property
    def uid(self) -> str | None:
        """The UID of its dashboard."""
        return None if self.board is None else self.board.UID


#: Folder of each solution, with the module of its dashboard.
_FOLDERS: Mapping[str, _Board | None] = {
    "flood": flood,
    "irrigation": irrigation,
    "forest": forest,
    "winter_road": winter_road,
    "device_health": device_health,
    "data_quality": data_quality,
    "region": region,
    "volunteers": None,
    "vacancy": None,
    "road_survey": None,
}


#: Alert rules of those that have some, by folder.
_RULES: Mapping[str, tuple[Rule, ...]] = {
    "flood": flood_rules.RULES,
    "irrigation": irrigation_rules.RULES,
    "device_health": device_rules.RULES,
}


def _read(folder: str, board: _Board | None) -> Solution:
    text = (files(__package__) / folder / "solution.yaml").read_text("utf-8")
    manifest = read_manifest(text, place=f"{folder}/solution.yaml")
    return Solution(manifest, board, _RULES.get(folder, ()))


#: All solutions by name.
SOLUTIONS: Mapping[str, Solution] = {
    solution.manifest.name: solution
    for solution in (_read(folder, board) for folder, board in _FOLDERS.items())
}
