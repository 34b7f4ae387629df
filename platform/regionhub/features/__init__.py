"""One complete folder for each decision or face; see `feature.py`.

To add one: make its folder, and name it here (docs/features.md). The order is that of the
navigation, of the cards on the overview, and in which the views are made.
"""

from __future__ import annotations

from importlib import import_module

from regionhub.features.feature import Feature

_FOLDERS = (
    "irrigation",
    "gauges",
    "observations",
    "completeness",
    "device_health",
    "inbox",
)

FEATURES: tuple[Feature, ...] = tuple(
    import_module(f"{__name__}.{folder}").FEATURE for folder in _FOLDERS
)
