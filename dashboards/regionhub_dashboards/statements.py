"""The SQL of the dashboards: named statements in sql/<dashboard>.sql, headed by `-- name: word`."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_HEAD = re.compile(r"^-- name: (\w+)\n(?:--.*\n)*", re.MULTILINE)


@cache
def statements(dashboard: str) -> dict[str, str]:
    """All statements of a dashboard by name, without their comments."""
    text = (files(__package__) / "sql" / f"{dashboard}.sql").read_text(encoding="utf-8")
    parts = _HEAD.split(text)[1:]
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}
