"""Named SQL statements from the .sql file beside the module that executes them.

A file holds statements headed by `-- name: the_name`; the comment lines after the name describe it.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import LiteralString

_HEAD = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def queries(package: str, file: str) -> dict[str, LiteralString]:
    """All statements of <file>.sql in a package, by name.

    Args:
        package: the caller's `__package__`.
        file: name of the file without its ending.
    """
    text = (files(package) / f"{file}.sql").read_text(encoding="utf-8")
    parts = _HEAD.split(text)[1:]
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}
