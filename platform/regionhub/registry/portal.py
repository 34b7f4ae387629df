"""What only pages need: limits for bands, small charts.

Every function takes a connection under a town's role.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from regionhub.store.database import Connection, fetch_all, fetch_one
from regionhub.store.statements import queries

_SQL = queries(__package__, "portal")


def irrigation_thresholds(connection: Connection) -> dict[str, Any]:
    """Where irrigation levels begin."""
    row = fetch_one(connection, _SQL["irrigation_thresholds"])
    assert row is not None  # the migration wrote it
    return row


def recent_levels(connection: Connection, *, start: datetime) -> list[dict[str, Any]]:
    """Levels of all gauges since a moment, by gauge and time."""
    return fetch_all(connection, _SQL["recent_levels"], {"start": start})


def recent_soil(connection: Connection, *, start: datetime) -> list[dict[str, Any]]:
    """Daily means of all trees and beds since a moment, by site, quantity and day."""
    return fetch_all(connection, _SQL["recent_soil"], {"start": start})
