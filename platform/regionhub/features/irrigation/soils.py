"""Soils by their German texture class: how much water they hold, and what of it plants can take.

`soils.csv` holds the water content at field capacity (pF 1.8, 6.2 kPa) and at the wilting point
(pF 4.2, 1.5 MPa) in % by volume, computed from the van Genuchten parameters of Wessolek,
Kaupenjohann and Renger 2009, table 10.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Soil:
    """A texture class: `field_capacity` and `wilting_point` in % by volume."""

    texture: str
    name: str
    field_capacity: float
    wilting_point: float

    @property
    def available(self) -> float:
        """Water that plants can take from full soil (nFK), in % by volume."""
        return self.field_capacity - self.wilting_point


@cache
def soils() -> dict[str, Soil]:
    """All classes by their sign, for example Ls3."""
    text = (files(__package__) / "soils.csv").read_text(encoding="utf-8")
    return {
        row["texture"]: Soil(
            row["texture"],
            row["name_de"],
            float(row["field_capacity_pct"]),
            float(row["wilting_point_pct"]),
        )
        for row in csv.DictReader(text.splitlines())
    }
