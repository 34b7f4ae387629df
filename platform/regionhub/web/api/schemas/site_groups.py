"""Groups of trees and beds."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from regionhub.web.api.schemas.base import Changes, Given
from regionhub.web.api.values import Line, Text, Word

_RootVolume = Annotated[
    float,
    Field(gt=0, le=100, description="Soil that the roots of one tree or bed draw from, m³."),
]
_PitArea = Annotated[float, Field(gt=0, le=1000, description="Open ground of one tree or bed, m².")]


class SiteGroupValues(Given):
    """What can be said about a group."""

    name: Line = Field(description="Unique in the town.", examples=["Platanen Bahnhofstraße"])
    soil_texture: Word | None = Field(
        default=None, description="Texture class (KA5) of its sites.", examples=["Ls3"]
    )
    root_volume_m3: _RootVolume | None = None
    pit_area_m2: _PitArea | None = None
    note: Text | None = None


class SiteGroupChanges(SiteGroupValues, Changes):
    """What is to change; what is not named stays, null empties."""

    name: Line = Field(default="", validate_default=False)
