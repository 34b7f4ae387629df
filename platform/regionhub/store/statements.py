"""SQL from the .sql files beside the modules that execute it: named statements, and macros.

A file of statements has each headed by `-- name: the_name`; the comment lines after the name
describe it. Phrases that the tenant border and the quality flags need everywhere are macros,
expanded as text so that the planner sees what it would see without them:

- `:seen(tenant_id)`: the row belongs to a tenant that the current role sees;
- `:own(tenant_id)`: ... and may change;
- `:granted(datastream_id, raw)`: another town lets the current role read it in this resolution
  (raw, hourly or daily) or a finer one;
- `:believed(quality)`: the reading neither failed nor is missing (QARTOD 4 and 9);
- `:decisive(quality, tests)`: ... nor does the device doubt it, nor does it lie outside of what is
  possible there (tests 1 and 2): decisions stand on it;
- `:installed(i)`: this row of core.installation holds now.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import LiteralString, cast

from psycopg import sql

from regionhub.errors import SchemaError

_HEAD = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_MACRO = re.compile(r"(?<![:\w]):([a-z]+)\(([^()]*)\)")
_SEEN = "select tenant_id from core.role_tenant where role_name = current_user"
_GRANTED = "select datastream_id from api.granted_datastream"
_GRANTS = {"raw": " where raw", "hourly": " where hourly", "daily": ""}


@cache
def queries(package: str, file: str) -> dict[str, LiteralString]:
    """All statements of <file>.sql in a package, by name.

    Args:
        package: the caller's `__package__`.
        file: name of the file without its ending.
    """
    text = expand((files(package) / f"{file}.sql").read_text(encoding="utf-8"))
    parts = _HEAD.split(text)[1:]
    return {
        name: cast("LiteralString", body.strip())
        for name, body in zip(parts[::2], parts[1::2], strict=True)
    }


def naming(statement: LiteralString, **names: str) -> sql.Composed:
    """A statement with the names of tables or functions in the place of its {placeholders}."""
    quoted = {place: sql.Identifier(name) for place, name in names.items()}
    return sql.SQL(statement).format(**quoted)


def expand(text: str) -> str:
    """Put SQL in the place of the macros.

    Raises:
        SchemaError: there is no such macro, or it takes other arguments.
    """
    return _MACRO.sub(_expanded, text)


def _expanded(macro: re.Match[str]) -> str:
    name, given = macro[1], [part.strip() for part in macro[2].split(",")]
    match name, given:
        case "seen", [tenant_id]:
            return f"{tenant_id} = any (array({_SEEN}))"
        case "own", [tenant_id]:
            return f"{tenant_id} = any (array({_SEEN} and may_write))"
        case "granted", [datastream_id, resolution] if resolution in _GRANTS:
            return f"{datastream_id} = any (array({_GRANTED}{_GRANTS[resolution]}))"
        case "believed", [quality]:
            return f"{quality} not in (4, 9)"
        case "decisive", [quality, tests]:
            return f"({quality} not in (4, 9) and {tests} & 3 = 0)"
        case "installed", [installation]:
            begun, end = f"{installation}.from_time", f"{installation}.to_time"
            return f"({begun} <= now() and ({end} is null or {end} > now()))"
        case _:
            raise SchemaError(f"SQL has no macro {macro[0]}")
