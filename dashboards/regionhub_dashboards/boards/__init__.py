"""The boards, one folder for each feature that has one.

To add one: make its folder with `board.py` and `queries.sql`, and name it here
(docs/dashboards.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from grafana_foundation_sdk.models.dashboard import Dashboard

_FOLDERS = ("irrigation", "gauges", "device_health")

#: What builds a board out of the address of map tiles and the credit for them, by its UID.
BOARDS: Mapping[str, Callable[[str, str], Dashboard]] = {
    board.UID: board.build
    for board in (import_module(f"{__name__}.{folder}.board") for folder in _FOLDERS)
}
