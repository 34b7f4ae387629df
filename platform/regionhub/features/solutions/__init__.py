"""Solutions: what towns adopt as one piece, and who uses what."""

from __future__ import annotations

from regionhub.features.feature import Feature

FEATURE = Feature(name="solutions", package=__name__)
