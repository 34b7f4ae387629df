"""The boards, one folder for each feature that has one.

To add one: make its folder with `board.py` and `queries.sql`, import it and name it here
(docs/dashboards.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grafana_foundation_sdk.models.dashboard import Dashboard

from regionhub_dashboards.boards.device_health import board as device_health
from regionhub_dashboards.boards.gauges import board as gauges
from regionhub_dashboards.boards.irrigation import board as irrigation

#: What builds a board out of the address of map tiles and the credit for them, by its UID.
BOARDS: Mapping[str, Callable[[str, str], Dashboard]] = {
    board.UID: board.build
    for board in (
        irrigation,
        gauges,
        device_health,
    )
}
