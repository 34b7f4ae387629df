"""The SQL of a board: named statements in its queries.sql, headed by `-- name: word`.

"Alle" may be a region of thousands: `%lines%` and `%rows%` are the most that a chart or a table
asks for, what needs somebody first. Of a stream `t` of a site `%meanwhile%` says whether it was
there in the time shown, and `%course%(datastream, step)` is what it gave in that part of it.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

#: Lines of a chart that can be told apart, and rows of a table that anybody reads.
MAX_LINES, MAX_ROWS = 20, 200
_HEAD = re.compile(r"^-- name: (\w+)\n(?:--.*\n)*", re.MULTILINE)


_MEANWHILE = (
    "t.from_time <= $__timeTo()::timestamptz "
    "and (t.to_time is null or t.to_time > $__timeFrom()::timestamptz)"
)
_COURSE = re.compile(r"%course%\(([\w.]+), ")
_PART = (
    r"api.series(\1, greatest(t.from_time, $__timeFrom()::timestamptz), "
    r"least(t.to_time, $__timeTo()::timestamptz), "
)


@cache
def statements(package: str) -> dict[str, str]:
    """All statements of a board by name, without their comments; its folder is the package."""
    text = (files(package) / "queries.sql").read_text(encoding="utf-8")
    text = text.replace("%lines%", str(MAX_LINES)).replace("%rows%", str(MAX_ROWS))
    text = _COURSE.sub(_PART, text.replace("%meanwhile%", _MEANWHILE))
    parts = _HEAD.split(text)[1:]
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}


def sites(kind: str, nothing: str) -> str:
    """The sites of a kind, for a variable; `nothing` is what it shows where there is none."""
    return statements(__package__)["sites"].replace("%kind%", kind).replace("%nothing%", nothing)


def series(quantity: str) -> str:
    """A quantity over time at the chosen sites."""
    return statements(__package__)["series"].replace("%quantity%", quantity)
