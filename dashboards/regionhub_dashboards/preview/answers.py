"""What the statements of a dashboard answer to a town."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from regionhub.store.database import Connection, select_all
from regionhub.store.roles import acting_as
from regionhub_dashboards.kit.lint import variables
from regionhub_dashboards.kit.macros import TimeRange, expand
from regionhub_dashboards.kit.parts import MAX_DATA_POINTS

Json = dict[str, Any]
Row = Mapping[str, Any]


class Answers:
    """Asks as a town, over the time range of a dashboard.

    Args:
        connection: of the owner, inside a transaction.
        slug: the town.
        board: the dashboard.
        days: how far it looks back.
    """

    def __init__(self, connection: Connection, slug: str, board: Json, days: float) -> None:
        now = datetime.now(UTC)
        self.span = TimeRange(now - timedelta(days=days), now)
        self._connection, self._slug = connection, slug
        self._chosen: dict[str, list[str]] = {}
        for variable in variables(board):
            if variable["type"] == "query":
                rows = self.rows(variable["query"])
                self._chosen[variable["name"]] = [str(row["__value"]) for row in rows]

    def rows(self, sql: str) -> Sequence[Row]:
        """The rows of one statement."""
        statement = expand(sql, self.span, self._chosen, MAX_DATA_POINTS).replace("%", "%%")
        with acting_as(self._connection, self._slug):
            # written by us and checked by the linter; nothing of a visitor is in it
            return select_all(self._connection, dict, statement)
