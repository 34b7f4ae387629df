"""Addresses of following pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import Request


def page(request: Request, rows: list[dict[str, Any]], limit: int, **key: str) -> dict[str, Any]:
    """Return a page out of one row more than it holds.

    `key` names the parameter that continues and the column it takes: after="site_id".
    """
    if len(rows) <= limit:
        return {"items": rows, "next": None}
    ((parameter, column),) = key.items()
    return {"items": rows[:limit], "next": link(request, {parameter: rows[limit - 1][column]})}


def link(request: Request, changes: Mapping[str, object]) -> str:
    """Return the address of this request with other parameters, without the host."""
    query = dict(request.query_params) | {name: str(value) for name, value in changes.items()}
    return f"{request.url.path}?{urlencode(query)}"
