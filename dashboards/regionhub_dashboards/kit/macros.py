"""What Grafana makes of a statement before it sends it to PostgreSQL.

A port of the interval ladder of @grafana/data and of the macros of the PostgreSQL data source that
our statements use. Any other macro is refused, so a statement cannot use one nobody tried.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

_MACRO = re.compile(r"\$(__\w+)\(([^)]*)\)")
_VARIABLE = re.compile(r"\$\{(\w+):sqlstring\}")
_MINUTE = 60_000
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
#: (limit, step): below the limit Grafana takes the step. Only what our shortest interval can reach.
_LADDER = (
    (12.5 * _MINUTE, 10 * _MINUTE),
    (17.5 * _MINUTE, 15 * _MINUTE),
    (25 * _MINUTE, 20 * _MINUTE),
    (45 * _MINUTE, 30 * _MINUTE),
    (1.5 * _HOUR, _HOUR),
    (2.5 * _HOUR, 2 * _HOUR),
    (4.5 * _HOUR, 3 * _HOUR),
    (9 * _HOUR, 6 * _HOUR),
    (_DAY, 12 * _HOUR),
    (7 * _DAY, _DAY),
    (21 * _DAY, 7 * _DAY),
    (42 * _DAY, 30 * _DAY),
    (float("inf"), 365 * _DAY),
)


@dataclass(frozen=True, slots=True)
class TimeRange:
    """What the time picker of a dashboard says."""

    start: datetime
    end: datetime

    @property
    def milliseconds(self) -> float:
        """How long it is."""
        return (self.end - self.start).total_seconds() * 1000


def interval_ms(span: TimeRange, max_data_points: int) -> int:
    """Choose the step that Grafana takes for a panel whose shortest interval is ten minutes."""
    raw = span.milliseconds / max_data_points
    return next(step for limit, step in _LADDER if raw < limit)


def expand(
    sql: str, span: TimeRange, variables: Mapping[str, Sequence[str]], max_data_points: int
) -> str:
    """Write the statement as PostgreSQL receives it.

    Raises:
        ValueError: a variable or macro that is not defined.
    """

    def variable(match: re.Match[str]) -> str:
        if match[1] not in variables:
            raise ValueError(f"${{{match[1]}}} is not defined")
        return ",".join("'" + value.replace("'", "''") + "'" for value in variables[match[1]])

    def macro(match: re.Match[str]) -> str:
        start, end = (_rfc3339(moment) for moment in (span.start, span.end))
        match match[1]:
            case "__timeFilter":
                return f"{match[2]} BETWEEN '{start}' AND '{end}'"
            case "__timeFrom":
                return f"'{start}'"
            case "__timeTo":
                return f"'{end}'"
            case name:
                raise ValueError(f"${name}() is not a macro our statements use")

    sql = _VARIABLE.sub(variable, sql)
    sql = sql.replace("$__interval_ms", str(interval_ms(span, max_data_points)))
    sql = _MACRO.sub(macro, sql)
    if "$" in sql:
        raise ValueError(f"not expanded: {sql[sql.index('$') :][:30]!r}")
    return sql


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
