"""The SQL of a board: named statements in its queries.sql, headed by `-- name: word`.

"Alle" may be a region of thousands: `%lines%` and `%rows%` are the most that a chart or a table
asks for, what needs somebody first.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

#: Lines of a chart that can be told apart, and rows of a table that anybody reads.
MAX_LINES, MAX_ROWS = 20, 200
_HEAD = re.compile(r"^-- name: (\w+)\n(?:--.*\n)*", re.MULTILINE)


@cache
def statements(package: str) -> dict[str, str]:
    """All statements of a board by name, without their comments; its folder is the package."""
    text = (files(package) / "queries.sql").read_text(encoding="utf-8")
    text = text.replace("%lines%", str(MAX_LINES)).replace("%rows%", str(MAX_ROWS))
    parts = _HEAD.split(text)[1:]
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}
