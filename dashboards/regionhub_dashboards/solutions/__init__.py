"""The solutions, one folder for each: `solution.yaml`, and what is shown and watched.

To add one: make its folder and name it here (docs/dashboards.md). The order is that of the
catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Protocol

from grafana_foundation_sdk.models.dashboard import Dashboard

from regionhub.solutions import Manifest, read_manifest
from regionhub_dashboards.kit.parts import Look
from regionhub_dashboards.solutions.data_quality import board as data_quality
from regionhub_dashboards.solutions.device_health import board as device_health
from regionhub_dashboards.solutions.flood import board as flood
from regionhub_dashboards.solutions.forest import board as forest
from regionhub_dashboards.solutions.irrigation import board as irrigation
from regionhub_dashboards.solutions.region import board as region
from regionhub_dashboards.solutions.winter_road import board as winter_road


class _Board(Protocol):
    """A module `board.py`."""

    UID: str

    @property
    def build(self) -> Callable[[Look], Dashboard]:
        """Builds it."""
        ...


@dataclass(frozen=True, slots=True)
class Solution:
    """A solution of the catalogue, and its dashboard if it has one."""

    manifest: Manifest
    board: _Board | None = None

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


def _read(folder: str, board: _Board | None) -> Solution:
    text = (files(__package__) / folder / "solution.yaml").read_text("utf-8")
    return Solution(read_manifest(text, place=f"{folder}/solution.yaml"), board)


#: All solutions by name.
SOLUTIONS: Mapping[str, Solution] = {
    solution.manifest.name: solution
    for solution in (_read(folder, board) for folder, board in _FOLDERS.items())
}
